//! What is said to people: the Fluent files, wherever they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::assert_tidy;
use crate::tree::{files_below, read, relative, root};

/// The languages that everything is said in.
const LANGUAGES: [&str; 2] = ["ko", "en"];

/// A message: where it stands, and the names of what it is told.
struct Message {
    place: String,
    variables: BTreeSet<String>,
}

/// Everything that one language says in one catalogue, by key; and the keys that stand there twice.
#[derive(Default)]
struct Said {
    messages: BTreeMap<String, Message>,
    twice: Vec<String>,
}

/// The catalogue that a file belongs to, and its language: `…/locales/ko/console.ftl` and `…/messages/ko.ftl`.
fn catalogue_of(file: &Path) -> Option<(PathBuf, &'static str)> {
    let folder = file.parent()?;
    let named = |name: Option<&std::ffi::OsStr>| {
        LANGUAGES.into_iter().find(|language| name.is_some_and(|name| name == *language))
    };
    match (named(file.file_stem()), named(folder.file_name())) {
        (Some(language), _) => Some((folder.to_owned(), language)),
        (None, Some(language)) => Some((folder.parent()?.to_owned(), language)),
        (None, None) => None,
    }
}

/// The names after `$` in a line.
fn variables(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split('$').skip(1).map(|rest| {
        rest.chars().take_while(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_')).collect()
    })
}

impl Said {
    fn add(&mut self, file: &Path) {
        let mut current: Option<String> = None;
        for (index, line) in read(file).lines().enumerate() {
            let place = format!("{}:{}", relative(file), index + 1);
            if line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '-') {
                let key = line.split('=').next().unwrap_or_default().trim().to_owned();
                if let Some(other) = self.messages.get(&key) {
                    self.twice.push(format!("{place}: {key} stands in {}, too", other.place));
                }
                self.messages.insert(key.clone(), Message { place, variables: BTreeSet::new() });
                current = Some(key);
            } else if !line.starts_with([' ', '\t', '}']) {
                current = None;
            }
            if let Some(message) = current.as_ref().and_then(|key| self.messages.get_mut(key)) {
                message.variables.extend(variables(line));
            }
        }
    }
}

fn catalogues() -> BTreeMap<PathBuf, BTreeMap<&'static str, Said>> {
    let mut found: BTreeMap<PathBuf, BTreeMap<&'static str, Said>> = BTreeMap::new();
    for file in files_below(&root().join("crates")) {
        if file.extension().is_some_and(|extension| extension == "ftl") {
            let (catalogue, language) =
                catalogue_of(&file).unwrap_or_else(|| panic!("{} is of no language", file.display()));
            found.entry(catalogue).or_default().entry(language).or_default().add(&file);
        }
    }
    assert!(found.len() >= 3, "the catalogues of the contracts, of their documents and of the pages");
    found
}

#[test]
fn no_key_of_a_language_stands_in_two_places() {
    let faults: Vec<String> =
        catalogues().into_values().flat_map(BTreeMap::into_values).flat_map(|said| said.twice).collect();
    assert_tidy(&faults, "A key that stands twice makes every page fail. Name one of the two otherwise.");
}

#[test]
fn every_language_has_the_same_keys_and_tells_the_same_things() {
    let mut faults = Vec::new();
    for (catalogue, languages) in catalogues() {
        let missing: Vec<_> = LANGUAGES.iter().filter(|one| !languages.contains_key(*one)).collect();
        assert!(missing.is_empty(), "{} has nothing in {missing:?}", catalogue.display());
        for (language, said) in &languages {
            for (other, there) in languages.iter().filter(|(other, _)| *other != language) {
                for (key, message) in &said.messages {
                    match there.messages.get(key) {
                        None => faults.push(format!("{}: {key} is missing in {other}", message.place)),
                        Some(twin) if language < other && twin.variables != message.variables => {
                            faults.push(format!(
                                "{}: {key} tells {:?}, but in {other} {:?}",
                                message.place, message.variables, twin.variables
                            ));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
    assert_tidy(&faults, "Say everything in every language, and the same.");
}
