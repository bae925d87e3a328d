//! Signing keys: rotation, revocation, retirement, over one node and two.

use daemun_model::Failure;
use daemun_operations::keys::{self, Listed, State};
use daemun_operations::{Call, purge};
use serde_json::{Value, json};

use crate::world::{DAY, HOUR, START, World, header, told};

async fn list(world: &World) -> Vec<Listed> {
    keys::list(&world.daemun, &world.operator()).await.unwrap()
}

async fn states(world: &World) -> Vec<State> {
    list(world).await.into_iter().map(|key| key.state).collect()
}

/// The keys of the JWK Set that a node publishes.
async fn published(world: &World) -> Vec<String> {
    let set = keys::jwks(&world.daemun, &world.app).await.unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn rotate(world: &World) -> String {
    keys::rotate(&world.daemun, &world.operator()).await.unwrap().kid
}

fn kid(token: &Value) -> String {
    header(token)["kid"].as_str().unwrap().to_owned()
}

fn told_of<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    told(result.map(|done| json!(format!("{done:?}"))))
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_goes_with_its_last_token() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let old = kid(&tokens["access"]);
    assert_eq!(states(&world).await, [State::Signing]);

    world.clock.advance(1);
    let rotated = keys::rotate(&world.daemun, &world.operator()).await.unwrap();
    assert_eq!(rotated.signs_from.seconds(), START.seconds() + 601);
    let line = world.audit().await.into_iter().find(|line| line.act == "keys.rotate").unwrap();
    assert_eq!((line.act.as_str(), line.detail.as_deref()), ("keys.rotate", Some(rotated.kid.as_str())));
    assert_eq!(states(&world).await, [State::Signing, State::Next]);
    assert_eq!(published(&world).await, [old.clone(), rotated.kid.clone()]);

    world.clock.advance(599);
    assert_eq!(kid(&world.member("b@example.com").await["tokens"]["access"]), old);
    world.clock.advance(61);
    assert_eq!(kid(&world.member("c@example.com").await["tokens"]["access"]), rotated.kid);
    assert_eq!(states(&world).await, [State::Old, State::Signing]);
    assert_eq!(list(&world).await.iter().map(|key| key.sessions).collect::<Vec<_>>(), [2, 1]);

    assert!(world.is_live(&tokens["access"]).await, "its token is as good as before");
    let next = world.refresh(&tokens["refresh"]).await.unwrap()["tokens"].clone();
    assert_eq!((kid(&next["access"]), kid(&next["refresh"])), (rotated.kid.clone(), rotated.kid.clone()));

    world.clock.advance(2 * HOUR);
    assert_eq!(purge::purge(&world.daemun).await.unwrap().keys, 0, "a refresh token of it is live");
    world.clock.advance(14 * DAY);
    assert_eq!(purge::purge(&world.daemun).await.unwrap().keys, 1);
    world.clock.advance(HOUR);
    assert_eq!(published(&world).await, [rotated.kid]);
    assert_eq!(purge::purge(&world.daemun).await.unwrap().keys, 0, "the one that signs stays");
}

#[tokio::test]
async fn a_lost_answer_is_signed_again_by_its_own_key_after_a_rotation() {
    let world = World::new().await;
    rotate(&world).await;
    let first = world.member("a@example.com").await["tokens"].clone();
    world.clock.advance(595);
    let second = world.refresh(&first["refresh"]).await.unwrap()["tokens"].clone();
    world.clock.advance(8);
    let again = world.refresh(&first["refresh"]).await.unwrap()["tokens"].clone();
    assert_eq!((&again["refresh"], &again["access"]), (&second["refresh"], &second["access"]));
}

#[tokio::test]
async fn one_rotation_at_a_time_and_by_operators_only() {
    let world = World::new().await;
    let nobody: Call = world.call();
    assert_eq!(told_of(keys::rotate(&world.daemun, &nobody).await), "forbidden");
    assert_eq!(told_of(keys::list(&world.daemun, &nobody).await), "forbidden");
    assert_eq!(told_of(keys::revoke(&world.daemun, &nobody, "x").await), "forbidden");
    assert_eq!(states(&world).await, [State::Signing]);

    rotate(&world).await;
    assert_eq!(told_of(keys::rotate(&world.daemun, &world.operator()).await), "already_exists");
    world.clock.advance(600);
    rotate(&world).await;
    assert_eq!(states(&world).await, [State::Old, State::Signing, State::Next]);
}

#[tokio::test]
async fn another_node_knows_a_new_key_by_its_first_token_and_signs_with_it_in_time() {
    let world = World::new().await;
    let other = world.second_node().await;
    let old = kid(&other.member("a@example.com").await["tokens"]["access"]);
    assert_eq!(published(&other).await, std::slice::from_ref(&old));
    let new = rotate(&world).await;
    assert_eq!(published(&other).await, [old, new.clone()], "at once, long before it signs");

    world.clock.advance(601);
    let tokens = world.member("b@example.com").await["tokens"].clone();
    assert_eq!(kid(&tokens["access"]), new);
    assert!(other.is_live(&tokens["access"]).await);
    assert!(other.refresh(&tokens["refresh"]).await.is_ok());
    world.clock.advance(60);
    assert_eq!(kid(&other.member("c@example.com").await["tokens"]["access"]), new);
}

#[tokio::test]
async fn a_node_that_knows_nothing_of_a_key_loads_it_for_its_token() {
    let world = World::new().await;
    let other = world.second_node().await;
    other.member("a@example.com").await;
    let revoked = keys::revoke(&world.daemun, &world.operator(), &published(&world).await[0]).await.unwrap();
    let tokens = world.member("b@example.com").await["tokens"].clone();
    assert_eq!(kid(&tokens["access"]), revoked.signing);
    world.clock.advance(1);
    assert!(other.is_live(&tokens["access"]).await, "the key began to sign at once");
}

#[tokio::test]
async fn of_many_tokens_at_once_none_is_refused_because_the_key_is_still_being_loaded() {
    let world = World::new().await;
    let other = world.second_node().await;
    other.member("a@example.com").await;
    keys::revoke(&world.daemun, &world.operator(), &published(&world).await[0]).await.unwrap();
    let tokens = world.member("b@example.com").await["tokens"].clone();
    let live = (0..20).map(|_| other.is_live(&tokens["access"]));
    assert!(futures_util::future::join_all(live).await.into_iter().all(|live| live), "no time has passed");
    // Somebody tries names of keys; whoever has a good token is not kept waiting for them.
    let mut forged = tokens["access"].as_str().unwrap().to_owned();
    forged.replace_range(..forged.find('.').unwrap(), &data_encoding::BASE64URL_NOPAD.encode(FORGED));
    let trying = (0..20).map(|_| other.with_token(&forged));
    let refused = futures_util::future::join_all(trying).await;
    assert!(
        refused
            .into_iter()
            .all(|caller| caller.is_err_and(|failure| failure.to_string() == "unauthenticated"))
    );
    assert!(other.is_live(&tokens["access"]).await);
}

/// The header of a token of a key that nobody has.
const FORGED: &[u8] = br#"{"typ":"at+jwt","alg":"EdDSA","kid":"nobody's"}"#;

#[tokio::test]
async fn nodes_that_start_together_make_one_key() {
    let world = World::new().await;
    let mut app = crate::world::shop();
    app.name = "new".to_owned();
    let nodes = futures_util::future::join_all((0..4).map(|_| world.second_node())).await;
    let served = futures_util::future::join_all(nodes.iter().map(|node| node.serve(app.clone()))).await;
    assert_eq!(published(&world.through(&served[0])).await.len(), 1);
}

#[tokio::test]
async fn a_revoked_key_is_worth_nothing_on_any_node_at_once() {
    let world = World::new().await;
    let other = world.second_node().await;
    let tokens = other.member("a@example.com").await["tokens"].clone();
    assert!(other.is_live(&tokens["access"]).await, "its signature is remembered");
    let stolen = kid(&tokens["access"]);

    world.clock.advance(1);
    let revoked = keys::revoke(&world.daemun, &world.operator(), &stolen).await.unwrap();
    assert_eq!((revoked.kid.as_str(), revoked.sessions_ended), (stolen.as_str(), 1));
    assert_ne!(revoked.signing, stolen);
    assert_eq!(world.last_act().await, "keys.revoke done");
    assert_eq!(published(&world).await, std::slice::from_ref(&revoked.signing));
    for node in [&world, &other] {
        assert!(!node.is_live(&tokens["access"]).await);
        assert_eq!(told(node.refresh(&tokens["refresh"]).await), "token_invalid on refresh_token");
    }
    world.clock.advance(1);
    assert!(!other.is_live(&tokens["access"]).await);
    let again = other.sign_in("a@example.com", crate::world::PASSWORD).await.unwrap()["tokens"].clone();
    assert_eq!(kid(&again["access"]), revoked.signing, "the other node has noticed");
    assert!(other.is_live(&again["access"]).await);
}

#[tokio::test]
async fn a_node_that_has_not_noticed_signs_nothing_with_a_revoked_key() {
    let world = World::new().await;
    let other = world.second_node().await;
    let of_old = other.member("a@example.com").await["tokens"].clone();
    rotate(&world).await;
    for node in [&world, &other] {
        node.clock.advance(660);
        published(node).await;
    }
    let stolen = kid(&other.member("b@example.com").await["tokens"]["access"]);
    let revoked = keys::revoke(&world.daemun, &world.operator(), &stolen).await.unwrap();

    let refreshed = other.refresh(&of_old["refresh"]).await.unwrap()["tokens"].clone();
    assert_eq!(kid(&refreshed["access"]), revoked.signing);
    assert!(other.is_live(&refreshed["access"]).await);

    let stolen = revoked.signing;
    let revoked = keys::revoke(&world.daemun, &world.operator(), &stolen).await.unwrap();
    let signed_in = other.sign_in("a@example.com", crate::world::PASSWORD).await.unwrap()["tokens"].clone();
    assert_eq!(kid(&signed_in["access"]), revoked.signing);
    assert!(other.is_live(&signed_in["access"]).await);
}

#[tokio::test]
async fn sessions_of_other_keys_stay_when_one_is_revoked() {
    let world = World::new().await;
    let of_old = world.member("a@example.com").await["tokens"].clone();
    let moved = world.member("b@example.com").await["tokens"].clone();
    rotate(&world).await;
    world.clock.advance(660);
    let of_new = world.member("c@example.com").await["tokens"].clone();
    let moved = world.refresh(&moved["refresh"]).await.unwrap()["tokens"].clone();

    let old = kid(&of_old["access"]);
    assert_eq!(keys::revoke(&world.daemun, &world.operator(), &old).await.unwrap().sessions_ended, 1);
    assert!(!world.is_live(&of_old["access"]).await);
    assert!(world.is_live(&of_new["access"]).await);
    assert!(world.is_live(&moved["access"]).await, "it was refreshed to the new key");
    assert_eq!(published(&world).await, [kid(&of_new["access"])]);
}

#[tokio::test]
async fn a_published_key_takes_the_place_of_the_one_that_is_revoked() {
    let world = World::new().await;
    let signing = published(&world).await[0].clone();
    let next = rotate(&world).await;
    let revoked = keys::revoke(&world.daemun, &world.operator(), &signing).await.unwrap();
    assert_eq!(revoked.signing, next);
    assert_eq!(kid(&world.member("a@example.com").await["tokens"]["access"]), next);

    let unused = rotate(&world).await;
    let revoked = keys::revoke(&world.daemun, &world.operator(), &unused).await.unwrap();
    assert_eq!((revoked.signing, revoked.sessions_ended), (next, 0));
    assert_eq!(states(&world).await, [State::Signing]);
    assert_eq!(told_of(keys::revoke(&world.daemun, &world.operator(), &unused).await), "not_found on kid");
}

#[tokio::test]
async fn a_just_replaced_token_of_a_good_key_does_not_bring_a_revoked_one_back() {
    let world = World::new().await;
    rotate(&world).await;
    let first = world.member("a@example.com").await["tokens"].clone();
    world.clock.advance(660);
    let second = world.refresh(&first["refresh"]).await.unwrap()["tokens"].clone();
    keys::revoke(&world.daemun, &world.operator(), &kid(&second["refresh"])).await.unwrap();
    assert_eq!(told(world.refresh(&first["refresh"]).await), "token_revoked on refresh_token");
}
