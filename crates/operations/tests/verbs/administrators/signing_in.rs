//! Set-up, sign-in, confirmation, sessions.

use daemun_operations::administrator::{confirm, join, links, own, sessions, sign_in};
use daemun_operations::purge;

use super::{Person, acts, call, code, come_in, form, owner, refusal, signed};
use crate::world::{PASSWORD, World, parameter};

#[tokio::test]
async fn the_first_owner_comes_in_by_the_set_up_link_which_works_once() {
    let world = World::new().await;
    let made = links::set_up_link(&world.daemun, &call(&world)).await.unwrap().unwrap();
    assert!(made.url.starts_with("http://127.0.0.1:8080/console/set-up?token="), "{}", made.url);
    let token = parameter(&made.url, "token");
    assert_eq!(links::look_at(&world.daemun, &token).await.unwrap(), Some(links::Way::SetUp));

    let ann = come_in(&world, &made.url, "Ann@Example.com").await.unwrap();
    let who = ann.signed(&world).await;
    let told = serde_json::to_value(&who.administrator).unwrap();
    assert_eq!(told["email"], "Ann@example.com");
    assert_eq!((&told["role"], &told["standing"]), (&"owner".into(), &"active".into()));
    assert_eq!(told["created_by"], "set-up");
    assert!(who.confirmed_recently(world.daemun.clock.now()));
    assert_eq!(ann.recovery_codes.len(), 10);
    assert!(ann.recovery_codes.iter().all(|code| code.len() == 19), "{:?}", ann.recovery_codes);
    assert_eq!(acts(&world).await, ["administrator.set_up done owner", "administrator.set_up_link done -"]);

    assert_eq!(links::look_at(&world.daemun, &token).await.unwrap(), None);
    assert_eq!(refusal(come_in(&world, &made.url, "eve@example.com").await), "token_invalid on token");
    assert!(links::set_up_link(&world.daemun, &call(&world)).await.unwrap().is_none());
}

#[tokio::test]
async fn only_the_newest_set_up_link_works_and_for_a_day() {
    let world = World::new().await;
    let link = async || links::set_up_link(&world.daemun, &call(&world)).await.unwrap().unwrap().url;
    let (old, new) = (link().await, link().await);
    assert_eq!(refusal(come_in(&world, &old, "ann@example.com").await), "token_invalid on token");
    world.clock.advance(24 * 60 * 60);
    assert_eq!(refusal(come_in(&world, &new, "ann@example.com").await), "token_invalid on token");
    let last = link().await;
    world.clock.advance(24 * 60 * 60 - 1);
    assert!(come_in(&world, &last, "ann@example.com").await.is_ok());
}

#[tokio::test]
async fn a_form_tells_all_its_faults_and_spends_nothing() {
    let world = World::new().await;
    let url = links::set_up_link(&world.daemun, &call(&world)).await.unwrap().unwrap().url;
    let token = parameter(&url, "token");
    let empty = join::Input { token: token.clone(), ..join::Input::default() };
    assert_eq!(
        refusal(join::join(world.daemun.clone(), call(&world), empty).await),
        "invalid (email: blank, name: blank, password: required, code: required)"
    );
    let (mut input, _) = form(&world, &token, "ann@example.com");
    input.password = "ann@example.com".to_owned();
    assert_eq!(
        refusal(join::join(world.daemun.clone(), call(&world), input).await),
        "invalid (password_again: mismatch, password: too_similar)"
    );
    let (mut input, totp) = form(&world, &token, "ann@example.com");
    input.code = code(&world, &totp, 2);
    assert_eq!(refusal(join::join(world.daemun.clone(), call(&world), input).await), "code_invalid on code");
    // A draft that was sealed for another link is none here.
    let (mut input, _) = form(&world, &token, "ann@example.com");
    input.draft = form(&world, "another", "ann@example.com").0.draft;
    assert_eq!(refusal(join::join(world.daemun.clone(), call(&world), input).await), "token_invalid");
    assert!(come_in(&world, &url, "ann@example.com").await.is_ok());
}

#[tokio::test]
async fn a_sign_in_takes_the_password_and_then_a_code_and_each_step_has_a_cookie_of_its_own() {
    let world = World::new().await;
    let ann = owner(&world).await;
    world.clock.advance(60);
    let half = ann.first(&world).await.unwrap();
    assert!(signed(&world, &half).await.is_none(), "half a sign-in opens nothing");
    assert_eq!(sign_in::waiting(&world.daemun, &half).await.unwrap().unwrap().email, "owner@example.com");
    let whole = ann.second(&world, (&half, &code(&world, &ann.totp, 0))).await.unwrap();
    assert!(whole != half && whole != ann.cookie);
    assert_eq!(signed(&world, &whole).await.unwrap().administrator.email, "owner@example.com");
    assert!(signed(&world, &half).await.is_none());
    assert!(sign_in::waiting(&world.daemun, &half).await.unwrap().is_none());
    assert!(sign_in::waiting(&world.daemun, &whole).await.unwrap().is_none());
    assert_eq!(acts(&world).await[0], "administrator.sign_in done totp");
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_read_the_same() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let wrong = Person { password: "not the password".to_owned(), ..owner_again(&ann) };
    let nobody = Person { email: "nobody@example.com".to_owned(), ..owner_again(&ann) };
    assert_eq!(refusal(wrong.first(&world).await), "wrong_credentials");
    assert_eq!(refusal(nobody.first(&world).await), "wrong_credentials");
    assert_eq!(acts(&world).await[..2], ["administrator.sign_in wrong_credentials -"; 2]);
    let empty = sign_in::sign_in(world.daemun.clone(), call(&world), sign_in::Input::default()).await;
    assert_eq!(refusal(empty), "invalid (email: blank, password: required)");
}

fn owner_again(ann: &Person) -> Person {
    Person {
        email: ann.email.clone(),
        password: ann.password.clone(),
        totp: ann.totp.clone(),
        cookie: ann.cookie.clone(),
        recovery_codes: ann.recovery_codes.clone(),
    }
}

#[tokio::test]
async fn wrong_passwords_delay_the_right_one_and_too_many_close_the_address() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let wrong = Person { password: "not the password".to_owned(), ..owner_again(&ann) };
    for _ in 0..5 {
        assert_eq!(refusal(wrong.first(&world).await), "wrong_credentials");
    }
    assert_eq!(refusal(ann.first(&world).await), "wrong_credentials");
    assert_eq!(acts(&world).await[0], "administrator.sign_in wrong_credentials delayed");
    world.clock.advance(5);
    assert_eq!(refusal(ann.first(&world).await), "done");
    let world = world.from("192.0.2.99");
    for _ in 0..30 {
        assert_eq!(refusal(wrong.first(&world).await), "wrong_credentials");
    }
    assert!(refusal(ann.first(&world).await).starts_with("too_many_requests"));
}

#[tokio::test]
async fn a_code_works_once_and_one_step_around_now() {
    let world = World::new().await;
    let ann = owner(&world).await;
    // The code that proved the app at set-up is used up.
    let half = ann.first(&world).await.unwrap();
    assert_eq!(
        refusal(ann.second(&world, (&half, &code(&world, &ann.totp, 0))).await),
        "code_invalid on code"
    );
    assert_eq!(acts(&world).await[0], "administrator.sign_in code_invalid -");
    world.clock.advance(120);
    for (off, told) in [(-2, "code_invalid on code"), (2, "code_invalid on code"), (-1, "done")] {
        let half = ann.first(&world).await.unwrap();
        let typed = code(&world, &ann.totp, off);
        assert_eq!(refusal(ann.second(&world, (&half, &typed)).await), told, "{off}");
    }
    // A code of a step that is over is not let in after a later one, and the later one not twice.
    let half = ann.first(&world).await.unwrap();
    let typed = code(&world, &ann.totp, 1);
    assert_eq!(refusal(ann.second(&world, (&half, &typed)).await), "done");
    let half = ann.first(&world).await.unwrap();
    for off in [0, 1] {
        let typed = code(&world, &ann.totp, off);
        assert_eq!(refusal(ann.second(&world, (&half, &typed)).await), "code_invalid on code", "{off}");
    }
}

#[tokio::test]
async fn a_recovery_code_stands_for_the_app_once_however_it_is_typed() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let typed = ann.recovery_codes[3].to_ascii_uppercase().replace('-', " ");
    let half = ann.first(&world).await.unwrap();
    let whole = ann.second(&world, (&half, &typed)).await.unwrap();
    assert_eq!(acts(&world).await[0], "administrator.sign_in done recovery code");
    let who = signed(&world, &whole).await.unwrap();
    assert_eq!(own::count_recovery_codes(&world.daemun, &who).await.unwrap(), 9);
    let half = ann.first(&world).await.unwrap();
    assert_eq!(refusal(ann.second(&world, (&half, &typed)).await), "code_invalid on code");
    for typed in ["", "000000", "x".repeat(5000).as_str()] {
        assert_eq!(refusal(ann.second(&world, (&half, typed)).await), "code_invalid on code");
    }
}

#[tokio::test]
async fn twenty_wrong_codes_in_an_hour_are_enough() {
    let world = World::new().await;
    let ann = owner(&world).await;
    world.clock.advance(60);
    let half = ann.first(&world).await.unwrap();
    for _ in 0..20 {
        assert_eq!(refusal(ann.second(&world, (&half, "000000")).await), "code_invalid on code");
    }
    let right = code(&world, &ann.totp, 0);
    assert!(refusal(ann.second(&world, (&half, &right)).await).starts_with("too_many_requests"));
    world.clock.advance(60 * 60);
    assert_eq!(refusal(ann.sign_in(&world).await), "done");
}

#[tokio::test]
async fn the_second_factor_is_waited_for_ten_minutes() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let half = ann.first(&world).await.unwrap();
    world.clock.advance(10 * 60);
    let late = ann.second(&world, (&half, &code(&world, &ann.totp, 0))).await;
    assert_eq!(refusal(late), "unauthenticated");
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_unused_and_after_eight_hours_in_any_case() {
    let world = World::new().await;
    let ann = owner(&world).await;
    for _ in 0..16 {
        world.clock.advance(29 * 60);
        assert!(signed(&world, &ann.cookie).await.is_some());
    }
    // Seven hours and 44 minutes by now.
    world.clock.advance(16 * 60);
    assert!(signed(&world, &ann.cookie).await.is_none());
    let cookie = ann.sign_in(&world).await.unwrap();
    world.clock.advance(29 * 60);
    assert!(signed(&world, &cookie).await.is_some());
    world.clock.advance(30 * 60);
    assert!(signed(&world, &cookie).await.is_none());
}

#[tokio::test]
async fn a_confirmation_takes_both_proofs_and_gives_a_new_cookie() {
    let world = World::new().await;
    let ann = owner(&world).await;
    world.clock.advance(11 * 60);
    let who = ann.signed(&world).await;
    assert!(!who.confirmed_recently(world.daemun.clock.now()));
    let asked = async |password: &str, typed: &str| {
        world.clock.tick();
        let input = confirm::Input { password: password.to_owned(), code: typed.to_owned() };
        let call = who.call(&world.daemun, call(&world).client, "request-1");
        confirm::confirm(world.daemun.clone(), call, &who, input).await
    };
    let right = code(&world, &ann.totp, 0);
    assert_eq!(refusal(asked("not the password", &right).await), "wrong_password on password");
    assert_eq!(refusal(asked(PASSWORD, "000000").await), "code_invalid on code");
    let cookie = asked(PASSWORD, &right).await.unwrap();
    assert!(signed(&world, &ann.cookie).await.is_none(), "the old secret is worth nothing");
    let confirmed = signed(&world, &cookie).await.unwrap();
    assert_eq!((confirmed.session, &confirmed.csrf), (who.session, &who.csrf));
    assert!(confirmed.confirmed_recently(world.daemun.clock.now()));
    assert_eq!(acts(&world).await[0], "administrator.confirm done totp");
    // The old secret confirms nothing either.
    assert_eq!(refusal(asked(PASSWORD, &ann.recovery_codes[0]).await), "unauthenticated");
    assert_eq!(own::count_recovery_codes(&world.daemun, &confirmed).await.unwrap(), 10);
}

#[tokio::test]
async fn ones_sessions_are_listed_and_ended_and_nobody_elses() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let bob = super::invited(&world, "bob@example.com", daemun_model::Role::Auditor).await;
    let other = ann.sign_in(&world).await.unwrap();
    let who = ann.signed(&world).await;
    let listed = sessions::list(&world.daemun, &who).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.current).collect::<Vec<_>>(), [false, true]);
    assert_eq!(listed[0].address, "192.0.2.7");
    let end = async |id| {
        let call = ann.call(&world).await;
        refusal(sessions::end(world.daemun.clone(), call, &who, id).await)
    };
    let foreign = bob.signed(&world).await.session;
    assert_eq!(end(foreign).await, "not_found");
    assert_eq!(end(listed[0].id).await, "done");
    assert_eq!(end(listed[0].id).await, "not_found");
    assert!(signed(&world, &other).await.is_none());
    assert!(signed(&world, &bob.cookie).await.is_some());
    sessions::sign_out(world.daemun.clone(), ann.call(&world).await, &who).await.unwrap();
    assert!(signed(&world, &ann.cookie).await.is_none());
    assert_eq!(
        acts(&world).await[..2],
        ["administrator.sign_out done -", "administrator.end_session done -"]
    );
}

#[tokio::test]
async fn what_no_browser_was_given_opens_nothing() {
    let world = World::new().await;
    owner(&world).await;
    for cookie in ["", "x", &"A".repeat(43), &"A".repeat(5000), "' OR 1=1 --"] {
        assert!(signed(&world, cookie).await.is_none(), "{cookie}");
    }
}

#[tokio::test]
async fn a_form_of_another_session_is_not_this_ones() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let bob = super::invited(&world, "bob@example.com", daemun_model::Role::Auditor).await;
    let (one, other) = (ann.signed(&world).await, bob.signed(&world).await);
    assert!(one.sent(&one.csrf) && other.sent(&other.csrf));
    assert!(!one.sent(&other.csrf) && !one.sent("") && !one.sent(&one.csrf[1..]));
}

#[tokio::test]
async fn nothing_that_proves_who_somebody_is_stands_in_the_database() {
    let world = World::new().await;
    let ann = owner(&world).await;
    ann.first(&world).await.unwrap();
    let mut reader = world.daemun.db.reader();
    let mut kept = Vec::new();
    for statement in [
        "SELECT password_hash FROM administrators",
        "SELECT digest FROM administrator_sessions",
        "SELECT digest FROM administrator_links",
        "SELECT digest FROM administrator_recovery_codes",
    ] {
        kept.extend(daemun_store::sql(statement).all::<String>(&mut reader).await.unwrap());
    }
    let sealed: Vec<Vec<u8>> =
        daemun_store::sql("SELECT totp_sealed FROM administrators").all(&mut reader).await.unwrap();
    let secrets = [PASSWORD, &ann.cookie, &ann.recovery_codes[0], &ann.recovery_codes[0].replace('-', "")];
    assert!(kept.len() >= 13);
    for text in &kept {
        assert!(secrets.iter().all(|secret| !text.to_lowercase().contains(&secret.to_lowercase())), "{text}");
    }
    let seed = ann.totp.seed();
    assert!(!sealed[0].windows(seed.len()).any(|part| part == seed));
}

#[tokio::test]
async fn sessions_and_links_are_forgotten_in_time() {
    let world = World::new().await;
    owner(&world).await;
    world.clock.advance(40 * 24 * 60 * 60);
    purge::purge(&world.daemun).await.unwrap();
    let mut reader = world.daemun.db.reader();
    for table in ["administrator_sessions", "administrator_links"] {
        let statement = match table {
            "administrator_sessions" => "SELECT count(*) FROM administrator_sessions",
            _ => "SELECT count(*) FROM administrator_links",
        };
        let count: Option<i64> = daemun_store::sql(statement).optional(&mut reader).await.unwrap();
        assert_eq!(count, Some(0), "{table}");
    }
    assert_eq!(acts(&world).await.len(), 2, "the audit stays");
    world.clock.advance(400 * 24 * 60 * 60);
    purge::purge(&world.daemun).await.unwrap();
    assert_eq!(acts(&world).await.len(), 0);
}
