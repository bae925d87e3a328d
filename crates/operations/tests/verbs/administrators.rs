//! Administrators: how they come in, prove who they are, and leave.

mod managing;
mod races;
mod signing_in;

use daemun_crypto::Totp;
use daemun_model::{Failure, Role, Timestamp};
use daemun_operations::administrator::{
    self, Signed, authenticate, invite, join, links, second_factor::Draft, sign_in,
};
use daemun_operations::{Call, Client, Operator};

use crate::world::{PASSWORD, World, parameter};

/// An administrator with everything they have at hand.
pub struct Person {
    pub email: String,
    pub password: String,
    pub totp: Totp,
    pub cookie: String,
    pub recovery_codes: Vec<String>,
}

pub fn call(world: &World) -> Call {
    let client = Client { address: world.address, user_agent: Some("browser/1".to_owned()) };
    administrator::call(&world.daemun, client, "request-1")
}

/// A call by whoever sits at the command line.
pub fn cli(world: &World) -> Call {
    Call { operator: Some(Operator::cli()), ..call(world) }
}

pub fn totp_of(draft: &Draft) -> Totp {
    let secret = draft.secret.replace(' ', "");
    Totp::from_seed(&data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap()
}

fn now(world: &World) -> Timestamp {
    world.daemun.clock.now()
}

/// The code that the person's app shows, `off` steps from now.
pub fn code(world: &World, totp: &Totp, off: i64) -> String {
    totp.code(now(world).seconds().div_euclid(30) + off)
}

/// The form of a link, filled in rightly.
pub fn form(world: &World, token: &str, email: &str) -> (join::Input, Totp) {
    let draft = join::draft(&world.daemun, token, (None, email)).unwrap();
    let totp = totp_of(&draft);
    let input = join::Input {
        token: token.to_owned(),
        email: email.to_owned(),
        name: "Ann Admin".to_owned(),
        password: PASSWORD.to_owned(),
        password_again: PASSWORD.to_owned(),
        code: code(world, &totp, 0),
        draft: draft.sealed,
        language: None,
    };
    (input, totp)
}

pub async fn come_in(world: &World, url: &str, email: &str) -> Result<Person, Failure> {
    world.clock.tick();
    let (input, totp) = form(world, &parameter(url, "token"), email);
    let joined = join::join(world.daemun.clone(), call(world), input).await?;
    Ok(Person {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        totp,
        cookie: joined.cookie,
        recovery_codes: joined.recovery_codes,
    })
}

/// The first owner.
pub async fn owner(world: &World) -> Person {
    let made = links::set_up_link(&world.daemun, &call(world)).await.unwrap().expect("nobody is there yet");
    come_in(world, &made.url, "owner@example.com").await.unwrap()
}

/// Somebody who was invited.
pub async fn invited(world: &World, email: &str, role: Role) -> Person {
    world.clock.tick();
    let input = invite::Input { email: email.to_owned(), name: "Bob".to_owned(), role, language: None };
    let made = invite::invite(world.daemun.clone(), cli(world), input).await.unwrap();
    come_in(world, &made.url, email).await.unwrap()
}

pub async fn signed(world: &World, cookie: &str) -> Option<Signed> {
    world.clock.tick();
    authenticate(&world.daemun, cookie).await.unwrap()
}

impl Person {
    pub async fn signed(&self, world: &World) -> Signed {
        signed(world, &self.cookie).await.expect("signed in")
    }

    pub async fn call(&self, world: &World) -> Call {
        let call = call(world);
        self.signed(world).await.call(&world.daemun, call.client, "request-1")
    }

    /// The first step of a sign-in: the cookie of the second.
    pub async fn first(&self, world: &World) -> Result<String, Failure> {
        world.clock.tick();
        let input = sign_in::Input { email: self.email.clone(), password: self.password.clone() };
        Ok(sign_in::sign_in(world.daemun.clone(), call(world), input).await?.cookie)
    }

    pub async fn second(&self, world: &World, (cookie, code): (&str, &str)) -> Result<String, Failure> {
        world.clock.tick();
        let opened = sign_in::second_factor(world.daemun.clone(), call(world), (cookie, code)).await?;
        Ok(opened.cookie)
    }

    /// Both steps, half a minute later: the code of now is used up.
    pub async fn sign_in(&self, world: &World) -> Result<String, Failure> {
        world.clock.advance(30);
        let cookie = self.first(world).await?;
        self.second(world, (&cookie, &code(world, &self.totp, 0))).await
    }
}

/// The lines of the audit of administrators, the latest first: `act outcome detail`.
pub async fn acts(world: &World) -> Vec<String> {
    let mut reader = world.daemun.db.reader();
    let lines = daemun_store::audit::list_latest(&mut reader, daemun_model::CONSOLE, 100).await.unwrap();
    let told = |entry: &daemun_store::audit::Entry| {
        format!("{} {} {}", entry.act, entry.outcome, entry.detail.as_deref().unwrap_or("-"))
    };
    lines.iter().map(told).collect()
}

/// How something was refused.
pub fn refusal<T>(result: Result<T, Failure>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(Failure::Refused { code, field: Some(field) }) => format!("{} on {field}", code.as_str()),
        Err(failure) => failure.to_string(),
    }
}
