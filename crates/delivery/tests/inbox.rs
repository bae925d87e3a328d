//! Mail handed to a real server with an inbox: aiosmtpd, over TLS, with a password. It is skipped, and says so, where Python
//! has no aiosmtpd; `DAEMUN_TEST_REQUIRE=smtp` makes that a failure.
#![cfg(test)]

use std::sync::Arc;

use daemun_delivery::{
    Delivery, DeliveryOptions, EmailOptions, Encryption, Outgoing, Receipt, SendFault, SmtpOptions,
};
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{FrozenClock, Language, Timestamp};
use daemun_testmail::{CREDENTIALS, HOST, Inbox, Security};
use uuid::Uuid;

fn options(inbox: &Inbox, encryption: Encryption) -> SmtpOptions {
    let (username, password) = CREDENTIALS;
    SmtpOptions {
        host: HOST.into(),
        port: inbox.port(),
        encryption,
        username: Some(username.into()),
        password: Some(password.to_owned().into()),
        from: "Konto <id@example.com>".into(),
        reply_to: None,
        // No test here waits for it: a machine that stands still for a while must not look like a slow server.
        timeout_seconds: 300,
        connections: 2,
        authority: Some(inbox.authority().to_owned()),
    }
}

/// An inbox behind STARTTLS, and the way to it.
fn open() -> Option<(Inbox, SmtpOptions)> {
    let inbox = Inbox::open(Security::StartTls)?;
    let options = options(&inbox, Encryption::StartTls);
    Some((inbox, options))
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
    for (security, encryption) in
        [(Security::StartTls, Encryption::StartTls), (Security::Tls, Encryption::Implicit)]
    {
        let Some(inbox) = Inbox::open(security) else { return };
        assert_eq!(
            send(&delivery(options(&inbox, encryption)), "user@example.org").await,
            Ok(Receipt::default())
        );
        let mail = inbox.arrived(1).await.remove(0);
        assert_eq!(mail.from, "id@example.com");
        assert_eq!(mail.to, ["user@example.org"], "no header adds a recipient");
        assert!(mail.tls && mail.signed_in);
        let content = mail.content.as_str();
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
    let Some((inbox, options)) = open() else { return };
    let delivery = delivery(options);
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
    assert_eq!(inbox.arrived(1).await[0].to[0], "user@example.org");
}

#[tokio::test]
async fn a_connection_that_breaks_is_worth_another_try_and_is_not_used_again() {
    let Some((inbox, options)) = open() else { return };
    let delivery = delivery(options);
    for to in ["drop@example.org", "lost@example.org"] {
        let fault = send(&delivery, to).await.unwrap_err();
        assert!(!fault.permanent, "{fault:?}");
    }
    assert_eq!(send(&delivery, "lost@example.org").await, Ok(Receipt::default()));
    inbox.arrived(1).await;
}

#[tokio::test]
async fn a_connection_that_died_in_the_pool_is_replaced_at_once() {
    let Some((inbox, options)) = open() else { return };
    let delivery = delivery(options);
    for count in 1..=3 {
        // The server ends the connection after it took the mail: the next mail finds a dead one in the pool.
        assert_eq!(send(&delivery, "once@example.org").await, Ok(Receipt::default()));
        let mails = inbox.arrived(count).await;
        inbox.closed(&mails[count - 1]).await;
    }
    let mails = inbox.arrived(3).await;
    let connections: std::collections::BTreeSet<u16> = mails.iter().map(|mail| mail.peer).collect();
    assert_eq!(connections.len(), 3);
}

#[tokio::test]
async fn a_domain_of_another_script_travels_in_ascii() {
    let Some((inbox, options)) = open() else { return };
    let delivery = delivery(SmtpOptions { from: "id@대문.한국".into(), ..options.clone() });
    assert_eq!(send(&delivery, "user@학교.한국").await, Ok(Receipt::default()));
    let mail = inbox.arrived(1).await.remove(0);
    assert_eq!(mail.from, "id@xn--vk1bx9m.xn--3e0b707e");
    assert_eq!(mail.to[0], "user@xn--9d0b527e.xn--3e0b707e");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_nobody_vouches_for_or_that_does_not_know_us() {
    let Some((inbox, options)) = open() else { return };
    let stranger = delivery(SmtpOptions { authority: None, ..options.clone() });
    let fault = send(&stranger, "user@example.org").await.unwrap_err();
    assert!(!fault.permanent && fault.text.contains("certificate"), "{fault:?}");
    let wrong = delivery(SmtpOptions { password: Some("wrong".to_owned().into()), ..options.clone() });
    let fault = send(&wrong, "user@example.org").await.unwrap_err();
    assert!(!fault.permanent && fault.text.contains("535"), "{fault:?}");
    let nobody = delivery(SmtpOptions { username: None, password: None, ..options.clone() });
    let fault = send(&nobody, "user@example.org").await.unwrap_err();
    assert!(!fault.permanent && fault.text.contains("530"), "{fault:?}");
    inbox.arrived(0).await;
}
