//! An app as `mobile` is one: members sign in with a code by SMS, an operator lets them in.

use daemun_model::app::{Approval, Identifier};
use daemun_model::{Relation, Relations};
use daemun_operations::Call;
use serde_json::{Value, json};

use crate::world::World;

pub const NUMBER: &str = "+821012345678";

/// A club whose operator has filled the catalogues.
pub async fn club() -> World {
    let world = World::with(|app| {
        app.policy.sign_in = vec![Identifier::PhoneNumber, Identifier::Email];
        app.policy.required = ["phone_number", "name"].map(str::to_owned).to_vec();
        app.policy.unique = vec!["preferred_username".to_owned()];
        app.policy.approval = Approval::Required;
    })
    .await;
    for (kind, items) in [
        (
            "interests",
            json!([{ "id": "golf", "name": "골프", "emoji": "⛳" }, { "id": "tea", "name": "차" }]),
        ),
        ("professions", json!([{ "id": "doctor", "name": "의사", "emoji": "👨‍⚕️", "image": "images/d.png" }])),
    ] {
        operate(&world, "catalog.save", json!({ "kind": kind, "items": items })).await.unwrap();
    }
    world
}

pub async fn operate(world: &World, name: &str, input: Value) -> Result<Value, daemun_model::Failure> {
    world.run_as(showing_all(world.operator()), name, input).await
}

/// A call whose answer shows everything of accounts.
pub fn showing_all(call: Call) -> Call {
    Call { relations: Relation::ALL.into_iter().collect::<Relations>(), ..call }
}

/// Signs up with a number; the account waits.
pub async fn apply(world: &World, number: &str) -> Value {
    let input = json!({ "phone_number": number, "name": "손흥민", "open_session": true });
    world.run("account.sign_up", input).await.unwrap()
}

/// Signs up with a number and lets the account in.
pub async fn member(world: &World, number: &str) -> Value {
    let applied = apply(world, number).await;
    let account = applied["account"]["uuid"].clone();
    operate(world, "approval.approve", json!({ "account": account })).await.unwrap();
    applied
}

/// Asks for a code and reads it.
pub async fn code(world: &World, number: &str) -> String {
    world.run("session.request_code", json!({ "phone_number": number })).await.unwrap();
    world.last_message().await.code.unwrap()
}

pub async fn redeem(world: &World, number: &str, code: &str) -> Result<Value, daemun_model::Failure> {
    world.run("session.redeem_code", json!({ "phone_number": number, "code": code })).await
}
