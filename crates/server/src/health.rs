//! Whether the server is alive, and whether it should be sent requests.

use std::time::Duration;

use axum::response::Response;
use daemun_store::Db;
use daemun_web::{answer, headers};
use http::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// What the answers are read from.
#[derive(Clone)]
pub struct Health {
    db: Db,
    stopping: CancellationToken,
}

/// A probe must not wait for a database that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

impl Health {
    /// The health of a server that keeps its accounts in `db` and stops with `stopping`.
    pub const fn new(db: Db, stopping: CancellationToken) -> Self {
        Self { db, stopping }
    }

    /// `GET /healthz`: the process answers.
    pub fn alive() -> Response {
        respond(StatusCode::OK, &json!({ "status": "alive" }))
    }

    /// `GET /readyz`: the database is reachable and its migrations are done; 503 with the reason otherwise.
    pub async fn readiness(&self) -> Response {
        let reason = if self.stopping.is_cancelled() {
            Some("stopping")
        } else {
            match tokio::time::timeout(PATIENCE, self.db.pending_migrations()).await {
                Ok(Ok(pending)) if pending.is_empty() => None,
                Ok(Ok(_)) => Some("migrations_pending"),
                Ok(Err(_)) | Err(_) => Some("database_unreachable"),
            }
        };
        match reason {
            None => respond(StatusCode::OK, &json!({ "status": "ready" })),
            Some(reason) => respond(
                StatusCode::SERVICE_UNAVAILABLE,
                &json!({ "status": "unavailable", "reason": reason }),
            ),
        }
    }
}

fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = answer::json(status, body);
    headers::no_store(response.headers_mut());
    response
}
