//! `daemun account list|sessions|end-sessions`.

use serde_json::json;

use crate::place::Place;

#[test]
fn accounts_are_listed_and_found_at_the_command_line() {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    place.run(&["dev", "seed", "--accounts", "5", "--yes"]).succeeds();
    place.run(&["account", "suspend", "2", "--reason", "spam"]).succeeds();
    let ids = |arguments: &[&str]| {
        let told = place.run(&[&["account", "list", "--json"], arguments].concat()).json();
        told["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["id"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), [5, 4, 3, 2, 1]);
    assert_eq!(ids(&["--status", "suspended"]), [2]);
    assert_eq!(ids(&["--search", "member4@seed.example"]), [4]);
    assert_eq!(ids(&["--since", "2999-01-01T00:00:00Z"]), [0_i64; 0]);
    let first = place.run(&["account", "list", "--limit", "2"]);
    let told = first.err();
    assert!(first.succeeds().contains("member5@seed.example"));
    let cursor = told.strip_prefix("there are more: --cursor ").unwrap().trim();
    assert_eq!(ids(&["--limit", "2", "--cursor", cursor]), [3, 2]);
    assert!(place.run(&["account", "list", "--status", "x"]).fails_with(1).contains("status: not_a_choice"));
    assert!(place.run(&["account", "list", "--since", "x"]).fails_with(2).contains("2026-11-20T00:00:00Z"));
    assert_eq!(place.run(&["account", "sessions", "1", "--json"]).json(), json!([]));
    let ended =
        place.run(&["account", "end-sessions", "1", "--session", "00000000-0000-0000-0000-000000000000"]);
    assert_eq!(ended.succeeds(), "0 sessions ended\n");
}

#[test]
fn accounts_and_the_audit_are_written_into_files_and_what_happened_is_told() {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    place.run(&["dev", "seed", "--accounts", "3", "--yes"]).succeeds();
    place.run(&["account", "suspend", "2", "--reason", "=spam"]).succeeds();
    let csv = place.run(&["account", "export"]).succeeds();
    assert_eq!((csv.lines().count(), csv.starts_with("id,uuid,status,email,")), (4, true), "{csv}");
    let suspended =
        place.run(&["account", "export", "--status", "suspended", "--format", "jsonl"]).succeeds();
    let account: serde_json::Value = serde_json::from_str(&suspended).unwrap();
    assert_eq!(account["id"], 2);
    place.run(&["audit", "export", "--act", "account.suspend", "--output", "audit.csv"]).succeeds();
    let written = std::fs::read_to_string(place.path().join("audit.csv")).unwrap();
    assert!(written.ends_with(",'=spam\r\n"), "{written}");
    let twice = place.run(&["audit", "export", "--output", "audit.csv"]);
    assert!(twice.fails_with(1).contains("audit.csv"), "nothing is written over");
    let found = place.run(&["audit", "search", "--actor", "cli", "--act", "account.export", "--json"]).json();
    assert_eq!(found["lines"].as_array().unwrap().len(), 2);
    let told = place.run(&["statistics", "--by", "month", "--json"]).json();
    assert_eq!((&told["accounts"]["suspended"], told["periods"].as_array().unwrap().len()), (&json!(1), 12));
    assert!(place.run(&["statistics", "--by", "minute"]).fails_with(1).contains("by: not_a_choice"));
}
