//! At the same time.

use std::sync::Arc;

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn of_two_puts_at_the_same_time_one_wins_and_the_file_is_the_winners() {
    let server = gallery().await;
    for round in 0..10 {
        let permission = signed(&server, json!({ "kind": "portrait", "content_type": "image/png" })).await;
        let bodies = [1_u8, 2].map(|mark| [PNG, &vec![mark; 200_000]].concat());
        let answers = join_all(bodies.iter().map(|body| put(&server, &permission, body.clone()))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert!(statuses == [200, 409] || statuses == [409, 200], "{statuses:?}");
        let path = permission["path"].as_str().unwrap();
        sign_up(&server, "gallery", json!({ "email": format!("{round}@example.com"), "portrait": path }))
            .await;
        let seen = server.get(&format!("/media/{path}")).answer().await;
        let winner = &bodies[usize::from(statuses[0] != 200)];
        assert!(seen.body == winner.as_slice());
        assert_eq!(kept(&server).len(), round + 1);
    }
}

#[tokio::test]
async fn of_fifty_members_who_name_one_file_one_gets_it() {
    let server = Arc::new(gallery().await);
    for never_signed in [false, true] {
        let path = match never_signed {
            false => uploaded(&server, "portrait").await,
            true => "images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.jpeg".to_owned(),
        };
        let ask = |n: usize| {
            let (server, path) = (Arc::clone(&server), path.clone());
            async move {
                let email = format!("{n}-{never_signed}@example.com");
                sign_up(&server, "gallery", json!({ "email": email, "portrait": path })).await
            }
        };
        let answers = join_all((0..50).map(ask)).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        let refused = answers.iter().filter(|answer| answer.status != 201);
        assert!(
            refused
                .map(Answer::json)
                .all(|body| body["fields"] == json!({ "portrait": ["This value is already in use."] }))
        );
    }
}

#[tokio::test]
async fn of_fifty_permissions_at_the_same_time_an_address_gets_twenty() {
    let server = gallery().await;
    let ask = || {
        server.post("/gallery/sign").json(&json!({ "kind": "paper", "content_type": "image/png" })).answer()
    };
    let answers = join_all((0..50).map(|_| ask())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 20);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(refused.iter().all(|answer| answer.status == 429 && answer.header("retry-after") == "600"));

    // What was claimed counts no more, nor what was never sent and has ended.
    let first = answers.iter().find(|answer| answer.status == 200).unwrap().json();
    assert_eq!(put(&server, &first, PNG).await.status, 200);
    assert_eq!(ask().await.status, 429);
    let body = json!({ "email": "a@example.com", "papers": [{ "file": first["path"] }] });
    assert_eq!(sign_up(&server, "gallery", body).await.status, 201);
    assert_eq!(ask().await.status, 200);
    assert_eq!(ask().await.status, 429);
    server.advance(600);
    assert_eq!(ask().await.status, 200);
}

/// A permission of one node, for another one: it answers at an address of its own.
fn there(node: &TestServer, permission: &Value) -> Value {
    let url = permission["url"].as_str().unwrap();
    let mut moved = permission.clone();
    moved["url"] = json!(node.url(&url[url.find("/media/").unwrap()..]));
    moved
}

#[tokio::test]
async fn what_one_node_signs_another_one_takes_and_both_give_it_out() {
    let first = gallery().await;
    let second = first.second_node().await;
    let permission = signed(&first, json!({ "kind": "portrait", "content_type": "image/png" })).await;
    let path = permission["path"].as_str().unwrap();
    assert_eq!(put(&second, &there(&second, &permission), PNG).await.status, 200);
    assert_eq!(put(&first, &permission, PNG).await.status, 409);
    let member = sign_up(&first, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    assert_eq!(member.status, 201);
    assert_eq!((seen(&first, path).await, seen(&second, path).await), (200, 200));
    let taken = sign_up(&second, "gallery", json!({ "email": "eve@example.com", "portrait": path })).await;
    assert_eq!((taken.status, kept(&first).len()), (409, 1));
}

#[tokio::test]
async fn of_two_puts_at_two_nodes_one_wins_and_the_file_is_the_winners() {
    let first = gallery().await;
    let second = first.second_node().await;
    for round in 0..5 {
        let permission = signed(&first, json!({ "kind": "portrait", "content_type": "image/png" })).await;
        let bodies = [1_u8, 2].map(|mark| [PNG, &vec![mark; 200_000]].concat());
        let moved = there(&second, &permission);
        let (one, other) = futures_util::future::join(
            put(&first, &permission, bodies[0].clone()),
            put(&second, &moved, bodies[1].clone()),
        )
        .await;
        let statuses = [one.status, other.status];
        assert!(statuses == [200, 409] || statuses == [409, 200], "{statuses:?}");
        let path = permission["path"].as_str().unwrap();
        sign_up(&second, "gallery", json!({ "email": format!("{round}@example.com"), "portrait": path }))
            .await;
        let winner = &bodies[usize::from(statuses[0] != 200)];
        for node in [&first, &second] {
            assert!(node.get(&format!("/media/{path}")).answer().await.body == winner.as_slice());
        }
        assert_eq!(kept(&first).len(), round + 1);
    }
}

#[tokio::test]
async fn an_address_gets_twenty_permissions_whichever_nodes_it_asks() {
    let first = gallery().await;
    let second = first.second_node().await;
    let ask = |node: &TestServer| {
        node.post("/gallery/sign").json(&json!({ "kind": "paper", "content_type": "image/png" })).answer()
    };
    let answers = join_all((0..50).map(|n| ask(if n % 2 == 0 { &first } else { &second }))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 20);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 429)));
}
