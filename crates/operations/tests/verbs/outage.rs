//! Mails while their server is away, and several nodes at one outbox.

use std::sync::{Arc, Mutex};

use daemun_delivery::{DeliveryOptions, EmailOptions, SmtpOptions};
use daemun_operations::outbox::{Step, send_due};
use daemun_store::outbox::{self, Due};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use crate::outbox::unreachable;
use crate::world::{HOUR, PASSWORD, World, dev};

async fn step(world: &World) -> Step {
    send_due(&world.daemun, || false).await.unwrap()
}

/// A mail server that can be away: it keeps its port, at which nobody listens then.
struct Server {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    away: Option<TcpSocket>,
}

impl Server {
    fn away() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { port, mails: Arc::default(), away: Some(socket) }
    }

    fn comes_back(&mut self) {
        let listener = self.away.take().unwrap().listen(64).unwrap();
        let mails = Arc::clone(&self.mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take_mails(stream, Arc::clone(&mails)));
            }
        });
    }

    /// Its clients wait longer than a machine stands still that is busy with other tests.
    fn way(&self) -> EmailOptions {
        let EmailOptions::Smtp(options) = unreachable() else { panic!("it is SMTP") };
        EmailOptions::Smtp(SmtpOptions { port: self.port, timeout_seconds: 60, ..options })
    }

    /// Who got a mail.
    fn recipients(&self) -> Vec<String> {
        let mut recipients = self.mails.lock().unwrap().clone();
        recipients.sort();
        recipients
    }
}

async fn take_mails(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut to) = (String::new(), String::new());
    stream.write_all(b"220 test\r\n").await?;
    while stream.read_line(&mut line).await? > 0 {
        let command = std::mem::take(&mut line);
        let answer: &[u8] = match command.get(..4).unwrap_or_default() {
            "RCPT" => {
                to = command.trim_end().trim_start_matches("RCPT TO:").to_owned();
                b"250 fine\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") && stream.read_line(&mut mail).await? > 0 {}
                mails.lock().unwrap().push(to.clone());
                b"250 taken\r\n"
            }
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer).await?;
    }
    Ok(())
}

/// Writes a notice to so many members.
async fn notices(world: &World, count: usize) -> Vec<String> {
    let mut recipients = Vec::new();
    for number in 0..count {
        let email = format!("{number}@example.com");
        let tokens = world.member(&email).await["tokens"].clone();
        let change = json!({ "current_password": PASSWORD, "password": "a longer new password" });
        world.run_with(tokens["access"].as_str().unwrap(), "password.change", change).await.unwrap();
        recipients.push(format!("<{email}>"));
    }
    recipients
}

#[tokio::test]
async fn a_mail_server_that_is_away_for_an_hour_loses_nothing() {
    let mut server = Server::away();
    let world = World::with_mail(server.way()).await;
    let recipients = notices(&world, 3).await;
    let later = Step { sent: 0, later: 3, given_up: 0 };
    let mut waited = 0;
    for pause in [10, 60, 300, 900, 1800] {
        assert_eq!(step(&world).await, later, "after {waited} s");
        world.clock.advance(pause);
        waited += pause;
    }
    assert_eq!(step(&world).await, later);
    world.clock.advance(HOUR - waited);
    server.comes_back();
    assert_eq!(step(&world).await, Step::default(), "the pause lasts");
    world.clock.advance(HOUR);
    assert_eq!(step(&world).await, Step { sent: 3, later: 0, given_up: 0 });
    assert_eq!(server.recipients(), recipients);
    assert!(world.messages().await.iter().all(|mail| mail.sent_at.is_some() && mail.last_error.is_none()));
    assert_eq!(step(&world).await, Step::default());
}

#[tokio::test]
async fn two_nodes_with_one_outbox_send_every_mail_once() {
    let mut server = Server::away();
    server.comes_back();
    let world = World::with_mail(server.way()).await;
    let node = world.second_node_with(DeliveryOptions { email: server.way(), ..dev() }).await;
    let recipients = notices(&world, 10).await;
    let (here, there) = tokio::join!(step(&world), step(&node));
    assert_eq!(here.sent + there.sent, 10);
    let mut expected = recipients;
    expected.sort();
    assert_eq!(server.recipients(), expected);
}

#[tokio::test]
async fn a_node_that_dies_with_a_mail_in_its_hand_leaves_it_to_the_other() {
    let mut server = Server::away();
    server.comes_back();
    let world = World::with_mail(server.way()).await;
    let node = world.second_node_with(DeliveryOptions { email: server.way(), ..dev() }).await;
    notices(&world, 1).await;
    let id = outbox::list(&mut world.daemun.db.reader(), None, 1).await.unwrap()[0].id;
    let now = world.daemun.clock.now();
    let due = Due { now, lease_ends: now.plus_seconds(120), put_off: now.plus_seconds(8 * HOUR) };
    world.daemun.db.write(async move |tx| Ok(outbox::claim_due(tx, id, due).await?)).await.unwrap().unwrap();
    assert_eq!(step(&node).await, Step::default(), "the lease holds");
    world.clock.advance(121);
    assert_eq!(step(&node).await.sent, 1);
    assert_eq!(server.recipients().len(), 1);
}
