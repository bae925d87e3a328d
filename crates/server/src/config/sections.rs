//! The sections of the configuration. Units, defaults and their sources stand in `daemun.default.toml`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use daemun_model::Language;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{ConsoleSection, Delivery, FilesSection, LimitsSection};

/// The settings of one process.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The listener and how it treats requests.
    pub server: Server,
    /// Where accounts are kept.
    pub database: Database,
    /// The key that protects keys.
    pub keys: Keys,
    /// Log lines.
    pub log: Log,
    /// The numbers that Prometheus reads.
    pub metrics: Metrics,
    /// Where requests' time goes.
    pub traces: Traces,
    /// The cost of a password hash.
    pub passwords: Passwords,
    /// Links in mails.
    pub links: Links,
    /// One-time codes.
    pub codes: Codes,
    /// How often what may be tried and sent.
    pub limits: LimitsSection,
    /// Sessions and their tokens.
    pub sessions: Sessions,
    /// How administrators sign in.
    pub console: ConsoleSection,
    /// How messages leave.
    pub delivery: Delivery,
    /// Where uploaded files lie.
    pub files: FilesSection,
    /// How long what is spent is kept.
    pub retention: Retention,
    /// The apps. None in demo mode: every built-in contract is one.
    #[serde(default)]
    pub app: Vec<AppSection>,
}

/// `[server]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address and port to listen on.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// The URL by which clients reach the server: `http://` + the listen address where it is left out.
    pub public_url: Option<String>,
    /// The folder of what the server keeps.
    pub data: PathBuf,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<String>,
    /// Seconds for a request's header.
    pub header_read_seconds: u64,
    /// Seconds that a connection may rest between two requests.
    pub idle_seconds: u64,
    /// Bytes of a request's header.
    pub header_bytes: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Seconds from a request's header to its answer.
    pub request_seconds: u64,
    /// Seconds that requests in flight have to finish when the server stops.
    pub drain_seconds: u64,
    /// Connections at a time; more wait to be accepted.
    pub connections: usize,
}

/// `[database]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://PATH` or `postgres://…`: `daemun.db` in the data folder where it is left out. It may hold a password.
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
    /// PostgreSQL: connections of the pool.
    pub connections: usize,
    /// SQLite: threads for reads that take long.
    pub reader_threads: usize,
}

/// `[keys]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The master key: a file in the data folder where it is left out.
    #[schemars(with = "Option<String>")]
    pub master: Option<SecretString>,
    /// Seconds that a new signing key is published before it signs.
    pub publish_seconds: i64,
}

/// `[log]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// Which lines are written.
    pub filter: String,
}

/// `[metrics]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The address and port of the listener for operators.
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
}

/// `[traces]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// The URL that takes traces (OTLP over HTTP, protobuf).
    pub endpoint: Option<String>,
    /// The share of requests that is traced.
    pub sample: f64,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, else JSON.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[passwords]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// KiB of memory of one hash.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Hashing threads; 0 is one for each core.
    pub threads: usize,
    /// Hashes that may wait; more are refused with 503.
    pub queue: usize,
}

/// `[links]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// Seconds that a link to choose a new password works.
    pub reset_seconds: i64,
    /// Seconds that a link that verifies an address works.
    pub verify_seconds: i64,
}

/// `[codes]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// Seconds that a code works.
    pub lifetime_seconds: i64,
    /// Wrong tries that a code survives.
    pub tries: i64,
    /// Seconds that a checked code proves an address for sign-up.
    pub sign_up_proof_seconds: i64,
    /// Seconds that a checked code lets a new password be chosen.
    pub reset_proof_seconds: i64,
}

/// `[sessions]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Seconds in which a rotated refresh token still gets the same successor.
    pub rotation_grace_seconds: i64,
    /// Access tokens whose signature is remembered.
    pub verified_tokens: u64,
}

/// `[retention]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days that the audit log is kept.
    pub audit_days: u32,
    /// Days that sent messages are kept.
    pub outbox_days: u32,
    /// Days that spent codes and links and ended sessions are kept.
    pub spent_days: u32,
    /// Hours that an uploaded file is kept that no account has.
    pub unclaimed_upload_hours: u32,
}

/// `[[app]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppSection {
    /// Its name in command lines and tokens: `[a-z0-9-]+`.
    pub name: String,
    /// A built-in contract's name, or the path of a file; the app's name where it is left out.
    pub contract: Option<String>,
    /// Where it is mounted: `/` + its name where it is left out; `/` is the root.
    pub mount: Option<String>,
    /// Hosts that serve it at the root.
    #[serde(default, deserialize_with = "list")]
    pub hosts: Vec<String>,
    /// The URL of its mount: the server's public URL + the mount where it is left out.
    pub public_url: Option<String>,
    /// What members read in mails and on pages; the name with a capital where it is left out.
    pub title: Option<String>,
    /// The colour of its pages, `#rrggbb`; made darker or lighter where text on it could not be read.
    pub color: Option<String>,
    /// A folder of templates for its messages, in the place of the built-in ones.
    pub templates: Option<PathBuf>,
    /// The language of what has no other; the contract's where it is left out.
    pub language: Option<Language>,
    /// Origins whose pages may call it (CORS). `loopback` stands for every origin on this machine.
    #[serde(default, deserialize_with = "list")]
    pub allowed_origins: Vec<String>,
    /// What differs from the contract's `policy`.
    #[serde(default)]
    pub policy: BTreeMap<String, Value>,
    /// What resource servers show to ask about a token; without it they cannot ask.
    #[schemars(with = "Option<String>")]
    pub introspection_secret: Option<SecretString>,
    /// The contract's switches.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Whether tables that are empty are filled with the contract's demo rows.
    #[serde(default)]
    pub demo_rows: bool,
}

/// A list; the environment writes it as text with commas.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum ListOrText {
        List(Vec<String>),
        Text(String),
    }
    Ok(match ListOrText::deserialize(deserializer)? {
        ListOrText::List(items) => items,
        ListOrText::Text(text) => {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        }
    })
}
