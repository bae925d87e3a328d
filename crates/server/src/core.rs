//! Putting the core together: the database, the keys, the hashing threads.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use daemun_contract::show;
use daemun_crypto::{CryptoError, HasherOptions, MasterKey, PasswordHasher};
use daemun_delivery::DeliveryError;
use daemun_model::{App, Clock, Failure, Random, SystemClock, SystemRandom};
use daemun_operations::served::{Route, Served};
use daemun_operations::{Daemun, Parts, Settings, keys};
use daemun_store::{Db, DbError, DbOptions};
use secrecy::ExposeSecret;

use crate::apps::{self, Plan};
use crate::config::{Config, ConfigError, Loaded};
use crate::{delivery, files};

/// What a server is handed instead of asking the machine.
#[derive(Clone, Debug)]
pub struct Hands {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Hashing, where it is not as configured: a test has no time for real costs.
    pub hashing: Option<HasherOptions>,
    /// Whether the dev outbox prints.
    pub dev_outbox: DevOutbox,
}

/// Whether the dev outbox prints what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevOutbox {
    /// On standard output.
    Printed,
    /// Nowhere: a test reads the list.
    Silent,
}

impl Hands {
    /// The machine's.
    pub fn real() -> Self {
        let dev_outbox = DevOutbox::Printed;
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), hashing: None, dev_outbox }
    }
}

/// Why a server or a command does not start. The text is for an operator and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The contracts and what is said about apps: one fault a line, those of a contract with place and hint.
    #[error("{}", .0.join("\n"))]
    Apps(Vec<String>),
    /// The log filter.
    #[error("{0}")]
    Log(String),
    /// The data folder.
    #[error("{}: {source}", .path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database cannot be opened or reached.
    #[error("database: {0}")]
    Database(DbError),
    /// The migrations failed.
    #[error("migrations: {0}")]
    Migrations(DbError),
    /// A command found a database that no server has prepared.
    #[error(
        "the database is not up to date ({0} migrations are missing)\n  hint: `daemun migrate` brings it up to date, `daemun serve` does it when it starts"
    )]
    NotMigrated(usize),
    /// The master key is another than the one that sealed the database's keys.
    #[error(
        "the master key ({0}) is not the one that sealed the signing keys of this database\n  hint: start with the right one: set it as DAEMUN__KEYS__MASTER, or put its file there; it is not in the database and not in a backup made without --with-master-key"
    )]
    OtherMasterKey(String),
    /// The database holds sealed keys, and there is no master key.
    #[error(
        "there is no master key ({}), and this database holds keys that were sealed with one\n  hint: put the file there, with mode 0600, or set DAEMUN__KEYS__MASTER; every node needs the same one", .0.display()
    )]
    NoMasterKey(PathBuf),
    /// The master key, signing keys or hashing threads.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// Delivery of messages.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// Where files are kept.
    #[error(transparent)]
    Files(#[from] daemun_files::s3::S3Fault),
    /// The address.
    #[error("{address}: {source}{}", hint(.source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// No app, or none of that name.
    #[error("{0}")]
    NoApp(String),
    /// Anything else that broke.
    #[error("{0}")]
    Broken(Failure),
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "\n  hint: another program listens there; choose another with --listen",
        io::ErrorKind::PermissionDenied => {
            "\n  hint: ports below 1024 need a privilege; choose another with --listen"
        }
        _ => "",
    }
}

/// Whether a database may be brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrations {
    /// They are applied.
    Applied,
    /// They must have been applied before.
    Expected,
}

/// The core and the apps, ready for work.
pub struct Opened {
    /// The core.
    pub daemun: Daemun,
    /// The apps, each with its number.
    pub plans: Vec<Plan>,
}

impl Opened {
    /// The app of a name; without a name the only one there is.
    ///
    /// # Errors
    /// `NoApp`, with the names there are.
    pub fn app(&self, name: Option<&str>) -> Result<Arc<App>, StartError> {
        let names = || self.plans.iter().map(|plan| plan.app.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = match (name, self.plans.as_slice()) {
            (Some(name), plans) => plans.iter().find(|plan| plan.app.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        match (found, name) {
            (Some(plan), _) => Ok(Arc::new(plan.app.clone())),
            (None, Some(name)) => {
                Err(StartError::NoApp(format!("there is no app {name:?}\n  hint: there are {}", names())))
            }
            (None, None) => {
                Err(StartError::NoApp(format!("which app?\n  hint: say --app with one of {}", names())))
            }
        }
    }
}

/// The apps of the configuration. `address` is what is listened on, where that is known by now.
///
/// # Errors
/// `Apps`: every fault.
pub fn plan(loaded: &Loaded, address: Option<SocketAddr>) -> Result<Vec<Plan>, StartError> {
    apps::plan(loaded, &public_url(&loaded.config, address)).map_err(StartError::Apps)
}

/// Where clients reach this server, without a final slash. `address` as for [`plan`].
fn public_url(config: &Config, address: Option<SocketAddr>) -> String {
    let address = address.unwrap_or(config.server.listen);
    let url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    url.trim_end_matches('/').to_owned()
}

/// Opens the database of the configuration; the folder of a SQLite file is made.
///
/// # Errors
/// `Data` and `Database`.
pub async fn database(loaded: &Loaded) -> Result<Db, StartError> {
    let config = &loaded.config;
    make_private(&config.server.data)?;
    let options = database_options(config);
    let db = Db::open(&url(config), options).await.map_err(StartError::Database)?;
    db.ping().await.map_err(StartError::Database)?;
    Ok(db)
}

/// What the database does not do within half of a request's time is told to the client in the other half.
fn database_options(config: &Config) -> DbOptions {
    let half = Duration::from_secs(config.server.request_seconds) / 2;
    let usual = DbOptions::default();
    DbOptions {
        connections: config.database.connections,
        reader_threads: config.database.reader_threads,
        wait: usual.wait.min(half / 2),
        connect_timeout: usual.connect_timeout.min(half / 2),
        statement_timeout: usual.statement_timeout.min(half),
    }
}

fn url(config: &Config) -> String {
    config.database.url.as_ref().map_or_else(
        || format!("sqlite://{}", config.server.data.join("daemun.db").display()),
        |url| url.expose_secret().to_owned(),
    )
}

/// The SQLite file of the configuration, where it names one.
pub fn sqlite_file(config: &Config) -> Option<PathBuf> {
    url(config).strip_prefix("sqlite://").map(PathBuf::from)
}

/// Makes the data folder, for this user only.
///
/// # Errors
/// `Data`, with what the system said.
pub fn make_private(path: &Path) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| StartError::Data { path: path.to_owned(), source })
}

/// Puts the core together. `address` as for [`plan`].
///
/// # Errors
/// Whatever stands in the way, all faults of contracts at once.
pub async fn open(
    loaded: &Loaded,
    address: Option<SocketAddr>,
    hands: Hands,
    migrations: Migrations,
) -> Result<Opened, StartError> {
    let mut plans = plan(loaded, address)?;
    let db = database(loaded).await?;
    match migrations {
        Migrations::Applied => {
            for name in migrate(&db).await? {
                tracing::info!(name, "migrated");
            }
        }
        Migrations::Expected => {
            let pending = db.pending_migrations().await.map_err(StartError::Migrations)?;
            if !pending.is_empty() {
                return Err(StartError::NotMigrated(pending.len()));
            }
        }
    }
    refuse_new_master(&loaded.config, &db).await?;
    let daemun = assemble(loaded, db, hands, &public_url(&loaded.config, address))?;
    for plan in &mut plans {
        plan.app.id =
            daemun_operations::apps::ensure(&daemun, &plan.app.name).await.map_err(StartError::Broken)?;
    }
    daemun.serves(plans.iter().map(served).collect());
    Ok(Opened { daemun, plans })
}

/// An app as operators see it.
fn served(plan: &Plan) -> Served {
    let routes = show::rows(&plan.contract).into_iter().map(|row| Route {
        method: row.method,
        path: row.path,
        does: row.does,
        summary: row.summary,
    });
    Served {
        app: Arc::new(plan.app.clone()),
        contract: plan.contract.name.clone(),
        version: plan.contract.version.clone(),
        hosts: plan.hosts.clone(),
        routes: routes.collect(),
    }
}

/// Brings the database up to date: the schema, and what the program must work out of the rows. Names the migrations that
/// were applied now.
///
/// # Errors
/// When a migration fails or the database does not answer.
pub async fn migrate(db: &Db) -> Result<Vec<String>, StartError> {
    let applied = db.migrate().await.map_err(StartError::Migrations)?;
    let filled = daemun_store::directory::fill_missing(db).await.map_err(StartError::Broken)?;
    if filled > 0 {
        tracing::info!(accounts = filled, "put into the directory");
    }
    Ok(applied)
}

/// A master key that is made where the database has keys already would be a wrong one.
async fn refuse_new_master(config: &Config, db: &Db) -> Result<(), StartError> {
    let path = master_file(config);
    if config.keys.master.is_some() || path.exists() {
        return Ok(());
    }
    if keys::exist(db).await.map_err(StartError::Broken)? {
        return Err(StartError::NoMasterKey(path));
    }
    Ok(())
}

/// Where the master key is that the configuration does not hold.
pub fn master_file(config: &Config) -> PathBuf {
    config.server.data.join("master.key")
}

/// Loads an app's signing keys, after making the first one where there is none.
///
/// # Errors
/// `OtherMasterKey`, with where this one came from; `Broken` when the database does not answer.
pub async fn ensure_keys(daemun: &Daemun, app: &App, config: &Config) -> Result<(), StartError> {
    keys::ensure(daemun, app).await.map_err(|failure| {
        if !keys::is_other_master(&failure) {
            return StartError::Broken(failure);
        }
        StartError::OtherMasterKey(match config.keys.master {
            Some(_) => "keys.master of the configuration".to_owned(),
            None => master_file(config).display().to_string(),
        })
    })
}

fn assemble(loaded: &Loaded, db: Db, hands: Hands, public_url: &str) -> Result<Daemun, StartError> {
    let config = &loaded.config;
    let master = match &config.keys.master {
        Some(text) => MasterKey::from_text(text)?,
        None => MasterKey::load_or_create(&master_file(config), &*hands.random)?,
    };
    let delivery = delivery::of(loaded, &hands)?;
    let files = files::of(config)?;
    let hashing = hands.hashing.unwrap_or_else(|| hashing(config, Arc::clone(&hands.random)));
    let hasher = PasswordHasher::start(hashing)?;
    Ok(Daemun::new(Parts {
        db,
        clock: hands.clock,
        random: hands.random,
        hasher,
        master,
        delivery,
        files,
        settings: settings(config, public_url),
    }))
}

fn hashing(config: &Config, random: Arc<dyn Random>) -> HasherOptions {
    let configured = &config.passwords;
    let default = HasherOptions::default();
    let threads = if configured.threads == 0 { default.threads } else { configured.threads };
    HasherOptions {
        threads,
        queue: if configured.queue == 0 { threads * 64 } else { configured.queue },
        memory_kib: configured.memory_kib,
        iterations: configured.iterations,
        parallelism: configured.parallelism,
        random,
    }
}

/// Seconds of a day.
const DAY: i64 = 24 * HOUR;
/// Seconds of an hour.
const HOUR: i64 = 60 * 60;

fn settings(config: &Config, public_url: &str) -> Settings {
    Settings {
        reset_link_lifetime: config.links.reset_seconds,
        verify_link_lifetime: config.links.verify_seconds,
        code_lifetime: config.codes.lifetime_seconds,
        code_tries: config.codes.tries,
        sign_up_proof_lifetime: config.codes.sign_up_proof_seconds,
        reset_proof_lifetime: config.codes.reset_proof_seconds,
        rotation_grace: config.sessions.rotation_grace_seconds,
        key_publication: config.keys.publish_seconds,
        upload_lifetime: config.files.sign_seconds,
        upload_link_lifetime: config.files.link_seconds,
        keep_unclaimed: i64::from(config.retention.unclaimed_upload_hours) * HOUR,
        verified_tokens: config.sessions.verified_tokens,
        keep_audit: i64::from(config.retention.audit_days) * DAY,
        keep_outbox: i64::from(config.retention.outbox_days) * DAY,
        keep_spent: i64::from(config.retention.spent_days) * DAY,
        limits: config.limits.limits(),
        console: config.console.settings(public_url),
    }
}
