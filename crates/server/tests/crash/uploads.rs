//! `kill -9` while files arrive: nothing that came by half can ever be had, and the next start tidies up.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Client};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::chance::Chance;
use crate::client::client;
use crate::ground::{Ground, Node};
use crate::rounds;

const USUAL_ROUNDS: usize = 4;
/// Files on their way at the same time; an address may hold twenty.
const FILES: usize = 6;
/// The beginning of a picture.
const HEAD: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
const SIZE: usize = 3 * 1024 * 1024;
/// Longer than a busy machine takes to write what it was sent.
const PATIENCE: usize = 3000;

fn picture(mark: u8) -> Vec<u8> {
    let mut picture = HEAD.to_vec();
    picture.resize(SIZE, mark);
    picture
}

async fn sign(client: &Client, node: &Node) -> Value {
    let ask = json!({ "kind": "profile", "content_type": "image/png", "size": SIZE });
    let request = client.post(format!("{}/mobile/api/sign-s3/", node.url()));
    let answer = request.json(&ask).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// Where a permission leads at a node: its URL has the public name.
fn at(node: &Node, permission: &Value) -> String {
    let url = permission["url"].as_str().unwrap();
    format!("{}{}", node.url(), &url[url.find("/media/").unwrap()..])
}

/// Sends a file; the status, or none where no answer came.
async fn put(client: &Client, url: String, body: Body) -> Option<u16> {
    let sent = client.put(url).header("content-type", "image/png").body(body).send().await;
    sent.ok().map(|answer| answer.status().as_u16())
}

/// The files in a folder of the data folder, with those in its folders.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect()
}

async fn wait_for(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..PATIENCE {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}");
}

/// An applicant who names a path as the profile picture.
async fn apply(client: &Client, node: &Node, number: usize, path: &str) {
    let body = json!({
        "birth": "1990-01-01", "gender": "male", "mobile": format!("010{:08}", 20_000_000 + number),
        "name": "윤솔", "username": format!("sol{number}"), "profile": path,
    });
    // Each comes from an address of its own.
    let request = client.post(format!("{}/mobile/api/registration/", node.url()));
    let request = request.header("x-forwarded-for", format!("10.1.{}.{}", number / 200, number % 200 + 1));
    assert_eq!(request.json(&body).send().await.unwrap().status(), 201);
}

/// What is shown for a path: nothing, or this.
async fn shown(client: &Client, node: &Node, path: &str) -> Option<Bytes> {
    let answer = client.get(format!("{}/media/{path}", node.url())).send().await.unwrap();
    match answer.status().as_u16() {
        200 => Some(answer.bytes().await.unwrap()),
        404 => None,
        other => panic!("/media/{path} answers {other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_which_half_has_come_is_never_anybodys() {
    let ground = Ground::new().with_app("mobile");
    let client = client();
    let mut node = ground.start();
    let permission = sign(&client, &node).await;
    let (path, incoming) = (permission["path"].as_str().unwrap(), ground.data().join("files/incoming"));
    let (half, rest) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let body = stream::unfold(rest, async |mut rest| Some((rest.recv().await?, rest)));
    let sending = {
        let (client, url) = (client.clone(), at(&node, &permission));
        tokio::spawn(async move { put(&client, url, Body::wrap_stream(body)).await })
    };
    half.send(Ok(Bytes::from(picture(1)[..SIZE / 2].to_vec()))).await.unwrap();
    wait_for("half of a file never lies there", || {
        files(&incoming).iter().any(|file| file.metadata().is_ok_and(|file| file.len() > 0))
    })
    .await;
    node.kill();
    assert_eq!(sending.await.unwrap(), None);
    drop(half);
    assert_eq!(files(&incoming).len(), 1);

    // The permission is as good as before, on the next node, and the half is not in its way.
    let node = ground.start();
    apply(&client, &node, 1, path).await;
    assert_eq!(shown(&client, &node, path).await, None);
    assert_eq!(put(&client, at(&node, &permission), picture(2).into()).await, Some(200));
    assert_eq!(shown(&client, &node, path).await.unwrap(), picture(2));
    assert_eq!(put(&client, at(&node, &permission), picture(3).into()).await, Some(409));
    assert_eq!(files(&incoming).len(), 1, "the half, which is young: another node could be at it");
    assert_eq!(node.incidents(), [""; 0]);

    // Its name holds when it began. A start finds it when that is long ago.
    let young = files(&incoming).remove(0);
    let old = young.file_name().unwrap().to_str().unwrap().split_once('-').unwrap().1;
    std::fs::rename(&young, incoming.join(format!("{:016x}-{old}", 1))).unwrap();
    drop(node);
    let node = ground.start();
    wait_for("the half is never removed", || files(&incoming).is_empty()).await;
    assert_eq!(shown(&client, &node, path).await.unwrap(), picture(2));
    assert_eq!(files(&ground.data().join("files/stored")).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_taken_survives_every_kill_and_any_other_can_be_sent_again() {
    let mut chance = Chance::of_test("uploads");
    let ground = Ground::new().with_app("mobile");
    let client = client();
    let mut node = ground.start();
    let mut number = 0;
    for _ in 0..rounds(USUAL_ROUNDS) {
        let mut permissions = Vec::new();
        for _ in 0..FILES {
            permissions.push(sign(&client, &node).await);
        }
        let sending: Vec<_> = permissions
            .iter()
            .map(|permission| {
                let (client, url) = (client.clone(), at(&node, permission));
                tokio::spawn(async move { put(&client, url, picture(7).into()).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(chance.below(200))).await;
        node.kill();
        let answers = futures_util::future::join_all(sending).await;
        node = ground.start();
        for (permission, answer) in permissions.iter().zip(answers) {
            let path = permission["path"].as_str().unwrap();
            number += 1;
            apply(&client, &node, number, path).await;
            let kept = shown(&client, &node, path).await;
            let answer = answer.unwrap();
            assert!(answer.is_none() || answer == Some(200), "{answer:?}");
            assert!(answer.is_none() || kept.is_some(), "it was taken, and is not there");
            if kept.is_none() {
                assert_eq!(put(&client, at(&node, permission), picture(7).into()).await, Some(200));
            }
            assert!(shown(&client, &node, path).await.unwrap() == picture(7), "{path} is not whole");
        }
        assert_eq!(node.incidents(), [""; 0]);
    }
}
