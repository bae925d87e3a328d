//! The names of an account as they are found and sorted.

use std::collections::BTreeSet;

use daemun_model::{Account, text};

/// Between two spellings: no keyword holds it.
const BETWEEN: char = '\n';
/// Sorts who has no name at all behind everybody else: the last code point there is.
const NAMELESS: &str = "\u{10ffff}";
/// The bits of one character in a gram: every code point fits.
const BITS: u32 = 21;
/// The characters of a gram.
pub const GRAM: usize = 3;

/// The names of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// What lists are sorted by.
    pub sort: String,
    /// Every spelling under which it is found.
    pub search: String,
}

/// The names of an account: the full name, family and given name together, the nickname, and the user name where
/// there is no other. Where the script does not tell that the family name stands first, both orders are spellings.
pub fn of(account: &Account) -> Names {
    let mut spellings: Vec<String> = Vec::new();
    let mut add = |typed: String| {
        let spelling = key(&typed);
        if !spelling.is_empty() && !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    };
    if let Some(name) = &account.name {
        add(name.clone());
    }
    let (family, given) = (account.family_name.as_deref(), account.given_name.as_deref());
    let together = format!("{}{}", family.unwrap_or_default(), given.unwrap_or_default());
    let family_first = together.chars().any(is_east_asian);
    add(together);
    if let (Some(family), Some(given), false) = (family, given, family_first) {
        add(format!("{given}{family}"));
    }
    if let Some(nickname) = &account.nickname {
        add(nickname.clone());
    }
    if spellings.is_empty()
        && let Some(name) = &account.preferred_username
    {
        spellings.push(key(name));
    }
    Names {
        sort: spellings.first().cloned().unwrap_or_else(|| NAMELESS.to_owned()),
        search: spellings.join(&BETWEEN.to_string()),
    }
}

/// The form in which a name and what is looked for in it meet: folded, without white space.
pub fn key(typed: &str) -> String {
    text::fold(typed).chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// Hangul, Han, kana: names in them begin with the family's.
const fn is_east_asian(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// The grams of every place in the spellings.
pub fn grams(search: &str) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    for spelling in search.split(BETWEEN) {
        let characters: Vec<char> = spelling.chars().collect();
        found.extend((0..characters.len()).map(|place| pack(characters.get(place..).unwrap_or_default())));
    }
    found
}

/// The first characters as one number: those that are missing are zero.
fn pack(characters: &[char]) -> i64 {
    (0..GRAM).fold(0, |number, place| {
        (number << BITS) | characters.get(place).map_or(0, |c| i64::from(u32::from(*c)))
    })
}

/// The grams that begin with one to three characters, as the lowest and the highest.
pub fn range(characters: &[char]) -> (i64, i64) {
    let lowest = pack(characters);
    let free = u32::try_from(GRAM.saturating_sub(characters.len())).unwrap_or(0) * BITS;
    (lowest, lowest | ((1_i64 << free) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(json: serde_json::Value) -> Account {
        let mut whole = serde_json::json!({
            "id": 1, "uuid": "01900000-0000-7000-8000-000000000001", "email_verified": false,
            "phone_number_verified": false, "status": "approved", "attributes": {},
            "created_at": "2026-11-20T15:30:00Z"
        });
        whole.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_korean_name_begins_with_the_family_name_and_others_are_found_both_ways() {
        let kim = of(&account(
            serde_json::json!({ "family_name": "김", "given_name": "수미", "nickname": "수미" }),
        ));
        assert_eq!(kim, Names { sort: "김수미".into(), search: "김수미\n수미".into() });
        let smith = of(&account(serde_json::json!({ "family_name": "Smith", "given_name": "John" })));
        assert_eq!(smith, Names { sort: "smithjohn".into(), search: "smithjohn\njohnsmith".into() });
    }

    #[test]
    fn width_case_and_white_space_make_no_difference() {
        assert_eq!(of(&account(serde_json::json!({ "name": "Ｊｏｈｎ  ＤＯＥ" }))).search, "johndoe");
        // Decomposed Hangul.
        assert_eq!(key("\u{1109}\u{116e}\u{1106}\u{1175}"), "수미");
    }

    #[test]
    fn who_has_no_name_is_called_by_the_user_name_or_comes_last() {
        assert_eq!(of(&account(serde_json::json!({ "preferred_username": "Kim1" }))).sort, "kim1");
        let nobody = of(&account(serde_json::json!({})));
        assert_eq!(nobody, Names { sort: NAMELESS.into(), search: String::new() });
        assert!(grams(&nobody.search).is_empty());
    }

    #[test]
    fn a_part_of_a_name_is_a_range_of_its_grams() {
        let held = grams("김수미\n수미");
        assert_eq!(held.len(), 3, "the second spelling adds nothing");
        for part in ["김", "수", "미", "김수", "수미", "김수미"] {
            let (low, high) = range(&part.chars().collect::<Vec<_>>());
            assert!(held.range(low..=high).next().is_some(), "{part}");
        }
        for other in ["민", "미수", "김미", "수미김"] {
            let (low, high) = range(&other.chars().collect::<Vec<_>>());
            assert!(held.range(low..=high).next().is_none(), "{other}");
        }
    }
}
