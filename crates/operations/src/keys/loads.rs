//! Loading keys for tokens that name one which is not here: anyone can write a `kid` into a token, so it must cost little.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use daemun_model::{App, AppId, Failure};
use tokio::time::Instant;

use super::load;
use crate::daemun::Daemun;

/// The least time between the beginnings of two loads of an app's keys.
const PAUSE: Duration = Duration::from_millis(200);

/// The last load of each app's keys.
#[derive(Debug, Default)]
pub(crate) struct Loads(Mutex<HashMap<AppId, Arc<tokio::sync::Mutex<Option<Load>>>>>);

#[derive(Clone, Copy, Debug)]
struct Load {
    began: Instant,
    done: bool,
}

impl Loads {
    fn of(&self, app: AppId) -> Arc<tokio::sync::Mutex<Option<Load>>> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(app).or_default())
    }
}

/// Loads the app's keys as they are now. One load serves all who asked before it began; who asks later waits for the
/// next.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn load_now(daemun: &Daemun, app: &App) -> Result<(), Failure> {
    let asked = Instant::now();
    let turn = daemun.key_loads.of(app.id);
    let mut last = turn.lock().await;
    match *last {
        Some(load) if load.began >= asked && load.done => return Ok(()),
        Some(load) if load.began >= asked => return Err(Failure::Unavailable { retry_after: 1 }),
        Some(load) => tokio::time::sleep_until(load.began + PAUSE).await,
        None => {}
    }
    let began = Instant::now();
    let loaded = load(daemun, app).await;
    *last = Some(Load { began, done: loaded.is_ok() });
    loaded.map(|_| ())
}
