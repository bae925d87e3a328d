//! `session.request_code` and `session.redeem_code`.

use daemun_model::Failure;
use daemun_model::message::Channel;
use daemun_store::audit::Actor;
use serde_json::{Value, json};

use crate::club::{NUMBER, apply, club, code, member, operate, redeem};
use crate::world::{HOUR, World, shop, told};

const WRONG: &str = "code_invalid on code";

async fn ask(world: &World, number: &str) -> String {
    world.refusal("session.request_code", json!({ "phone_number": number })).await
}

/// Six digits that are not these.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn a_member_signs_in_with_the_code_of_a_text_message() {
    let world = club().await;
    let uuid = member(&world, NUMBER).await["account"]["uuid"].clone();
    assert_eq!(ask(&world, "010-1234-5678").await, "{}");
    let message = world.last_message().await;
    assert_eq!((message.channel, message.to.as_str()), (Channel::Sms, NUMBER));
    let code = message.code.unwrap();
    assert_eq!(message.text.as_deref(), Some(format!("[Corner Shop] Sign-in code: {code}").as_str()));
    let answer = redeem(&world, "010 1234 5678", &format!(" {} {}", &code[..3], &code[3..])).await.unwrap();
    assert_eq!(answer["account"]["uuid"], uuid);
    assert_eq!(answer["account"]["phone_number_verified"], true);
    assert!(world.is_live(&answer["tokens"]["access"]).await);
    assert_eq!(world.last_act().await, "session.redeem_code done");
    let found = operate(&world, "account.find", json!({ "account": uuid })).await.unwrap();
    assert_eq!(found["account"]["phone_number_verified"], true);
    assert_eq!(found["account"]["last_sign_in_at"], answer["account"]["last_sign_in_at"]);
    assert_eq!(told(redeem(&world, NUMBER, &code).await), WRONG, "a code is used once");
    assert_eq!(world.last_act().await, "session.redeem_code code_invalid");
}

#[tokio::test]
async fn every_way_to_write_a_number_means_the_same_member() {
    let world = club().await;
    member(&world, "０１０-1234-5678").await;
    for written in [
        "01012345678",
        "010-1234-5678",
        "+82 10 1234 5678",
        "82-10-1234-5678",
        "+82 (0)10-1234-5678",
        "０１０１２３４５６７８",
    ] {
        let code = code(&world, written).await;
        assert_eq!(world.last_message().await.to, NUMBER);
        assert!(redeem(&world, written, &code).await.is_ok(), "{written}");
        world.clock.advance(HOUR);
    }
}

#[tokio::test]
async fn an_address_gets_its_code_by_mail() {
    let world = club().await;
    let input = json!({ "phone_number": NUMBER, "email": "A@example.com", "name": "A" });
    let uuid = world.run("account.sign_up", input).await.unwrap()["account"]["uuid"].clone();
    operate(&world, "approval.approve", json!({ "account": uuid })).await.unwrap();
    world.run("session.request_code", json!({ "email": "a@EXAMPLE.com" })).await.unwrap();
    let mail = world.last_message().await;
    assert_eq!((mail.channel, mail.to.as_str()), (Channel::Email, "A@example.com"));
    let code = mail.code.unwrap();
    assert_eq!(told(redeem(&world, NUMBER, &code).await), WRONG, "the number has another code");
    let input = json!({ "email": "a@example.com", "code": code });
    let answer = world.run("session.redeem_code", input).await.unwrap();
    assert_eq!(answer["account"]["email_verified"], true);
    assert_eq!(answer["account"]["phone_number_verified"], false);
}

#[tokio::test]
async fn who_is_no_member_is_told_why_and_gets_nothing() {
    let world = club().await;
    assert_eq!(ask(&world, "01099998888").await, "account_not_found on phone_number");
    assert_eq!(world.last_act().await, "session.request_code account_not_found");
    let uuid = apply(&world, NUMBER).await["account"]["uuid"].clone();
    assert_eq!(ask(&world, NUMBER).await, "account_pending on phone_number");
    operate(&world, "approval.reject", json!({ "account": uuid })).await.unwrap();
    assert_eq!(ask(&world, NUMBER).await, "account_rejected on phone_number");
    let other = member(&world, "01022223333").await["account"]["uuid"].clone();
    operate(&world, "account.suspend", json!({ "account": other })).await.unwrap();
    assert_eq!(ask(&world, "01022223333").await, "account_suspended on phone_number");
    let codes = world.messages().await.into_iter().filter(|message| message.code.is_some()).count();
    assert_eq!(codes, 0);
}

#[tokio::test]
async fn what_is_no_number_for_text_messages_is_refused() {
    let world = club().await;
    for text in ["02-312-3456", "070-1234-5678", "1588-1234", "+1 212 555 2368", "010-123-4567", "x", "112"] {
        assert_eq!(ask(&world, text).await, "invalid (phone_number: malformed)", "{text}");
        let input = json!({ "phone_number": text, "name": "A" });
        assert_eq!(
            world.refusal("account.sign_up", input).await,
            "invalid (phone_number: malformed)",
            "{text}"
        );
    }
    assert_eq!(world.refusal("session.request_code", json!({})).await, "invalid (phone_number: required)");
    let input = json!({ "phone_number": NUMBER });
    assert_eq!(world.refusal("session.redeem_code", input).await, "invalid (code: required)");
    assert!(world.messages().await.is_empty());
}

#[tokio::test]
async fn a_code_dies_of_age_of_five_wrong_tries_and_of_the_next_one() {
    let world = club().await;
    member(&world, NUMBER).await;
    let first = code(&world, NUMBER).await;
    world.clock.advance(600);
    assert_eq!(told(redeem(&world, NUMBER, &first).await), WRONG, "ten minutes are over");
    let second = code(&world, NUMBER).await;
    for _ in 0..5 {
        assert_eq!(told(redeem(&world, NUMBER, &other_than(&second)).await), WRONG);
    }
    assert_eq!(told(redeem(&world, NUMBER, &second).await), WRONG, "five tries are over");
    world.clock.advance(60);
    let third = code(&world, NUMBER).await;
    world.clock.advance(60);
    let fourth = code(&world, NUMBER).await;
    if third != fourth {
        assert_eq!(told(redeem(&world, NUMBER, &third).await), WRONG, "there is a newer one");
    }
    assert!(redeem(&world, NUMBER, &fourth).await.is_ok());
}

#[tokio::test]
async fn a_code_is_of_no_use_for_another_number_app_or_purpose() {
    let world = club().await;
    member(&world, NUMBER).await;
    member(&world, "01022223333").await;
    let code = code(&world, NUMBER).await;
    assert_eq!(told(redeem(&world, "01022223333", &code).await), WRONG);
    let mut other = shop();
    other.name = "other".to_owned();
    other.policy = world.app.policy.clone();
    let other = world.through(&world.serve(other).await);
    member(&other, NUMBER).await;
    assert_eq!(told(redeem(&other, NUMBER, &code).await), WRONG);
    assert!(redeem(&world, NUMBER, &code).await.is_ok());
}

#[tokio::test]
async fn a_decision_between_code_and_redemption_counts() {
    let world = club().await;
    let uuid = member(&world, NUMBER).await["account"]["uuid"].clone();
    let first = code(&world, NUMBER).await;
    operate(&world, "approval.reopen", json!({ "account": uuid })).await.unwrap();
    assert_eq!(told(redeem(&world, NUMBER, &first).await), "account_pending on code");
    operate(&world, "approval.approve", json!({ "account": uuid })).await.unwrap();
    world.clock.advance(60);
    let second = code(&world, NUMBER).await;
    operate(&world, "account.erase", json!({ "account": uuid })).await.unwrap();
    assert_eq!(told(redeem(&world, NUMBER, &second).await), WRONG);
    member(&world, NUMBER).await;
    assert_eq!(
        told(redeem(&world, NUMBER, &second).await),
        WRONG,
        "a code of who left is not the next one's"
    );
}

async fn at_once<T: Send + 'static>(
    tasks: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.unwrap());
    }
    all
}

fn through(
    world: &World,
    name: &'static str,
    input: &Value,
) -> impl Future<Output = Result<Value, Failure>> + use<> {
    let (world, input) = (world.through(&world.app), input.clone());
    async move { world.run(name, input).await }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_redemptions_on_two_nodes_one_opens_a_session() {
    let world = club().await;
    member(&world, NUMBER).await;
    let second = world.second_node().await;
    let input = json!({ "phone_number": NUMBER, "code": code(&world, NUMBER).await });
    let nodes = [&world, &second];
    let calls = (0..50).map(|call| through(nodes[call % 2], "session.redeem_code", &input));
    let answers = at_once(calls).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|lost| told(lost) == WRONG));
    let opened = world
        .audit()
        .await
        .into_iter()
        .filter(|line| line.act == "session.redeem_code" && line.outcome == "done");
    assert_eq!(opened.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_requests_on_two_nodes_one_sends() {
    let world = club().await;
    member(&world, NUMBER).await;
    let before = world.messages().await.len();
    let second = world.second_node().await;
    let nodes = [&world, &second];
    let input = json!({ "phone_number": NUMBER });
    let answers =
        at_once((0..100).map(|call| through(nodes[call % 2], "session.request_code", &input))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for answer in answers {
        // One that began a moment before the winner is told a second more.
        assert!(matches!(answer, Ok(_) | Err(Failure::TooManyRequests { retry_after: 1..=61 })));
    }
    assert_eq!(world.messages().await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_told_twenty_times_an_hour_who_is_no_member() {
    let world = club().await;
    let second = world.second_node().await;
    let nodes = [&world, &second];
    let calls = (0..100).map(|call| {
        let input = json!({ "phone_number": format!("0105555{call:04}") });
        through(nodes[call % 2], "session.request_code", &input)
    });
    let answers: Vec<_> = at_once(calls).await.into_iter().map(told).collect();
    let refused = answers.iter().filter(|answer| *answer == "account_not_found on phone_number");
    assert_eq!(refused.count(), 20);
    member(&world, NUMBER).await;
    assert!(ask(&world, NUMBER).await.starts_with("too_many_requests"), "nor who is one");
    assert_eq!(ask(&world.from("198.51.100.1"), NUMBER).await, "{}");
    world.clock.advance(HOUR);
    assert_eq!(ask(&world, "01055550000").await, "account_not_found on phone_number");
}

#[tokio::test]
async fn limits_of_a_number_are_asked_before_the_answer_is_chosen() {
    let world = club().await;
    let uuid = member(&world, NUMBER).await["account"]["uuid"].clone();
    for _ in 0..5 {
        code(&world, NUMBER).await;
        world.clock.advance(60);
    }
    operate(&world, "approval.reopen", json!({ "account": uuid })).await.unwrap();
    assert!(ask(&world, NUMBER).await.starts_with("too_many_requests"), "five an hour were sent");
    let entry = world.audit().await.remove(0);
    assert_eq!((entry.act.as_str(), entry.actor), ("approval.reopen", Actor::Operator("cli".to_owned())));
}
