//! The limits that are asked over HTTP, on one port of this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use daemun_contract::{Door, DoorOptions};
use daemun_model::{App, Failure};
use daemun_operations::Daemun;
use daemun_operations::account::Shown;
use daemun_operations::account::show::{self, Input};
use daemun_operations::session::authenticate;
use daemun_web::Edge;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::by_hand::{self, ByHand};
use crate::fault::Outcome;
use crate::scene::{Scene, call};

/// The server of the limits. Dropping it ends it.
pub struct Limits {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// What the handlers that use Daemun's parts share.
struct Parts {
    daemun: Daemun,
    app: Arc<App>,
    door: Door,
}

/// What the edge of the server gives a request by default.
const PATIENCE: Duration = Duration::from_secs(28);

impl Limits {
    /// Serves the limits on the scene's database.
    ///
    /// # Errors
    /// When the port cannot be opened or the contract not be served.
    pub async fn start(scene: &Scene) -> Outcome<Self> {
        let by_hand = Arc::new(ByHand::new(&scene.database(), scene.app.id.0));
        let (daemun, app) = (scene.daemun.clone(), Arc::clone(&scene.app));
        let contract = Arc::clone(&scene.contract);
        let door = Door::new(daemun.clone(), Arc::clone(&app), contract, DoorOptions::default())?;
        let router = Router::new()
            .route("/by-hand", get(by_hand::whole))
            .route("/by-hand-needed", get(by_hand::needed))
            .with_state(by_hand)
            .route("/bare", get(async || "ok"))
            .merge(
                Router::new()
                    .route("/operation", get(operation))
                    .route("/accounts/profile", get(engine))
                    .with_state(Arc::new(Parts { daemun, app, door })),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            // It ends with this process.
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, task })
    }

    /// The URL of one of them.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Limits {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The operation, called by a handler that was written for it.
async fn operation(State(parts): State<Arc<Parts>>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    profile(&parts, token).await.map(Json).map_err(|failure| {
        StatusCode::from_u16(failure.code().default_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

async fn profile(parts: &Parts, token: &str) -> Result<Value, Failure> {
    let mut call = call(Arc::clone(&parts.app));
    call.caller = Some(authenticate(&parts.daemun, &parts.app, token).await?);
    match show::show(parts.daemun.clone(), call, Input::default()).await?.account {
        Shown::Whole(account) => {
            Ok(json!({ "id": account.id, "email": account.email, "name": account.name }))
        }
        Shown::Card(card) => Ok(json!({ "id": card.id })),
    }
}

/// The operation, called by the contract engine.
async fn engine(State(parts): State<Arc<Parts>>, mut request: Request) -> Response {
    let client = call(Arc::clone(&parts.app)).client;
    let patience = Instant::now() + PATIENCE;
    request.extensions_mut().insert(Edge { client, request_id: "bench-request".to_owned(), patience });
    parts.door.serve(request, "/accounts/profile").await.into_response()
}
