//! A server of one contract on a temporary folder, to play its examples against.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use daemun_contract::ast::{Callers, Contract};
use daemun_contract::examples::{Advance, Caught, Examples, Messages, Operate, Report, Target, play};
use daemun_crypto::HasherOptions;
use daemun_model::{
    App, Clock, Code, Failure, FrozenClock, Permission, SystemClock, SystemRandom, Timestamp,
};
use daemun_operations::api_key::create;
use daemun_operations::{Call, Client, Daemun, Operation, Operator, outbox};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::config::{self, AppSection};
use crate::core::{DevOutbox, Hands, StartError};
use crate::run::{self, Running};
use crate::site::ADMIN;

/// The app whose operators call, where the examples are those of the API for them.
const MEMBERS: &str = include_str!("trial_members.yaml");

/// Starts a server, plays the examples, stops it. `file` is the contract's path or built-in name. The examples of a
/// contract for API keys are played against the API for operators.
///
/// # Errors
/// When the server does not start.
pub async fn of(file: &str, contract: &Contract, examples: &Examples) -> Result<Report, StartError> {
    let folder =
        tempfile::tempdir().map_err(|source| StartError::Data { path: std::env::temp_dir(), source })?;
    let mut loaded = config::defaults()?;
    loaded.config.server.listen.set_port(0);
    loaded.config.server.request_seconds = 120;
    folder.path().clone_into(&mut loaded.config.server.data);
    let app = section(file, contract, folder.path())?;
    loaded.config.app = vec![app];
    let clock = Arc::new(TrialClock::at(SystemClock.now()));
    let hands = Hands {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        random: Arc::new(SystemRandom),
        hashing: Some(HasherOptions::for_tests()),
        dev_outbox: DevOutbox::Silent,
    };
    let running = run::start(loaded, hands).await?;
    let outbox = Outbox(running.daemun().clone());
    let operator = running.apps().first().map(|app| TrialOperator::of(running.daemun(), app));
    let mut target = Target {
        base_url: base_url(&running),
        messages: Some(&outbox),
        clock: Some(&*clock),
        operator: operator.as_ref().map(|operator| operator as &dyn Operate),
        api_key: None,
    };
    if contract.callers == Callers::ApiKeys {
        target.base_url.push_str(ADMIN);
        target.api_key = Some(api_key(&running).await.map_err(StartError::Broken)?);
    }
    let report = play(examples, &target).await;
    running.stop().await;
    Ok(report)
}

fn section(file: &str, contract: &Contract, folder: &Path) -> Result<AppSection, StartError> {
    if contract.callers == Callers::Members {
        let name = contract.name.clone();
        return Ok(AppSection {
            contract: Some(file.to_owned()),
            demo_rows: true,
            ..AppSection::named(name)
        });
    }
    let path = folder.join("members.yaml");
    std::fs::write(&path, MEMBERS).map_err(|source| StartError::Data { path: path.clone(), source })?;
    let contract = Some(path.display().to_string());
    Ok(AppSection { contract, ..AppSection::named("members".to_owned()) })
}

/// A key of the server with every permission there is.
async fn api_key(running: &Running) -> Result<String, Failure> {
    let Some(app) = running.apps().first() else { return Err(Code::NotFound.into()) };
    let client = Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(Arc::clone(app), client, "trial") };
    let input = create::Input {
        name: Some("trial".to_owned()),
        permissions: Some(Permission::ALL.map(|permission| permission.as_str().to_owned()).to_vec()),
        expires_in_days: None,
        of: Some("server".to_owned()),
    };
    Ok(create::create(running.daemun().clone(), call, input).await?.secret)
}

/// Time stands still but for what a trial says, so that nothing depends on the machine's speed. Only each look at
/// the clock takes a microsecond: of two things that are done one after the other, one is the later.
#[derive(Debug)]
pub struct TrialClock {
    base: FrozenClock,
    looks: AtomicI64,
}

impl TrialClock {
    /// A clock that shows `at`.
    pub fn at(at: Timestamp) -> Self {
        Self { base: FrozenClock::at(at), looks: AtomicI64::new(0) }
    }

    /// Moves the clock by `seconds`, backwards when negative.
    pub fn advance(&self, seconds: i64) {
        self.base.advance(seconds);
    }
}

impl Clock for TrialClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.base.now().0 + self.looks.fetch_add(1, Ordering::Relaxed))
    }
}

impl Advance for TrialClock {
    fn advance(&self, seconds: i64) {
        Self::advance(self, seconds);
    }
}

fn base_url(running: &Running) -> String {
    running.apps().first().map_or_else(String::new, |app| app.public_url.clone())
}

/// The operator of an app that examples are played against.
#[derive(Clone, Debug)]
pub struct TrialOperator {
    daemun: Daemun,
    app: Arc<App>,
}

impl TrialOperator {
    /// The operator of this app.
    pub fn of(daemun: &Daemun, app: &Arc<App>) -> Self {
        Self { daemun: daemun.clone(), app: Arc::clone(app) }
    }
}

impl Operate for TrialOperator {
    fn operate(
        &self,
        does: &'static Operation,
        input: Map<String, Value>,
    ) -> BoxFuture<'_, Result<(), String>> {
        let client = Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: None };
        let mut call = Call::new(Arc::clone(&self.app), client, "trial");
        call.operator = Some(Operator::cli());
        let done = does.run(self.daemun.clone(), call, input);
        async move { done.await.map(|_| ()).map_err(|failure| failure.to_string()) }.boxed()
    }
}

/// More messages than any examples send.
const MESSAGES: u32 = 10_000;

/// The messages of the trial's own outbox.
struct Outbox(Daemun);

impl Messages for Outbox {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Caught>, String>> {
        async move {
            let entries =
                outbox::list(&self.0, None, MESSAGES).await.map_err(|failure| failure.to_string())?;
            Ok(entries
                .into_iter()
                .map(|entry| Caught {
                    to: entry.to,
                    subject: entry.subject,
                    text: entry.text.unwrap_or_default(),
                    code: entry.code,
                    link: entry.link,
                })
                .collect())
        }
        .boxed()
    }
}
