//! Mail handed to a real server with an inbox: aiosmtpd, over TLS, with a password. It is skipped, and says so, where Python
//! has no aiosmtpd; `DAEMUN_TEST_REQUIRE=smtp` makes that a failure.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daemun_delivery::{
    Delivery, DeliveryOptions, EmailOptions, Encryption, Outgoing, Receipt, SendFault, SmtpOptions,
};
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{FrozenClock, Language, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

/// A mail server of another project on this machine. It ends when this is dropped.
struct Inbox {
    server: Child,
    port: u16,
    authority: String,
    encryption: Encryption,
    mails: Arc<Mutex<Vec<Value>>>,
    _folder: TempDir,
}

/// A Python that has aiosmtpd.
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

impl Inbox {
    fn open(encryption: Encryption) -> Option<Self> {
        let python = python()?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = TempDir::with_prefix("daemun-inbox-").unwrap();
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let mut server = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inbox/server.py"))
            .arg(if encryption == Encryption::Implicit { "tls" } else { "starttls" })
            .args([&certificate, &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let mails: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = Arc::clone(&mails);
        std::thread::spawn(move || keep(lines, &kept));
        Some(Self {
            server,
            port: first.trim().parse().unwrap(),
            authority: made.cert.pem(),
            encryption,
            mails,
            _folder: folder,
        })
    }

    fn options(&self) -> SmtpOptions {
        SmtpOptions {
            host: "localhost".into(),
            port: self.port,
            encryption: self.encryption,
            username: Some("daemun".into()),
            password: Some("s3cret".to_owned().into()),
            from: "Konto <id@example.com>".into(),
            reply_to: None,
            timeout_seconds: 20,
            connections: 2,
            authority: Some(self.authority.clone()),
        }
    }

    fn delivery(&self) -> Delivery {
        delivery(self.options())
    }

    /// The mails that arrived: waits for this many, and for no more.
    async fn arrived(&self, count: usize) -> Vec<Value> {
        for _ in 0..400 {
            if self.mails.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let mails = self.mails.lock().unwrap().clone();
        assert_eq!(mails.len(), count, "{mails:?}");
        mails
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // It ends when its input does; a test that failed must not leave it behind either.
        drop(self.server.stdin.take());
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn keep(lines: BufReader<impl Read>, mails: &Mutex<Vec<Value>>) {
    for line in lines.lines().map_while(Result::ok) {
        mails.lock().unwrap().push(serde_json::from_str(&line).unwrap());
    }
}

fn delivery(options: SmtpOptions) -> Delivery {
    let options = DeliveryOptions { email: EmailOptions::Smtp(options), ..DeliveryOptions::default() };
    Delivery::new(options, Arc::new(FrozenClock::at(Timestamp::from_seconds(1_800_000_000)))).unwrap()
}

fn message(to: &str, language: Language) -> Message {
    Message {
        channel: Channel::Email,
        to: to.into(),
        template: Template::EmailCode,
        language,
        app_title: "대문\r\nBcc: victim@example.net".into(),
        secret: Secret { code: Some("012345".into()), ..Secret::default() },
    }
}

async fn send(delivery: &Delivery, to: &str) -> Result<Receipt, SendFault> {
    let message = message(to, Language::Ko);
    let outgoing = Outgoing { id: Uuid::from_u128(7), app: "example", message: &message, seconds_left: None };
    let sent = delivery.send(&outgoing).await;
    if let Err(fault) = &sent {
        assert!(!fault.text.contains('@') && !fault.text.contains("012345"), "{fault:?}");
    }
    sent
}

fn refused(permanent: bool, text: &str) -> Result<Receipt, SendFault> {
    Err(SendFault { permanent, text: text.into(), ..SendFault::default() })
}

#[tokio::test]
async fn a_mail_arrives_over_starttls_and_over_tls_from_the_first_byte() {
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let Some(inbox) = Inbox::open(encryption) else { return };
        assert_eq!(send(&inbox.delivery(), "user@example.org").await, Ok(Receipt::default()));
        let mail = inbox.arrived(1).await.remove(0);
        assert_eq!(mail["from"], "id@example.com");
        assert_eq!(mail["to"], serde_json::json!(["user@example.org"]), "no header adds a recipient");
        assert_eq!((&mail["tls"], &mail["signed_in"]), (&true.into(), &true.into()));
        let content = mail["content"].as_str().unwrap();
        let (headers, _) = content.split_once("\r\n\r\n").unwrap();
        for header in [
            "From: Konto <id@example.com>",
            "To: user@example.org",
            "Message-ID: <00000000-0000-0000-0000-000000000007@example.com>",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert_eq!(headers.lines().filter(|line| *line == header).count(), 1, "{header}: {headers}");
        }
        assert!(headers.lines().all(|line| !line.starts_with("Bcc")), "{headers}");
        assert!(content.is_ascii() && content.contains("Content-Type: multipart/alternative"));
    }
}

#[tokio::test]
async fn every_recipient_has_an_answer_of_its_own() {
    let Some(inbox) = Inbox::open(Encryption::StartTls) else { return };
    let delivery = inbox.delivery();
    assert_eq!(
        send(&delivery, "busy@example.org").await,
        refused(false, "the mail server answered 450 4.2.1")
    );
    assert_eq!(
        send(&delivery, "nobody@example.org").await,
        refused(true, "the mail server answered 550 5.1.1")
    );
    assert_eq!(
        send(&delivery, "full@example.org").await,
        refused(true, "the mail server answered 552 5.2.2")
    );
    assert_eq!(send(&delivery, "user@example.org").await, Ok(Receipt::default()));
    assert_eq!(inbox.arrived(1).await[0]["to"][0], "user@example.org");
}

#[tokio::test]
async fn a_connection_that_breaks_is_worth_another_try_and_is_not_used_again() {
    let Some(inbox) = Inbox::open(Encryption::StartTls) else { return };
    let delivery = inbox.delivery();
    for to in ["drop@example.org", "lost@example.org"] {
        let fault = send(&delivery, to).await.unwrap_err();
        assert!(!fault.permanent, "{fault:?}");
    }
    assert_eq!(send(&delivery, "lost@example.org").await, Ok(Receipt::default()));
    inbox.arrived(1).await;
}

#[tokio::test]
async fn a_connection_that_died_in_the_pool_is_replaced_at_once() {
    let Some(inbox) = Inbox::open(Encryption::StartTls) else { return };
    let delivery = inbox.delivery();
    for _ in 0..3 {
        // The server ends the connection after it took the mail: the next mail finds a dead one in the pool.
        assert_eq!(send(&delivery, "once@example.org").await, Ok(Receipt::default()));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mails = inbox.arrived(3).await;
    let connections: std::collections::BTreeSet<u64> =
        mails.iter().map(|mail| mail["peer"].as_u64().unwrap()).collect();
    assert_eq!(connections.len(), 3);
}

#[tokio::test]
async fn a_domain_of_another_script_travels_in_ascii() {
    let Some(inbox) = Inbox::open(Encryption::StartTls) else { return };
    let delivery = delivery(SmtpOptions { from: "id@대문.한국".into(), ..inbox.options() });
    assert_eq!(send(&delivery, "user@학교.한국").await, Ok(Receipt::default()));
    let mail = inbox.arrived(1).await.remove(0);
    assert_eq!(mail["from"], "id@xn--vk1bx9m.xn--3e0b707e");
    assert_eq!(mail["to"][0], "user@xn--9d0b527e.xn--3e0b707e");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_nobody_vouches_for_or_that_does_not_know_us() {
    let Some(inbox) = Inbox::open(Encryption::StartTls) else { return };
    let stranger = delivery(SmtpOptions { authority: None, ..inbox.options() });
    let fault = send(&stranger, "user@example.org").await.unwrap_err();
    assert!(!fault.permanent && fault.text.contains("certificate"), "{fault:?}");
    let wrong = delivery(SmtpOptions { password: Some("wrong".to_owned().into()), ..inbox.options() });
    let fault = send(&wrong, "user@example.org").await.unwrap_err();
    assert!(!fault.permanent && fault.text.contains("535"), "{fault:?}");
    let nobody = delivery(SmtpOptions { username: None, password: None, ..inbox.options() });
    let fault = send(&nobody, "user@example.org").await.unwrap_err();
    assert!(!fault.permanent && fault.text.contains("530"), "{fault:?}");
    inbox.arrived(0).await;
}
