//! `daemun approval`, `daemun outbox`, `daemun api-key`, `daemun catalog`, `daemun product-key`.

use serde_json::{Value, json};

use crate::place::{CONFIG, Place};

fn migrated() -> Place {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    place
}

/// A place whose app lets nobody in by itself, with three who wait.
fn waiting() -> Place {
    let place = Place::configured();
    place.write(
        "daemun.toml",
        &format!("{CONFIG}policy = {{ approval = \"required\", rejection_reasons = [\"Not from here\"] }}\n"),
    );
    place.run(&["migrate"]).succeeds();
    place.run(&["dev", "seed", "--accounts", "3", "--yes"]).succeeds();
    for number in ["1", "2", "3"] {
        place.run(&["approval", "reopen", number]).succeeds();
    }
    place
}

fn column(listed: &Value, name: &str) -> Vec<Value> {
    listed.as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}

#[test]
fn who_waits_is_listed_approved_rejected_and_reopened() {
    let place = waiting();
    let numbers = |arguments: &[&str]| {
        let listed = place.run(&[&["approval", "list", "--json"], arguments].concat()).json();
        column(&listed["applications"], "account")
            .iter()
            .map(|account| account["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&[]), [1, 2, 3]);
    let first = place.run(&["approval", "list", "--limit", "2"]);
    let told = first.err();
    first.succeeds();
    let cursor = told.strip_prefix("there are more: --cursor ").unwrap().trim();
    assert_eq!(numbers(&["--cursor", cursor]), [3]);
    assert_eq!(place.run(&["approval", "reasons"]).succeeds(), "Not from here\n");
    assert_eq!(place.run(&["approval", "approve", "1", "--json"]).json()["status"], "approved");
    let rejected = place.run(&["approval", "reject", "2", "--reason", "Not from here", "--json"]).json();
    assert_eq!(rejected["status"], "rejected");
    assert!(place.run(&["approval", "approve", "1"]).fails_with(1).contains("it is so already"));
    assert!(place.run(&["approval", "reject", "9"]).fails_with(1).contains("there is no such account"));
    assert_eq!(numbers(&[]), [3]);
    assert_eq!(numbers(&["--status", "rejected"]), [2]);
    assert_eq!(place.run(&["approval", "reopen", "2", "--json"]).json()["status"], "pending");
    assert_eq!(numbers(&[]), [2, 3]);
    let messages = place.run(&["outbox", "list", "--json"]).json();
    assert_eq!(messages.as_array().unwrap().len(), 2, "both were told");
    assert!(messages[1]["text"].as_str().unwrap().contains("Not from here"));
}

#[test]
fn an_account_is_changed_and_sent_a_reset_mail_at_the_command_line() {
    let place = migrated();
    place.run(&["dev", "seed", "--accounts", "2", "--yes"]).succeeds();
    let changed = place.run(&[
        "account",
        "edit",
        "1",
        "email=kim@example.com",
        "email_verified=true",
        "nickname=",
        "--json",
    ]);
    let account = changed.json();
    assert_eq!(
        (&account["email"], &account["email_verified"], &account["nickname"]),
        (&json!("kim@example.com"), &json!(true), &Value::Null)
    );
    let taken = place.run(&["account", "edit", "1", "email=member2@seed.example"]);
    assert!(taken.fails_with(1).contains("email_taken"));
    assert!(place.run(&["account", "edit", "1", "nick"]).fails_with(2).contains("FIELD=VALUE"));
    assert!(
        place.run(&["account", "edit", "1", "status=x"]).fails_with(2).contains("there is no field `status`")
    );
    assert!(place.run(&["account", "edit", "1"]).fails_with(2).contains("FIELD=VALUE"));

    let sent = place.run(&["account", "send-reset", "kim@example.com"]).succeeds();
    assert_eq!(sent, "queued; the link works for 1800 s\n");
    let messages = place.run(&["outbox", "list", "--json"]).json();
    let id = messages[0]["id"].as_str().unwrap();
    assert_eq!((&messages[0]["to"], messages.as_array().unwrap().len()), (&json!("kim@example.com"), 1));
    assert_eq!(place.run(&["outbox", "show", id, "--json"]).json()["template"], "reset_password");
    assert_eq!(place.run(&["outbox", "retry", id, "--json"]).json()["state"], "waiting");
    let missing = "00000000-0000-7000-8000-000000000000";
    assert!(place.run(&["outbox", "show", missing]).fails_with(1).contains("there is no such message"));
    assert!(place.run(&["outbox", "retry", "x"]).fails_with(1).contains("id: malformed"));
}

#[test]
fn a_key_is_shown_once_listed_without_its_secret_and_revoked() {
    let place = migrated();
    let made = place
        .run(&["api-key", "create", "--name", "Reports", "--may", "accounts:read,audit:read", "--json"])
        .json();
    let (secret, id) = (made["secret"].as_str().unwrap(), made["api_key"]["id"].as_str().unwrap());
    assert!(secret.starts_with(&format!("daemun_{id}_")) && secret.len() == 7 + 16 + 1 + 64, "{secret}");
    assert_eq!(made["api_key"]["permissions"], json!(["accounts:read", "audit:read"]));
    let plain = place.run(&["api-key", "create", "--name", "Other", "--may", "points:write"]);
    assert!(plain.err().contains("not shown again"));
    assert_eq!(plain.succeeds().lines().count(), 1, "standard output is the key alone");
    let listed = place.run(&["api-key", "list", "--json"]).json();
    assert_eq!(column(&listed, "state"), ["live", "live"]);
    assert!(!listed.to_string().contains(&secret[30..]), "what makes it secret is kept nowhere");
    assert_eq!(place.run(&["api-key", "revoke", id, "--json"]).json()["state"], "revoked");
    let states = column(&place.run(&["api-key", "list", "--json"]).json(), "state");
    assert_eq!(states.iter().filter(|state| *state == "revoked").count(), 1);
    assert!(place.run(&["api-key", "revoke", "0000000000000000"]).fails_with(1).contains("no such key"));
    let wrong = place.run(&["api-key", "create", "--name", "x", "--may", "system:write"]);
    assert!(wrong.fails_with(2).contains("--server"), "which key can have it is told");
    let unknown = place.run(&["api-key", "create", "--name", "x", "--may", "accounts:rule"]);
    assert!(unknown.fails_with(2).contains("accounts:read"), "what can be given is told");
    let forever =
        place.run(&["api-key", "create", "--name", "x", "--may", "audit:read", "--expires-in-days", "0"]);
    assert!(forever.fails_with(1).contains("expires_in_days: out_of_range"));
}

#[test]
fn a_catalogue_is_filled_from_csv_and_json_and_faults_name_their_items() {
    let place = migrated();
    place.write(
        "interests.csv",
        "id,name,emoji,position\nreading,\"Reading, aloud\",📚,2\nhiking,Hiking,,1\n",
    );
    let import = |file: &str| place.run(&["catalog", "import", file, "--kind", "interests", "--json"]);
    let kept = import("interests.csv").json();
    assert_eq!(column(&kept, "id"), ["hiking", "reading"]);
    assert_eq!(kept[1]["name"], "Reading, aloud");
    place.write("more.json", r#"[{ "id": "hiking", "name": "Hiking", "retired": true }]"#);
    import("more.json").succeeds();
    let listed = place.run(&["catalog", "list", "--kind", "interests", "--json"]).json();
    let hiking = listed.as_array().unwrap().iter().find(|item| item["id"] == "hiking").unwrap();
    assert_eq!((&hiking["retired"], listed.as_array().unwrap().len()), (&json!(true), 2));
    assert_eq!(place.run(&["catalog", "list", "--kind", "professions", "--json"]).json(), json!([]));
    place.write("wrong.csv", "id,name\nok,Fine\nnot ok,\n");
    let told = import("wrong.csv").fails_with(1);
    assert!(told.contains("item 2: id: malformed") && told.contains("item 2: name: required"), "{told}");
    place.write("wrong.csv", "id,colour\n");
    assert!(import("wrong.csv").fails_with(1).contains("there is no column \"colour\""));
    assert!(import("missing.csv").fails_with(1).contains("missing.csv"));
    let after = place.run(&["catalog", "list", "--kind", "interests", "--json"]).json();
    assert_eq!(after, listed, "a file with a fault changes nothing");
}

#[test]
fn product_keys_are_made_brought_in_listed_and_written_to_a_file() {
    let place = migrated();
    let made = place.run(&["product-key", "generate", "--count", "3"]).succeeds();
    assert_eq!(made.lines().count(), 3);
    place.write("keys.csv", "product_key,note\nAAAA-BBBB-CCCC,first\n\nAAAA-BBBB-DDDD,second\n");
    let brought = place.run(&["product-key", "import", "keys.csv", "--json"]).json();
    assert_eq!(brought, json!({ "imported": 2, "known": 0 }));
    let again = place.run(&["product-key", "import", "keys.csv", "--json"]).json();
    assert_eq!(again, json!({ "imported": 0, "known": 2 }));
    place.write("wrong.csv", "AAAA-BBBB-EEEE\nno key!\n");
    assert!(
        place.run(&["product-key", "import", "wrong.csv"]).fails_with(1).contains("wrong.csv:2: `no key!`")
    );
    let listed = place.run(&["product-key", "list", "--state", "free", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 5);
    assert_eq!(place.run(&["product-key", "list", "--state", "used", "--json"]).json(), json!([]));
    let told = place.run(&["product-key", "export", "--output", "out.csv"]);
    assert!(told.err().contains("5 product keys written"));
    told.succeeds();
    let written = std::fs::read_to_string(place.path().join("out.csv")).unwrap();
    assert_eq!(written.lines().count(), 6, "{written}");
    let twice = place.run(&["product-key", "export", "--output", "out.csv"]);
    twice.fails_with(1);
    assert!(place.run(&["product-key", "generate", "--count", "0"]).fails_with(2).contains("at least 1"));
}

#[test]
fn the_examples_for_programs_of_operators_are_played_against_a_running_server_with_a_key() {
    let place = Place::configured();
    let served = place.serve(&[]);
    let permissions = daemun_model::Permission::ALL.map(daemun_model::Permission::as_str).join(",");
    let create = ["api-key", "create", "--server", "--name", "examples", "--may", &permissions];
    let key = place.run(&create).succeeds();
    let against = format!("{}/members/admin", served.url);
    let test = ["contract", "test", "admin", "--against", &against];
    let played = place.command(&test).env("DAEMUN_API_KEY", key.trim()).output().unwrap();
    let told = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(played.status.success() && told.contains(" 0 failed"), "{told}");
    let wrong = place.run(&[&test[..], &["--api-key", "daemun_x"]].concat());
    assert_eq!(wrong.code(), 1);
    assert!(place.run(&["contract", "test", "admin", "--api-key", "x"]).fails_with(2).contains("--against"));
    let system = place.run(&["system", "--json"]).json();
    assert_eq!(
        (&system["database"]["engine"], &system["keys"][0]["app"]),
        (&json!("sqlite"), &json!("members"))
    );
}
