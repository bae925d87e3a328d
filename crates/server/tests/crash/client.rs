//! A client of one or several nodes.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use reqwest::header::RETRY_AFTER;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::chance::Chance;

/// Longer than any request may take: an answer that comes after this is no answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The addresses of the nodes that run now. Clones share it.
#[derive(Clone, Default)]
pub struct Nodes(Arc<RwLock<Vec<String>>>);

impl Nodes {
    /// These nodes from now on.
    pub fn set(&self, urls: Vec<String>) {
        *self.0.write().unwrap() = urls;
    }

    /// One of them.
    pub fn any(&self, chance: &mut Chance) -> String {
        let urls = self.0.read().unwrap();
        urls[chance.index(urls.len())].clone()
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<String>,
    pub took: Duration,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An answer.
    Reply(Reply),
    /// Nothing: the server took the request, or a part of it, and did not answer.
    Silence(String),
    /// Nobody took the request.
    Refused,
}

/// A client that shows answers as they are.
pub fn client() -> reqwest::Client {
    daemun_server::install_tls();
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// Sends a request and hears what comes of it.
pub async fn hear(request: RequestBuilder) -> Heard {
    let began = Instant::now();
    let answered = async {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or(Value::Null);
        let retry_after = headers.get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        Ok::<_, reqwest::Error>(Reply { status, body, retry_after, took: began.elapsed() })
    };
    match answered.await {
        Ok(reply) => Heard::Reply(reply),
        Err(error) if error.is_connect() => Heard::Refused,
        Err(error) => Heard::Silence(format!("{error:?} after {:?}", began.elapsed())),
    }
}

/// The status of a GET, 0 where there is no answer.
pub async fn status(client: &reqwest::Client, url: &str) -> u16 {
    match hear(client.request(Method::GET, url)).await {
        Heard::Reply(reply) => reply.status,
        Heard::Silence(_) | Heard::Refused => 0,
    }
}
