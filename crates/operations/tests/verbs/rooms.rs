//! `room.*`: one room at a time, a place for a hundred, and the last one closes the door.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::world::{World, at_once, told, two_nodes};

const DOOR: &str = "room.enter_or_leave";

async fn create(world: &World, access: &str, input: Value) -> Value {
    world.run_with(access, "room.create", input).await.unwrap()["room"].clone()
}

async fn names(world: &World, access: &str, input: Value) -> Vec<String> {
    let answer = world.run_with(access, "room.list", input).await.unwrap();
    answer["rooms"].as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_room_is_opened_entered_left_and_closed_by_the_last() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let b = world.access_of("b@example.com").await;
    let room = create(&world, &a, json!({ "name": " Study ", "description": "Maths\nand more" })).await;
    let card = json!({
        "id": 1, "uuid": room["members"][0]["uuid"], "email": "a@example.com", "preferred_username": null,
        "name": "John Doe", "given_name": null, "family_name": null, "nickname": null, "gender": null,
        "picture": null
    });
    assert_eq!(
        room,
        json!({
            "id": 1, "name": "Study", "description": "Maths\nand more", "is_private": false, "member_count": 1,
            "created_at": room["created_at"], "members": [card]
        })
    );
    let seen = world.run_with(&b, "room.show", json!({ "id": 1 })).await.unwrap();
    assert!(seen["room"].get("members").is_none(), "outside");
    let entered = world.run_with(&b, DOOR, json!({ "id": 1 })).await.unwrap();
    assert_eq!((&entered["state"], &entered["room"]["member_count"]), (&json!("entered"), &json!(2)));
    assert_eq!(entered["room"]["members"][1]["id"], 2);
    let again = told(world.run_with(&b, "room.create", json!({ "name": "Mine" })).await);
    assert_eq!(again, "in_another_room");
    let left = world.run_with(&a, DOOR, json!({ "id": 1 })).await.unwrap();
    assert_eq!((&left["state"], &left["room"]["member_count"]), (&json!("left"), &json!(1)));
    assert!(left["room"].get("members").is_none());
    let last = world.run_with(&b, DOOR, json!({ "id": 1 })).await.unwrap();
    assert_eq!((&last["state"], &last["room"]["member_count"]), (&json!("left"), &json!(0)));
    assert_eq!(world.last_act().await, "room.enter_or_leave done");
    assert_eq!(told(world.run_with(&b, "room.show", json!({ "id": 1 })).await), "not_found on id");
    assert_eq!(told(world.run_with(&b, DOOR, json!({ "id": 1 })).await), "not_found on id");
    assert_eq!(create(&world, &b, json!({ "name": "Next" })).await["id"], 2, "no number comes twice");
    assert_eq!(told(world.run_with(&a, "room.show", json!({ "id": -1 })).await), "not_found on id");
}

#[tokio::test]
async fn a_private_room_asks_for_its_password_and_for_no_more_than_a_few_guesses() {
    let world = World::limited(|limits| limits.room_passwords.most = 3).await;
    let a = world.access_of("a@example.com").await;
    let b = world.access_of("b@example.com").await;
    let room = create(&world, &a, json!({ "name": "Secret", "password": "1234" })).await;
    assert_eq!(room["is_private"], true);
    assert!(!room.to_string().contains("1234") && !room.to_string().contains("argon"));
    let wrong = "wrong_room_password on password";
    assert_eq!(told(world.run_with(&b, DOOR, json!({ "id": 1 })).await), wrong);
    assert_eq!(told(world.run_with(&b, DOOR, json!({ "id": 1, "password": "" })).await), wrong);
    for _ in 0..2 {
        assert_eq!(told(world.run_with(&b, DOOR, json!({ "id": 1, "password": "123" })).await), wrong);
    }
    for _ in 0..5 {
        let entered = world.run_with(&b, DOOR, json!({ "id": 1, "password": "１２３４" })).await.unwrap();
        assert_eq!(entered["state"], "entered", "in whatever width");
        world.run_with(&b, DOOR, json!({ "id": 1 })).await.unwrap();
    }
    assert_eq!(told(world.run_with(&b, DOOR, json!({ "id": 1, "password": "124" })).await), wrong);
    let more = told(world.run_with(&b, DOOR, json!({ "id": 1, "password": "1234" })).await);
    assert_eq!(more, "too_many_requests");
    let left = world.run_with(&a, DOOR, json!({ "id": 1 })).await.unwrap();
    assert_eq!(left["state"], "left", "nobody needs a password to leave");
}

#[tokio::test]
async fn nobody_is_in_two_rooms() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let b = world.access_of("b@example.com").await;
    create(&world, &a, json!({ "name": "One" })).await;
    create(&world, &b, json!({ "name": "Two", "password": "1234" })).await;
    for input in [json!({ "id": 2 }), json!({ "id": 2, "password": "1234" })] {
        assert_eq!(told(world.run_with(&a, DOOR, input).await), "in_another_room on id");
    }
}

#[tokio::test]
async fn what_a_room_cannot_be_is_told_at_once() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let create = async |input: Value| told(world.run_with(&a, "room.create", input).await);
    assert_eq!(create(json!({})).await, "invalid (name: required)");
    assert_eq!(
        create(json!({ "name": " ", "description": "\u{1b}", "password": "x".repeat(65) })).await,
        "invalid (name: blank, description: malformed, password: too_long)"
    );
    let long = json!({ "name": "방".repeat(101), "description": "방".repeat(1001) });
    assert_eq!(create(long).await, "invalid (name: too_long, description: too_long)");
    assert!(names(&world, &a, json!({})).await.is_empty());
}

#[tokio::test]
async fn rooms_are_listed_by_pages_and_parts_of_their_names() {
    let world = World::new().await;
    let mut last = String::new();
    for n in 1..=7 {
        last = world.access_of(&format!("{n}@example.com")).await;
        let name =
            ["한국사", "Ｍath 100%", "math_2", "C:\\", "'; DROP TABLE rooms; --", "science", "수학"][n - 1];
        create(&world, &last, json!({ "name": name })).await;
    }
    let answer = world.run_with(&last, "room.list", json!({ "size": 6 })).await.unwrap();
    assert_eq!(answer["page"], json!({ "number": 1, "size": 6, "total": 7 }));
    assert_eq!(answer["rooms"][0]["name"], "수학");
    assert_eq!(answer["rooms"].as_array().unwrap().len(), 6);
    assert!(answer["rooms"][0].get("members").is_none());
    assert_eq!(names(&world, &last, json!({ "size": 6, "page": 2 })).await, ["한국사"]);
    assert!(names(&world, &last, json!({ "size": 6, "page": 3 })).await.is_empty());
    let found = async |keyword: &str| names(&world, &last, json!({ "keyword": keyword })).await;
    assert_eq!(found("MATH").await, ["math_2", "Ｍath 100%"]);
    assert_eq!(found("수").await, ["수학"]);
    assert_eq!(found("%").await, ["Ｍath 100%"]);
    assert_eq!(found("_").await, ["math_2"]);
    assert_eq!(found("\\").await, ["C:\\"]);
    assert_eq!(found("'; DROP").await, ["'; DROP TABLE rooms; --"]);
    assert_eq!(found(" ").await.len(), 7);
    assert!(found("nowhere").await.is_empty());
    let refused = async |input: Value| told(world.run_with(&last, "room.list", input).await);
    assert_eq!(refused(json!({ "page": 0 })).await, "invalid (page: out_of_range)");
    assert_eq!(
        refused(json!({ "page": i64::MAX, "size": 101 })).await,
        "invalid (page: out_of_range, size: out_of_range)"
    );
    assert_eq!(refused(json!({ "keyword": "x".repeat(101) })).await, "invalid (keyword: too_long)");
}

#[tokio::test]
async fn who_is_deleted_or_suspended_leaves_the_room() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let b = world.access_of("b@example.com").await;
    let c = world.access_of("c@example.com").await;
    create(&world, &a, json!({ "name": "Study" })).await;
    for access in [&b, &c] {
        world.run_with(access, DOOR, json!({ "id": 1 })).await.unwrap();
    }
    world.run_with(&b, "account.delete", json!({})).await.unwrap();
    world.run_as(world.operator(), "account.suspend", json!({ "account": "3" })).await.unwrap();
    let room = world.run_with(&a, "room.show", json!({ "id": 1 })).await.unwrap()["room"].clone();
    assert_eq!((&room["member_count"], room["members"].as_array().unwrap().len()), (&json!(1), 1));
    let d = world.access_of("d@example.com").await;
    world.run_with(&a, "account.delete", json!({})).await.unwrap();
    assert!(names(&world, &d, json!({})).await.is_empty(), "the last one closes it");
}

#[tokio::test]
async fn rooms_of_another_app_are_not_there() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    create(&world, &a, json!({ "name": "Study" })).await;
    let mut other = (*world.app).clone();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    let b = other.access_of("a@example.com").await;
    assert!(names(&other, &b, json!({})).await.is_empty());
    for verb in ["room.show", DOOR] {
        assert_eq!(told(other.run_with(&b, verb, json!({ "id": 1 })).await), "not_found on id");
    }
}

/// The room's count and how many members it lists, as `access` in the room sees it.
async fn population(world: &World, access: &str) -> (i64, usize) {
    let room = world.run_with(access, "room.show", json!({ "id": 1 })).await.unwrap()["room"].clone();
    (room["member_count"].as_i64().unwrap(), room["members"].as_array().unwrap().len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_want_three_places_three_get_one() {
    let world = Arc::new(World::limited(|limits| limits.sign_ups.most = 1000).await);
    let nodes = [Arc::clone(&world), Arc::new(world.second_node().await)];
    let mut members = Vec::new();
    for n in 0..147 {
        members.push(world.access_of(&format!("{n}@example.com")).await);
    }
    create(&world, &members[0], json!({ "name": "Study" })).await;
    for access in &members[1..97] {
        world.run_with(access, DOOR, json!({ "id": 1 })).await.unwrap();
    }
    let calls = members[97..].iter().map(|access| (access.clone(), DOOR, json!({ "id": 1 })));
    let answers = at_once(&nodes, calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    for refused in answers.into_iter().filter(Result::is_err) {
        assert_eq!(told(refused), "room_full on id");
    }
    assert_eq!(population(&world, &members[0]).await, (100, 100));
    world.run_with(&members[1], DOOR, json!({ "id": 1 })).await.unwrap();
    assert_eq!(population(&world, &members[0]).await, (99, 99));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_identical_toggles_leave_a_member_inside_or_outside_and_each_answer_says_which() {
    let nodes = two_nodes().await;
    let a = nodes[0].access_of("a@example.com").await;
    let b = nodes[0].access_of("b@example.com").await;
    create(&nodes[0], &a, json!({ "name": "Study", "password": "1234" })).await;
    for many in [50, 51] {
        let input = json!({ "id": 1, "password": "1234" });
        let answers = at_once(&nodes, (0..many).map(|_| (b.clone(), DOOR, input.clone()))).await;
        let count = |state: &str| {
            answers
                .iter()
                .filter(|answer| answer.as_ref().is_ok_and(|answer| answer["state"] == state))
                .count()
        };
        // Whoever was overtaken too often, or typed while as many were counted as may, is told so and did nothing.
        let (entered, left) = (count("entered"), count("left"));
        let (members, listed) = population(&nodes[1], &a).await;
        assert_eq!(
            (entered - left, listed),
            (usize::try_from(members).unwrap() - 1, usize::try_from(members).unwrap())
        );
        if members == 2 {
            nodes[0].run_with(&b, DOOR, json!({ "id": 1 })).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_enters_while_the_last_one_leaves_is_in_the_room_or_finds_it_gone() {
    let nodes = two_nodes().await;
    let a = nodes[0].access_of("a@example.com").await;
    let b = nodes[0].access_of("b@example.com").await;
    for _ in 0..15 {
        let id = create(&nodes[0], &a, json!({ "name": "Study" })).await["id"].clone();
        let calls = [(a.clone(), DOOR, json!({ "id": id })), (b.clone(), DOOR, json!({ "id": id }))];
        let mut answers = at_once(&nodes, calls).await.into_iter();
        assert_eq!(answers.next().unwrap().unwrap()["state"], "left");
        match answers.next().unwrap() {
            Ok(entered) => {
                assert_eq!(entered["state"], "entered");
                let room = nodes[1].run_with(&b, "room.show", json!({ "id": id })).await.unwrap();
                assert_eq!(room["room"]["member_count"], 1);
                nodes[0].run_with(&b, DOOR, json!({ "id": id })).await.unwrap();
            }
            Err(failure) => assert_eq!(told(Err(failure)), "not_found on id"),
        }
        assert!(names(&nodes[0], &a, json!({})).await.is_empty(), "an empty room is no room");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_rooms_that_one_member_opens_at_the_same_moment_one_is_opened() {
    let nodes = two_nodes().await;
    let a = nodes[0].access_of("a@example.com").await;
    let calls = (0..20).map(|n| (a.clone(), "room.create", json!({ "name": format!("Room {n}") })));
    let answers = at_once(&nodes, calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(names(&nodes[1], &a, json!({})).await.len(), 1);
}
