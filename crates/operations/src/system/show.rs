//! `system.show`: the server, its database, what waits, and the keys of its apps.

use std::sync::Arc;

use daemun_model::{Failure, Permission};
use daemun_store::Engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::keys::{self, Listed};
use crate::node::{self, Reached};
use crate::operation::Operation;
use crate::outbox;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The version of the program.
    pub version: String,
    /// The database.
    pub database: Database,
    /// What waits to be sent, of every channel.
    pub outbox: Vec<Waiting>,
    /// The work of hashing passwords on this node.
    pub hashing: Hashing,
    /// How often limits kept a call out since this node started, by the limit.
    pub limits: Vec<Reached>,
    /// The keys that sign each app's tokens.
    pub keys: Vec<AppKeys>,
}

/// The database.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Database {
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Its file, where it is one.
    pub file: Option<String>,
    /// Its size in bytes.
    pub bytes: i64,
    /// Transactions that this node has kept since it started.
    pub writes: i64,
    /// Commits that they took.
    pub commits: i64,
    /// Migrations that a newer program than the one that prepared it would apply.
    pub pending_migrations: Vec<String>,
}

/// What waits of one channel.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Waiting {
    /// `email` or `sms`.
    pub channel: String,
    /// Whether messages of this channel are sent at all.
    pub sends: bool,
    /// Whether they stay in the dev outbox, where everybody who may see messages can read them.
    pub stays_here: bool,
    /// How many wait.
    pub messages: i64,
    /// For how many seconds the oldest has waited; 0 where none does.
    pub oldest_seconds: i64,
}

/// The hashing threads.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Hashing {
    /// How many hashes are at work or wait.
    pub taken: i64,
    /// How many may be at work or wait; beyond it sign-ins are told to come back.
    pub places: i64,
}

/// The keys of an app.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AppKeys {
    /// The name of the app.
    pub app: String,
    /// Its keys, in the order in which they begin to sign.
    pub keys: Vec<Listed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("system.show", "Tell how the server does", show).needs(Permission::SystemRead)
}

/// Tell how the server does.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    call.faults.clone().finish()?;
    let mut keys = Vec::new();
    for served in daemun.served() {
        let call = Call { app: Arc::clone(&served.app), ..call.clone() };
        keys.push(AppKeys { app: served.app.name.clone(), keys: keys::list(&daemun, &call).await? });
    }
    let waiting = outbox::backlog(&daemun).await?.into_iter().map(|backlog| Waiting {
        channel: backlog.channel.as_str().to_owned(),
        sends: daemun.delivery.sends(backlog.channel),
        stays_here: daemun.delivery.keeps_secrets(backlog.channel),
        messages: backlog.messages,
        oldest_seconds: backlog.oldest_seconds,
    });
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let writes = daemun.db.write_counts();
    let counted = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Output {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: Database {
            engine: match daemun.db.engine() {
                Engine::Sqlite => "sqlite",
                Engine::Postgres => "postgres",
            }
            .to_owned(),
            file: daemun.db.file().map(|path| path.display().to_string()),
            bytes: daemun.db.size().await?,
            writes: counted(writes.writes),
            commits: counted(writes.commits),
            pending_migrations: daemun.db.pending_migrations().await?,
        },
        outbox: waiting.collect(),
        limits: node::reached(),
        hashing: Hashing { taken: number(daemun.hasher.taken()), places: number(daemun.hasher.places()) },
        keys,
    })
}
