//! `account.list`, `account.list_sessions`, `audit.search`, `outbox.search`: pages for operators.

use serde_json::{Value, json};

use crate::world::{HOUR, PASSWORD, World, shop, told};

async fn list(world: &World, name: &str, input: Value) -> Value {
    world.run_as(world.operator(), name, input).await.unwrap()
}

async fn refusal(world: &World, name: &str, input: Value) -> String {
    told(world.run_as(world.operator(), name, input).await)
}

fn ids(answer: &Value) -> Vec<i64> {
    answer["accounts"].as_array().unwrap().iter().map(|account| account["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn accounts_come_page_by_page_and_what_is_new_moves_nothing() {
    let world = World::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        world.member(&format!("{name}@example.com")).await;
    }
    let first = list(&world, "account.list", json!({ "limit": 2 })).await;
    assert_eq!((ids(&first), &first["page"]["size"]), (vec![5, 4], &json!(2)));
    world.member("f@example.com").await;
    world.run_as(world.operator(), "account.erase", json!({ "account": "3" })).await.unwrap();
    let second = list(&world, "account.list", json!({ "limit": 2, "cursor": first["page"]["next"] })).await;
    assert_eq!((ids(&second), &second["page"]["next"]), (vec![2, 1], &Value::Null));
    assert_eq!(ids(&list(&world, "account.list", json!({})).await), [6, 5, 4, 2, 1]);
}

#[tokio::test]
async fn a_cursor_is_worth_nothing_in_another_app_listing_or_filter() {
    let world = World::new().await;
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    world.member("a@example.com").await;
    world.member("b@example.com").await;
    let cursor = list(&world, "account.list", json!({ "limit": 1 })).await["page"]["next"].clone();
    assert!(cursor.is_string());
    let wrong = "invalid (cursor: malformed)";
    let elsewhere = world.through(&other);
    assert_eq!(refusal(&elsewhere, "account.list", json!({ "cursor": cursor })).await, wrong);
    assert_eq!(
        refusal(&world, "account.list", json!({ "cursor": cursor, "status": "approved" })).await,
        wrong
    );
    assert_eq!(refusal(&world, "audit.search", json!({ "cursor": cursor })).await, wrong);
    for made_up in ["", "MQ", "1", "ü", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(refusal(&world, "account.list", json!({ "cursor": made_up })).await, wrong, "{made_up}");
    }
    for limit in [0, -1, 101] {
        assert_eq!(
            refusal(&world, "account.list", json!({ "limit": limit })).await,
            "invalid (limit: out_of_range)"
        );
    }
    assert_eq!(world.refusal("account.list", json!({})).await, "forbidden");
}

#[tokio::test]
async fn accounts_are_found_by_status_and_names() {
    let world = World::with(|app| app.policy.unique = vec!["nickname".to_owned()]).await;
    for name in ["a", "b", "c"] {
        let input = json!({
            "email": format!("{name}@example.com"), "password": PASSWORD, "name": "John Doe", "nickname": format!("Nick {name}")
        });
        world.run("account.sign_up", input).await.unwrap();
    }
    world.run_as(world.operator(), "account.suspend", json!({ "account": "2" })).await.unwrap();
    for (input, expected) in [
        (json!({ "status": "suspended" }), vec![2]),
        (json!({ "status": "approved" }), vec![3, 1]),
        (json!({ "email": "B@EXAMPLE.com" }), vec![2]),
        (json!({ "email": "b@example.com", "status": "approved" }), vec![]),
        (json!({ "nickname": "nick C " }), vec![3]),
        (json!({ "nickname": "nick c", "email": "a@example.com" }), vec![]),
        (json!({ "email": "nobody@example.com" }), vec![]),
        (json!({ "phone_number": "010-1234-5678" }), vec![]),
    ] {
        assert_eq!(ids(&list(&world, "account.list", input.clone()).await), expected, "{input}");
    }
    let input = json!({ "status": "asleep", "email": "x", "phone_number": "x" });
    assert_eq!(
        refusal(&world, "account.list", input).await,
        "invalid (status: not_a_choice, email: malformed, phone_number: malformed)"
    );
}

#[tokio::test]
async fn members_who_share_a_phone_number_are_found_by_it_as_people_say_it() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.member(&format!("{name}@example.com")).await;
    }
    for account in ["1", "3"] {
        let input = json!({ "account": account, "phone_number": "010-1234-5678" });
        world.run_as(world.operator(), "account.edit", input).await.unwrap();
    }
    for said in [
        "010-1234-5678",
        "010 1234 5678",
        "01012345678",
        "+82 10-1234-5678",
        "82 10 1234 5678",
        "+821012345678",
    ] {
        let found = list(&world, "account.list", json!({ "search": said })).await;
        assert_eq!(ids(&found), [3, 1], "{said}");
        let found = list(&world, "account.list", json!({ "phone_number": said })).await;
        assert_eq!(ids(&found), [3, 1], "{said}");
    }
    let number = "010-1234-5678";
    let both = json!({ "phone_number": number, "email": "a@example.com" });
    assert_eq!(ids(&list(&world, "account.list", both).await), [1]);
    let neither = json!({ "phone_number": number, "email": "b@example.com" });
    assert_eq!(ids(&list(&world, "account.list", neither).await), Vec::<i64>::new());
    let first = list(&world, "account.list", json!({ "phone_number": number, "limit": 1 })).await;
    assert_eq!(ids(&first), [3]);
    let next = json!({ "phone_number": number, "limit": 1, "cursor": first["page"]["next"] });
    let last = list(&world, "account.list", next).await;
    assert_eq!((ids(&last), &last["page"]["next"]), (vec![1], &json!(null)));
    assert_eq!(
        ids(&list(&world, "account.list", json!({ "search": "010-1234-5679" })).await),
        Vec::<i64>::new()
    );
}

/// Members of these names, pending where the name begins with one.
async fn town(names: &[&str]) -> World {
    let world = World::with(|app| app.policy.unique = vec!["nickname".to_owned()]).await;
    for (n, name) in names.iter().enumerate() {
        world.clock.advance(HOUR);
        let status = if name.starts_with("p:") { "pending" } else { "approved" };
        let input = json!({ "email": format!("m{n}@example.com"), "name": name, "nickname": format!("nick{n}"), "status": status });
        world.run_as(world.operator(), "account.import", input).await.unwrap();
    }
    world
}

#[tokio::test]
async fn accounts_are_found_by_a_part_of_a_name_whatever_their_status() {
    let world = town(&["김수미", "p:김수미", "박수미", "Kim Sumi", "이민호"]).await;
    for (search, expected) in [
        ("수미", vec![3, 2, 1]),
        ("김수미", vec![2, 1]),
        ("ＫＩＭ", vec![4]),
        ("%", vec![]),
        (" m3@EXAMPLE.com ", vec![4]),
        ("nick4", vec![5]),
        ("NICK", vec![5, 4, 3, 2, 1]),
        ("2", vec![2, 3]),
        ("", vec![5, 4, 3, 2, 1]),
    ] {
        assert_eq!(
            ids(&list(&world, "account.list", json!({ "search": search })).await),
            expected,
            "{search}"
        );
    }
    for (input, expected) in [
        (json!({ "search": "수미", "status": "pending" }), vec![2]),
        (json!({ "search": "수미", "created_since": "2026-11-20T17:00:00Z" }), vec![3, 2]),
        (json!({ "search": "수미", "created_until": "2026-11-20T17:00:00Z" }), vec![1]),
        (json!({ "search": "m0@example.com", "status": "pending" }), vec![]),
        (json!({ "search": "m0@example.com", "created_since": "2026-11-20T17:00:00Z" }), vec![]),
    ] {
        assert_eq!(ids(&list(&world, "account.list", input.clone()).await), expected, "{input}");
    }
    let too_long = json!({ "search": "x".repeat(201) });
    assert_eq!(refusal(&world, "account.list", too_long).await, "invalid (search: too_long)");
}

#[tokio::test]
async fn every_page_of_every_kind_of_list_holds_each_account_once() {
    let world = town(&["수미1", "p:수미2", "수미3", "p:수미4", "수미5"]).await;
    let organization = json!({ "name": "Seoul School", "region": "Seoul" });
    let saved = list(&world, "organization.save", organization).await["organization"]["id"].clone();
    for filter in [
        json!({}),
        json!({ "status": "approved" }),
        json!({ "search": "수미" }),
        // Its own account comes first, then those that have it in a name.
        json!({ "search": "2" }),
        json!({ "created_since": "2026-11-20T17:00:00Z" }),
        json!({ "created_until": "2026-11-20T20:00:00Z", "status": "pending" }),
        json!({ "organization": saved }),
    ] {
        let whole = ids(&list(&world, "account.list", filter.clone()).await);
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let mut input = filter.clone();
            input["limit"] = json!(1);
            input["cursor"] = cursor;
            let page = list(&world, "account.list", input).await;
            seen.extend(ids(&page));
            cursor = page["page"]["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(seen, whole, "{filter}");
    }
}

#[tokio::test]
async fn accounts_are_listed_by_organisation_and_by_when_they_were_opened() {
    let world = World::new().await;
    let organization = json!({ "name": "Seoul School", "region": "Seoul" });
    let school = list(&world, "organization.save", organization).await["organization"]["id"].clone();
    for name in ["a", "b", "c"] {
        world.clock.advance(HOUR);
        let belongs = if name == "b" { Value::Null } else { school.clone() };
        let input = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": "John Doe", "organization": belongs });
        world.run("account.sign_up", input).await.unwrap();
    }
    world.run_as(world.operator(), "account.suspend", json!({ "account": "1" })).await.unwrap();
    // It was opened elsewhere, long ago.
    let old = json!({ "email": "old@example.com", "name": "Old", "created_at": "2020-01-01T00:00:00Z" });
    world.run_as(world.operator(), "account.import", old).await.unwrap();
    for (input, expected) in [
        (json!({ "organization": school }), vec![3, 1]),
        (json!({ "organization": school, "status": "approved" }), vec![3]),
        (json!({ "organization": school, "search": "john" }), vec![3, 1]),
        (json!({ "organization": school, "email": "b@example.com" }), vec![]),
        (json!({ "organization": school, "created_until": "2026-11-20T17:00:00Z" }), vec![1]),
        (json!({ "organization": "none" }), vec![]),
        (json!({ "created_until": "2026-11-20T17:00:00Z" }), vec![1, 4]),
        (
            json!({ "created_since": "2026-11-20T17:00:00Z", "created_until": "2026-11-20T18:00:00Z" }),
            vec![2],
        ),
    ] {
        assert_eq!(ids(&list(&world, "account.list", input.clone()).await), expected, "{input}");
    }
    let totals = async |input: Value| list(&world, "account.list", input).await["total"].clone();
    assert_eq!(totals(json!({})).await, 4);
    assert_eq!(totals(json!({ "status": "suspended" })).await, 1);
    assert_eq!(totals(json!({ "search": "john" })).await, Value::Null);
    let backwards =
        json!({ "created_since": "2026-11-20T17:00:00Z", "created_until": "2026-11-20T17:00:00Z" });
    assert_eq!(refusal(&world, "account.list", backwards).await, "invalid (created_until: out_of_range)");
}

#[tokio::test]
async fn an_operator_sees_where_an_account_is_signed_in() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.from("192.0.2.9").sign_in("a@example.com", PASSWORD).await.unwrap();
    let answer = list(&world, "account.list_sessions", json!({ "account": "1" })).await;
    let sessions = answer["sessions"].as_array().unwrap();
    let addresses: Vec<_> = sessions.iter().map(|session| session["address"].as_str().unwrap()).collect();
    assert_eq!((addresses, &sessions[0]["current"]), (vec!["192.0.2.9", "192.0.2.7"], &json!(false)));
}

#[tokio::test]
async fn the_audit_is_searched_by_act_outcome_actor_account_and_time() {
    let world = World::new().await;
    let uuid = world.member("a@example.com").await["account"]["uuid"].as_str().unwrap().to_owned();
    world.member("b@example.com").await;
    world.clock.advance(HOUR);
    world.sign_in("a@example.com", "wrong password").await.unwrap_err();
    world.clock.advance(HOUR);
    for verb in ["suspend", "erase"] {
        world.clock.advance(1);
        let name = format!("account.{verb}");
        world.run_as(world.operator(), &name, json!({ "account": "1", "reason": "spam" })).await.unwrap();
    }
    let acts = async |input: Value| {
        let answer = list(&world, "audit.search", input).await;
        let lines = answer["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["act"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let of_operator = "account.erase account.suspend";
    let of_first = "account.erase account.suspend session.sign_in account.sign_up";
    for (input, expected) in [
        (json!({ "actor": "cli" }), of_operator),
        (json!({ "account": uuid }), of_first),
        (json!({ "account": uuid, "actor": "cli" }), of_operator),
        (json!({ "act": "account.sign_up" }), "account.sign_up account.sign_up"),
        (json!({ "act": "account.sign_up", "account": uuid }), "account.sign_up"),
        (json!({ "act": "session.sign_in", "outcome": "wrong_credentials" }), "session.sign_in"),
        (json!({ "since": "2026-11-20T17:00:00Z" }), of_operator),
        (json!({ "since": "2026-11-20T16:00:00Z", "until": "2026-11-20T17:00:00Z" }), "session.sign_in"),
        (json!({ "until": "2026-11-20T16:00:00Z" }), "account.sign_up account.sign_up"),
        (json!({ "act": "nothing" }), ""),
    ] {
        assert_eq!(acts(input.clone()).await, expected, "{input}");
    }
    let answer = list(&world, "audit.search", json!({ "act": "account.suspend" })).await;
    let line = &answer["lines"][0];
    assert_eq!(
        (&line["actor"], &line["account"], &line["detail"], &line["outcome"]),
        (&json!("cli"), &json!(uuid), &json!("spam"), &json!("done"))
    );
    assert_eq!(
        refusal(
            &world,
            "audit.search",
            json!({ "since": "2026-11-20T17:00:00Z", "until": "2026-11-20T16:00:00Z" })
        )
        .await,
        "invalid (until: out_of_range)"
    );
    assert_eq!(
        refusal(&world, "audit.search", json!({ "account": "9" })).await,
        "account_not_found on account"
    );
}

#[tokio::test]
async fn the_pages_of_the_audit_hold_every_line_once() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.member(&format!("{name}@example.com")).await;
        world.sign_in(&format!("{name}@example.com"), "wrong password").await.unwrap_err();
    }
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = list(&world, "audit.search", json!({ "limit": 2, "cursor": cursor })).await;
        seen.extend(page["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()));
        cursor = page["page"]["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), world.audit().await.len());
    seen.dedup();
    assert_eq!(seen.len(), world.audit().await.len());
}

#[tokio::test]
async fn messages_are_searched_by_recipient_account_and_state() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.member("b@example.com").await;
    for email in ["a@example.com", "b@example.com"] {
        world.clock.advance(1);
        world.run("password.request_reset", json!({ "email": email })).await.unwrap();
    }
    let to = async |input: Value| {
        let answer = list(&world, "outbox.search", input).await;
        let messages = answer["messages"].as_array().unwrap().clone();
        messages
            .iter()
            .map(|message| message["to"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(to(json!({})).await, "b@example.com a@example.com");
    assert_eq!(to(json!({ "to": "a@example.com" })).await, "a@example.com");
    assert_eq!(to(json!({ "account": "2" })).await, "b@example.com");
    assert_eq!(to(json!({ "account": "2", "state": "sent" })).await, "");
    assert_eq!(to(json!({ "state": "waiting" })).await, "b@example.com a@example.com");
    assert_eq!(to(json!({ "state": "failed" })).await, "");
    assert_eq!(
        refusal(&world, "outbox.search", json!({ "state": "lost" })).await,
        "invalid (state: not_a_choice)"
    );
    let message = list(&world, "outbox.search", json!({ "limit": 1 })).await["messages"][0].clone();
    assert_eq!((&message["template"], &message["state"]), (&json!("reset_password"), &json!("waiting")));
    assert!(message["text"].as_str().unwrap().contains("http"), "the dev outbox shows what it says");
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    assert_eq!(list(&world.through(&other), "outbox.search", json!({})).await["messages"], json!([]));
}
