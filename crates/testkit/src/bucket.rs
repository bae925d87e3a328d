//! A real S3-compatible service in a test: SeaweedFS, of another project, which refuses what was tampered with, has ended,
//! or is of another type or size than was signed. It is `weed` on the PATH, or what `DAEMUN_TEST_WEED` names.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use reqwest::blocking::Client;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Credentials, S3Action, UrlStyle};
use tempfile::TempDir;

/// The shell that guards the service: when the test process is gone, however it went, its standard input closes, the
/// service is ended and its folder removed.
const GUARD: &str = r#"
trap '' HUP INT TERM
folder=$1
shift
"$@" >"$folder/log" 2>&1 </dev/null &
cat >/dev/null
kill -KILL $! 2>/dev/null
wait
cd / && rm -rf "$folder"
"#;
const KEY: &str = "DAEMUNTESTKEY";
const SECRET: &str = "daemun-test-secret";
const NAME: &str = "members";
const REGION: &str = "us-east-1";
/// Looks whether the service is ready, a quarter of a second apart.
const LOOKS: usize = 480;
/// A link for the tests' own requests.
const LASTS: Duration = Duration::from_secs(60);

/// A part of a bucket that nobody else uses.
#[derive(Debug)]
pub struct TestBucket {
    service: &'static Service,
    prefix: String,
}

#[derive(Debug)]
struct Service {
    endpoint: String,
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
    /// Its standard input keeps the service alive.
    _guard: Child,
}

impl TestBucket {
    /// A part of a bucket. `None` where SeaweedFS is not installed, which is said.
    ///
    /// # Panics
    /// When it is there and does not start, or is required by `DAEMUN_TEST_REQUIRE` and missing.
    pub async fn open() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let service = away(service).await?;
        let prefix = format!("test-{}/", COUNT.fetch_add(1, Ordering::Relaxed));
        Some(Self { service, prefix })
    }

    /// The lines of `[files]` for it.
    pub fn settings(&self) -> String {
        format!(
            "[files]\nkind = \"s3\"\nendpoint = {:?}\nregion = {REGION:?}\nbucket = {NAME:?}\npath_style = true\n\
             access_key_id = {KEY:?}\nsecret_access_key = {SECRET:?}\nprefix = {:?}\n",
            self.service.endpoint, self.prefix
        )
    }

    /// What every key begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The keys of everything in it, without what they begin with, sorted.
    ///
    /// # Panics
    /// When the service does not answer.
    pub async fn keys(&self) -> Vec<String> {
        let (service, prefix) = (self.service, self.prefix.clone());
        away(move || {
            let mut list = service.bucket.list_objects_v2(Some(&service.credentials));
            list.with_prefix(prefix.clone());
            let answer = must(client().get(list.sign(LASTS)).send().and_then(|answer| answer.text()));
            let listed = must(ListObjectsV2::parse_response(&answer));
            let mut keys: Vec<_> = listed.contents.into_iter().map(|object| object.key).collect();
            keys.sort();
            keys.iter().map(|key| key.strip_prefix(&prefix).unwrap_or(key).to_owned()).collect()
        })
        .await
    }

    /// Puts an object there behind the server's back.
    ///
    /// # Panics
    /// When the service does not take it.
    pub async fn put(&self, key: &str, content: &[u8]) {
        let (service, key, content) = (self.service, format!("{}{key}", self.prefix), content.to_vec());
        away(move || {
            let put = service.bucket.put_object(Some(&service.credentials), &key).sign(LASTS);
            must(
                client()
                    .put(put)
                    .body(content)
                    .send()
                    .and_then(reqwest::blocking::Response::error_for_status),
            );
        })
        .await;
    }
}

/// Runs something slow where it holds up nobody.
async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = tokio::sync::oneshot::channel();
    thread::spawn(move || tell.send(work()).ok());
    must(told.await)
}

fn must<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("SeaweedFS: {error}"))
}

fn client() -> Client {
    must(Client::builder().no_proxy().build())
}

fn service() -> Option<&'static Service> {
    static SERVICE: OnceLock<Option<Service>> = OnceLock::new();
    SERVICE.get_or_init(|| find().map(|weed| start(&weed))).as_ref()
}

#[expect(clippy::print_stderr, reason = "who runs the tests must see what was not tested")]
fn find() -> Option<PathBuf> {
    let named = std::env::var_os("DAEMUN_TEST_WEED").map(PathBuf::from);
    let weed = named.unwrap_or_else(|| PathBuf::from("weed"));
    let ran = Command::new(&weed).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if ran.is_ok_and(|status| status.success()) {
        return Some(weed);
    }
    let required =
        std::env::var_os("DAEMUN_TEST_REQUIRE").is_some_and(|list| list.to_string_lossy().contains("s3"));
    assert!(!required, "DAEMUN_TEST_REQUIRE names s3, but SeaweedFS (weed) is not installed");
    eprintln!("skipped: SeaweedFS is not installed (scripts/get-weed puts `weed` into a folder)");
    None
}

fn start(weed: &std::path::Path) -> Service {
    // The ports are free when they are looked for, and another program may be faster.
    for _ in 0..3 {
        if let Some(service) = try_start(weed) {
            return service;
        }
    }
    panic!("SeaweedFS does not start")
}

fn try_start(weed: &std::path::Path) -> Option<Service> {
    let folder = must(TempDir::with_prefix("daemun-weed-")).keep();
    let identities = format!(
        r#"{{"identities":[{{"name":"daemun","credentials":[{{"accessKey":"{KEY}","secretKey":"{SECRET}"}}],"actions":["Admin","Read","Write","List"]}}]}}"#
    );
    must(std::fs::write(folder.join("s3.json"), identities));
    let ports = free_ports();
    let endpoint = format!("http://127.0.0.1:{}", ports[0]);
    let names = ["s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port"];
    let more = ["volume.port.grpc", "filer.port", "filer.port.grpc"];
    let ports = names.iter().chain(&more).zip(ports).map(|(name, port)| format!("-{name}={port}"));
    let mut guard = Command::new("/bin/sh");
    guard.arg("-c").arg(GUARD).arg("guard").arg(&folder).arg(weed).arg("server").args(ports);
    guard.arg(format!("-dir={}", folder.display()));
    guard.arg(format!("-s3.config={}", folder.join("s3.json").display()));
    guard.arg(format!("-s3.localSocket={}", folder.join("s3.sock").display()));
    guard.arg(format!("-filer.localSocket={}", folder.join("filer.sock").display()));
    guard.args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-master.telemetry=false"]);
    guard.args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64"]);
    // A group of its own: an interrupt at the terminal ends the tests, and their end ends the service.
    guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let bucket = match rusty_s3::Bucket::new(must(endpoint.parse()), UrlStyle::Path, NAME, REGION) {
        Ok(bucket) => bucket,
        Err(error) => panic!("SeaweedFS: {error}"),
    };
    let guard = must(guard.spawn());
    let service = Service { endpoint, bucket, credentials: Credentials::new(KEY, SECRET), _guard: guard };
    service.await_ready().then_some(service)
}

impl Service {
    /// Waits until it makes a bucket and takes an object.
    fn await_ready(&self) -> bool {
        let (client, key) = (client(), Some(&self.credentials));
        let send = |request: reqwest::blocking::RequestBuilder| {
            request.send().is_ok_and(|answer| matches!(answer.status().as_u16(), 200..300 | 409))
        };
        (0..LOOKS).any(|_| {
            thread::sleep(Duration::from_millis(250));
            send(client.put(self.bucket.create_bucket(&self.credentials).sign(LASTS)))
                && send(client.put(self.bucket.put_object(key, "ready").sign(LASTS)).body("ready"))
        })
    }
}

/// Ports that nobody uses now.
fn free_ports() -> Vec<u16> {
    let listeners: Vec<_> = (0..8).map(|_| must(TcpListener::bind("127.0.0.1:0"))).collect();
    listeners.iter().map(|listener| must(listener.local_addr()).port()).collect()
}
