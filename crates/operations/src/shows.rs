//! Which members of an output anybody will look at: of the rest no value is made.

use std::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeStruct, Serializer};
use serde_json::value::Serializer as Plain;
use serde_json::{Error, Map, Value};

/// The members of an output that are looked at, and of each the members below it. Nothing deeper is told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shows(Vec<(String, Wanted)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Members(Vec<String>),
}

impl Shows {
    /// Adds what lies at a path: `["account", "email"]`; a path of one name is all below it.
    pub fn add(&mut self, path: &[String]) {
        let Some((root, below)) = path.split_first() else { return };
        let index = self.0.iter().position(|(name, _)| name == root).unwrap_or_else(|| {
            self.0.push((root.clone(), Wanted::Members(Vec::new())));
            self.0.len() - 1
        });
        match (&mut self.0[index].1, below.first()) {
            (Wanted::Whole, _) => {}
            (wanted, None) => *wanted = Wanted::Whole,
            (Wanted::Members(members), Some(member)) if members.contains(member) => {}
            (Wanted::Members(members), Some(member)) => members.push(member.clone()),
        }
    }

    /// The value of an output, with these members.
    ///
    /// # Errors
    /// When the output cannot be a JSON value.
    pub fn value_of(&self, output: &impl Serialize) -> Result<Value, Error> {
        output.serialize(Only::Shown(self))
    }
}

/// Makes values as serde_json does, of structs and maps some members only.
#[derive(Clone, Copy)]
enum Only<'a> {
    /// Those of an output.
    Shown(&'a Shows),
    /// These.
    Named(&'a [String]),
}

/// The name of a member, as text. It is written where the name before it stood: most are not looked at.
struct Name<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Display for Name<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

/// A struct or a map on its way.
struct Members<'a> {
    only: Only<'a>,
    made: Map<String, Value>,
    /// The name that came last, of a map.
    name: String,
}

impl<'a> Members<'a> {
    fn of(only: Only<'a>) -> Self {
        Self { only, made: Map::new(), name: String::new() }
    }

    /// Whether everything is made that is looked at: of what follows not even the names need be known.
    fn is_done(&self) -> bool {
        self.made.len() == self.only.count()
    }
}

impl Only<'_> {
    /// How many members are looked at.
    const fn count(self) -> usize {
        match self {
            Only::Named(names) => names.len(),
            Only::Shown(Shows(wanted)) => wanted.len(),
        }
    }

    /// The value of the member of this name, if it is looked at.
    fn value<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Result<Option<Value>, Error> {
        match self {
            Only::Named(names) if names.iter().any(|name| name == key) => value.serialize(Plain).map(Some),
            Only::Named(_) => Ok(None),
            Only::Shown(Shows(wanted)) => match wanted.iter().find(|(name, _)| name == key) {
                None => Ok(None),
                Some((_, Wanted::Whole)) => value.serialize(Plain).map(Some),
                Some((_, Wanted::Members(names))) => value.serialize(Only::Named(names)).map(Some),
            },
        }
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        if self.is_done() {
            return Ok(());
        }
        if let Some(value) = self.only.value(key, value)? {
            self.made.insert(key.to_owned(), value);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.made))
    }
}

/// So come structs, too, with members that are spread into them.
impl SerializeMap for Members<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        if self.is_done() {
            return Ok(());
        }
        self.name.clear();
        write!(self.name, "{}", Name(key)).map_err(serde::ser::Error::custom)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if self.is_done() {
            return Ok(());
        }
        if let Some(value) = self.only.value(&self.name, value)? {
            self.made.insert(std::mem::take(&mut self.name), value);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.made))
    }
}

/// What is neither a struct nor a map is made whole.
macro_rules! whole {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $name(self, $($argument: $type),*) -> Result<Value, Error> {
            Plain.$name($($argument),*)
        }
    )*};
}

impl<'a> Serializer for Only<'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = <Plain as Serializer>::SerializeSeq;
    type SerializeTuple = <Plain as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Plain as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = <Plain as Serializer>::SerializeTupleVariant;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = <Plain as Serializer>::SerializeStructVariant;

    whole! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Plain.serialize_newtype_variant(name, index, variant, value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        Plain.serialize_seq(length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, Error> {
        Plain.serialize_tuple(length)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        Plain.serialize_tuple_struct(name, length)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Plain.serialize_tuple_variant(name, index, variant, length)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Plain.serialize_struct_variant(name, index, variant, length)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Owner {
        id: i64,
        name: Option<&'static str>,
        tags: Vec<&'static str>,
    }

    #[derive(Serialize)]
    struct Spread {
        size: u8,
        #[serde(flatten)]
        owner: Owner,
    }

    #[derive(Serialize)]
    struct Output {
        spread: Spread,
        owner: Option<Owner>,
        owners: Vec<Owner>,
        count: u32,
    }

    fn shown(paths: &[&str]) -> Value {
        let owner = || Owner { id: 1, name: None, tags: vec!["a"] };
        let output = Output {
            spread: Spread { size: 3, owner: owner() },
            owner: Some(owner()),
            owners: vec![owner()],
            count: 2,
        };
        let mut shows = Shows::default();
        for path in paths {
            shows.add(&path.split('.').map(str::to_owned).collect::<Vec<_>>());
        }
        shows.value_of(&output).unwrap()
    }

    #[test]
    fn only_what_is_looked_at_is_made() {
        let whole = json!({ "id": 1, "name": null, "tags": ["a"] });
        assert_eq!(shown(&[]), json!({}));
        assert_eq!(
            shown(&["owner.id", "owner.name", "owner.id"]),
            json!({ "owner": { "id": 1, "name": null } })
        );
        assert_eq!(shown(&["owner.id", "owner", "owner.name"]), json!({ "owner": whole }));
        assert_eq!(shown(&["owner.tags.0", "nobody.id"]), json!({ "owner": { "tags": ["a"] } }));
        assert_eq!(shown(&["owners.0.id", "count"]), json!({ "owners": [whole], "count": 2 }));
        assert_eq!(shown(&["spread.id", "spread.size"]), json!({ "spread": { "size": 3, "id": 1 } }));
        assert_eq!(shown(&["count.below"]), json!({ "count": 2 }));
    }
}
