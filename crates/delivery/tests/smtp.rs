//! Mail handed to a server: a small one of our own, which answers what a test tells it to.
#![cfg(test)]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daemun_delivery::{
    Delivery, DeliveryOptions, EmailOptions, Encryption, Outgoing, SendFault, SmsOptions, SmtpOptions,
};
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{FrozenClock, Language, Timestamp};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const LINK: &str = "https://id.example.com/one/pages/reset?token=abc&uid=1";

/// What the server answers. `None` is silence.
#[derive(Clone, Debug)]
struct Script {
    greeting: Option<&'static str>,
    ehlo: &'static str,
    auth: &'static str,
    rcpt: &'static str,
    data: Option<&'static str>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            greeting: Some("220 test"),
            ehlo: "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            auth: "235 2.7.0 welcome",
            rcpt: "250 2.1.5 fine",
            data: Some("250 2.0.0 taken"),
        }
    }
}

/// A mail server on this machine.
struct Server {
    port: u16,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    commands: Vec<String>,
    mails: Vec<String>,
}

impl Server {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (script, seen) = (Arc::new(Mutex::new(script)), Arc::new(Mutex::new(Seen::default())));
        let server = Self { port, script: Arc::clone(&script), seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().unwrap().connections += 1;
                let current = script.lock().unwrap().clone();
                tokio::spawn(converse(stream, current, Arc::clone(&seen)));
            }
        });
        server
    }

    fn options(&self) -> SmtpOptions {
        SmtpOptions {
            host: "127.0.0.1".into(),
            port: self.port,
            encryption: Encryption::None,
            username: None,
            password: None,
            from: "id@example.com".into(),
            reply_to: None,
            timeout_seconds: 5,
            connections: 2,
            authority: None,
        }
    }

    fn mails(&self) -> Vec<String> {
        self.seen.lock().unwrap().mails.clone()
    }

    fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

async fn converse(stream: TcpStream, script: Script, seen: Arc<Mutex<Seen>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    if let Some(greeting) = script.greeting {
        say(&mut stream, greeting).await?;
    }
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let command = std::mem::take(&mut line).trim_end().to_owned();
        seen.lock().unwrap().commands.push(command.clone());
        let answer = match command.split(' ').next().unwrap() {
            "EHLO" => Some(script.ehlo),
            "AUTH" => Some(script.auth),
            "RCPT" => Some(script.rcpt),
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let mail = read_mail(&mut stream).await?;
                seen.lock().unwrap().mails.push(mail);
                script.data
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => Some("250 2.0.0 fine"),
        };
        if let Some(answer) = answer {
            say(&mut stream, answer).await?;
        }
    }
    Ok(())
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut mail = String::new();
    while !mail.ends_with("\r\n.\r\n") && stream.read_line(&mut mail).await? > 0 {}
    Ok(mail)
}

fn delivery(options: SmtpOptions) -> Delivery {
    try_delivery(options).unwrap()
}

fn try_delivery(options: SmtpOptions) -> Result<Delivery, daemun_delivery::DeliveryError> {
    Delivery::new(
        DeliveryOptions {
            email: EmailOptions::Smtp(options),
            sms: SmsOptions::None,
            ..DeliveryOptions::default()
        },
        Arc::new(FrozenClock::at(Timestamp::from_seconds(1_800_000_000))),
    )
}

fn message() -> Message {
    Message {
        channel: Channel::Email,
        to: "user@example.org".into(),
        template: Template::ResetPassword,
        language: Language::En,
        app_title: "Example".into(),
        secret: Secret { code: None, link: Some(LINK.into()), ..Secret::default() },
    }
}

fn outgoing(id: Uuid, message: &Message) -> Outgoing<'_> {
    Outgoing { id, app: "example", message, seconds_left: None }
}

fn transient(text: &str) -> SendFault {
    SendFault { permanent: false, text: text.into(), ..SendFault::default() }
}

fn permanent(text: &str) -> SendFault {
    SendFault { permanent: true, text: text.into(), ..SendFault::default() }
}

async fn refusal(script: Script) -> SendFault {
    let server = Server::start(script).await;
    let fault = delivery(server.options()).send(&outgoing(ID, &message())).await.unwrap_err();
    for secret in ["user@", "example.org", "token", "abc"] {
        assert!(!fault.text.contains(secret), "{fault:?}");
    }
    fault
}

#[tokio::test]
async fn a_mail_arrives_with_all_its_headers() {
    let server = Server::start(Script::default()).await;
    let options = SmtpOptions { reply_to: Some("Help <help@example.com>".into()), ..server.options() };
    delivery(options).send(&outgoing(ID, &message())).await.unwrap();
    let mails = server.mails();
    let (headers, body) = mails[0].split_once("\r\n\r\n").unwrap();
    let mut headers: Vec<&str> = headers.split("\r\n").collect();
    headers.sort_unstable();
    assert_eq!(mails.len(), 1);
    let boundary = headers.iter().position(|line| line.starts_with(" boundary=")).unwrap();
    headers.remove(boundary);
    assert_eq!(
        headers,
        [
            "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative;",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000",
            "From: Example <id@example.com>",
            "MIME-Version: 1.0",
            "Message-ID: <01900000-0000-7000-8000-000000000001@example.com>",
            "Reply-To: Help <help@example.com>",
            "Subject: Reset your Example password",
            "To: user@example.org",
            "X-Auto-Response-Suppress: All",
        ]
    );
    assert_eq!(body.matches("Content-Type: text/plain; charset=utf-8").count(), 1);
    assert_eq!(body.matches("Content-Type: text/html; charset=utf-8").count(), 1);
    assert!(body.find("text/plain") < body.find("text/html"), "the richest part comes last (RFC 2046 5.1.4)");
    assert!(server.commands().contains(&"MAIL FROM:<id@example.com>".to_owned()));
    assert!(server.commands().contains(&"RCPT TO:<user@example.org>".to_owned()));
}

#[tokio::test]
async fn a_korean_mail_is_ascii_on_the_wire() {
    let server = Server::start(Script::default()).await;
    let message = Message { language: Language::Ko, app_title: "대문 서비스".into(), ..message() };
    delivery(server.options()).send(&outgoing(ID, &message)).await.unwrap();
    let mail = &server.mails()[0];
    assert!(mail.is_ascii());
    assert!(mail.contains("Subject: =?utf-8?b?"), "{mail}");
    assert!(mail.contains("From: =?utf-8?b?"), "{mail}");
    assert!(
        mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains('\n')),
        "RFC 5322 section 2.1.1"
    );
}

#[tokio::test]
async fn an_app_title_adds_no_header() {
    let server = Server::start(Script::default()).await;
    let title = "A\r\nBcc: victim@example.net\r\n\r\n<b>\" <evil@example.net>";
    delivery(server.options())
        .send(&outgoing(ID, &Message { app_title: title.into(), ..message() }))
        .await
        .unwrap();
    let mail = &server.mails()[0];
    let headers = mail.split_once("\r\n\r\n").unwrap().0;
    assert!(headers.split("\r\n").all(|line| !line.starts_with("Bcc")), "{headers}");
    assert_eq!(server.commands().iter().filter(|command| command.starts_with("RCPT")).count(), 1);
    assert!(headers.contains("<id@example.com>"), "{headers}");
}

#[tokio::test]
async fn a_from_with_a_name_shows_that_name() {
    let server = Server::start(Script::default()).await;
    let options = SmtpOptions { from: "Accounts <id@example.com>".into(), ..server.options() };
    delivery(options).send(&outgoing(ID, &message())).await.unwrap();
    assert!(server.mails()[0].contains("From: Accounts <id@example.com>\r\n"));
}

#[tokio::test]
async fn two_mails_share_a_connection_and_each_has_its_own_message_id() {
    let server = Server::start(Script::default()).await;
    let delivery = delivery(server.options());
    delivery.send(&outgoing(ID, &message())).await.unwrap();
    // The connection goes back to the pool in a task of its own.
    tokio::time::sleep(Duration::from_millis(50)).await;
    delivery.send(&outgoing(Uuid::from_u128(2), &message())).await.unwrap();
    let id =
        |mail: &String| mail.split("\r\n").find(|line| line.starts_with("Message-ID")).map(str::to_owned);
    let mails = server.mails();
    assert_eq!((mails.len(), server.connections()), (2, 1));
    assert_ne!(id(&mails[0]), id(&mails[1]));
}

#[tokio::test]
async fn credentials_are_sent_once_a_connection() {
    let server = Server::start(Script::default()).await;
    let options = SmtpOptions {
        username: Some("user".into()),
        password: Some("secret".to_owned().into()),
        ..server.options()
    };
    delivery(options).send(&outgoing(ID, &message())).await.unwrap();
    // RFC 4616: NUL, the user, NUL, the password, in base64.
    assert!(server.commands().contains(&"AUTH PLAIN AHVzZXIAc2VjcmV0".to_owned()), "{:?}", server.commands());
}

#[tokio::test]
async fn a_450_is_worth_another_try_and_a_550_is_not() {
    let later = refusal(Script { rcpt: "450 4.2.1 <user@example.org> busy", ..Script::default() }).await;
    assert_eq!(later, transient("the mail server answered 450 4.2.1"));
    let never = refusal(Script { rcpt: "550 5.1.1 <user@example.org> unknown", ..Script::default() }).await;
    assert_eq!(never, permanent("the mail server answered 550 5.1.1"));
    let bare = refusal(Script { rcpt: "550 no such user user@example.org", ..Script::default() }).await;
    assert_eq!(bare, permanent("the mail server answered 550"));
    let after_data = refusal(Script { data: Some("554 5.7.1 looks like spam"), ..Script::default() }).await;
    assert_eq!(after_data, permanent("the mail server answered 554 5.7.1"));
    let full = refusal(Script { data: Some("452 4.3.1 full"), ..Script::default() }).await;
    assert_eq!(full, transient("the mail server answered 452 4.3.1"));
}

#[tokio::test]
async fn a_closed_server_is_worth_another_try() {
    let closing = refusal(Script { greeting: Some("421 4.3.2 closing"), ..Script::default() }).await;
    assert_eq!(closing, transient("the mail server answered 421 4.3.2"));
    let strange = refusal(Script { greeting: Some("SSH-2.0-OpenSSH_9.2"), ..Script::default() }).await;
    assert!(!strange.permanent, "{strange:?}");
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let server = Server::start(Script::default()).await;
    let fault = delivery(SmtpOptions { port: free, ..server.options() })
        .send(&outgoing(ID, &message()))
        .await
        .unwrap_err();
    assert!(!fault.permanent);
    assert_eq!(fault.text, "the mail server cannot be reached: Connection refused (os error 111)");
}

#[tokio::test]
async fn wrong_credentials_are_no_message_s_fault() {
    let server = Server::start(Script { auth: "535 5.7.8 no", ..Script::default() }).await;
    let options = SmtpOptions {
        username: Some("user".into()),
        password: Some("wrong".to_owned().into()),
        ..server.options()
    };
    let fault = delivery(options).send(&outgoing(ID, &message())).await.unwrap_err();
    assert_eq!(fault, transient("the mail server answered 535 5.7.8"));
    let unasked = refusal(Script { rcpt: "530 5.7.0 sign in first", ..Script::default() }).await;
    assert!(!unasked.permanent);
}

#[tokio::test]
async fn a_refused_mail_leaves_the_next_one_alone() {
    let server = Server::start(Script { rcpt: "550 5.1.1 unknown", ..Script::default() }).await;
    let delivery = delivery(server.options());
    assert!(delivery.send(&outgoing(ID, &message())).await.is_err());
    server.script.lock().unwrap().rcpt = "250 fine";
    delivery.send(&outgoing(ID, &message())).await.unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_its_connection_not_used_again() {
    let server = Server::start(Script { data: None, ..Script::default() }).await;
    let delivery = delivery(SmtpOptions { timeout_seconds: 1, ..server.options() });
    let fault = delivery.send(&outgoing(ID, &message())).await.unwrap_err();
    assert_eq!(fault, transient("the mail server did not answer in time"));
    server.script.lock().unwrap().data = Some("250 taken");
    delivery.send(&outgoing(ID, &message())).await.unwrap();
    assert_eq!(server.connections(), 2);
    let mute = Server::start(Script { greeting: None, ..Script::default() }).await;
    let fault = self::delivery(SmtpOptions { timeout_seconds: 1, ..mute.options() })
        .send(&outgoing(ID, &message()))
        .await;
    assert!(!fault.unwrap_err().permanent);
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_to_a_server_without_tls() {
    let server = Server::start(Script::default()).await;
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let options = SmtpOptions {
            encryption,
            timeout_seconds: 1,
            username: Some("user".into()),
            password: Some("secret".to_owned().into()),
            ..server.options()
        };
        let fault = delivery(options).send(&outgoing(ID, &message())).await.unwrap_err();
        assert!(!fault.permanent, "{fault:?}");
    }
    let commands = server.commands();
    assert!(
        commands.iter().all(|command| !command.contains("AUTH") && !command.contains("MAIL")),
        "{commands:?}"
    );
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_a_server_that_takes_it() {
    let message = Message { to: "사용자@example.org".into(), ..message() };
    let plain = Server::start(Script::default()).await;
    let fault = delivery(plain.options()).send(&outgoing(ID, &message)).await.unwrap_err();
    assert!(fault.permanent, "{fault:?}");
    let modern = Script { ehlo: "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8", ..Script::default() };
    let server = Server::start(modern).await;
    delivery(server.options()).send(&outgoing(ID, &message)).await.unwrap();
    let commands = server.commands();
    assert!(
        commands.contains(&"MAIL FROM:<id@example.com> SMTPUTF8 BODY=8BITMIME".to_owned()),
        "{commands:?}"
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anybody_is_asked() {
    let server = Server::start(Script::default()).await;
    let delivery = delivery(server.options());
    for to in ["", "user", "a@b.kr>\r\nRCPT TO:<x@y.kr", "a@b.kr, x@y.kr", "Name <a@b.kr>"] {
        let fault = delivery.send(&outgoing(ID, &Message { to: to.into(), ..message() })).await.unwrap_err();
        assert!(fault.permanent && !fault.text.contains('@'), "{to}: {fault:?}");
    }
    let cleared = Message { secret: Secret::default(), ..message() };
    assert!(delivery.send(&outgoing(ID, &cleared)).await.unwrap_err().permanent);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_the_start() {
    let good = Server::start(Script::default()).await.options();
    for (options, reason) in [
        (SmtpOptions { host: "mail.example.com".into(), ..good.clone() }, "without encryption"),
        (SmtpOptions { host: "10.0.0.1".into(), ..good.clone() }, "without encryption"),
        (SmtpOptions { from: "nobody".into(), ..good.clone() }, "`from` is no address"),
        (SmtpOptions { reply_to: Some("@".into()), ..good.clone() }, "`reply_to` is no address"),
        (SmtpOptions { username: Some("user".into()), ..good.clone() }, "belong together"),
        (SmtpOptions { password: Some("x".to_owned().into()), ..good.clone() }, "belong together"),
    ] {
        let error = try_delivery(options).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert!(try_delivery(SmtpOptions { host: host.into(), ..good.clone() }).is_ok(), "{host}");
    }
    assert!(!format!("{good:?}").contains("secret"));
}
