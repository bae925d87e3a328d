//! `daemun keys`, and what happens with a wrong master key.

use serde_json::json;

use crate::place::Place;

#[test]
fn keys_are_listed_rotated_and_revoked_beside_a_running_server() {
    let place = Place::configured();
    let server = place.serve(&[]);
    let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
    assert_eq!(server.post("/members/members", &member).0, 201);
    let token = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();

    let keys = place.run(&["keys", "list", "--json"]).json();
    let first = keys[0]["kid"].as_str().unwrap().to_owned();
    assert_eq!((&keys[0]["state"], &keys[0]["sessions"]), (&json!("signing"), &json!(1)));
    assert!(place.run(&["keys", "list", "--app", "members"]).succeeds().contains(&first));

    let rotated = place.run(&["keys", "rotate", "--json"]).json();
    let next = rotated["kid"].as_str().unwrap().to_owned();
    let states: Vec<_> = place.run(&["keys", "list", "--json"]).json().as_array().unwrap().clone();
    assert_eq!(states.iter().map(|key| &key["state"]).collect::<Vec<_>>(), ["signing", "next"]);
    assert!(place.run(&["keys", "rotate"]).fails_with(1).contains("has not begun to sign"));
    assert_eq!(server.get("/members/me", &token).0, 200, "nobody notices a rotation");

    let revoked = place.run(&["keys", "revoke", &first, "--json"]).json();
    assert_eq!(revoked, json!({ "kid": first, "signing": next, "sessions_ended": 1 }));
    assert_eq!(server.get("/members/me", &token).0, 401, "it holds at once");
    let again = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/members/me", &again).0, 200);

    assert!(place.run(&["keys", "revoke", &first]).fails_with(1).contains("the app has no such key"));
    let other = place.run(&["keys", "revoke", &next]);
    assert_eq!(
        other.err(),
        "who verifies tokens by the JWK Set may believe the old key until it asks again\n"
    );
    assert!(other.succeeds().contains("1 session ended"));
}

#[test]
fn a_wrong_master_key_does_not_start_and_is_told() {
    let place = Place::configured();
    let server = place.serve(&[]);
    server.terminate();
    assert_eq!(server.ended().0, 0);

    let key = place.path().join("daemun-data/master.key");
    let right = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let told = place.run(&["serve"]).fails_with(1);
    assert!(told.contains("there is no master key") && told.contains("DAEMUN__KEYS__MASTER"), "{told}");
    assert!(!key.exists(), "none is made that would be wrong");

    let wrong = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgISE=";
    let with = |arguments: &[&str], key: &str| {
        place.command(arguments).env("DAEMUN__KEYS__MASTER", key).output().unwrap()
    };
    let refused = with(&["serve"], wrong);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(told.contains("is not the one that sealed the signing keys"), "{told}");
    assert!(told.contains("hint:") && !told.contains(wrong), "{told}");

    let refused = with(&["keys", "rotate"], wrong);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("the master key is not the one"));
    assert!(with(&["keys", "rotate"], right.trim()).status.success());
}
