//! `daemun serve`

use daemun_operations::Client;
use daemun_operations::administrator::{self, links};
use tokio::signal::unix::{SignalKind, signal};

use super::Located;
use super::output::{Failed, line, refused};
use crate::core::{Hands, StartError};
#[cfg(target_os = "linux")]
use crate::footprint;
use crate::logging;
use crate::run::{self, Running};
use crate::traces::Sender;

pub(super) async fn run(place: &Located, listen: Option<String>) -> Result<(), Failed> {
    let loaded = place.load(listen)?;
    let traces = Sender::start(&loaded.config.traces).map_err(StartError::Log)?;
    let _log = logging::start(&loaded.config.log, traces.as_ref()).map_err(StartError::Log)?;
    logging::catch_panics();
    // Signals are caught from here on: one that comes while the server starts stops it as soon as it has.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = run::start(loaded, Hands::real()).await?;
    announce(&running).await?;
    #[cfg(target_os = "linux")]
    footprint::let_go();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        () = running.stop() => tracing::info!("stopped"),
        // Somebody who presses Ctrl-C again has waited long enough. What was acknowledged is in the database.
        _ = interrupt.recv() => tracing::warn!("stopped before every request was answered"),
    }
    if let Some(traces) = traces {
        tokio::task::spawn_blocking(move || traces.stop()).await.ok();
    }
    Ok(())
}

/// Where the console is and, while nobody administers the server, the link with which somebody begins. The link is for
/// who sits here: it is printed, and never logged.
async fn welcome(running: &Running) -> Result<(), Failed> {
    let daemun = running.daemun();
    line(&format!("console on {}/", daemun.settings.console.url))?;
    let client = Client { address: running.address().ip(), user_agent: None };
    let request_id = daemun.random.uuid_v4().simple().to_string();
    let call = administrator::call(daemun, client, request_id);
    let made = links::set_up_link(daemun, &call).await.map_err(|failure| refused(&failure))?;
    match made {
        Some(made) => line(&format!("set up     {}", made.url)),
        None => Ok(()),
    }
}

/// One line for each mount. The last one says that the server listens: who reads along may stop there.
async fn announce(running: &Running) -> Result<(), Failed> {
    let widest = running.apps().iter().map(|app| app.name.len()).max().unwrap_or(0);
    for app in running.apps() {
        line(&format!("{:widest$}  {}", app.name, app.public_url))?;
    }
    if let Some(address) = running.metrics_address() {
        line(&format!("metrics on http://{address}/metrics"))?;
    }
    welcome(running).await?;
    line(&format!("listening on http://{}", running.address()))
}
