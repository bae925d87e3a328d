//! Many at the same moment, over HTTP: one wins, and what has ended stays ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use daemun_testkit::{Answer, Answered, Setup, TestServer};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::sync::Barrier;

use crate::accounts::{
    self, PASSWORD, Signed, call, energyboost_sign_up, operate, reset_token, welt, welt_profile,
    welt_refresh, welt_sign_in,
};

const MANY: usize = 50;
const EMAIL: &str = "ada@example.com";

/// Sends one request from each of so many tasks, all at the same moment.
async fn at_once<F, Fut>(server: &Arc<TestServer>, count: usize, request: F) -> Vec<Answer>
where
    F: Fn(Arc<TestServer>, usize) -> Fut,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let tasks = (0..count).map(|index| {
        let (start, answer) = (Arc::clone(&start), request(Arc::clone(server), index));
        tokio::spawn(async move {
            start.wait().await;
            answer.await
        })
    });
    join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

/// How often each answer came: status and body.
fn counted(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut counted = BTreeMap::new();
    for answer in answers {
        *counted.entry((answer.status, answer.text().to_owned())).or_default() += 1;
    }
    counted
}

async fn server() -> Arc<TestServer> {
    Arc::new(Setup::default().app("welt").app("energyboost").start().await)
}

/// One address as fifty people might type it.
fn spellings() -> Vec<String> {
    let forms = [
        "josé@münchen.example",
        "JOSÉ@MÜNCHEN.EXAMPLE",
        "José@xn--mnchen-3ya.example",
        "jose\u{301}@mu\u{308}nchen.example",
        "JOSE\u{301}@XN--MNCHEN-3YA.EXAMPLE",
        "ｊｏｓé＠ｍüｎｃｈｅｎ．ｅｘａｍｐｌｅ",
        " josé@münchen.example ",
        "ｊｏｓe\u{301}@münchen。example",
    ];
    forms.into_iter().cycle().take(MANY).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_sign_ups_with_one_address_one_wins_and_the_others_read_as_documented() {
    let server = server().await;
    let spellings = spellings();
    let answers = at_once(&server, MANY, |server, index| {
        let member =
            json!({ "email": spellings[index], "password": PASSWORD, "name": format!("No {index}") });
        async move { server.post("/welt/auth/accounts/register").json(&member).answer().await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 1);
    let taken = r#"{"status":400,"code":40000,"message":"Email already exists","detail":""}"#;
    assert_eq!(counted(&lost), BTreeMap::from([((400, taken.to_owned()), MANY - 1)]));
    // The one who won is the only account there is, whatever spelling asks for it.
    for spelling in &spellings[..8] {
        let body = json!({ "email": spelling, "password": PASSWORD });
        let answer = server.post("/welt/auth/login").json(&body).answer().await;
        assert_eq!(answer.status, 200, "{spelling}: {}", answer.text());
        assert_eq!(answer.json()["user"], won[0].json(), "{spelling}");
    }
    let next = welt(&server, "next@example.com").await;
    assert_eq!(welt_profile(&server, &next.access).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_up_that_loses_leaves_nothing_behind() {
    let server = server().await;
    let answers = at_once(&server, MANY, |server, index| {
        let spelling = if index % 2 == 0 { EMAIL.to_owned() } else { EMAIL.to_uppercase() };
        let member = energyboost_sign_up(&spelling);
        async move { server.post("/energyboost/users/signup/").json(&member).answer().await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 1);
    let taken =
        r#"{"detail":"잘못된 요청입니다","email":["이미 이 이메일 주소로 등록된 사용자가 있습니다."]}"#;
    assert_eq!(counted(&lost), BTreeMap::from([((403, taken.to_owned()), MANY - 1)]));
    assert_eq!(server.messages().await.len(), 1, "one mail asks to verify the address");
    let signed = Signed::of(&won[0]);
    let shown = call(&server, Method::GET, "/energyboost/users/user/", &signed.access, None).await;
    assert_eq!(shown.json()["email"].as_str().unwrap().to_lowercase(), EMAIL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_refreshes_of_one_token_get_one_and_the_same_successor() {
    let server = server().await;
    let mut signed = welt(&server, EMAIL).await;
    // A chain: each round begins with the successor of the one before.
    for round in 0..3 {
        let answers = at_once(&server, MANY, |server, _| {
            let refresh = signed.refresh.clone();
            async move { welt_refresh(&server, &refresh).await }
        })
        .await;
        let counted = counted(&answers);
        assert_eq!(counted.len(), 1, "round {round}: {counted:?}");
        assert_eq!(answers[0].status, 200, "{}", answers[0].text());
        let next = Signed::of(&answers[0]);
        assert_ne!(next.refresh, signed.refresh);
        assert_eq!(welt_profile(&server, &next.access).await, 200);
        signed = next;
        server.advance(11);
    }
    assert_eq!(welt_refresh(&server, &signed.refresh).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copied_token_ends_its_family_for_thief_and_owner() {
    let server = server().await;
    let first = welt(&server, EMAIL).await;
    let elsewhere = welt_sign_in(&server, EMAIL, PASSWORD).await;
    let second = Signed::of(&welt_refresh(&server, &first.refresh).await);
    let third = Signed::of(&welt_refresh(&server, &second.refresh).await);
    // Two rotations old and still within the grace: a lost answer, which gets the current token.
    assert_eq!(Signed::of(&welt_refresh(&server, &first.refresh).await).refresh, third.refresh);
    server.advance(11);
    let answers = at_once(&server, MANY, |server, index| {
        let refresh = if index % 2 == 0 { &first.refresh } else { &second.refresh }.clone();
        async move { welt_refresh(&server, &refresh).await }
    })
    .await;
    let invalid = r#"{"status":401,"code":40100,"message":"Invalid token","detail":""}"#;
    assert_eq!(counted(&answers), BTreeMap::from([((401, invalid.to_owned()), MANY)]));
    for signed in [&first, &second, &third] {
        assert_eq!(welt_refresh(&server, &signed.refresh).await.status, 401);
        assert_eq!(welt_profile(&server, &signed.access).await, 401);
    }
    assert_eq!(welt_profile(&server, &elsewhere.access).await, 200, "another session is another family");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_out_that_races_refreshes_and_reads_leaves_no_live_token() {
    let server = server().await;
    welt(&server, EMAIL).await;
    for round in 0..10 {
        let signed = welt_sign_in(&server, EMAIL, PASSWORD).await;
        let answers = at_once(&server, 13, |server, index| {
            let Signed { access, refresh } = signed.clone();
            async move {
                match index {
                    6 => call(&server, Method::POST, "/welt/auth/logout", &access, None).await,
                    0..6 => welt_refresh(&server, &refresh).await,
                    _ => call(&server, Method::GET, "/welt/auth/accounts/profile", &access, None).await,
                }
            }
        })
        .await;
        assert_eq!(answers[6].text(), r#"{"success":true}"#, "round {round}");
        assert_dead(&server, &signed).await;
        for answer in &answers[..6] {
            match answer.status {
                200 => assert_dead(&server, &Signed::of(answer)).await,
                status => assert_eq!(status, 401, "{}", answer.text()),
            }
        }
        assert!(answers[7..].iter().all(|answer| [200, 401].contains(&answer.status)));
    }
}

/// No token of the pair is worth anything.
async fn assert_dead(server: &TestServer, signed: &Signed) {
    assert_eq!(welt_profile(server, &signed.access).await, 401);
    assert_eq!(welt_refresh(server, &signed.refresh).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_one_reset_token_one_wins_and_every_session_ends() {
    let server = server().await;
    let signed = welt(&server, EMAIL).await;
    let asked = server.post("/welt/auth/accounts/reset/request").json(&json!({ "email": EMAIL }));
    assert_eq!(asked.answer().await.status, 200);
    let token = reset_token(&server, EMAIL).await;
    let answers = at_once(&server, MANY, |server, index| {
        let body = json!({ "email": EMAIL, "newPassword": new_password(index), "token": token });
        async move { server.post("/welt/auth/accounts/reset").json(&body).answer().await }
    })
    .await;
    let invalid = r#"{"status":400,"code":40000,"message":"Invalid token","detail":""}"#;
    let wanted = [((200, r#"{"success":true}"#.to_owned()), 1), ((400, invalid.to_owned()), MANY - 1)];
    assert_eq!(counted(&answers), BTreeMap::from(wanted));
    let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
    assert_eq!(sign_ins(&server, &[PASSWORD.to_owned(), new_password(winner)]).await, [401, 200]);
    assert_dead(&server, &signed).await;
    let told = server.messages().await.into_iter().filter(|message| message.link.is_none()).count();
    assert_eq!(told, 1, "the owner is told once");
}

fn new_password(index: usize) -> String {
    format!("another horse battery {index}")
}

async fn sign_ins(server: &TestServer, passwords: &[String]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for password in passwords {
        let body = json!({ "email": EMAIL, "password": password });
        statuses.push(server.post("/welt/auth/login").json(&body).answer().await.status);
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_password_changes_one_wins_and_only_its_session_goes_on() {
    let server = server().await;
    welt(&server, EMAIL).await;
    let mut sessions = Vec::new();
    for _ in 0..8 {
        sessions.push(welt_sign_in(&server, EMAIL, PASSWORD).await);
    }
    let answers = at_once(&server, sessions.len(), |server, index| {
        let body = json!({ "email": EMAIL, "password": PASSWORD, "newPassword": new_password(index) });
        let access = sessions[index].access.clone();
        async move { call(&server, Method::PATCH, "/welt/auth/accounts/password", &access, Some(body)).await }
    })
    .await;
    let winners: Vec<usize> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.status == 200)
        .map(|(index, _)| index)
        .collect();
    assert_eq!(winners.len(), 1, "{:?}", counted(&answers));
    // Whoever lost either had the wrong password by then, or no session any more.
    assert!(answers.iter().all(|answer| [200, 400, 401].contains(&answer.status)), "{:?}", counted(&answers));
    for (index, signed) in sessions.iter().enumerate() {
        let live = if index == winners[0] { 200 } else { 401 };
        assert_eq!(welt_profile(&server, &signed.access).await, live, "session {index}");
    }
    assert_eq!(sign_ins(&server, &[PASSWORD.to_owned(), new_password(winners[0])]).await, [401, 200]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deletion_that_races_refreshes_and_sign_ins_leaves_no_live_token() {
    let server = server().await;
    for round in 0..5 {
        let signed = welt(&server, EMAIL).await;
        let answers = at_once(&server, 13, |server, index| {
            let Signed { access, refresh } = signed.clone();
            let body = json!({ "email": EMAIL, "password": PASSWORD });
            async move {
                match index {
                    6 => call(&server, Method::DELETE, "/welt/auth/accounts", &access, Some(body)).await,
                    0..6 => welt_refresh(&server, &refresh).await,
                    _ => server.post("/welt/auth/login").json(&body).answer().await,
                }
            }
        })
        .await;
        assert_eq!(answers[6].text(), r#"{"success":true}"#, "round {round}");
        assert_dead(&server, &signed).await;
        for (index, answer) in answers.iter().enumerate().filter(|(index, _)| *index != 6) {
            match answer.status {
                200 => assert_dead(&server, &Signed::of(answer)).await,
                status => assert_eq!(status, 401, "{index}: {}", answer.text()),
            }
        }
        assert_eq!(sign_ins(&server, &[PASSWORD.to_owned()]).await, [401]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_deletions_at_the_same_time_one_is_told_that_there_is_nobody() {
    let server = server().await;
    let signed = welt(&server, EMAIL).await;
    let answers = at_once(&server, MANY, |server, _| {
        let access = signed.access.clone();
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        async move { call(&server, Method::DELETE, "/welt/auth/accounts", &access, Some(body)).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status)), "{:?}", counted(&answers));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_suspended_account_is_refused_at_once_and_everywhere() {
    let server = server().await;
    let signed = welt(&server, EMAIL).await;
    let other = accounts::energyboost(&server, EMAIL).await;
    let reads = {
        let (server, access) = (Arc::clone(&server), signed.access.clone());
        tokio::spawn(async move {
            while welt_profile(&server, &access).await == 200 {
                tokio::task::yield_now().await;
            }
        })
    };
    operate(&server, "welt", "account.suspend", EMAIL).await;
    assert_dead(&server, &signed).await;
    reads.await.unwrap();
    assert_eq!(sign_ins(&server, &[PASSWORD.to_owned(), "wrong horse battery".to_owned()]).await, [403, 401]);
    let elsewhere = call(&server, Method::GET, "/energyboost/users/user/", &other.access, None).await;
    assert_eq!(elsewhere.status, 200, "another app's account of the same person");
    operate(&server, "welt", "account.restore", EMAIL).await;
    assert_dead(&server, &signed).await;
    assert_eq!(sign_ins(&server, &[PASSWORD.to_owned()]).await, [200]);
}
