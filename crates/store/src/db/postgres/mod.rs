//! PostgreSQL: pooled connections with cached statements, transactions that are run again when they lose.

mod fault;
mod hosts;
mod patience;
mod query;
mod tls;
mod tx;

use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemun_model::Failure;
use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use futures_util::FutureExt;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls, Row};

pub use fault::classify;
pub use query::{all, first};
pub use tx::{Isolation, PostgresTx};

use super::error::{DbError, chain};
use super::options::DbOptions;
use super::statement::Statement;
use super::timing::Timing;
use super::{Tx, TxKind, WriteCounts, outage, panic_text};
use fault::no_connection;
use hosts::Hosts;
use patience::Patience;
use tx::Trouble;

/// How often a transaction that lost against others is run before the caller is told to come back later.
const ATTEMPTS: u32 = 16;
/// The first pause between two attempts; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// One PostgreSQL database.
pub struct Postgres {
    pool: Pool,
    patience: Patience,
    commits: AtomicU64,
    /// How long things take.
    pub(in crate::db) timing: Timing,
}

/// How one run of a transaction ended.
enum Attempt<T> {
    /// With an answer.
    Done(Result<T, Failure>),
    /// It lost against another transaction; nothing was kept.
    Conflict(DbError),
}

impl Postgres {
    /// Prepares the pool. Connections are made when they are needed.
    pub fn open(url: &str, options: &DbOptions) -> Result<Self, DbError> {
        let (url, roots) = tls::split(url)?;
        let config = configuration(&url, options)?;
        let timeout = options.statement_timeout.as_millis();
        // A node that hangs in the middle of a transaction must not hold its locks for ever. What a transaction is stands
        // here and not in each BEGIN: a statement that is one by itself needs none.
        let settings = format!(
            "SET statement_timeout = {timeout}; SET idle_in_transaction_session_timeout = {timeout}; \
             SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off"
        );
        let set_up = Hook::async_fn(move |client: &mut ClientWrapper, _| {
            let settings = settings.clone();
            Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager(config, roots)?)
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.wait))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .post_create(set_up)
            .runtime(Runtime::Tokio1)
            .build();
        let pool = pool.map_err(|error| DbError::Url(chain(&error)))?;
        let patience = Patience::beyond(options.statement_timeout);
        Ok(Self { pool, patience, commits: AtomicU64::new(0), timing: Timing::new() })
    }

    /// Reads outside a transaction. When the connection turns out to be dead, the read is repeated once on another.
    pub async fn query(&self, statement: &Statement) -> Result<Vec<Row>, DbError> {
        if !query::only_reads(statement.text) {
            let cause = "it writes, outside a transaction".to_owned();
            return Err(DbError::Statement { text: statement.text, cause });
        }
        match self.query_once(statement).await {
            Err(DbError::Lost(_) | DbError::Conflict(_)) => self.query_once(statement).await,
            result => result,
        }
    }

    async fn query_once(&self, statement: &Statement) -> Result<Vec<Row>, DbError> {
        let client = self.connection().await?;
        let result = self.patience.wait(query::rows(&client, statement)).await;
        match result {
            Ok(_) => outage::worked(),
            // Whoever took it next would wait behind the answer that does not come.
            Err(DbError::Lost(_) | DbError::Silent) => drop(Object::take(client)),
            Err(_) => {}
        }
        self.noting_loss(result)
    }

    /// Runs the closure in a transaction, again when it loses against others.
    pub async fn write<T, F>(&self, isolation: Isolation, f: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
    {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.attempt(isolation, &f).await {
                Attempt::Done(result) => return result,
                Attempt::Conflict(_) => tokio::time::sleep(jittered(pause)).await,
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        match self.attempt(isolation, &f).await {
            Attempt::Done(result) => result,
            Attempt::Conflict(error) => Err(DbError::Unavailable(error.to_string()).into()),
        }
    }

    /// Runs a statement that gives rows, as a transaction of its own in one round trip. What becomes of it when the
    /// connection is lost is not known, and it is not run again.
    ///
    /// # Errors
    /// [`DbError::Conflict`] when it lost against another transaction: nothing was kept.
    pub async fn query_alone(&self, statement: &Statement) -> Result<Vec<Row>, DbError> {
        let result = self.query_once(statement).await;
        if result.is_ok() {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    async fn attempt<T, F>(&self, isolation: Isolation, f: &F) -> Attempt<T>
    where
        F: AsyncFn(&mut Tx) -> Result<T, Failure>,
    {
        let mut tx = match self.begin(isolation).await {
            Ok(tx) => Tx(TxKind::Postgres(tx)),
            Err(error) => return Attempt::Done(Err(error.into())),
        };
        let result = AssertUnwindSafe(f(&mut tx)).catch_unwind().await;
        let TxKind::Postgres(tx) = tx.0 else { unreachable!("this transaction was made with PostgreSQL's") };
        match (result, tx.trouble()) {
            (Err(panic), _) => {
                tx.roll_back().await;
                Attempt::Done(Err(DbError::Panicked(panic_text(panic.as_ref())).into()))
            }
            (Ok(_), Trouble::Conflict) => {
                tx.roll_back().await;
                Attempt::Conflict(DbError::Conflict(
                    "a statement lost against another transaction".to_owned(),
                ))
            }
            (Ok(Ok(_)), Trouble::Failed) => {
                tx.roll_back().await;
                Attempt::Done(Err(DbError::FailureIgnored.into()))
            }
            (Ok(Err(failure)), _) => {
                tx.roll_back().await;
                Attempt::Done(Err(failure))
            }
            (Ok(Ok(value)), Trouble::None) => match tx.commit().await {
                Ok(()) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                    Attempt::Done(Ok(value))
                }
                Err(error) if error.is_conflict() => Attempt::Conflict(error),
                Err(error) => Attempt::Done(Err(error.into())),
            },
        }
    }

    /// Begins a transaction, on another connection when the first turns out to be dead: nothing was done yet.
    async fn begin(&self, isolation: Isolation) -> Result<PostgresTx, DbError> {
        match self.begin_once(isolation).await {
            Err(DbError::Lost(_)) => self.begin_once(isolation).await,
            result => result,
        }
    }

    async fn begin_once(&self, isolation: Isolation) -> Result<PostgresTx, DbError> {
        let begun = PostgresTx::begin(self.connection().await?, self.patience, isolation).await;
        self.noting_loss(begun)
    }

    /// Closes the connections that wait in the pool, where one was lost or silent: a server that was restarted ended them
    /// all, and one that says nothing says nothing on them either. Who took one would find out anew, one after the other.
    fn noting_loss<T>(&self, result: Result<T, DbError>) -> Result<T, DbError> {
        if matches!(result, Err(DbError::Lost(_) | DbError::Silent)) {
            self.pool.retain(|_, _| false);
        }
        result
    }

    async fn connection(&self) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| no_connection(&error))
    }

    /// A connection that does not go back to the pool.
    pub async fn detached(&self) -> Result<ClientWrapper, DbError> {
        Ok(Object::take(self.connection().await?))
    }

    /// What was kept so far: each closure in its own commit.
    pub fn counts(&self) -> WriteCounts {
        let commits = self.commits.load(Ordering::Relaxed);
        WriteCounts { writes: commits, commits }
    }

    /// Closes the pool; connections close as they come back.
    pub fn close(&self) {
        self.pool.close();
    }
}

fn manager(config: Config, roots: Option<PathBuf>) -> Result<Manager, DbError> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Ok(match config.get_ssl_mode() {
        SslMode::Require => Manager::from_connect(config, Hosts::new(tls::connector(roots)?), recycling),
        // "prefer" would encrypt without knowing with whom: what is not asked for is not pretended.
        _ => Manager::from_connect(config, Hosts::new(NoTls), recycling),
    })
}

fn configuration(url: &str, options: &DbOptions) -> Result<Config, DbError> {
    let mut config: Config =
        url.parse().map_err(|error: tokio_postgres::Error| DbError::Url(chain(&error)))?;
    if config.get_application_name().is_none() {
        config.application_name("daemun");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(options.connect_timeout);
    }
    // A server whose machine is gone says nothing: notice it soon.
    config.keepalives_idle(Duration::from_secs(30)).keepalives_interval(Duration::from_secs(10));
    config.keepalives_retries(3).tcp_user_timeout(options.statement_timeout);
    Ok(config)
}

/// Half to one and a half times the pause, so that those who met do not meet again. The randomness decides
/// nothing but this.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0) % 1024;
    pause.mul_f64(0.5 + random as f64 / 1024.0)
}
