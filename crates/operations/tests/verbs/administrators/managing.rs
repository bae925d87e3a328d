//! Invitations, roles, disabling, resetting, and what administrators change about themselves.

use daemun_model::{Permission, Role};
use daemun_operations::administrator::{confirm, invite, links, manage, own, second_factor};
use serde_json::json;
use uuid::Uuid;

use super::{Person, acts, call, cli, code, come_in, invited, owner, refusal, signed, totp_of};
use crate::world::{PASSWORD, World, parameter};

async fn uuid_of(world: &World, person: &Person) -> Uuid {
    person.signed(world).await.administrator.uuid
}

fn bob(role: Role) -> invite::Input {
    invite::Input { email: "Bob@example.com".to_owned(), name: "Bob".to_owned(), role, language: None }
}

#[tokio::test]
async fn an_invitation_is_mailed_and_shown_and_makes_an_administrator_of_its_role_once() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let made =
        invite::invite(world.daemun.clone(), ann.call(&world).await, bob(Role::Moderator)).await.unwrap();
    let mails = daemun_operations::outbox::list(&world.daemun, Some("(console)"), 10).await.unwrap();
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "Bob@example.com"));
    assert_eq!(mails[0].link.as_ref(), Some(&made.url));
    assert!(mails[0].text.as_ref().unwrap().contains(&made.url));
    let waiting = invite::list(&world.daemun, &ann.call(&world).await).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].role), (1, Role::Moderator));

    let way = links::look_at(&world.daemun, &parameter(&made.url, "token")).await.unwrap().unwrap();
    let (email, name) = ("Bob@example.com".to_owned(), "Bob".to_owned());
    assert_eq!(way, links::Way::Invitation { email, name, role: Role::Moderator });
    // The address is the link's, whatever the form says.
    let person = come_in(&world, &made.url, "eve@example.com").await.unwrap();
    let who = person.signed(&world).await;
    assert_eq!(
        (who.administrator.email.as_str(), who.administrator.role),
        ("Bob@example.com", Role::Moderator)
    );
    let name = format!("administrator:{}", uuid_of(&world, &ann).await);
    assert_eq!(who.administrator.created_by, name);
    assert_eq!(refusal(come_in(&world, &made.url, "x@example.com").await), "token_invalid on token");
    assert!(invite::list(&world.daemun, &ann.call(&world).await).await.unwrap().is_empty());
    let again = invite::invite(world.daemun.clone(), ann.call(&world).await, bob(Role::Owner)).await;
    assert_eq!(refusal(again), "email_taken on email");
    assert_eq!(
        acts(&world).await[..2],
        ["administrator.join done moderator", "administrator.invite done moderator"]
    );
}

#[tokio::test]
async fn an_invitation_ends_after_seven_days_when_it_is_replaced_and_when_it_is_withdrawn() {
    let world = World::new().await;
    owner(&world).await;
    let invite = async |role| {
        world.clock.tick();
        invite::invite(world.daemun.clone(), cli(&world), bob(role)).await.unwrap().url
    };
    let (first, second) = (invite(Role::Owner).await, invite(Role::Auditor).await);
    assert_eq!(refusal(come_in(&world, &first, "x@example.com").await), "token_invalid on token");
    world.clock.advance(7 * 24 * 60 * 60);
    assert_eq!(refusal(come_in(&world, &second, "x@example.com").await), "token_invalid on token");
    let third = invite(Role::Auditor).await;
    let withdraw =
        async || refusal(invite::withdraw(world.daemun.clone(), cli(&world), "bob@example.com").await);
    assert_eq!((withdraw().await, withdraw().await), ("done".to_owned(), "not_found".to_owned()));
    assert_eq!(refusal(come_in(&world, &third, "x@example.com").await), "token_invalid on token");
}

#[tokio::test]
async fn only_owners_manage_administrators() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let target = uuid_of(&world, &ann).await;
    for role in Role::ALL {
        let person = invited(&world, &format!("{role}@roles.example"), role).await;
        let told = if role == Role::Owner { "done" } else { "forbidden" };
        let daemun = || world.daemun.clone();
        let call = person.call(&world).await;
        assert_eq!(refusal(manage::list(&world.daemun, &call).await), told, "{role}");
        assert_eq!(refusal(manage::find(&world.daemun, &call, "owner@example.com").await), told);
        assert_eq!(refusal(invite::list(&world.daemun, &call).await), told);
        let input = invite::Input { email: format!("{role}2@example.com"), ..bob(Role::Auditor) };
        assert_eq!(refusal(invite::invite(daemun(), call.clone(), input).await), told);
        let email = format!("{role}2@example.com");
        assert_eq!(refusal(invite::withdraw(daemun(), call.clone(), &email).await), told);
        assert_eq!(refusal(manage::change_role(daemun(), call.clone(), target, Role::Owner).await), told);
        if role != Role::Owner {
            assert_eq!(refusal(manage::disable(daemun(), call.clone(), target).await), told);
            assert_eq!(refusal(manage::reset(daemun(), call.clone(), target).await), told);
        }
        // What a role may do is what its calls carry.
        for permission in Permission::ALL {
            assert_eq!(call.permit(permission).is_ok(), role.permissions().hold(permission));
        }
    }
}

#[tokio::test]
async fn a_role_that_changes_and_a_disabling_end_the_sessions_at_once_on_every_node() {
    let world = World::new().await;
    let second = world.second_node().await;
    let ann = owner(&world).await;
    let bob = invited(&world, "bob@example.com", Role::Operator).await;
    let uuid = uuid_of(&second, &bob).await;
    manage::change_role(world.daemun.clone(), ann.call(&world).await, uuid, Role::Operator).await.unwrap();
    assert!(signed(&second, &bob.cookie).await.is_some(), "the same role changes nothing");
    manage::change_role(world.daemun.clone(), ann.call(&world).await, uuid, Role::Auditor).await.unwrap();
    assert!(signed(&second, &bob.cookie).await.is_none());
    assert_eq!(acts(&world).await[0], "administrator.change_role done operator to auditor");
    let cookie = bob.sign_in(&second).await.unwrap();
    let half = bob.first(&second).await.unwrap();
    assert_eq!(signed(&second, &cookie).await.unwrap().administrator.role, Role::Auditor);

    manage::disable(world.daemun.clone(), ann.call(&world).await, uuid).await.unwrap();
    assert!(signed(&second, &cookie).await.is_none());
    world.clock.advance(30);
    let late = bob.second(&second, (&half, &code(&world, &bob.totp, 0))).await;
    assert_eq!(refusal(late), "unauthenticated");
    assert_eq!(refusal(bob.sign_in(&second).await), "wrong_credentials");
    manage::disable(world.daemun.clone(), cli(&world), uuid).await.unwrap();
    let missing = manage::disable(world.daemun.clone(), cli(&world), Uuid::from_u128(7)).await;
    assert_eq!(refusal(missing), "not_found");
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let uuid = uuid_of(&world, &ann).await;
    let bob = invited(&world, "bob@example.com", Role::Owner).await;
    let other = uuid_of(&world, &bob).await;
    // One who is reset and has not come in again is no owner to count on.
    manage::reset(world.daemun.clone(), cli(&world), other).await.unwrap();
    let daemun = || world.daemun.clone();
    for call in [cli(&world), ann.call(&world).await] {
        let demoted = manage::change_role(daemun(), call.clone(), uuid, Role::Operator).await;
        assert_eq!(refusal(demoted), "forbidden on last_owner");
        assert_eq!(refusal(manage::disable(daemun(), call, uuid).await), "forbidden on last_owner");
    }
    assert!(signed(&world, &ann.cookie).await.is_some());
    assert_eq!(ann.signed(&world).await.administrator.role, Role::Owner);
    // Two are enough for one to go.
    invited(&world, "carol@example.com", Role::Owner).await;
    assert_eq!(refusal(manage::disable(daemun(), ann.call(&world).await, uuid).await), "done");
}

#[tokio::test]
async fn whose_sign_in_was_reset_comes_in_by_the_link_alone() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let bob = invited(&world, "bob@example.com", Role::Moderator).await;
    let uuid = uuid_of(&world, &bob).await;
    let own_uuid = uuid_of(&world, &ann).await;
    let oneself = manage::reset(world.daemun.clone(), ann.call(&world).await, own_uuid).await;
    assert_eq!(refusal(oneself), "self_not_allowed");

    let made = manage::reset(world.daemun.clone(), ann.call(&world).await, uuid).await.unwrap();
    assert!(signed(&world, &bob.cookie).await.is_none());
    assert_eq!(refusal(bob.sign_in(&world).await), "wrong_credentials");
    let waiting = manage::find(&world.daemun, &cli(&world), "BOB@example.com").await.unwrap();
    assert_eq!(waiting.standing.as_str(), "waiting");
    let mails = daemun_operations::outbox::list(&world.daemun, Some("(console)"), 10).await.unwrap();
    assert_eq!(mails.last().unwrap().link.as_ref(), Some(&made.url));

    let again = come_in(&world, &made.url, "ignored@example.com").await.unwrap();
    let who = again.signed(&world).await;
    assert_eq!((who.administrator.uuid, who.administrator.name.as_str()), (uuid, "Ann Admin"));
    assert_eq!(who.administrator.role, Role::Moderator);
    // Neither the old app nor the old recovery codes are worth anything.
    let again = Person { email: "bob@example.com".to_owned(), ..again };
    world.clock.advance(60);
    for typed in [code(&world, &bob.totp, 0), bob.recovery_codes[0].clone()] {
        let half = again.first(&world).await.unwrap();
        assert_eq!(refusal(again.second(&world, (&half, &typed)).await), "code_invalid on code");
    }
    assert_eq!(refusal(again.sign_in(&world).await), "done");
}

#[tokio::test]
async fn a_disabled_one_is_let_in_again_by_a_reset() {
    let world = World::new().await;
    owner(&world).await;
    let bob = invited(&world, "bob@example.com", Role::Auditor).await;
    let uuid = uuid_of(&world, &bob).await;
    manage::disable(world.daemun.clone(), cli(&world), uuid).await.unwrap();
    let made = manage::reset(world.daemun.clone(), cli(&world), uuid).await.unwrap();
    // Disabled again, the link leads nowhere.
    manage::disable(world.daemun.clone(), cli(&world), uuid).await.unwrap();
    assert_eq!(refusal(come_in(&world, &made.url, "x@example.com").await), "token_invalid on token");
    let made = manage::reset(world.daemun.clone(), cli(&world), uuid).await.unwrap();
    let again = come_in(&world, &made.url, "x@example.com").await.unwrap();
    assert_eq!(again.signed(&world).await.administrator.standing.as_str(), "active");
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_ends_other_browsers_and_is_told_by_mail() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let other = ann.sign_in(&world).await.unwrap();
    let who = ann.signed(&world).await;
    let change = async |current: &str, password: &str, again: &str| {
        let input = own::NewPassword {
            current: current.to_owned(),
            password: password.to_owned(),
            password_again: again.to_owned(),
        };
        refusal(own::change_password(world.daemun.clone(), ann.call(&world).await, &who, input).await)
    };
    let new = "a quite different sentence";
    assert_eq!(change("not it, no", new, new).await, "wrong_password on current_password");
    assert_eq!(
        change("", "short", "shorter").await,
        "invalid (current_password: required, password_again: mismatch, password: too_short)"
    );
    assert_eq!(change(PASSWORD, "Ann Admin", "Ann Admin").await, "invalid (password: too_similar)");
    assert!(signed(&world, &other).await.is_some());
    assert_eq!(change(PASSWORD, new, new).await, "done");
    assert!(signed(&world, &other).await.is_none());
    assert!(signed(&world, &ann.cookie).await.is_some());
    let mails = daemun_operations::outbox::list(&world.daemun, Some("(console)"), 10).await.unwrap();
    assert_eq!(mails.last().unwrap().to, "owner@example.com");
    assert_eq!(refusal(ann.first(&world).await), "wrong_credentials");
    world.clock.advance(60);
    let ann = Person { password: new.to_owned(), ..ann };
    assert_eq!(refusal(ann.sign_in(&world).await), "done");
}

#[tokio::test]
async fn a_new_app_and_new_recovery_codes_need_a_recent_confirmation() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let other = ann.sign_in(&world).await.unwrap();
    let who = ann.signed(&world).await;
    let draft = own::draft(&world.daemun, &who, None).unwrap();
    assert_eq!(own::draft(&world.daemun, &who, Some(&draft.sealed)).unwrap().secret, draft.secret);
    let totp = totp_of(&draft);
    let change = async |typed: &str| {
        let call = ann.call(&world).await;
        own::change_second_factor(world.daemun.clone(), call, &who, (&draft.sealed, typed)).await
    };
    assert_eq!(refusal(change("000000").await), "code_invalid on code");
    let codes = change(&code(&world, &totp, 0)).await.unwrap();
    assert_eq!(codes.len(), second_factor::RECOVERY_CODES);
    assert!(signed(&world, &other).await.is_none());
    let half = ann.first(&world).await.unwrap();
    assert_eq!(refusal(ann.second(&world, (&half, &ann.recovery_codes[0])).await), "code_invalid on code");
    assert_eq!(refusal(ann.second(&world, (&half, &codes[0])).await), "done");

    let renew = async || own::renew_recovery_codes(world.daemun.clone(), ann.call(&world).await, &who).await;
    let renewed = renew().await.unwrap();
    assert!(renewed.len() == 10 && renewed[0] != codes[0]);
    let half = ann.first(&world).await.unwrap();
    assert_eq!(refusal(ann.second(&world, (&half, &codes[1])).await), "code_invalid on code");
    world.clock.advance(11 * 60);
    assert_eq!(refusal(renew().await), "reauthentication_required");
    assert_eq!(refusal(change("000000").await), "reauthentication_required");
    let name = ("A. Admin", Some(daemun_model::Language::Ko));
    own::update_profile(world.daemun.clone(), ann.call(&world).await, &who, name).await.unwrap();
    let told = ann.signed(&world).await.administrator;
    assert_eq!((told.name.as_str(), told.language), name);
    assert_eq!(call(&world).operator, None);
}

/// Whom mails to administrators went to, with what subject, the latest last.
async fn mails(world: &World) -> Vec<String> {
    let mails = daemun_operations::outbox::list(&world.daemun, Some("(console)"), 20).await.unwrap();
    mails.iter().map(|mail| format!("{} {}", mail.to, mail.subject.clone().unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_new_app_and_a_spent_recovery_code_are_told_by_mail_and_nothing_else_is() {
    let world = World::new().await;
    let ann = owner(&world).await;
    let who = ann.signed(&world).await;
    ann.sign_in(&world).await.unwrap();
    assert!(mails(&world).await.is_empty(), "a code of the app is nothing to tell of");
    let half = ann.first(&world).await.unwrap();
    assert_eq!(refusal(ann.second(&world, (&half, "aaaa-aaaa-aaaa-aaaa")).await), "code_invalid on code");
    assert!(mails(&world).await.is_empty());
    ann.second(&world, (&half, &ann.recovery_codes[0])).await.unwrap();
    let used = "owner@example.com A recovery code of your Daemun sign-in was used";
    assert_eq!(mails(&world).await, [used]);

    world.clock.tick();
    let input = confirm::Input { password: PASSWORD.to_owned(), code: ann.recovery_codes[1].clone() };
    let cookie = confirm::confirm(world.daemun.clone(), ann.call(&world).await, &who, input).await.unwrap();
    assert_eq!(mails(&world).await, [used, used]);

    let ann = Person { cookie, ..ann };
    let who = ann.signed(&world).await;
    let draft = own::draft(&world.daemun, &who, None).unwrap();
    let typed = code(&world, &totp_of(&draft), 0);
    let call = ann.call(&world).await;
    own::change_second_factor(world.daemun.clone(), call, &who, (&draft.sealed, &typed)).await.unwrap();
    let changed = "owner@example.com Your Daemun authenticator app was changed";
    assert_eq!(mails(&world).await, [used, used, changed]);
}

#[tokio::test]
async fn links_of_who_is_disabled_or_no_owner_any_more_lead_nowhere() {
    for ending in ["disable", "demote", "keep"] {
        let world = World::new().await;
        let ann = owner(&world).await;
        let bob = invited(&world, "bob@example.com", Role::Owner).await;
        let eve = invited(&world, "eve@example.com", Role::Auditor).await;
        let (uuid, eves) = (uuid_of(&world, &bob).await, uuid_of(&world, &eve).await);
        let input = |email: &str| invite::Input { email: email.to_owned(), ..self::bob(Role::Owner) };
        let call = bob.call(&world).await;
        let invite = async |call, email| {
            world.clock.tick();
            invite::invite(world.daemun.clone(), call, input(email)).await.unwrap().url
        };
        let of_bob = invite(call.clone(), "carol@example.com").await;
        let reset = manage::reset(world.daemun.clone(), call, eves).await.unwrap().url;
        let of_ann = invite(ann.call(&world).await, "dave@example.com").await;
        match ending {
            "disable" => manage::disable(world.daemun.clone(), cli(&world), uuid).await.unwrap(),
            "demote" => {
                manage::change_role(world.daemun.clone(), cli(&world), uuid, Role::Operator).await.unwrap();
            }
            _ => {
                manage::end_sessions(world.daemun.clone(), cli(&world), uuid).await.unwrap();
            }
        }
        let told = if ending == "keep" { "done" } else { "token_invalid on token" };
        assert_eq!(refusal(come_in(&world, &of_bob, "carol@example.com").await), told, "{ending}");
        assert_eq!(refusal(come_in(&world, &reset, "eve@example.com").await), told, "{ending}");
        assert_eq!(refusal(come_in(&world, &of_ann, "dave@example.com").await), "done", "{ending}");
        assert!(signed(&world, &bob.cookie).await.is_none(), "{ending}");
    }
}

#[tokio::test]
async fn a_key_manages_those_who_may_no_more_than_it_and_gets_no_link() {
    let world = World::new().await;
    owner(&world).await;
    let bob = invited(&world, "bob@example.com", Role::Auditor).await;
    let uuid = uuid_of(&world, &bob).await;
    let run = async |permissions: &[Permission], name: &str, input: serde_json::Value| {
        world.clock.tick();
        let may = permissions.iter().copied().collect();
        let operator = daemun_operations::Operator { name: "api-key:1".to_owned(), may };
        // It comes through the door of an app.
        let call = daemun_operations::Call { operator: Some(operator), ..world.call() };
        let serde_json::Value::Object(input) = input else { panic!("no object") };
        daemun_operations::find(name).unwrap().run(world.daemun.clone(), call, input).await
    };
    let narrow = [Permission::AdministratorsWrite];
    let as_auditor: Vec<Permission> = Role::Auditor.permissions().iter().chain(narrow).collect();
    let listed = run(&narrow, "administrator.list", json!({})).await.unwrap();
    assert_eq!(listed["administrators"].as_array().unwrap().len(), 2);
    let auditor = json!({ "email": "eve@example.com", "name": "Eve", "role": "auditor" });
    let an_owner = json!({ "email": "eve@example.com", "name": "Eve", "role": "owner" });
    assert_eq!(refusal(run(&narrow, "administrator.invite", auditor.clone()).await), "forbidden");
    assert_eq!(refusal(run(&as_auditor, "administrator.invite", an_owner).await), "forbidden");
    let invited = run(&as_auditor, "administrator.invite", auditor).await.unwrap();
    assert_eq!(invited.as_object().unwrap().keys().collect::<Vec<_>>(), ["expires_at"]);
    let waiting = run(&narrow, "administrator.list_invitations", json!({})).await.unwrap();
    assert_eq!(waiting["invitations"][0]["created_by"], "api-key:1");
    run(&narrow, "administrator.withdraw_invitation", json!({ "email": "eve@example.com" })).await.unwrap();

    let who = json!({ "administrator": "owner@example.com" });
    for name in ["administrator.disable", "administrator.reset", "administrator.end_sessions"] {
        assert_eq!(refusal(run(&as_auditor, name, who.clone()).await), "forbidden", "{name}");
    }
    let to_owner = json!({ "administrator": uuid, "role": "owner" });
    assert_eq!(refusal(run(&as_auditor, "administrator.change_role", to_owner).await), "forbidden");
    let who = json!({ "administrator": uuid });
    let ended = run(&as_auditor, "administrator.end_sessions", who.clone()).await.unwrap();
    assert_eq!(ended, json!({ "ended": 1 }));
    let reset = run(&as_auditor, "administrator.reset", who.clone()).await.unwrap();
    assert_eq!(reset["administrator"]["standing"], "waiting");
    assert!(!reset.to_string().contains("token="));
    let out = run(&as_auditor, "administrator.disable", who).await.unwrap();
    assert_eq!(out["administrator"]["standing"], "disabled");
    assert_eq!(
        acts(&world).await[..3],
        [
            "administrator.disable done -",
            "administrator.reset_second_factor done -",
            "administrator.end_sessions done -"
        ]
    );
}
