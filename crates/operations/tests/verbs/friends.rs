//! `friend.*`: requests, friendships, and two who act on each other at the same moment.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::world::{World, at_once, told, two_nodes};

const TURN: &str = "friend.request_or_cancel";

/// Three members, numbers 1 to 3.
async fn three(world: &World) -> [String; 3] {
    [
        world.access_of("a@example.com").await,
        world.access_of("b@example.com").await,
        world.access_of("c@example.com").await,
    ]
}

async fn says(world: &World, access: &str, verb: &str, id: i64) -> String {
    match world.run_with(access, verb, json!({ "id": id })).await {
        Ok(answer) => answer["state"].as_str().unwrap().to_owned(),
        Err(failure) => told(Err(failure)),
    }
}

async fn friends(world: &World, access: &str) -> Vec<i64> {
    let answer = world.run_with(access, "friend.list", json!({})).await.unwrap();
    answer["friends"].as_array().unwrap().iter().map(|card| card["id"].as_i64().unwrap()).collect()
}

/// The numbers of who asks and of who is asked.
async fn requests(world: &World, access: &str) -> (Vec<i64>, Vec<i64>) {
    let answer = world.run_with(access, "friend.requests", json!({})).await.unwrap();
    let numbers = |list: &Value| {
        list.as_array().unwrap().iter().map(|open| open["account"]["id"].as_i64().unwrap()).collect()
    };
    (numbers(&answer["received"]), numbers(&answer["sent"]))
}

#[tokio::test]
async fn a_request_is_made_taken_back_accepted_and_the_friendship_ended() {
    let world = World::new().await;
    let [a, b, c] = three(&world).await;
    assert_eq!(says(&world, &a, TURN, 2).await, "requested");
    assert_eq!(world.last_act().await, "friend.request_or_cancel done");
    assert_eq!(requests(&world, &a).await, (vec![], vec![2]));
    assert_eq!(requests(&world, &b).await, (vec![1], vec![]));
    assert_eq!(requests(&world, &c).await, (vec![], vec![]), "nobody else hears of it");
    assert!(friends(&world, &a).await.is_empty());

    assert_eq!(says(&world, &a, TURN, 2).await, "cancelled");
    assert_eq!(requests(&world, &b).await, (vec![], vec![]));
    assert_eq!(says(&world, &b, "friend.accept", 1).await, "not_found on id", "it was taken back");

    assert_eq!(says(&world, &a, TURN, 2).await, "requested");
    assert_eq!(says(&world, &a, "friend.accept", 2).await, "not_found on id", "not one's own");
    assert_eq!(says(&world, &c, "friend.accept", 1).await, "not_found on id", "not somebody else's");
    assert_eq!(says(&world, &b, "friend.accept", 1).await, "friends");
    assert_eq!((friends(&world, &a).await, friends(&world, &b).await), (vec![2], vec![1]));
    assert_eq!(requests(&world, &a).await, (vec![], vec![]));
    assert_eq!(says(&world, &b, "friend.accept", 1).await, "not_found on id");
    assert_eq!(says(&world, &a, TURN, 2).await, "already_friends on id");
    assert_eq!(says(&world, &b, TURN, 1).await, "already_friends on id");

    assert_eq!(says(&world, &c, "friend.remove", 1).await, "not_friends on id");
    assert_eq!(says(&world, &b, "friend.remove", 1).await, "none");
    assert_eq!(says(&world, &a, "friend.remove", 2).await, "not_friends on id");
    assert!(friends(&world, &a).await.is_empty() && friends(&world, &b).await.is_empty());
}

#[tokio::test]
async fn a_rejected_request_is_gone_and_may_come_again() {
    let world = World::new().await;
    let [a, b, _] = three(&world).await;
    says(&world, &a, TURN, 2).await;
    assert_eq!(says(&world, &a, "friend.reject", 2).await, "not_found on id", "one's own is cancelled");
    assert_eq!(says(&world, &b, "friend.reject", 1).await, "none");
    assert_eq!(says(&world, &b, "friend.reject", 1).await, "not_found on id");
    assert_eq!(requests(&world, &a).await, (vec![], vec![]));
    assert_eq!(says(&world, &a, TURN, 2).await, "requested");
}

#[tokio::test]
async fn who_asks_somebody_who_has_asked_is_a_friend_at_once() {
    let world = World::new().await;
    let [a, b, _] = three(&world).await;
    says(&world, &a, TURN, 2).await;
    assert_eq!(says(&world, &b, TURN, 1).await, "friends");
    assert_eq!((friends(&world, &a).await, friends(&world, &b).await), (vec![2], vec![1]));
}

#[tokio::test]
async fn nobody_asks_themselves_or_somebody_who_is_not_there() {
    let world = World::new().await;
    let [a, b, _] = three(&world).await;
    assert_eq!(says(&world, &a, TURN, 1).await, "self_not_allowed on id");
    assert_eq!(says(&world, &a, TURN, 99).await, "account_not_found on id");
    assert_eq!(says(&world, &a, "friend.remove", 1).await, "not_friends on id");
    assert_eq!(says(&world, &a, "friend.accept", 1).await, "not_found on id");
    assert_eq!(told(world.run_with(&a, TURN, json!({})).await), "invalid (id: required)");
    assert_eq!(world.refusal(TURN, json!({ "id": 1 })).await, "unauthenticated");
    world.run_as(world.operator(), "account.suspend", json!({ "account": "2" })).await.unwrap();
    assert_eq!(says(&world, &a, TURN, 2).await, "account_not_found on id", "suspended");
    drop(b);
}

#[tokio::test]
async fn members_of_another_app_are_not_there() {
    let world = World::new().await;
    let [a, ..] = three(&world).await;
    let mut other = (*world.app).clone();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    let stranger = other.member("a@example.com").await;
    let id = stranger["account"]["id"].as_i64().unwrap();
    assert_eq!(says(&world, &a, TURN, id).await, "account_not_found on id");
}

#[tokio::test]
async fn addresses_are_shown_to_friends_and_people_in_the_same_room_only() {
    let world = World::new().await;
    let [a, b, c] = three(&world).await;
    let seen = async |access: &str| {
        let shown = world.run_with(access, "account.show", json!({ "id": 2 })).await.unwrap();
        shown["account"].get("email").cloned()
    };
    assert_eq!(seen(&a).await, None);
    says(&world, &a, TURN, 2).await;
    assert_eq!(seen(&a).await, None, "a request tells nothing");
    let asked = world.run_with(&b, "friend.requests", json!({})).await.unwrap();
    assert!(asked["received"][0]["account"].get("email").is_none());
    says(&world, &b, "friend.accept", 1).await;
    assert_eq!(seen(&a).await, Some(json!("b@example.com")));
    let list = world.run_with(&b, "friend.list", json!({})).await.unwrap();
    assert_eq!(list["friends"][0]["email"], "a@example.com");
    assert_eq!(seen(&c).await, None);
    let room = world.run_with(&b, "room.create", json!({ "name": "Study" })).await.unwrap();
    assert_eq!(seen(&c).await, None);
    let id = room["room"]["id"].clone();
    world.run_with(&c, "room.enter_or_leave", json!({ "id": id })).await.unwrap();
    assert_eq!(seen(&c).await, Some(json!("b@example.com")));
    world.run_with(&c, "room.enter_or_leave", json!({ "id": id })).await.unwrap();
    assert_eq!(seen(&c).await, None);
    says(&world, &a, "friend.remove", 2).await;
    assert_eq!(seen(&a).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_ask_each_other_at_the_same_moment_are_friends() {
    let nodes = two_nodes().await;
    let [a, b, _] = three(&nodes[0]).await;
    for _ in 0..10 {
        let calls = [(a.clone(), TURN, json!({ "id": 2 })), (b.clone(), TURN, json!({ "id": 1 }))];
        let mut states: Vec<_> = at_once(&nodes, calls)
            .await
            .into_iter()
            .map(|answer| answer.unwrap()["state"].as_str().unwrap().to_owned())
            .collect();
        states.sort();
        assert_eq!(states, ["friends", "requested"]);
        assert_eq!((friends(&nodes[0], &a).await, friends(&nodes[1], &b).await), (vec![2], vec![1]));
        assert_eq!(says(&nodes[0], &a, "friend.remove", 2).await, "none");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_identical_toggles_leave_one_request_or_none_and_each_answer_says_which() {
    let nodes = two_nodes().await;
    let [a, b, _] = three(&nodes[0]).await;
    for many in [50, 51] {
        let calls = (0..many).map(|_| (a.clone(), TURN, json!({ "id": 2 })));
        let answers = at_once(&nodes, calls).await;
        let count =
            |state: &str| answers.iter().filter(|answer| answer.as_ref().unwrap()["state"] == state).count();
        let open = usize::from(many % 2 == 1);
        assert_eq!(count("requested"), count("cancelled") + open);
        assert_eq!(count("requested") + count("cancelled"), many);
        assert_eq!(requests(&nodes[1], &b).await.0.len(), open);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_acceptance_that_races_a_cancellation_leaves_friends_or_nothing() {
    let nodes = two_nodes().await;
    let [a, b, _] = three(&nodes[0]).await;
    for _ in 0..10 {
        assert_eq!(says(&nodes[0], &a, TURN, 2).await, "requested");
        let calls = [(a.clone(), TURN, json!({ "id": 2 })), (b.clone(), "friend.accept", json!({ "id": 1 }))];
        let answers: Vec<_> = at_once(&nodes, calls)
            .await
            .into_iter()
            .map(|answer| {
                answer.map_or_else(|failure| told(Err(failure)), |answer| answer["state"].to_string())
            })
            .collect();
        match answers.join(" ").as_str() {
            "\"cancelled\" not_found on id" => assert!(friends(&nodes[0], &a).await.is_empty()),
            "already_friends on id \"friends\"" => {
                assert_eq!(friends(&nodes[0], &a).await, [2]);
                says(&nodes[0], &a, "friend.remove", 2).await;
            }
            other => panic!("{other}"),
        }
        assert_eq!(requests(&nodes[0], &b).await.0.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_deletes_the_account_meanwhile_is_nobodys_friend_and_in_no_room() {
    let nodes = two_nodes().await;
    let world = Arc::clone(&nodes[0]);
    let a = world.access_of("a@example.com").await;
    let room =
        world.run_with(&a, "room.create", json!({ "name": "Study" })).await.unwrap()["room"]["id"].clone();
    for round in 0..8 {
        let other = world.member(&format!("{round}@example.com")).await;
        let b = other["tokens"]["access"].as_str().unwrap().to_owned();
        let id = other["account"]["id"].clone();
        assert_eq!(says(&world, &b, TURN, 1).await, "requested");
        let calls = [
            (a.clone(), "friend.accept", json!({ "id": id })),
            (b.clone(), "account.delete", json!({})),
            (b.clone(), "room.enter_or_leave", json!({ "id": room })),
            (b.clone(), "time_setting.create", json!({ "total": 60, "work": 50, "break": 10 })),
        ];
        let answers = at_once(&nodes, calls).await;
        assert!(answers[1].is_ok(), "{:?}", answers[1]);
        assert!(friends(&world, &a).await.is_empty(), "round {round}");
        assert_eq!(requests(&world, &a).await, (vec![], vec![]));
        let shown = world.run_with(&a, "room.show", json!({ "id": room })).await.unwrap();
        assert_eq!(shown["room"]["member_count"], 1);
        assert_eq!(shown["room"]["members"].as_array().unwrap().len(), 1);
    }
}
