//! `organization.*`, and codes and sign-ups that are for one organisation.

use std::sync::Arc;

use daemun_model::app::VerifyEmail;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World, shop, told};

async fn save(world: &World, input: Value) -> String {
    told(world.run_as(world.operator(), "organization.save", input).await)
}

async fn import(world: &World, input: Value) -> String {
    told(world.run_as(world.operator(), "organization.import", input).await)
}

async fn export(world: &World) -> Value {
    world.run_as(world.operator(), "organization.list_all", json!({})).await.unwrap()["organizations"].take()
}

/// An app whose addresses must be proven, with two schools.
async fn school() -> World {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Proven).await;
    let schools = json!([
        { "id": "north", "name": "North", "region": "서울", "domains": ["north.ac.kr", "@한국.kr"] },
        { "id": "south", "name": "South", "domains": ["SOUTH.ac.kr", "north.ac.kr"] },
    ]);
    let input = json!({ "organizations": schools });
    world.run_as(world.operator(), "organization.import", input).await.unwrap();
    world
}

async fn request(world: &World, organization: &str, email: &str) -> String {
    world.refusal("email.request_code", json!({ "email": email, "organization": organization })).await
}

/// Proves an address for an organisation.
async fn prove(world: &World, organization: &str, email: &str) {
    assert_eq!(request(world, organization, email).await, "{}");
    let code = world.last_message().await.code.unwrap();
    world.run("email.check_code", json!({ "email": email, "code": code })).await.unwrap();
}

fn student(organization: &str, email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": "A", "organization": organization })
}

#[tokio::test]
async fn organisations_are_listed_by_name_and_tell_their_domains() {
    let world = school().await;
    let listed = world.run("organization.list", json!({})).await.unwrap();
    let expected = json!({ "organizations": [
        { "id": "north", "name": "North", "region": "서울" },
        { "id": "south", "name": "South", "region": "" },
    ] });
    assert_eq!(listed, expected);
    let domains = async |input| world.refusal("organization.email_domains", input).await;
    assert_eq!(
        domains(json!({ "organization": "north" })).await,
        r#"{"domains":["north.ac.kr","xn--3e0b707e.kr"]}"#
    );
    assert_eq!(domains(json!({ "organization": "west" })).await, "not_found on organization");
    assert_eq!(domains(json!({ "organization": "../etc" })).await, "not_found on organization");
    assert_eq!(domains(json!({ "organization": " " })).await, "invalid (organization: blank)");
    assert_eq!(domains(json!({})).await, "invalid (organization: required)");
    let other = world.through(
        &world
            .serve({
                let mut app = shop();
                app.name = "other".to_owned();
                app
            })
            .await,
    );
    assert_eq!(other.refusal("organization.list", json!({})).await, r#"{"organizations":[]}"#);
    assert_eq!(
        other.refusal("organization.email_domains", json!({ "organization": "north" })).await,
        "not_found on organization",
        "another app's"
    );
}

#[tokio::test]
async fn one_organisation_is_saved_changed_and_left_alone() {
    let world = World::new().await;
    let input = json!({ "name": "Ｎorth ", "domains": ["@north.ac.kr"] });
    let made = world.run_as(world.operator(), "organization.save", input).await.unwrap();
    assert_eq!(made["outcome"], "created");
    let id = made["organization"]["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 22);
    assert_eq!(world.last_act().await, "organization.save done");
    assert_eq!(world.audit().await[0].detail.as_deref(), Some(id.as_str()));

    let same = json!({ "name": "ｎORTH", "region": "" });
    let changed = world.run_as(world.operator(), "organization.save", same).await.unwrap();
    assert_eq!(changed["organization"]["id"], id.as_str(), "its name is another spelling");
    assert_eq!(changed["organization"]["domains"], json!(["north.ac.kr"]), "what is left out stays");
    let input = json!({ "id": id, "name": "North", "region": "Seoul", "domains": [] });
    let changed = world.run_as(world.operator(), "organization.save", input.clone()).await.unwrap();
    assert_eq!(changed["outcome"], "changed");
    let expected = json!({ "id": id, "name": "North", "region": "Seoul", "domains": [] });
    assert_eq!(changed["organization"], expected);
    let again = world.run_as(world.operator(), "organization.save", input).await.unwrap();
    assert_eq!(again["outcome"], "unchanged");

    let taken = json!({ "id": "x", "name": "NORTH", "region": "seoul" });
    assert_eq!(save(&world, taken).await, "already_exists on name");
    assert_eq!(
        save(&world, json!({ "id": "a b", "region": "\n", "domains": ["localhost", "a.kr"] })).await,
        "invalid (name: required, id: malformed, domains.0: malformed)"
    );
    assert_eq!(world.refusal("organization.save", json!({ "name": "x" })).await, "forbidden");
    assert_eq!(export(&world).await, json!([expected]));
}

#[tokio::test]
async fn an_import_keeps_everything_or_nothing_and_a_second_one_changes_nothing() {
    let world = school().await;
    let rows = json!([
        { "id": "south", "name": "North", "region": "서울", "domains": ["a.kr"] },
        { "id": "north", "name": "South", "region": "" },
        { "name": "East" },
    ]);
    let before = export(&world).await;
    let input = json!({ "organizations": rows, "dry_run": true });
    let done = world.run_as(world.operator(), "organization.import", input).await.unwrap();
    assert_eq!((&done["created"], &done["changed"], &done["unchanged"]), (&json!(1), &json!(2), &json!(0)));
    assert_eq!(done["rows"][0]["before"]["name"], "South");
    assert_eq!(export(&world).await, before, "a dry run changes nothing");

    let input = json!({ "organizations": rows });
    let done = world.run_as(world.operator(), "organization.import", input.clone()).await.unwrap();
    assert_eq!((&done["created"], &done["changed"]), (&json!(1), &json!(2)), "they change names");
    assert_eq!(world.last_act().await, "organization.import done");
    let after = export(&world).await;
    let again = world.run_as(world.operator(), "organization.import", input).await.unwrap();
    assert_eq!(again["unchanged"], 3);
    assert_eq!(export(&world).await, after);
    let input = json!({ "organizations": after });
    let again = world.run_as(world.operator(), "organization.import", input).await.unwrap();
    assert_eq!(again["unchanged"], 3, "what is exported can be imported");
}

#[tokio::test]
async fn every_wrong_row_of_an_import_is_told_and_can_be_left_out() {
    let world = World::new().await;
    let rows = json!([
        { "name": "North" },
        { "name": "north" },
        { "id": "a", "name": "South" },
        { "id": "a", "name": "West" },
        { "domains": ["a b"] },
        { "name": "East" },
    ]);
    assert_eq!(
        import(&world, json!({ "organizations": rows })).await,
        "invalid (organizations.4.name: required, organizations.4.domains.0: malformed, \
         organizations.1.name: taken, organizations.3.id: taken)"
    );
    assert_eq!(export(&world).await, json!([]));
    assert!(world.audit().await.is_empty());
    let input = json!({ "organizations": rows, "skip_invalid": true });
    let done = world.run_as(world.operator(), "organization.import", input).await.unwrap();
    assert_eq!((&done["created"], &done["skipped"]), (&json!(3), &json!(3)));
    assert_eq!(done["faults"][0], "organizations.4.name: required");
    let names: Vec<_> = export(&world).await.as_array().unwrap().iter().map(|o| o["name"].clone()).collect();
    assert_eq!(names, ["East", "North", "South"]);
    assert_eq!(import(&world, json!({})).await, "invalid (organizations: required)");
    let many = vec![json!({ "name": "x" }); 10_001];
    assert_eq!(import(&world, json!({ "organizations": many })).await, "invalid (organizations: too_long)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_make_one_organisation_one_does() {
    let world = Arc::new(World::new().await);
    let second = Arc::new(world.second_node().await);
    let tasks = (0..50).map(|n| {
        let world = Arc::clone(if n % 2 == 0 { &world } else { &second });
        let input = json!({ "id": format!("id{n}"), "name": "North" });
        tokio::spawn(async move { save(&world, input).await })
    });
    let done = join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap);
    let (won, lost): (Vec<_>, Vec<_>) = done.partition(|told| told.contains("created"));
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|told| told == "already_exists on name"), "{lost:?}");
}

#[tokio::test]
async fn a_code_goes_to_addresses_of_the_organisations_own_domains_only() {
    let world = school().await;
    for (organization, email, expected) in [
        ("north", "a@NORTH.ac.kr", "{}"),
        ("north", "b@한국.kr", "{}"),
        ("south", "c@north.ac.kr", "{}"),
        ("north", "a@south.ac.kr", "email_domain_not_allowed on email"),
        ("north", "a@mail.north.ac.kr", "email_domain_not_allowed on email"),
        ("north", "a@north.ac.kr.example.com", "email_domain_not_allowed on email"),
        ("north", "a@xnorth.ac.kr", "email_domain_not_allowed on email"),
        ("west", "a@north.ac.kr", "not_found on organization"),
        ("", "a@north.ac.kr", "invalid (organization: blank)"),
        ("west", "a@", "invalid (email: malformed, organization: unknown)"),
    ] {
        assert_eq!(request(&world, organization, email).await, expected, "{organization} {email}");
    }
    let sent: Vec<_> = world.messages().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent, ["a@north.ac.kr", "b@xn--3e0b707e.kr", "c@north.ac.kr"]);
}

#[tokio::test]
async fn a_member_is_told_from_a_stranger_only_within_the_domains() {
    let world = school().await;
    prove(&world, "north", "a@north.ac.kr").await;
    world.run("account.sign_up", student("north", "a@north.ac.kr")).await.unwrap();
    assert_eq!(request(&world, "north", "A@north.ac.kr").await, "email_taken on email");
    assert_eq!(world.last_act().await, "email.request_code email_taken");
    let input = json!({ "id": "north", "name": "North", "domains": ["other.kr"] });
    assert!(save(&world, input).await.contains("changed"));
    assert_eq!(
        request(&world, "north", "a@north.ac.kr").await,
        "email_domain_not_allowed on email",
        "as for anybody"
    );
    for _ in 0..18 {
        request(&world, "north", "b@north.ac.kr").await;
    }
    assert_eq!(request(&world, "north", "b@north.ac.kr").await, "too_many_requests");
    assert_eq!(request(&world, "north", "b@other.kr").await, "too_many_requests", "neither kind");
    assert_eq!(request(&world.from("203.0.113.9"), "north", "b@other.kr").await, "{}");
}

#[tokio::test]
async fn a_proof_counts_for_its_organisation_and_once() {
    let world = school().await;
    let not_proven = "email_not_proven on email";
    let sign_up = async |input| world.refusal("account.sign_up", input).await;
    prove(&world, "south", "a@north.ac.kr").await;
    assert_eq!(sign_up(student("north", "a@north.ac.kr")).await, not_proven);
    assert_eq!(sign_up(student("west", "a@north.ac.kr")).await, "not_found on organization");
    let both = json!({ "email": "a@north.ac.kr", "password": "x", "name": "A", "organization": "west" });
    assert_eq!(sign_up(both).await, "invalid (password: too_short, organization: unknown)");
    let made = world.run("account.sign_up", student("south", "a@north.ac.kr")).await.unwrap();
    assert_eq!(made["account"]["email_verified"], true);
    let input = json!({ "account": "a@north.ac.kr" });
    world.run_as(world.operator(), "account.erase", input).await.unwrap();
    assert_eq!(sign_up(student("south", "a@north.ac.kr")).await, not_proven);
}

#[tokio::test]
async fn the_newest_code_alone_says_for_which_organisation() {
    let world = school().await;
    prove(&world, "south", "a@north.ac.kr").await;
    world.clock.advance(60);
    assert_eq!(request(&world, "north", "a@north.ac.kr").await, "{}");
    let code = world.last_message().await.code.unwrap();
    let told = world.refusal("account.sign_up", student("north", "a@north.ac.kr")).await;
    assert_eq!(told, "email_not_proven on email", "it has not been checked");
    world.run("email.check_code", json!({ "email": "a@north.ac.kr", "code": code })).await.unwrap();
    assert!(world.run("account.sign_up", student("north", "a@north.ac.kr")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_sign_ups_with_one_proof_on_two_nodes_one_wins() {
    let world = Arc::new(
        World::with(|app| {
            app.policy.verify_email = VerifyEmail::Proven;
            app.policy.sign_in = vec![daemun_model::app::Identifier::PreferredUsername];
        })
        .await,
    );
    let second = Arc::new(world.second_node().await);
    let input = json!({ "organizations": [{ "id": "north", "name": "North", "domains": ["north.ac.kr"] }] });
    world.run_as(world.operator(), "organization.import", input).await.unwrap();
    prove(&world, "north", "a@north.ac.kr").await;
    let tasks = (0..50).map(|n| {
        let world = Arc::clone(if n % 2 == 0 { &world } else { &second });
        let mut input = student("north", "a@north.ac.kr");
        input["preferred_username"] = format!("user{n}").into();
        tokio::spawn(async move { world.refusal("account.sign_up", input).await })
    });
    let done = join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap);
    let (won, lost): (Vec<_>, Vec<_>) = done.partition(|told| told.starts_with('{'));
    assert_eq!(won.len(), 1);
    let fair = ["email_taken on email", "email_not_proven on email"];
    assert!(lost.iter().all(|told| fair.contains(&told.as_str())), "{lost:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_checks_of_one_code_one_is_right() {
    let world = Arc::new(school().await);
    let second = Arc::new(world.second_node().await);
    assert_eq!(request(&world, "north", "a@north.ac.kr").await, "{}");
    let code = world.last_message().await.code.unwrap();
    let tasks = (0..50).map(|n| {
        let world = Arc::clone(if n % 2 == 0 { &world } else { &second });
        let input = json!({ "email": "a@north.ac.kr", "code": code });
        tokio::spawn(async move { world.refusal("email.check_code", input).await })
    });
    let done = join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap);
    let (won, lost): (Vec<_>, Vec<_>) = done.partition(|told| told == "{}");
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|told| told == "code_invalid on code"), "{lost:?}");
}

#[tokio::test]
async fn an_account_shows_where_it_belongs_when_that_is_asked_for() {
    let world = school().await;
    prove(&world, "north", "a@north.ac.kr").await;
    let call = daemun_operations::Call {
        relations: [daemun_model::Relation::Organization].into_iter().collect(),
        ..world.call()
    };
    let made = world.run_as(call, "account.sign_up", student("north", "a@north.ac.kr")).await.unwrap();
    let expected = json!({ "id": "north", "name": "North", "region": "서울" });
    assert_eq!(made["account"]["organization"], expected);
    prove(&world, "north", "b@north.ac.kr").await;
    let made = world.run("account.sign_up", student("north", "b@north.ac.kr")).await.unwrap();
    assert_eq!(made["account"].get("organization"), None, "nobody pays for what is not shown");
}

#[tokio::test]
async fn what_is_taken_out_is_the_list_and_stands_in_the_audit() {
    let world = World::new().await;
    let input = json!({ "id": "one", "name": "One", "domains": ["one.example"] });
    world.run_as(world.operator(), "organization.save", input).await.unwrap();
    let listed = world.run_as(world.operator(), "organization.list_all", json!({})).await.unwrap();
    assert_eq!(world.last_act().await, "organization.save done");
    let taken = world.run_as(world.operator(), "organization.export", json!({})).await.unwrap();
    assert_eq!(taken, listed);
    assert_eq!(world.last_act().await, "organization.export done");
}
