//! `daemun admin …`, and what the command line does with the server's own keys and audit.

use serde_json::{Value, json};

use crate::place::Place;

fn migrated() -> Place {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    place
}

/// Puts an administrator into the database as one who has joined is there.
fn joined(place: &Place, number: u32, role: &str) -> String {
    let database = rusqlite::Connection::open(place.path().join("daemun-data/daemun.db")).unwrap();
    let uuid = format!("01900000-0000-7000-8000-{number:012}");
    let email = format!("{role}{number}@example.com");
    let added = database.execute(
        "INSERT INTO administrators (uuid, email, email_key, name, role, password_hash, totp_sealed, totp_step, \
             created_at, created_by) VALUES (?1, ?2, ?2, 'Ann', ?3, 'hash', x'00', 0, ?4, 'cli')",
        rusqlite::params![uuid, email, role, i64::from(number)],
    );
    assert_eq!(added.unwrap(), 1);
    uuid
}

fn column(rows: &Value, name: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[name].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn somebody_is_invited_once_at_a_time_and_listed() {
    let place = migrated();
    let create =
        ["admin", "create", "bob@example.com", "--name", "Bob", "--role", "moderator", "--lang", "ko"];
    let made = place.run(&create);
    assert!(made.err().contains("once"), "{}", made.err());
    let url = made.succeeds();
    assert!(url.trim().contains("/console/join?token=") && url.lines().count() == 1, "{url}");
    let again = place.run(&[&create[..], &["--json"]].concat()).json();
    assert_ne!(again["url"], url.trim());
    assert!(again["expires_at"].is_string());
    let listed = place.run(&["admin", "list", "--json"]).json();
    assert_eq!(column(&listed, "email"), ["bob@example.com"]);
    assert_eq!((&listed[0]["standing"], &listed[0]["role"]), (&json!("invited"), &json!("moderator")));
    let mails = place.run(&["outbox", "list", "--json"]).json();
    assert_eq!(mails.as_array().unwrap().len(), 2, "each is mailed: {mails}");

    joined(&place, 1, "owner");
    let taken = place.run(&["admin", "create", "owner1@example.com", "--name", "X"]);
    assert!(taken.fails_with(1).contains("reset-second-factor"));
    let wrong = place.run(&["admin", "create", "x", "--name", ""]);
    let told = wrong.fails_with(1);
    assert!(told.contains("email: malformed") && told.contains("name: "), "{told}");
    assert!(place.run(&["admin", "create", "x@example.com"]).fails_with(2).contains("--name"));
    let role = place.run(&["admin", "create", "x@example.com", "--name", "X", "--role", "king"]);
    assert!(role.fails_with(2).contains("auditor"), "the roles are told");
}

#[test]
fn one_is_disabled_and_let_in_again_and_the_last_owner_is_not_disabled() {
    let place = migrated();
    let first = joined(&place, 1, "owner");
    assert!(place.run(&["admin", "disable", &first]).fails_with(1).contains("another owner"));
    assert!(
        place
            .run(&["admin", "disable", "nobody@example.com"])
            .fails_with(1)
            .contains("no such administrator")
    );
    joined(&place, 2, "owner");
    let out = place.run(&["admin", "disable", "OWNER2@example.com", "--json"]).json();
    assert_eq!((&out["standing"], &out["email"]), (&json!("disabled"), &json!("owner2@example.com")));
    assert!(place.run(&["admin", "disable", &first]).fails_with(1).contains("another owner"));

    let reset = place.run(&["admin", "reset-second-factor", "owner2@example.com", "--json"]).json();
    assert!(reset["url"].as_str().unwrap().contains("/console/join?token="), "{reset}");
    let url = place.run(&["admin", "reset-second-factor", &first]).succeeds();
    assert!(url.contains("/console/join?token="), "the command line helps the last owner, too: {url}");
    let listed = place.run(&["admin", "list", "--json"]).json();
    assert_eq!(column(&listed, "standing"), ["waiting", "waiting"]);
    let unknown = place.run(&["admin", "reset-second-factor", "nobody@example.com"]);
    assert!(unknown.fails_with(1).contains("admin list"));

    let audit = place.run(&["audit", "search", "--server", "--json"]).json();
    let acts = column(&audit["lines"], "act");
    assert_eq!(acts.iter().filter(|act| *act == "administrator.disable").count(), 1, "{acts:?}");
    assert_eq!(acts.iter().filter(|act| *act == "administrator.reset_second_factor").count(), 2, "{acts:?}");
    let of_app = place.run(&["audit", "search", "--json"]).json();
    assert_eq!(of_app["lines"], json!([]), "the app's audit has nothing of it");
    assert!(place.run(&["audit", "search", "--server", "--app", "members"]).fails_with(2).contains("--app"));
}

#[test]
fn the_set_up_link_is_there_until_somebody_is() {
    let place = migrated();
    let first = place.run(&["admin", "set-up-link"]).succeeds();
    let second = place.run(&["admin", "set-up-link", "--json"]).json();
    assert!(first.contains("/console/set-up?token=") && second["url"] != first.trim());
    joined(&place, 1, "owner");
    let told = place.run(&["admin", "set-up-link"]).fails_with(1);
    assert!(told.contains("an administrator already") && told.contains("admin list"), "{told}");
}

#[test]
fn a_key_of_the_server_is_made_listed_and_revoked() {
    let place = migrated();
    let create = ["api-key", "create", "--server", "--name", "Watcher", "--may", "system:read,audit:read"];
    let made = place.run(&[&create[..], &["--json"]].concat()).json();
    assert_eq!(made["api_key"]["permissions"], json!(["audit:read", "system:read"]));
    let id = made["api_key"]["id"].as_str().unwrap();
    assert_eq!(place.run(&["api-key", "list", "--json"]).json(), json!([]), "it is no key of the app");
    assert_eq!(column(&place.run(&["api-key", "list", "--server", "--json"]).json(), "id"), [id]);
    assert!(place.run(&["api-key", "revoke", id]).fails_with(1).contains("no such key"));
    assert_eq!(place.run(&["api-key", "revoke", id, "--server", "--json"]).json()["state"], "revoked");
    let long = place.run(&[&create[..], &["--expires-in-days", "366"]].concat());
    assert!(long.fails_with(1).contains("expires_in_days: out_of_range"));
}
