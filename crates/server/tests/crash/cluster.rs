//! Several nodes on one database.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use crate::apps::{App, Pair, Wanted, request};
use crate::chance::Chance;
use crate::client::{Heard, Reply, client, hear};
use crate::ground::{Ground, Node};
use crate::kills::night;
use crate::load::Crowd;
use crate::{nightly, on_postgres, outbox};

const PASSWORD: &str = "correct horse battery";
/// Requests at the same time.
const MANY: usize = 30;
/// Longer than a worker sleeps between two looks.
const A_LOOK: Duration = Duration::from_secs(7);

/// Nodes that run, and a client of all of them.
struct Scene {
    ground: Ground,
    nodes: Vec<Node>,
    client: reqwest::Client,
}

impl Scene {
    /// So many nodes that start at the same moment on an empty database.
    fn of(count: usize, ground: Ground) -> Self {
        let starting: Vec<_> = (0..count).map(|_| ground.launch()).collect();
        let nodes = starting.into_iter().map(crate::ground::Starting::listening).collect();
        Self { ground, nodes, client: client() }
    }

    async fn ask(&self, node: usize, wanted: Wanted, token: Option<&str>) -> Reply {
        let request = request(&self.client, self.nodes[node].url(), wanted);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        match hear(request).await {
            Heard::Reply(reply) => reply,
            other => {
                panic!("node {node}: {other:?}; {}; {}", self.nodes[node].state(), self.nodes[node].log())
            }
        }
    }

    /// A new member, signed in by this node.
    async fn member(&self, node: usize, email: &str) -> Pair {
        let reply = self.ask(node, App::Energyboost.sign_up(email, PASSWORD, 1), None).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        Pair::of(&reply.body).unwrap()
    }

    /// Asks all nodes the same at the same moment, one after the other, so many times.
    async fn ask_all(&self, wanted: impl Fn(usize) -> Wanted) -> Vec<Reply> {
        join_all((0..MANY).map(|number| self.ask(number % self.nodes.len(), wanted(number), None))).await
    }

    /// Whether a token is alive, on each node.
    async fn profiles(&self, access: &str) -> BTreeSet<u16> {
        let asked =
            (0..self.nodes.len()).map(|node| self.ask(node, App::Energyboost.profile(), Some(access)));
        join_all(asked).await.into_iter().map(|reply| reply.status).collect()
    }
}

fn scene(count: usize) -> Option<Scene> {
    on_postgres().then(|| Scene::of(count, Ground::new()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_start_at_once_on_an_empty_database_and_trust_each_other() {
    let Some(scene) = scene(3) else { return };
    for node in 0..3 {
        let pair = scene.member(node, &format!("member-{node}@example.com")).await;
        assert_eq!(scene.profiles(&pair.access).await, BTreeSet::from([200]), "of node {node}");
        let other = (node + 1) % 3;
        assert_eq!(scene.ask(other, App::Energyboost.refresh(&pair.refresh), None).await.status, 200);
    }
    // One that comes later knows what was signed before, and is known.
    let mut scene = scene;
    let old = scene.member(0, "old@example.com").await;
    scene.nodes.push(scene.ground.start());
    assert_eq!(scene.profiles(&old.access).await, BTreeSet::from([200]));
    let new = scene.member(3, "new@example.com").await;
    assert_eq!(scene.profiles(&new.access).await, BTreeSet::from([200]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_refreshed_on_all_nodes_at_once_has_one_successor() {
    let Some(scene) = scene(3) else { return };
    let mut pair = scene.member(0, "a@example.com").await;
    for round in 0..5 {
        let replies = scene.ask_all(|_| App::Energyboost.refresh(&pair.refresh)).await;
        let successors: BTreeSet<_> =
            replies.iter().map(|reply| (reply.status, reply.body.to_string())).collect();
        assert_eq!(successors.len(), 1, "round {round}: {successors:?}");
        assert_eq!(replies[0].status, 200);
        let next = Pair::of(&replies[0].body).unwrap();
        assert_ne!(next, pair);
        assert_eq!(scene.profiles(&next.access).await, BTreeSet::from([200]));
        pair = next;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_out_on_one_node_is_refused_on_all_at_once() {
    let Some(scene) = scene(3) else { return };
    scene.member(0, "a@example.com").await;
    for round in 0..10 {
        let reply = scene.ask(round % 3, App::Energyboost.sign_in("a@example.com", PASSWORD), None).await;
        let pair = Pair::of(&reply.body).unwrap();
        // Every node has seen the token, and remembers that its signature is good.
        assert_eq!(scene.profiles(&pair.access).await, BTreeSet::from([200]));
        let out = scene.ask((round + 1) % 3, App::Energyboost.sign_out(), Some(&pair.access)).await;
        assert_eq!(out.status, 200);
        assert_eq!(scene.profiles(&pair.access).await, BTreeSet::from([401]));
        for node in 0..3 {
            let reply = scene.ask(node, App::Energyboost.refresh(&pair.refresh), None).await;
            assert_eq!(reply.status, 401, "{}", reply.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_uses_of_a_reset_token_on_all_nodes_one_wins() {
    let Some(scene) = scene(2) else { return };
    let email = "a@example.com";
    let pair = scene.member(0, email).await;
    assert_eq!(scene.ask(0, App::Energyboost.request_reset(email), None).await.status, 200);
    let (uid, token) = reset_link(&scene.ground);
    let replies = scene
        .ask_all(|number| {
            let password = format!("another horse battery {number}");
            App::reset(&uid, &token, &password)
        })
        .await;
    let won: Vec<usize> = (0..MANY).filter(|number| replies[*number].status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    assert!(replies.iter().all(|reply| [200, 403].contains(&reply.status)));
    let password = format!("another horse battery {}", won[0]);
    for (password, status) in [(PASSWORD, 401), (password.as_str(), 200)] {
        let reply = scene.ask(1, App::Energyboost.sign_in(email, password), None).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    assert_eq!(scene.profiles(&pair.access).await, BTreeSet::from([401]), "its sessions ended");
}

/// The account and the token in the last link to choose a new password.
fn reset_link(ground: &Ground) -> (String, String) {
    let listed = ground.run(&["outbox", "list", "--json"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let messages: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let links = messages.iter().rev().filter_map(|message| message["link"].as_str());
    let link = links.map(|link| url::Url::parse(link).unwrap()).find(|link| link.path().contains("reset"));
    let link = link.unwrap();
    let of = |name: &str| link.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    (of("uid"), of("token"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_leaves_once_whichever_node_sends_it() {
    if !on_postgres() {
        return;
    }
    let scene = Scene::of(3, Ground::new().with_mails());
    // A few at a time: who waits for a connection for too long is told to come back, and that is no loss of a message.
    for first in (0..60).step_by(6) {
        let signing_up = (first..first + 6).map(|number| {
            let wanted = App::Energyboost.sign_up(&format!("member-{number}@example.com"), PASSWORD, number);
            let node = usize::try_from(number).unwrap() % 3;
            scene.ask(node, wanted, None)
        });
        for reply in join_all(signing_up).await {
            assert_eq!(reply.status, 201, "{}", reply.body);
        }
    }
    let db = scene.ground.look().await;
    while outbox::waiting(&db).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Whoever wanted to send one again would have done so by now.
    tokio::time::sleep(A_LOOK).await;
    let delivered = outbox::each_came(&db, scene.ground.mails.as_ref().unwrap(), 0).await;
    assert_eq!((delivered.messages, delivered.again), (60, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_a_node_that_died_leaves_after_its_lease() {
    if !on_postgres() {
        return;
    }
    let mut scene = Scene::of(1, Ground::new().with_mails());
    let mails = scene.ground.mails.as_ref().unwrap();
    mails.hold();
    scene.member(0, "a@example.com").await;
    // The mail server has the mail, and the node does not know it.
    while mails.taken().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    scene.nodes[0].kill();
    mails.release();
    scene.nodes[0] = scene.ground.start();
    tokio::time::sleep(A_LOOK).await;
    let db = scene.ground.look().await;
    assert_eq!((mails.taken().len(), outbox::leased(&db).await), (1, 1), "the lease of a dead node holds");
    if nightly() {
        tokio::time::sleep(Duration::from_secs(120)).await;
    } else {
        outbox::end_leases(&db).await;
    }
    tokio::time::sleep(A_LOOK).await;
    let delivered = outbox::each_came(&db, mails, 1).await;
    assert_eq!((delivered.messages, delivered.again, outbox::waiting(&db).await), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_are_killed_in_turn_take_nothing_with_them() {
    let mut chance = Chance::of_test("nodes");
    // On SQLite, too, two may use one file.
    let count = if on_postgres() { 3 } else { 2 };
    let ground = Ground::new().with_mails();
    let crowd = Crowd::new(&chance, 24);
    night(&ground, crowd, count, &mut chance).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_with_another_master_key_does_not_start() {
    let ground = Ground::new();
    let _first = ground.start();
    let refused =
        ground.serve_with_key("another key that is as long and as random: q7Zk2m").output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("master key"), "{told}");
}
