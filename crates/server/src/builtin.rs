//! The contracts that are built into the program: what lies in `contracts/` when it is built.

use std::borrow::Cow;
use std::collections::HashMap;

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "../../contracts"]
#[include = "*.yaml"]
#[include = "*.demo/**"]
struct Files;

/// The ending of a contract's file.
const CONTRACT: &str = ".yaml";
/// The ending of a contract's examples.
const EXAMPLES: &str = ".examples.yaml";
/// The ending of the rows that a demo of a contract has.
const DEMO: &str = ".demo.yaml";
/// The contract that every app serves beside its own, and that is none of its own.
pub const BESIDE: &str = "admin";

/// The names of the contracts that an app can have, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<_> = Files::iter()
        .filter(|file| !file.ends_with(EXAMPLES) && !file.ends_with(DEMO))
        .filter_map(|file| file.strip_suffix(CONTRACT).map(str::to_owned))
        .filter(|name| name != BESIDE)
        .collect();
    names.sort();
    names
}

/// The text of a contract.
pub fn contract(name: &str) -> Option<Cow<'static, str>> {
    text(&format!("{name}{CONTRACT}"))
}

/// The text of a contract's examples.
pub fn examples(name: &str) -> Option<Cow<'static, str>> {
    text(&format!("{name}{EXAMPLES}"))
}

/// The text of the rows that a demo of a contract has.
pub fn demo(name: &str) -> Option<Cow<'static, str>> {
    text(&format!("{name}{DEMO}"))
}

/// The pictures that lie beside the rows of a demo, `NAME.demo.yaml`: those in `NAME.demo/`, by their paths there.
pub fn demo_pictures(rows: &str) -> HashMap<String, Cow<'static, [u8]>> {
    let folder = rows.strip_suffix(CONTRACT).unwrap_or(rows);
    Files::iter()
        .filter_map(|file| {
            let path = file.strip_prefix(folder)?.strip_prefix('/')?.to_owned();
            Some((path, Files::get(&file)?.data))
        })
        .collect()
}

fn text(file: &str) -> Option<Cow<'static, str>> {
    match Files::get(file)?.data {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_has_a_text_and_examples_are_none() {
        let names = names();
        assert!(!names.is_empty());
        for name in names {
            assert!(contract(&name).is_some_and(|text| text.contains("contract:")), "{name}");
            assert!(!name.contains('.'), "{name}");
        }
        assert!(contract("../Cargo").is_none());
        assert!(contract("nowhere").is_none());
    }
}
