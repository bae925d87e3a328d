//! Connecting where the URL names several servers, of which one takes writes: one that says nothing holds nobody up.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::Connect;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, Socket};

use crate::db::error::chain;

/// How long one server is waited for before the next is asked beside it. A machine that is gone answers nothing at all.
const HEAD_START: Duration = Duration::from_secs(1);

type Connected = (Client, JoinHandle<()>);

/// Connects to the first server that takes the connection, beginning with the one that did so last.
pub(super) struct Hosts<T> {
    tls: T,
    /// Which of the URL's servers took the last connection.
    last: Arc<AtomicUsize>,
}

impl<T> Hosts<T> {
    /// With this way to encrypt.
    pub(super) fn new(tls: T) -> Self {
        Self { tls, last: Arc::default() }
    }
}

impl<T> Connect for Hosts<T>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
    T::Stream: Sync + Send,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<Connected, Error>> + Send + '_>> {
        let (tls, last, config) = (self.tls.clone(), Arc::clone(&self.last), config.clone());
        Box::pin(async move { any(tls, &config, &last).await })
    }
}

/// The first connection of all servers. Each is asked once the one before it has failed, or was silent for a while.
async fn any<T>(tls: T, config: &Config, last: &AtomicUsize) -> Result<Connected, Error>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
    T::Stream: Sync + Send,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let servers = config.get_hosts().len();
    let first = last.load(Ordering::Relaxed);
    let mut others = (0..servers).map(|offset| (first + offset) % servers);
    let Some(index) = others.next().filter(|_| servers > 1) else { return one(tls, config.clone()).await };
    let asked = |index| {
        let (tls, config) = (tls.clone(), only(config, index));
        async move { (index, one(tls, config).await) }
    };
    let mut asking: FuturesUnordered<_> = [asked(index)].into_iter().collect();
    loop {
        match tokio::time::timeout(HEAD_START, asking.next()).await {
            Ok(Some((index, Ok(connected)))) => {
                last.store(index, Ordering::Relaxed);
                return Ok(connected);
            }
            Ok(Some((_, Err(error)))) if asking.is_empty() => match others.next() {
                Some(index) => asking.push(asked(index)),
                None => return Err(error),
            },
            Ok(_) | Err(_) => asking.extend(others.next().map(asked)),
        }
    }
}

/// The configuration for one of its servers alone.
fn only(config: &Config, index: usize) -> Config {
    let mut one = Config::new();
    match config.get_hosts().get(index) {
        Some(Host::Tcp(host)) => one.host(host),
        Some(Host::Unix(folder)) => one.host_path(folder),
        None => &mut one,
    };
    config.get_hostaddrs().get(index).map(|address| one.hostaddr(*address));
    let ports = config.get_ports();
    ports.get(index).or_else(|| ports.first()).map(|port| one.port(*port));
    config.get_user().map(|user| one.user(user));
    config.get_password().map(|password| one.password(password));
    config.get_dbname().map(|name| one.dbname(name));
    config.get_options().map(|options| one.options(options));
    config.get_application_name().map(|name| one.application_name(name));
    config.get_connect_timeout().map(|time| one.connect_timeout(*time));
    config.get_tcp_user_timeout().map(|time| one.tcp_user_timeout(*time));
    config.get_keepalives_interval().map(|time| one.keepalives_interval(time));
    config.get_keepalives_retries().map(|times| one.keepalives_retries(times));
    one.keepalives(config.get_keepalives()).keepalives_idle(config.get_keepalives_idle());
    one.ssl_mode(config.get_ssl_mode()).ssl_negotiation(config.get_ssl_negotiation());
    one.target_session_attrs(config.get_target_session_attrs()).channel_binding(config.get_channel_binding());
    one
}

async fn one<T>(tls: T, config: Config) -> Result<Connected, Error>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
    T::Stream: Sync + Send,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = config.connect(tls).await?;
    let kept = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::info!(cause = chain(&error), "a connection to the database ended");
        }
    });
    Ok((client, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_alone_keeps_everything_but_the_others() {
        let url = "postgres://u:secret@a:1,b:2/d?connect_timeout=3&target_session_attrs=read-write&sslmode=require\
                   &application_name=node&options=-cwork_mem%3D1MB&channel_binding=require&keepalives_idle=7\
                   &tcp_user_timeout=9";
        let config: Config = url.parse().unwrap();
        let alone: Config = url.replace("a:1,", "").parse().unwrap();
        assert_eq!(only(&config, 1), alone);
        let shared: Config = "postgres://u@a,b:5433/d".parse().unwrap();
        assert_eq!(only(&shared, 0), "postgres://u@a:5432/d".parse().unwrap());
        assert_eq!(only(&shared, 1), "postgres://u@b:5433/d".parse().unwrap());
    }
}
