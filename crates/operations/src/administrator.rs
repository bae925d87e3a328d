//! Administrators: who runs this server, how they prove it, and the browsers they are signed in with.
//!
//! They belong to the server and to no app, so what they do is kept under [`daemun_model::CONSOLE`], a number that no app of a
//! configuration has: one audit, one outbox and one set of limits, as for members. What owners do with administrators
//! is in the registry, for keys of the server; how administrators sign in and what they change about themselves is not: no
//! program is anybody.

pub mod authenticate;
pub mod change_role;
pub mod confirm;
pub mod disable;
pub mod end_sessions;
pub mod invite;
pub mod join;
pub mod links;
pub mod list;
pub mod list_invitations;
pub mod manage;
mod name;
mod notice;
pub mod own;
mod proof;
pub mod reset;
pub mod second_factor;
pub mod sessions;
pub mod show;
pub mod sign_in;
pub mod withdraw_invitation;

use std::sync::Arc;

use daemun_crypto::digest;
use daemun_model::administrator::Standing;
use daemun_model::app::{Identifier, OpaquePolicy, TokenPolicy};
use daemun_model::{
    AccountUuid, Administrator, App, CONSOLE, Failure, Faults, Language, Policy, Reason, Role, Timestamp,
};
use daemun_store::audit::{Actor, Entry};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::call::{Call, Client, Operator};
use crate::daemun::Daemun;

use crate::audit;

pub use authenticate::authenticate;
pub use name::name_of;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What holds for administrators. Times are seconds; their defaults are those of `daemun.default.toml`.
#[derive(Clone, Debug)]
pub struct ConsoleSettings {
    /// The absolute URL of the console, without a final slash: links are built from it.
    pub url: String,
    /// How long a session lives.
    pub absolute: i64,
    /// How long it lives unused.
    pub idle: i64,
    /// How long after a sign-in or a confirmation sensitive acts are allowed.
    pub confirmed: i64,
    /// How long the second factor is waited for after the password.
    pub second_factor: i64,
    /// How long the link to become the first owner works, and one that resets a sign-in.
    pub set_up_link: i64,
    /// How long an invitation works.
    pub invitation: i64,
    /// The time zone in which times of the server are shown; those of an app are in its own.
    pub timezone: chrono_tz::Tz,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8080/console".to_owned(),
            absolute: 8 * HOUR,
            idle: 30 * MINUTE,
            confirmed: 10 * MINUTE,
            second_factor: 10 * MINUTE,
            set_up_link: DAY,
            invitation: 7 * DAY,
            timezone: chrono_tz::Asia::Seoul,
        }
    }
}

/// One signed-in browser of an administrator.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Who sits there.
    pub administrator: Administrator,
    /// Which of their sessions.
    pub session: Uuid,
    /// What every form of this session must send back.
    pub csrf: String,
    /// When it was last proven who sits there.
    pub confirmed_at: Timestamp,
    /// The last moment at which a sensitive act is allowed without proving it again.
    pub confirmed_until: Timestamp,
    /// When the session ends whatever happens.
    pub expires_at: Timestamp,
    /// The digest of its cookie: what a confirmation replaces.
    pub(crate) digest: String,
}

impl Signed {
    /// How audit, log and operations know them: with the permissions of their role.
    pub fn operator(&self) -> Operator {
        Operator { name: operator_name(self.administrator.uuid), may: self.administrator.role.permissions() }
    }

    /// Whether it was proven lately enough for a sensitive act who sits there.
    pub fn confirmed_recently(&self, now: Timestamp) -> bool {
        now <= self.confirmed_until
    }

    /// Whether a form was made by this session.
    pub fn sent(&self, csrf: &str) -> bool {
        // Digests are compared, whose first different byte tells nothing.
        digest(&self.csrf) == digest(csrf)
    }

    /// A call of one of the verbs of this module.
    pub fn call(&self, daemun: &Daemun, client: Client, request_id: impl Into<String>) -> Call {
        Call {
            operator: Some(self.operator()),
            language: self.administrator.language,
            ..call(daemun, client, request_id)
        }
    }
}

/// An administrator, as programs see one. Nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shown {
    /// The identifier everywhere.
    #[schemars(with = "String")]
    pub uuid: Uuid,
    /// The e-mail address as typed.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they are there for: `owner`, `operator`, `moderator` or `auditor`.
    pub role: Role,
    /// Whether they can sign in: `active`, `waiting` for the link that was sent, or `disabled`.
    pub standing: Standing,
    /// The language of their console and mails, where they chose one.
    pub language: Option<Language>,
    /// When they joined.
    pub created_at: Timestamp,
    /// Who asked them: `cli`, `set-up`, `administrator:UUID` or `api-key:ID`.
    pub created_by: String,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When they were disabled.
    pub disabled_at: Option<Timestamp>,
}

impl From<Administrator> for Shown {
    fn from(who: Administrator) -> Self {
        Self {
            uuid: who.uuid,
            email: who.email,
            name: who.name,
            role: who.role,
            standing: who.standing,
            language: who.language,
            created_at: who.created_at,
            created_by: who.created_by,
            last_sign_in_at: who.last_sign_in_at,
            disabled_at: who.disabled_at,
        }
    }
}

/// The call where what administrators do is kept, whatever app's door it came through.
pub(crate) fn of_server(daemun: &Daemun, call: Call) -> Call {
    Call { app: Arc::clone(&daemun.console), ..call }
}

/// Reads the name of a role, which must be there.
fn read_role(faults: &mut Faults, typed: Option<&String>) -> Option<Role> {
    let role = Role::from_name(faults.require("role", typed)?.trim());
    faults.take("role", role.ok_or(Reason::NotAChoice))
}

/// Refuses to give a role, or to act on one who has it, to who may not do all that it may: a key that may manage
/// administrators makes no owner of anybody.
pub(crate) fn permit_role(call: &Call, role: Role) -> Result<(), Failure> {
    role.permissions().iter().try_for_each(|permission| call.permit(permission))
}

/// A call of one of the verbs of this module by nobody who is known.
pub fn call(daemun: &Daemun, client: Client, request_id: impl Into<String>) -> Call {
    Call::new(Arc::clone(&daemun.console), client, request_id)
}

/// How audit and log call an administrator.
pub fn operator_name(uuid: Uuid) -> String {
    format!("administrator:{uuid}")
}

/// The line of the audit for an act on an administrator.
pub(crate) fn done(daemun: &Daemun, call: &Call, act: &str, on: Option<Uuid>) -> Entry {
    audit::done(daemun, call, act, on.map(AccountUuid))
}

/// As [`done`], for what an administrator does before they are signed in.
pub(crate) fn done_by(daemun: &Daemun, call: &Call, act: &str, administrator: Uuid) -> Entry {
    let actor = Actor::Operator(operator_name(administrator));
    Entry { actor, ..done(daemun, call, act, Some(administrator)) }
}

/// Where what administrators do is kept: something like an app, that nobody can be a member of.
pub(crate) fn app(settings: &ConsoleSettings) -> App {
    App {
        id: CONSOLE,
        name: "(console)".to_owned(),
        title: "Daemun".to_owned(),
        mount: "/console".to_owned(),
        public_url: settings.url.clone(),
        language: Language::default(),
        timezone: settings.timezone,
        policy: Policy { sign_in: vec![Identifier::Email], ..Policy::default() },
        tokens: TokenPolicy::Opaque(OpaquePolicy {
            hex: 64,
            idle: settings.idle,
            absolute: settings.absolute,
        }),
        attributes: Default::default(),
    }
}
