//! The house rules that no compiler and no lint can guard. A failure lists every place, and what to do about it.

mod console;
mod layers;
mod rust_source;
mod texts;
mod tree;

use rust_source::{Kind, pieces};
use tree::{Source, contracts, root, rust_sources};

/// A house with several faults tells all of them.
#[track_caller]
fn assert_tidy(faults: &[String], advice: &str) {
    assert!(faults.is_empty(), "\n\n  {}\n\n{advice}\n", faults.join("\n  "));
}

/// The place of a piece of a file, as editors open it.
fn place(source: &Source, line: usize) -> String {
    format!("{}:{line}", source.path)
}

#[test]
fn only_the_store_holds_sql() {
    let mut faults = Vec::new();
    for source in rust_sources().iter().filter(|source| source.krate != "store") {
        for piece in pieces(source.product()).filter(|piece| piece.kind == Kind::Text) {
            if looks_like_sql(piece.text) {
                faults.push(format!("{}: {}", place(source, piece.line), first_line(piece.text)));
            }
        }
    }
    assert_tidy(
        &faults,
        "SQL lives in crates/store only: move the statement into a function named after what it finds or changes.",
    );
}

/// Whether a string literal reads as a statement: its first word and what must follow it.
fn looks_like_sql(text: &str) -> bool {
    const OPENINGS: [(&str, &[&str]); 9] = [
        ("SELECT", &[" FROM ", " FROM\n", "("]),
        ("INSERT", &[" INTO "]),
        ("UPDATE", &[" SET ", " SET\n", "\nSET "]),
        ("DELETE", &[" FROM "]),
        ("CREATE", &[" TABLE ", " INDEX ", " VIEW "]),
        ("ALTER", &[" TABLE "]),
        ("DROP", &[" TABLE ", " INDEX "]),
        ("WITH", &[" AS ("]),
        ("PRAGMA", &[" "]),
    ];
    let text = text.trim_start();
    OPENINGS.iter().any(|(word, follows)| {
        let head = text.get(..word.len()).unwrap_or_default();
        let rest = text.get(word.len()..).unwrap_or_default().to_uppercase();
        head.eq_ignore_ascii_case(word) && follows.iter().any(|follow| rest.contains(follow))
    })
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}

#[test]
fn no_contract_is_named_in_rust() {
    // These are ordinary words too: only a string can mean the contract.
    const ORDINARY: [&str; 2] = ["mobile", "campus"];
    let names: Vec<String> = contracts().into_iter().filter(|name| name != "admin").collect();
    assert!(!names.is_empty(), "contracts/ holds no contract");
    let mut faults = Vec::new();
    for source in rust_sources() {
        for piece in pieces(source.product()).filter(|piece| piece.kind != Kind::Comment) {
            for name in &names {
                let counts = piece.kind == Kind::Text || !ORDINARY.contains(&name.as_str());
                if counts && let Some(line) = line_of_word(piece.text, name) {
                    faults.push(format!("{}: {name}", place(&source, piece.line + line)));
                }
            }
        }
    }
    assert_tidy(
        &faults,
        "A contract decides nothing and the core knows no company: say it in contracts/NAME.yaml, or as an operation, a filter or a policy that any contract can use.",
    );
}

/// The line, counted from 0, on which `word` stands by itself or as a part of a snake_case name.
fn line_of_word(text: &str, word: &str) -> Option<usize> {
    text.lines().position(|line| {
        line.to_lowercase()
            .split(|character: char| !character.is_ascii_alphanumeric())
            .any(|part| part == word)
    })
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    let mut faults = Vec::new();
    for source in rust_sources() {
        for piece in pieces(&source.text).filter(|piece| piece.kind == Kind::Code) {
            for (line, text) in piece.text.lines().enumerate() {
                let text: String = text.split_whitespace().collect();
                if text.contains("#[allow(") || text.contains("#![allow(") {
                    faults.push(place(&source, piece.line + line));
                }
            }
        }
    }
    assert_tidy(
        &faults,
        "Write #[expect(lint, reason = \"…\")], which also tells when it is no longer needed, or mend what the lint shows.",
    );
}

#[test]
fn files_are_short_enough_to_be_read() {
    const LONGEST: usize = 600;
    let faults: Vec<String> = rust_sources()
        .iter()
        .map(|source| (source, source.product().lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(source, lines)| format!("{}: {lines} lines", source.path))
        .collect();
    assert_tidy(
        &faults,
        "A file has up to about 400 lines without its tests, never more than 600: split it where a reader would, by noun or by step.",
    );
}

#[test]
fn crates_import_only_what_lies_below_them() {
    let faults = layers::faults();
    assert_tidy(
        &faults,
        "The arrows are in ARCHITECTURE.md: move the code to the crate that may import this, or turn the dependency round. A new crate is added to the table in crates/testkit/tests/tidy/layers.rs.",
    );
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| tree::file_names(&root().join("crates/store/migrations").join(engine));
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let missing = |here: &[String], there: &[String], folder: &str| {
        here.iter()
            .filter(|name| !there.contains(name))
            .map(|name| format!("crates/store/migrations/{folder}/{name} is missing"))
            .collect::<Vec<_>>()
    };
    let faults = [missing(&sqlite, &postgres, "postgres"), missing(&postgres, &sqlite, "sqlite")].concat();
    assert!(!sqlite.is_empty(), "crates/store/migrations/sqlite holds no migration");
    assert_tidy(&faults, "Every migration is written for both engines, under one file name.");
}

#[test]
fn every_contract_has_its_examples_and_its_page() {
    let contracts = contracts();
    let mut faults = Vec::new();
    for name in &contracts {
        for needed in [format!("contracts/{name}.examples.yaml"), format!("docs/contracts/{name}.md")] {
            if !root().join(&needed).is_file() {
                faults.push(format!("{needed} is missing"));
            }
        }
    }
    for page in tree::file_names(&root().join("docs/contracts")) {
        let name = page.trim_end_matches(".md");
        if name != "README" && !contracts.iter().any(|contract| contract == name) {
            faults.push(format!("docs/contracts/{page} belongs to no contract"));
        }
    }
    assert_tidy(
        &faults,
        "A contract is three files: contracts/NAME.yaml, contracts/NAME.examples.yaml, and docs/contracts/NAME.md on what was decided about it.",
    );
}
