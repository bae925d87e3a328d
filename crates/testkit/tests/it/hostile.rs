//! Whatever is sent to any route is answered: by a refusal in the contract's own shape, never by a failure of
//! ours, and soon. The routes are read from the contracts, so that a new one is attacked from its first day.

mod bodies;
mod fields;
mod heads;
mod log;
mod paths;
mod tokens;

use std::time::Duration;

use daemun_contract::ast::{Action, Contract, Route, Source, WirePath};
use daemun_operations::CallerRule;
use daemun_testkit::{Answer, Setup, TestServer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use crate::accounts::{self, PASSWORD, Signed};

/// The apps under attack, by the names of their contracts.
const APPS: [&str; 2] = ["welt", "energyboost"];
/// Nothing takes longer, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(10);
const EMAIL: &str = "ada@example.com";

/// A route as a stranger knows it.
struct Target {
    app: &'static str,
    method: Method,
    /// With the mount.
    path: String,
    /// The fields of its body.
    fields: Vec<String>,
    needs_caller: bool,
}

impl Target {
    fn of(app: &'static str, route: &Route) -> Self {
        let mut fields = Vec::new();
        let mut needs_caller = false;
        for alternative in &route.alternatives {
            let Action::Does(does) = &alternative.action else { continue };
            needs_caller |= does.caller == CallerRule::Required;
            for take in &does.takes {
                let Source::Wire { from, .. } = &take.source else { continue };
                fields.extend(from.iter().filter(|place| place.root == "body").map(WirePath::wire_name));
            }
        }
        let path = format!("/{app}{}", route.paths[0].text);
        Self { app, method: route.method.clone(), path, fields, needs_caller }
    }

    /// A body with nothing wrong in it.
    fn good(&self) -> Map<String, Value> {
        self.fields.iter().map(|field| (field.clone(), good(field))).collect()
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A value that a field of this name takes.
fn good(field: &str) -> Value {
    json!(match field {
        "email" => EMAIL,
        "mobile" => "010-2345-6789",
        "date_of_birth" => "1990-01-01",
        "gender" => "male",
        _ => PASSWORD,
    })
}

fn contract(app: &str) -> Contract {
    let file = format!("{}/../../contracts/{app}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap();
    daemun_contract::load(&file, &text).unwrap().contract
}

/// Every route of every contract.
fn targets() -> Vec<Target> {
    let of = |app| contract(app).routes.iter().map(|route| Target::of(app, route)).collect::<Vec<_>>();
    APPS.into_iter().flat_map(of).collect()
}

async fn server() -> TestServer {
    APPS.into_iter().fold(Setup::default(), Setup::app).start().await
}

/// An attacker who is a member too: routes behind a sign-in are attacked from within.
struct Attacker<'s> {
    server: &'s TestServer,
    members: u32,
    signed: Option<Signed>,
}

impl<'s> Attacker<'s> {
    const fn new(server: &'s TestServer) -> Self {
        Self { server, members: 0, signed: None }
    }

    /// Sends what `dress` makes of a request to the route, and sees that the answer is one.
    async fn send(
        &mut self,
        target: &Target,
        what: &str,
        dress: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let mut request = self.server.request(target.method.clone(), &target.path);
        if target.needs_caller {
            request = request.bearer_auth(self.access(target.app).await);
        }
        let answer = answered(dress(request), &format!("{}: {what}", target.name())).await;
        assert_told(target.app, &answer, &format!("{}: {what}", target.name()));
        // What worked may have ended the session or the account.
        if answer.status < 400 {
            self.signed = None;
        }
        answer
    }

    /// The access token of a member.
    async fn access(&mut self, app: &str) -> String {
        if self.signed.is_none() {
            self.members += 1;
            let email = format!("member{}@{app}.example.com", self.members);
            self.signed = Some(match app {
                "welt" => accounts::welt(self.server, &email).await,
                _ => accounts::energyboost(self.server, &email).await,
            });
        }
        self.signed.as_ref().map(|signed| signed.access.clone()).unwrap()
    }

    /// Another app's routes are attacked from another session.
    fn leave(&mut self) {
        self.signed = None;
    }
}

/// The answer to a request, which comes in time.
async fn answered(request: RequestBuilder, what: &str) -> Answer {
    use daemun_testkit::Answered;
    match tokio::time::timeout(PATIENCE, request.answer()).await {
        Ok(answer) => answer,
        Err(_) => panic!("{what}: no answer in time"),
    }
}

/// An answer is a success, or a refusal in the contract's own shape.
#[track_caller]
fn assert_told(app: &str, answer: &Answer, what: &str) {
    assert_eq!(answer.header("x-request-id").len(), 32, "{what}");
    if (200..300).contains(&answer.status) {
        return;
    }
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    if answer.status == 401 {
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
    }
    assert_shape(app, answer, what);
}

/// The body of a refusal has the contract's shape: these keys, in this order, and no others.
#[track_caller]
fn assert_shape(app: &str, answer: &Answer, what: &str) {
    let body = answer.json();
    let Value::Object(members) = &body else { panic!("{what}: {}", answer.text()) };
    let keys: Vec<&str> = members.keys().map(String::as_str).collect();
    let told = format!("{what}: {} {}", answer.status, answer.text());
    if app == "welt" {
        assert_eq!(keys, ["status", "code", "message", "detail"], "{told}");
        assert_eq!(body["status"], answer.status, "{told}");
        assert_eq!(body["code"], u32::from(answer.status) * 100, "{told}");
        assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
        assert!(body["detail"].is_string(), "{told}");
        return;
    }
    assert_eq!(keys[0], "detail", "{told}");
    assert!(body["detail"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    assert!(answer.status == 403 || keys.len() == 1, "{told}");
    for (_, messages) in members.iter().skip(1) {
        let messages = messages.as_array().unwrap_or_else(|| panic!("{told}"));
        assert!(!messages.is_empty() && messages.iter().all(Value::is_string), "{told}");
    }
}
