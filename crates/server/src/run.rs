//! A server from start to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use daemun_contract::Door;
use daemun_model::App;
use daemun_operations::Daemun;
use daemun_web::headers::Transport;
use daemun_web::{Front, FrontOptions, TrustedProxies};
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::apps::{self, Plan};
use crate::config::{Config, EmailKind, Loaded, SmsKind};
use crate::core::{self, Hands, Migrations, StartError};
use crate::health::Health;
use crate::introspect::Introspect;
use crate::jobs;
use crate::listen::{self, Limits};
use crate::media::Pictures;
use crate::metrics::{self, Metrics, Watch};
use crate::site::{Served, Site};
use crate::{demo, files};

/// A server that answers.
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    daemun: Daemun,
    apps: Vec<Arc<App>>,
    stopping: CancellationToken,
    listener: JoinHandle<()>,
    jobs: Vec<JoinHandle<()>>,
}

impl Running {
    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the listener for operators, where there is one.
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// The core.
    pub const fn daemun(&self) -> &Daemun {
        &self.daemun
    }

    /// The apps it serves.
    pub fn apps(&self) -> &[Arc<App>] {
        &self.apps
    }

    /// Stops: takes no new connections, lets requests in flight finish, then the jobs, then the database.
    pub async fn stop(self) {
        self.stopping.cancel();
        for task in std::iter::once(self.listener).chain(self.jobs) {
            // A task that panicked has been logged and has nothing left to finish.
            task.await.ok();
        }
        self.daemun.db.close().await;
    }
}

/// Starts a server. Everything that can be wrong is found before the port is open.
///
/// # Errors
/// What is wrong.
pub async fn start(loaded: Loaded, hands: Hands) -> Result<Running, StartError> {
    let configured = loaded.config.server.listen;
    let taken = |source| StartError::Listen { address: configured, source };
    // The address is taken first, as links are built from it; it is listened on last.
    let (socket, address) = listen::bind(configured).map_err(taken)?;
    let watch = loaded.config.metrics.listen.map(bind).transpose()?;
    let counted = metrics::start().map_err(StartError::Log)?;
    let (random, now) = (Arc::clone(&hands.random), hands.clock.now());
    let opened = core::open(&loaded, Some(address), hands, Migrations::Applied).await?;
    let daemun = opened.daemun;
    warn(&loaded.config, &opened.plans);
    files::try_out(&daemun.files, now, &*random).await?;

    let stopping = CancellationToken::new();
    let mut apps = Vec::new();
    let mut served = Vec::new();
    let admin = apps::admin()?;
    for plan in opened.plans {
        let app = Arc::new(plan.app);
        core::ensure_keys(&daemun, &app, &loaded.config).await?;
        let pictures = plan.demo.as_ref().map(Pictures::beside).unwrap_or_default();
        if let Some(rows) = &plan.demo {
            demo::fill(&daemun, &app, rows).await?;
        }
        let door = Door::new(daemun.clone(), Arc::clone(&app), plan.contract, plan.door)
            .map_err(|error| StartError::Apps(vec![format!("app {:?}: {error}", app.name)]))?;
        let admin = Door::new(daemun.clone(), Arc::clone(&app), Arc::clone(&admin), apps::admin_options())
            .map_err(|error| StartError::Apps(vec![format!("app {:?}: {error}", app.name)]))?;
        let introspect = plan.introspection_secret.as_ref().map(Introspect::new);
        served.push(Served { door, admin, hosts: plan.hosts, color: plan.color, introspect, pictures });
        apps.push(app);
    }
    let front = Front::new(front(&loaded.config), random);
    let health = Health::new(daemun.db.clone(), stopping.clone());
    let numbers = Metrics::new(counted, daemun.clone());
    let shown = shows_metrics(&loaded.config).then(|| numbers.clone());
    let site = Arc::new(Site::new(front, health.clone(), daemun.clone(), shown, served));

    let listener = listen::open(socket).map_err(taken)?;
    let listener = tokio::spawn(listen::serve(listener, site, limits(&loaded.config), stopping.clone()));
    let mut jobs = jobs::start(&daemun, &apps, &stopping);
    jobs.push(tokio::spawn(numbers.clone().sum_up(stopping.clone())));
    let mut metrics_address = None;
    if let Some((socket, address)) = watch {
        let taken = |source| StartError::Listen { address, source };
        let watch = Arc::new(Watch::new(numbers, health));
        let limits = Limits { connections: 64, drain: Duration::from_secs(2), ..limits(&loaded.config) };
        let listener = listen::open(socket).map_err(taken)?;
        jobs.push(tokio::spawn(listen::serve(listener, watch, limits, stopping.clone())));
        metrics_address = Some(address);
    }
    Ok(Running { address, metrics_address, daemun, apps, stopping, listener, jobs })
}

fn bind(address: SocketAddr) -> Result<(TcpSocket, SocketAddr), StartError> {
    listen::bind(address).map_err(|source| StartError::Listen { address, source })
}

/// Whether the numbers are shown where members are served: on one's own machine, with no proxy in front that would
/// show them to the world.
fn shows_metrics(config: &Config) -> bool {
    let server = &config.server;
    let own =
        server.listen.ip().is_loopback() && server.trusted_proxies.is_empty() && server.public_url.is_none();
    own && config.metrics.listen.is_none()
}

/// What an operator should know and need not act on.
fn warn(config: &Config, plans: &[Plan]) {
    if config.delivery.email.kind == EmailKind::None && config.delivery.sms.kind == SmsKind::None {
        tracing::warn!(
            "no [delivery] is configured: messages wait in the outbox, `daemun outbox list` shows them"
        );
    }
    if plans.is_empty() {
        tracing::warn!("{}", apps::NONE);
    }
    for plan in plans {
        for warning in &plan.warnings {
            tracing::warn!(app = plan.app.name, "{}", warning.replace('\n', ";"));
        }
    }
}

fn front(config: &Config) -> FrontOptions {
    let server = &config.server;
    let urls = server.public_url.iter().chain(config.app.iter().filter_map(|app| app.public_url.as_ref()));
    let secure = urls.into_iter().any(|url| url.starts_with("https://"));
    FrontOptions {
        // The configuration was checked: what does not parse cannot be here.
        proxies: TrustedProxies::parse(&server.trusted_proxies).unwrap_or_default(),
        transport: if secure { Transport::Tls } else { Transport::Plain },
        timeout: Duration::from_secs(server.request_seconds),
    }
}

fn limits(config: &Config) -> Limits {
    let server = &config.server;
    Limits {
        header_read: Duration::from_secs(server.header_read_seconds),
        header_bytes: server.header_bytes,
        rest: Duration::from_secs(server.idle_seconds),
        unread: Duration::from_secs(server.request_seconds),
        connections: server.connections,
        drain: Duration::from_secs(server.drain_seconds),
    }
}
