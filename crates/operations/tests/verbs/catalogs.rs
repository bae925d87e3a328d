//! Catalogues, what members choose of them, and identity keys.

use daemun_operations::Call;
use serde_json::{Value, json};

use crate::club::{NUMBER, club, operate, showing_all};
use crate::world::{World, shop, told};

async fn sign_up(world: &World, more: Value) -> Result<Value, daemun_model::Failure> {
    let mut input = json!({ "phone_number": NUMBER, "name": "A", "open_session": true });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.run_as(showing_all(world.call()), "account.sign_up", input).await
}

#[tokio::test]
async fn anybody_sees_what_there_is_to_choose() {
    let world = club().await;
    let interests = world.run("catalog.interests", json!({})).await.unwrap();
    let expected = json!({ "items": [
        { "id": "golf", "emoji": "⛳", "name": "골프", "image": null },
        { "id": "tea", "emoji": null, "name": "차", "image": null },
    ] });
    assert_eq!(interests, expected);
    let items =
        json!([{ "id": "golf", "name": "Golf", "retired": true }, { "name": "Chess", "position": -1 }]);
    let saved =
        operate(&world, "catalog.save", json!({ "kind": "interests", "items": items })).await.unwrap();
    assert_eq!(saved["items"].as_array().unwrap().len(), 3, "those that are not named stay");
    assert_eq!(world.last_act().await, "catalog.save done");
    let listed = world.run("catalog.interests", json!({})).await.unwrap();
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["Chess", "차"]);
    let wrong = json!({ "kind": "colours", "items": [{ "id": "a b" }, { "id": "x", "name": "X" }, { "id": "x", "name": "Y" }] });
    assert_eq!(
        told(operate(&world, "catalog.save", wrong).await),
        "invalid (kind: not_a_choice, items.0.id: malformed, items.0.name: required, items.2.id: taken)"
    );
}

#[tokio::test]
async fn a_member_has_interests_in_their_own_order_and_one_profession() {
    let world = club().await;
    let choices = json!({ "interests": ["tea", "golf", "tea"], "profession": "doctor" });
    let answer = sign_up(&world, choices).await.unwrap();
    let account = &answer["account"];
    let ids: Vec<_> = account["interests"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    assert_eq!(ids, ["tea", "golf"]);
    let doctor = json!({ "id": "doctor", "emoji": "👨‍⚕️", "name": "의사", "image": "images/d.png" });
    assert_eq!(account["profession"], doctor);

    let access = answer["tokens"]["access"].as_str().unwrap();
    let update = |input: Value| {
        let world = &world;
        async move {
            let call: Call = showing_all(world.with_token(access).await.unwrap());
            world.run_as(call, "account.update", input).await
        }
    };
    let items = json!([{ "id": "golf", "name": "골프", "retired": true }]);
    operate(&world, "catalog.save", json!({ "kind": "interests", "items": items })).await.unwrap();
    let kept = update(json!({ "interests": ["golf"] })).await.unwrap();
    assert_eq!(kept["account"]["interests"][0]["id"], "golf", "what was retired is kept by who has it");
    assert_eq!(kept["account"]["profession"], doctor);
    assert_eq!(world.audit().await.remove(0).detail.as_deref(), Some("interests"));
    let cleared = update(json!({ "interests": null, "profession": null })).await.unwrap();
    assert_eq!(
        (&cleared["account"]["interests"], &cleared["account"]["profession"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(told(update(json!({ "interests": ["golf"] })).await), "invalid (interests: unknown)");
    let plain = world.run_with(access, "account.show", json!({})).await.unwrap();
    assert!(plain["account"].get("interests").is_none(), "nobody pays for what is not shown");
}

#[tokio::test]
async fn what_is_not_there_cannot_be_chosen() {
    let world = club().await;
    for choices in [json!(["nothing"]), json!(["golf", ""]), json!(["doctor"])] {
        let refused = sign_up(&world, json!({ "interests": choices, "profession": "golf" })).await;
        assert_eq!(told(refused), "invalid (interests: unknown, profession: unknown)");
    }
    let many: Vec<_> = (0..51).map(|number| number.to_string()).collect();
    assert_eq!(told(sign_up(&world, json!({ "interests": many })).await), "invalid (interests: too_long)");
}

#[tokio::test]
async fn an_identity_key_is_one_accounts_alone_in_its_app() {
    let world = club().await;
    let keys = json!({ "identity_keys": { "ci": "asdfi23jadsf92", "di": "239dfj239dfjasdf", "none": null } });
    let answer = sign_up(&world, keys.clone()).await.unwrap();
    assert!(!answer.to_string().contains("asdfi23jadsf92"));
    let other = json!({ "phone_number": "01022223333", "identity_keys": { "ci": " asdfi23jadsf92 " } });
    assert_eq!(told(sign_up(&world, other).await), "identity_taken on identity_keys.ci");
    assert_eq!(world.last_act().await, "account.sign_up identity_taken");
    let swapped = json!({ "phone_number": "01022223333", "identity_keys": { "di": "asdfi23jadsf92" } });
    assert!(sign_up(&world, swapped).await.is_ok(), "another kind is another key");
    let both = json!({ "identity_keys": { "ci": "asdfi23jadsf92", "di": "" } });
    assert_eq!(
        told(sign_up(&world, both).await),
        "invalid (identity_keys.di: blank, phone_number: taken, identity_keys.ci: taken)"
    );
    let mut app = shop();
    app.name = "other".to_owned();
    app.policy = world.app.policy.clone();
    let elsewhere = world.through(&world.serve(app).await);
    assert!(sign_up(&elsewhere, keys.clone()).await.is_ok());

    let uuid = &answer["account"]["uuid"];
    operate(&world, "account.erase", json!({ "account": uuid })).await.unwrap();
    assert!(sign_up(&world, keys).await.is_ok(), "who leaves frees number and keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_sign_ups_with_one_identity_key_one_wins() {
    let world = club().await;
    let second = world.second_node().await;
    let tasks: Vec<_> = (0..50)
        .map(|call| {
            let node = if call % 2 == 0 { &world } else { &second };
            let node = node.through(&world.app);
            let input =
                json!({ "phone_number": format!("0102222{call:04}"), "identity_keys": { "ci": "one" } });
            tokio::spawn(async move { told(sign_up(&node, input).await) })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap().as_str() {
            "identity_taken on identity_keys.ci" => {}
            other => {
                assert!(other.contains("\"account\""), "{other}");
                won += 1;
            }
        }
    }
    assert_eq!(won, 1);
}
