//! Files in a bucket of an S3-compatible service.
//!
//! A client sends a file to `incoming/PATH`, by a URL that is signed for exactly this key and type. Nothing that lies
//! there is believed: whoever has the URL can send again as long as it lasts. To look at a file is to copy it to a key
//! that no client was ever told, and to look at the copy. Files that everybody may see are copied to `public/`, all
//! others to `private/`, so that a bucket policy or a content delivery network can open the one and not the other.

mod check;
mod exchange;
mod look;
mod read;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use daemun_model::upload::Visibility;
use daemun_model::{MediaType, Timestamp};
use jiff::Timestamp as Moment;
use reqwest::Client;
use reqwest::redirect::Policy;
use rusty_s3::signing::sign;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use url::{Host, Url};

/// The method that a URL is signed for.
pub use rusty_s3::Method;

use exchange::Ask;
pub use exchange::S3Fault;
pub use look::Look;
pub use read::Object;

use crate::Name;

/// Files that are looked at at the same time.
const LOOKS: usize = 32;
/// Seconds that a URL lasts by which Daemun itself asks.
const OWN: u64 = 60;
/// Seconds for which the URL of a public file stays the same, so that browsers find it in their cache.
const SAME: i64 = 1800;

/// How the host of a request names the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `https://BUCKET.s3.example.com/KEY`
    VirtualHost,
    /// `https://s3.example.com/BUCKET/KEY`
    Path,
}

/// Where the bucket is and who asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// The service, as [`check_url`] takes it.
    pub endpoint: String,
    /// Its region: part of every signature.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// How the host names it.
    pub style: Style,
    /// Who asks.
    pub access_key_id: String,
    /// And their secret.
    pub secret_access_key: SecretString,
    /// What every key begins with, as [`check_prefix`] takes it.
    pub prefix: String,
    /// Where everybody can read `public/` in the bucket: then clients are sent there.
    pub public_url: Option<String>,
    /// Seconds to connect.
    pub connect_seconds: u64,
    /// Seconds that the service may say nothing.
    pub timeout_seconds: u64,
}

/// A bucket of files. Clones are cheap and the same.
#[derive(Clone)]
pub struct S3(Arc<Inner>);

struct Inner {
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
    public_url: Option<Url>,
    client: Client,
    timeout: Duration,
    looks: Semaphore,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3").field(&self.address()).finish()
    }
}

/// Which file: its path, and who may see it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The path that clients name it by: letters, digits, `_`, `-`, single `/` and the dot of its ending.
    pub path: &'p str,
    /// Who may see it.
    pub visibility: Visibility,
}

/// A URL that works for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The URL.
    pub url: String,
    /// Seconds for which asking again gives nothing newer.
    pub same_for: i64,
}

impl S3 {
    /// A bucket. Nothing is asked of it yet.
    ///
    /// # Errors
    /// `Setting` for an option that cannot be.
    pub fn new(options: Options) -> Result<Self, S3Fault> {
        let setting = |name: &str, why: &str| S3Fault::Setting(format!("`{name}` {why}"));
        let endpoint = check_url(&options.endpoint).map_err(|why| setting("endpoint", why))?;
        check_prefix(&options.prefix).map_err(|why| setting("prefix", why))?;
        let public_url = options.public_url.as_deref().map(check_url).transpose();
        let style = match options.style {
            Style::VirtualHost => UrlStyle::VirtualHost,
            Style::Path => UrlStyle::Path,
        };
        let bucket = Bucket::new(endpoint, style, options.bucket, options.region);
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(options.connect_seconds))
            .read_timeout(Duration::from_secs(options.timeout_seconds))
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("daemun/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(Arc::new(Inner {
            bucket: bucket.map_err(|_| setting("bucket", "cannot be part of the endpoint's name"))?,
            credentials: Credentials::new(
                options.access_key_id,
                options.secret_access_key.expose_secret().to_owned(),
            ),
            prefix: options.prefix,
            public_url: public_url.map_err(|why| setting("public_url", why))?,
            client: client.map_err(|error| exchange::unanswered("to be asked", &error))?,
            timeout: Duration::from_secs(options.timeout_seconds),
            looks: Semaphore::new(LOOKS),
        })))
    }

    /// Where the bucket is, for an operator.
    pub fn address(&self) -> &str {
        self.0.bucket.base_url().as_str()
    }

    /// The URL to which a client sends the file of a path, with exactly this type and, where one is named, this size in
    /// bytes, until `seconds` have passed.
    pub fn permission(
        &self,
        now: Timestamp,
        path: &str,
        media: MediaType,
        size: Option<u64>,
        seconds: u32,
    ) -> String {
        let size = size.map(|size| size.to_string());
        let mut headers = Vec::new();
        headers.extend(size.as_deref().map(|size| ("content-length", size)));
        headers.push(("content-type", media.mime()));
        let key = self.incoming(path);
        let ask = Ask { headers: &headers, ..Ask::of("to take a file", Method::Put, &key) };
        self.sign(now, &ask, seconds.into()).into()
    }

    /// Sends a whole file for a path, as a client does that was permitted to. It is then to be looked at.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub async fn send(
        &self,
        now: Timestamp,
        path: &str,
        media: MediaType,
        content: Bytes,
    ) -> Result<(), S3Fault> {
        self.put(now, "to take a file", (path, media), content).await
    }

    async fn put(
        &self,
        now: Timestamp,
        act: &'static str,
        (path, media): (&str, MediaType),
        content: Bytes,
    ) -> Result<(), S3Fault> {
        let (key, headers) = (self.incoming(path), [("content-type", media.mime())]);
        let ask = Ask { headers: &headers, ..Ask::of(act, Method::Put, &key) };
        self.ask(now, ask, content).await?.done(act)
    }

    /// Where a client reads a public file that was looked at. `method` is GET or HEAD.
    pub fn link(&self, now: Timestamp, place: Place<'_>, name: &Name, method: Method) -> Link {
        let key = self.stored(place, name);
        if let Some(url) = &self.0.public_url {
            let base = url.as_str().trim_end_matches('/');
            return Link { url: format!("{base}/{key}"), same_for: SAME };
        }
        let since = now.seconds().rem_euclid(SAME);
        let signed_at = Timestamp::from_seconds(now.seconds() - since);
        // It lasts as long again as anybody may keep it.
        let lasts = u64::try_from(2 * SAME).unwrap_or_default();
        let url = self.sign(signed_at, &Ask::of("to give out a file", method, &key), lasts);
        Link { url: url.into(), same_for: SAME - since }
    }

    /// The URL of a request, signed (AWS Signature Version 4, as a query).
    fn sign(&self, now: Timestamp, ask: &Ask<'_>, seconds: u64) -> Url {
        let Inner { bucket, credentials, .. } = &*self.0;
        let url = ask.key.map_or_else(|| bucket.base_url().clone(), |key| bucket.object_url(key));
        let (key, secret) = (credentials.key(), credentials.secret());
        let moment = Moment::from_microsecond(now.0).unwrap_or(Moment::UNIX_EPOCH);
        let (query, headers) = (ask.query.iter().copied(), ask.headers.iter().copied());
        sign(&moment, ask.method, url, key, secret, None, bucket.region(), seconds, query, headers)
    }

    /// Where clients send the file of a path.
    fn incoming(&self, path: &str) -> String {
        format!("{}incoming/{path}", self.0.prefix)
    }

    /// What the keys of everything begin with that was looked at for a path.
    fn folder(&self, place: Place<'_>) -> String {
        let stem = place.path.rsplit_once('.').map_or(place.path, |(stem, _)| stem);
        format!("{}{}/{stem}/", self.0.prefix, place.visibility.as_str())
    }

    fn stored(&self, place: Place<'_>, name: &Name) -> String {
        let ending = place.path.rsplit_once('.').map_or("", |(_, ending)| ending);
        format!("{}{}.{ending}", self.folder(place), name.as_str())
    }
}

/// Checks where files and signatures are sent: over TLS, or to this machine.
///
/// # Errors
/// What is wrong, as the end of a sentence that begins with the setting.
pub fn check_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL such as https://s3.example.com")?;
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err("names no host"),
    };
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("may have no user, `?` or `#` in it");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        "http" => Err("must begin with https://: members' papers go there"),
        _ => Err("is no URL such as https://s3.example.com"),
    }
}

/// Checks what every key begins with: nothing, or folders of letters, digits, `_` and `-`, with a `/` at the end.
///
/// # Errors
/// What is wrong, as the end of a sentence that begins with the setting.
pub fn check_prefix(text: &str) -> Result<(), &'static str> {
    let plain = |folder: &str| {
        !folder.is_empty() && folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let folders = text.strip_suffix('/');
    if text.is_empty() || text.len() <= 200 && folders.is_some_and(|all| all.split('/').all(plain)) {
        return Ok(());
    }
    Err("is not of the form \"daemun/\": letters, digits, `_`, `-`, and `/` at the end")
}

#[cfg(test)]
mod tests;
