//! `daemun points` and `daemun dev seed`.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::place::Place;

/// A place whose app has so many invented members, of no points.
fn town(accounts: &str) -> Place {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    let seeded =
        place.run(&["dev", "seed", "--accounts", accounts, "--yes", "--password", "correct horse battery"]);
    assert!(seeded.succeeds().contains(&format!("{accounts} made, 0 there from before")));
    place
}

#[test]
fn points_are_granted_and_checked_at_the_command_line() {
    let place = town("3");
    let grant = |account: &str, amount: &str| {
        place.run(&[
            "points",
            "grant",
            account,
            amount,
            "--app",
            "members",
            "--reason",
            "Read a book",
            "--json",
        ])
    };
    let told = grant("member2@seed.example", "120").json();
    assert_eq!((&told["balance"], &told["line"], &told["by"]), (&json!(120), &json!(1), &json!("cli")));
    assert_eq!(grant("2", "-20").json()["balance"], 100);
    assert!(grant("2", "-101").fails_with(1).contains("amount: out_of_range"));
    assert!(grant("9", "1").fails_with(1).contains("there is no such account"));
    let keyed = ["points", "grant", "1", "5", "--reason", "r", "--idempotency-key", "k", "--json"];
    assert_eq!(place.run(&keyed).json(), place.run(&keyed).json());
    assert_eq!(
        place.run(&["points", "check"]).succeeds(),
        "members: every total is what the ledger adds up to\n"
    );
    assert_eq!(place.run(&["points", "check", "--json"]).json()[0]["right"], true);
}

#[test]
fn a_total_that_is_wrong_is_named_and_the_exit_code_is_1() {
    let place = town("2");
    place.run(&["points", "grant", "2", "5", "--reason", "r"]).succeeds();
    let database = place.path().join("daemun-data/daemun.db");
    let wrong = rusqlite::Connection::open(database).unwrap();
    wrong.execute("UPDATE point_totals SET points = 7 WHERE period = 0", []).unwrap();
    let told = place.run(&["points", "check"]);
    let lines = told.out();
    assert!(lines.contains("account 2, period 0: the ledger adds up to 5, kept is 7"), "{lines}");
    assert!(told.fails_with(1).contains("2 faults"));
}

#[test]
fn seeding_goes_on_where_it_stopped_and_asks_before_it_fills_a_configured_app() {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    let seed =
        |accounts: &str| place.run(&["dev", "seed", "--accounts", accounts, "--points", "5000", "--yes"]);
    assert!(place.run(&["dev", "seed", "--accounts", "5"]).fails_with(2).contains("--yes"));
    assert!(seed("700").succeeds().contains("700 made, 0 there from before"));
    assert!(seed("1700").succeeds().contains("1000 made, 700 there from before"));
    assert!(seed("1700").succeeds().contains("0 made, 1700 there from before"));
    place.run(&["points", "check"]).succeeds();
    let found = place.run(&["account", "find", "member1700@seed.example", "--json"]).json();
    assert_eq!((&found["id"], &found["status"]), (&json!(1700), &json!("approved")));
    let again = place.run(&["account", "find", "member1701@seed.example"]);
    assert!(again.fails_with(1).contains("there is no such account"));
}

#[test]
fn whatever_is_killed_while_it_grants_the_totals_are_those_of_the_ledger_and_nothing_acknowledged_is_lost() {
    let place = town("4");
    let mut acknowledged = 0;
    for round in 0..24_u64 {
        let account = (round % 4 + 1).to_string();
        let key = format!("round-{round}");
        let grants: Vec<_> = (0..3)
            .map(|_| {
                let arguments =
                    ["points", "grant", &account, "7", "--reason", "r", "--idempotency-key", &key, "--json"];
                place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        // Somewhere in its work: a moment that no test can choose.
        std::thread::sleep(Duration::from_millis(7 * round));
        let mut told = false;
        for mut grant in grants {
            grant.kill().unwrap();
            told |= grant.wait_with_output().is_ok_and(|done| done.stdout.ends_with(b"}\n"));
        }
        if told {
            acknowledged += 1;
            let line = place.run(&[
                "points",
                "grant",
                &account,
                "7",
                "--reason",
                "r",
                "--idempotency-key",
                &key,
                "--json",
            ]);
            assert_eq!(line.json()["amount"], 7, "the same grant, once");
        }
    }
    place.run(&["points", "check"]).succeeds();
    let database = rusqlite::Connection::open(place.path().join("daemun-data/daemun.db")).unwrap();
    let count = |text: &str| database.query_row(text, [], |row| row.get::<_, i64>(0)).unwrap();
    let lines = count("SELECT COUNT(*) FROM point_entries");
    assert!((acknowledged..=24).contains(&lines), "{acknowledged} acknowledged, {lines} kept");
    assert_eq!(count("SELECT COUNT(DISTINCT idempotency_key) FROM point_entries"), lines);
    let sum = count("SELECT COALESCE(SUM(points), 0) FROM point_totals WHERE period = 0");
    assert_eq!(Value::from(sum), json!(7 * lines));
}
