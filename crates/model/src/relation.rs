//! What belongs to an account and lies in other tables. It is loaded only where somebody will look at it.

/// One kind of what belongs to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// What the member chose of the app's interests.
    Interests,
    /// What the member chose of the app's professions.
    Profession,
    /// The member's friends.
    Friends,
    /// The room that the member is in.
    Room,
    /// How the member divides the time of work.
    TimeSetting,
    /// The product key that the member registered.
    ProductKey,
    /// The points that the member has.
    Points,
    /// The organisation that the member belongs to.
    Organization,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Interests,
        Self::Profession,
        Self::Friends,
        Self::Room,
        Self::TimeSetting,
        Self::ProductKey,
        Self::Points,
        Self::Organization,
    ];

    /// The name that expressions use: a member of `account`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interests => "interests",
            Self::Profession => "profession",
            Self::Friends => "friends",
            Self::Room => "room",
            Self::TimeSetting => "time_setting",
            Self::ProductKey => "product_key",
            Self::Points => "points",
            Self::Organization => "organization",
        }
    }

    /// The relation of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relation| relation.as_str() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of relations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relations(u32);

impl Relations {
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it holds this one.
    pub const fn has(self, relation: Relation) -> bool {
        self.0 & relation.bit() != 0
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, relation: Relation) -> Self {
        Self(self.0 | relation.bit())
    }
}

impl FromIterator<Relation> for Relations {
    fn from_iter<I: IntoIterator<Item = Relation>>(relations: I) -> Self {
        relations.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let one: Relations = [Relation::Profession].into_iter().collect();
        assert!(one.has(Relation::Profession) && !one.has(Relation::Interests) && !one.is_empty());
        let all: Relations = Relation::ALL.into_iter().collect();
        assert!(Relation::ALL.into_iter().all(|relation| all.has(relation)));
        for relation in Relation::ALL {
            assert_eq!(Relation::from_name(relation.as_str()), Some(relation));
        }
        assert!(Relations::default().is_empty());
    }
}
