//! A real mail server in a test, with an inbox to read: aiosmtpd, over TLS, with a password.
//!
//! It is skipped, and says so, where Python has no aiosmtpd; `DAEMUN_TEST_REQUIRE=smtp` makes that a failure.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

/// The user that the server knows, and their password.
pub const CREDENTIALS: (&str, &str) = ("daemun", "s3cret");

/// The host that the server's certificate is for.
pub const HOST: &str = "localhost";

/// How long a mail may take to arrive on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS, and no mail without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

impl Security {
    /// As the configuration writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
        }
    }
}

/// A mail as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Whether the sender signed in.
    pub signed_in: bool,
    /// The port of the connection it came by.
    pub peer: u16,
    /// Its `Message-ID`: that of the same mail sent again is the same.
    pub id: String,
    /// What was sent after DATA, to the letter.
    pub content: String,
    /// The subject, decoded.
    pub subject: String,
    /// The plain part, decoded.
    pub text: String,
    /// The HTML part, decoded.
    pub html: String,
}

impl Mail {
    /// The six digits that the plain part tells, after the name of what they are.
    ///
    /// # Panics
    /// When there are none.
    pub fn code(&self) -> &str {
        let is_code = |text: &&str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let told = |line| str::rsplit_once(line, ": ").map(|(_, code)| code.trim()).filter(is_code);
        match self.text.lines().find_map(told) {
            Some(code) => code,
            None => panic!("there is no code in {:?}", self.text),
        }
    }

    /// The first line of the plain part that is a link.
    ///
    /// # Panics
    /// When there is none.
    pub fn link(&self) -> &str {
        match self.text.lines().map(str::trim).find(|line| line.starts_with("http")) {
            Some(link) => link,
            None => panic!("there is no link in {:?}", self.text),
        }
    }
}

/// What the server tells, one line each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Mail(Box<Mail>),
    /// The connection of this port of a client is gone.
    Closed {
        closed: u16,
    },
}

/// What the server told so far.
#[derive(Clone, Debug, Default)]
struct Seen {
    mails: Vec<Mail>,
    closed: Vec<u16>,
}

#[derive(Debug, Default)]
struct Arrived {
    seen: Mutex<Seen>,
    bell: Condvar,
}

impl Arrived {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was told, as soon as it is enough.
    fn wait(&self, enough: impl Fn(&Seen) -> bool) -> Seen {
        let waiting = self.bell.wait_timeout_while(self.lock(), PATIENCE, |seen| !enough(seen));
        waiting.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// A mail server on a port of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Inbox {
    server: Child,
    port: u16,
    security: Security,
    authority: String,
    arrived: Arc<Arrived>,
    folder: TempDir,
}

impl Inbox {
    /// Starts it. `None` where no Python has aiosmtpd, which is said.
    ///
    /// # Panics
    /// When it is there and does not start, or is required by `DAEMUN_TEST_REQUIRE` and missing.
    pub fn open(security: Security) -> Option<Self> {
        let python = python()?;
        Some(
            start(python, security).unwrap_or_else(|error| panic!("the mail server does not start: {error}")),
        )
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that vouches for it, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The lines of `[delivery.email]` that send everything here.
    pub fn settings(&self) -> String {
        let (username, password) = CREDENTIALS;
        format!(
            "kind = \"smtp\"\nhost = \"{HOST}\"\nport = {}\nsecurity = \"{}\"\nusername = \"{username}\"\n\
             password = \"{password}\"\nfrom = \"Konto <id@example.com>\"\nauthority = {:?}\n",
            self.port,
            self.security.as_str(),
            certificate(self.folder.path())
        )
    }

    /// The mails that arrived: waits for this many.
    ///
    /// # Panics
    /// When there are more, or fewer within a minute.
    pub async fn arrived(&self, count: usize) -> Vec<Mail> {
        let mails = self.wait(move |seen| seen.mails.len() >= count).await.mails;
        assert_eq!(mails.len(), count, "{mails:?}");
        mails
    }

    /// The mails to an address: waits for this many. One that was sent again, as when the machine stood still until the
    /// sender gave up waiting for the answer, is one mail.
    ///
    /// # Panics
    /// When there are more, or fewer within a minute.
    pub async fn to(&self, address: &str, count: usize) -> Vec<Mail> {
        let to = address.to_owned();
        let enough = move |seen: &Seen| different(&seen.mails, &to).len() >= count;
        let mails = different(&self.wait(enough).await.mails, address);
        assert_eq!(mails.len(), count, "{mails:?}");
        mails
    }

    /// The last of the mails to an address: waits as [`Inbox::to`].
    ///
    /// # Panics
    /// As [`Inbox::to`].
    pub async fn last_to(&self, address: &str, count: usize) -> Mail {
        match self.to(address, count).await.pop() {
            Some(mail) => mail,
            None => panic!("no mail was waited for"),
        }
    }

    /// Waits until the connection that a mail came by is gone.
    ///
    /// # Panics
    /// When it is still there after a minute.
    pub async fn closed(&self, mail: &Mail) {
        let peer = mail.peer;
        let seen = self.wait(move |seen| seen.closed.contains(&peer)).await;
        assert!(seen.closed.contains(&peer), "the connection {peer} stays");
    }

    async fn wait(&self, enough: impl Fn(&Seen) -> bool + Send + 'static) -> Seen {
        let arrived = Arc::clone(&self.arrived);
        match tokio::task::spawn_blocking(move || arrived.wait(enough)).await {
            Ok(seen) => seen,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // It ends when its input does; a test that failed must not leave it behind either.
        drop(self.server.stdin.take());
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// The mails to an address, each once.
fn different(mails: &[Mail], to: &str) -> Vec<Mail> {
    let mut seen = BTreeSet::new();
    mails
        .iter()
        .filter(|mail| mail.to.iter().any(|one| one == to) && seen.insert(&mail.id))
        .cloned()
        .collect()
}

fn certificate(folder: &Path) -> PathBuf {
    folder.join("certificate.pem")
}

fn start(python: &str, security: Security) -> Result<Inbox, Box<dyn std::error::Error>> {
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
    let authority = made.cert.pem();
    let folder = TempDir::with_prefix("daemun-inbox-")?;
    let (certificate, key) = (certificate(folder.path()), folder.path().join("key.pem"));
    fs::write(&certificate, &authority)?;
    fs::write(&key, made.signing_key.serialize_pem())?;
    let mut server = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server.py"))
        .arg(security.as_str())
        .args([&certificate, &key])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut lines = BufReader::new(server.stdout.take().ok_or("it has no output")?);
    let mut first = String::new();
    lines.read_line(&mut first)?;
    let port = first.trim().parse()?;
    let arrived = Arc::<Arrived>::default();
    let kept = Arc::clone(&arrived);
    std::thread::spawn(move || keep(lines, &kept));
    Ok(Inbox { server, port, security, authority, arrived, folder })
}

fn keep(lines: BufReader<impl Read>, arrived: &Arrived) {
    for line in lines.lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Told::Mail(mail)) => arrived.lock().mails.push(*mail),
            Ok(Told::Closed { closed }) => arrived.lock().closed.push(closed),
            Err(error) => panic!("the mail server says what nobody understands ({error}): {line}"),
        }
        arrived.bell.notify_all();
    }
}

/// A Python that has aiosmtpd.
#[expect(clippy::print_stderr, reason = "who runs the tests must see what was not tested")]
fn python() -> Option<&'static str> {
    let has = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has);
    if found.is_none() {
        let required = std::env::var_os("DAEMUN_TEST_REQUIRE")
            .is_some_and(|list| list.to_string_lossy().contains("smtp"));
        assert!(!required, "DAEMUN_TEST_REQUIRE names smtp, but no python3 has aiosmtpd");
        eprintln!(
            "skipped: no python3 has aiosmtpd (apt-get install python3-aiosmtpd, or pip install aiosmtpd)"
        );
    }
    found
}
