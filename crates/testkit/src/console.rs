//! An administrator in a test: signed in without the way in, which has tests of its own.

use std::collections::BTreeMap;

use daemun_crypto::digest;
use daemun_model::{Email, Failure, Role, Timestamp};
use daemun_operations::administrator::authenticate;
use daemun_store::administrators::{self, Equipment, NewAdministrator, NewSession, Stage};
use uuid::Uuid;

use crate::{Answer, Answered, TestServer};

/// The name of the session's cookie where there is no TLS.
const COOKIE: &str = "daemun-console";

/// A club that looks at who wants to join: a public portrait, private papers, and every field that members fill in.
pub const CLUB: &str = r#"contract: club
title: Club
version: 1.0.0
language: en

tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]

policy:
  sign_in: [email]
  approval: required
  uploads:
    portrait: { path: "images/portraits/portrait_{random}.{ext}", public: true, picture: true }
    paper: { path: "images/papers/paper_{random}.{ext}", most: 3, types: [image/png] }

attributes:
  motto: { type: string, max: 200 }

errors:
  body: { error: "{{ error.code }}", fields: "{{ error.fields }}" }

routes:
  POST /members:
    summary: Sign up
    does: account.sign_up
    takes:
      email: body.email
      password: body.password
      preferred_username: body.username
      name: body.name
      given_name: body.given_name
      family_name: body.family_name
      nickname: body.nickname
      picture: body.picture
      attributes.motto: body.motto
    gives: { status: 201, body: { id: "{{ account.id }}" } }

  POST /sessions:
    summary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }
"#;

/// A signed-in browser of an administrator.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// Who they are.
    pub uuid: Uuid,
    /// What their cookie holds.
    pub cookie: String,
    /// The token against forgery of their forms.
    pub csrf: String,
}

impl TestServer {
    /// A new administrator of a role, signed in just now.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn administrator(&self, role: Role) -> Administrator {
        let (daemun, now) = (self.daemun(), self.now());
        let uuid = daemun.random.uuid_v4();
        let cookie = uuid_text(daemun.random.uuid_v4());
        let new = new_administrator(uuid, role, now);
        let session = NewSession {
            id: daemun.random.uuid_v7(now),
            digest: digest(&cookie),
            administrator: uuid,
            stage: Stage::Whole,
            created_at: now,
            expires_at: now.plus_seconds(8 * 60 * 60),
            address: "127.0.0.1".to_owned(),
            user_agent: None,
        };
        let written: Result<(), Failure> = daemun
            .db
            .write(async move |tx| {
                administrators::insert(tx, &new).await?;
                Ok(administrators::insert_session(tx, &session).await?)
            })
            .await;
        let signed = authenticate(daemun, &cookie).await;
        match (written, signed) {
            (Ok(()), Ok(Some(signed))) => Administrator { uuid, cookie, csrf: signed.csrf },
            (written, signed) => panic!("no administrator: {written:?} {signed:?}"),
        }
    }
}

fn new_administrator(uuid: Uuid, role: Role, now: Timestamp) -> NewAdministrator {
    let Ok(email) = Email::parse(&format!("{}@admin.example", uuid.simple())) else { panic!("an address") };
    NewAdministrator {
        uuid,
        email,
        name: format!("The {role}"),
        role,
        language: None,
        equipment: Some(Equipment { password_hash: "none".to_owned(), totp_sealed: vec![0], totp_step: 0 }),
        created_at: now,
        created_by: "cli".to_owned(),
    }
}

/// As long as what a real cookie holds.
fn uuid_text(uuid: Uuid) -> String {
    format!("{}{}", uuid.simple(), "abcdefghijk")
}

impl Administrator {
    /// The value of the `Cookie` header.
    pub fn header(&self) -> String {
        format!("{COOKIE}={}", self.cookie)
    }

    /// A screen, in English; `path` is below `/console`. Slashes, which templates escape, are slashes again.
    pub async fn see(&self, server: &TestServer, path: &str) -> Answer {
        let request = server.get(&format!("/console{path}")).header("cookie", self.header());
        let answer = request.header("accept-language", "en").answer().await;
        let body = String::from_utf8_lossy(&answer.body).replace("&#x2f;", "/");
        Answer { body: body.into_bytes().into(), ..answer }
    }

    /// Sends a form with the session's token.
    pub async fn act(&self, server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form: BTreeMap<&str, &str> = fields.iter().copied().collect();
        form.entry("csrf").or_insert(&self.csrf);
        let request = server.post(&format!("/console{path}")).header("cookie", self.header());
        request.header("accept-language", "en").form(&form).answer().await
    }

    /// Sends a form with a file, whatever it claims to be, as a browser does.
    pub async fn act_with_file(
        &self,
        server: &TestServer,
        path: &str,
        fields: &[(&str, &str)],
        (input, content): (&str, &[u8]),
    ) -> Answer {
        let mut form = reqwest::multipart::Form::new();
        let own = fields.iter().any(|(name, _)| *name == "csrf");
        for (name, value) in fields.iter().copied().chain((!own).then_some(("csrf", self.csrf.as_str()))) {
            form = form.text(name.to_owned(), value.to_owned());
        }
        let part = reqwest::multipart::Part::bytes(content.to_vec()).file_name("../../picture.html");
        let request = server.post(&format!("/console{path}")).header("cookie", self.header());
        request.header("accept-language", "en").multipart(form.part(input.to_owned(), part)).answer().await
    }
}
