//! One request to a provider and its answer, bounded in time and size.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use chrono::DateTime;
use daemun_model::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use url::{Host, Url};

use crate::DeliveryError;
use crate::delivery::SendFault;

/// Bytes of an answer that are read. Providers answer with a few lines.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How long a provider is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Seconds to connect.
    pub connect_seconds: u64,
    /// Seconds for the whole exchange, connecting included.
    pub total_seconds: u64,
}

/// What a provider answered.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) retry_after: Option<u32>,
    pub(super) body: Vec<u8>,
}

impl Answered {
    /// Whether the provider may take the same message later.
    pub(super) const fn is_for_now(&self) -> bool {
        self.status == 429 || self.status >= 500
    }

    /// The body, where it is JSON.
    pub(super) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// A client that goes nowhere but where it is sent: it follows no redirect and asks no proxy.
pub(super) fn client(timeouts: Timeouts) -> Result<Client, DeliveryError> {
    Client::builder()
        .connect_timeout(Duration::from_secs(timeouts.connect_seconds.max(1)))
        .timeout(Duration::from_secs(timeouts.total_seconds.max(1)))
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("daemun/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| DeliveryError::Sms(format!("TLS cannot be used: {}", root(&error))))
}

/// Checks where secrets and codes are sent: over TLS, or to this machine.
pub(super) fn check_url(setting: &str, text: &str) -> Result<Url, DeliveryError> {
    let fault = |why: &str| DeliveryError::Sms(format!("`{setting}` {why}"));
    let url = Url::parse(text).map_err(|_| fault("is no URL such as https://sms.example.com"))?;
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err(fault("names no host")),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        "http" => Err(fault("must begin with https://: codes and credentials go there")),
        _ => Err(fault("is no URL such as https://sms.example.com")),
    }
}

/// Sends a request and reads its answer. No fault holds the URL, a header or a body.
pub(super) async fn exchange(request: RequestBuilder, now: Timestamp) -> Result<Answered, SendFault> {
    let mut response = request.send().await.map_err(|error| unanswered(&error))?;
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers(), now);
    let mut body = Vec::new();
    while body.len() < LONGEST_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // The status was read: it decides, whatever became of the rest.
            Err(_) => break,
        }
    }
    Ok(Answered { status, retry_after, body })
}

fn unanswered(error: &reqwest::Error) -> SendFault {
    if error.is_timeout() {
        return SendFault::transient("the SMS provider did not answer in time");
    }
    if error.is_connect() {
        return SendFault::transient(format!("the SMS provider cannot be reached: {}", root(error)));
    }
    SendFault::transient("the connection to the SMS provider broke")
}

/// The last cause: the network's and TLS's own words, which know nothing of the message.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// `Retry-After` in seconds: a number of them, or a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    u32::try_from((date.timestamp() - now.seconds()).max(0)).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_server_says_how_long_it_wants_to_be_left_alone() {
        let now = Timestamp::from_seconds(1_800_000_000);
        for (text, seconds) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Fri, 15 Jan 2027 08:01:00 GMT", Some(60)),
            ("Fri, 15 Jan 2027 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("99999999999", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            assert_eq!(retry_after(&headers, now), seconds, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn secrets_go_over_tls_or_nowhere() {
        for url in
            ["https://api.example.com", "http://127.0.0.1:4010/x", "http://localhost", "http://[::1]:1"]
        {
            assert!(check_url("url", url).is_ok(), "{url}");
        }
        for url in ["http://api.example.com", "http://10.0.0.1", "ftp://x", "api.example.com", "", "data:,x"]
        {
            assert!(check_url("url", url).is_err(), "{url}");
        }
    }
}
