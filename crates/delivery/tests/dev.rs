//! The dev outbox, and no delivery at all.
#![cfg(test)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use daemun_delivery::{Delivery, DeliveryOptions, EmailOptions, Outgoing, SmsOptions};
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{FrozenClock, Language, Timestamp};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(1);

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn delivery(email: EmailOptions, sms: SmsOptions) -> (Delivery, Paper) {
    let paper = Paper::default();
    let clock = Arc::new(FrozenClock::at(Timestamp(0)));
    let delivery =
        Delivery::new(DeliveryOptions { email, sms, ..DeliveryOptions::default() }, clock).unwrap();
    (delivery.printing_to(paper.clone()), paper)
}

fn outgoing(id: Uuid, message: &Message) -> Outgoing<'_> {
    Outgoing { id, app: "example", message, seconds_left: None }
}

fn message(channel: Channel) -> Message {
    Message {
        channel,
        to: "user@example.org".into(),
        template: Template::ResetPassword,
        language: Language::Ko,
        app_title: "Example".into(),
        secret: Secret {
            code: Some("012345".into()),
            link: Some("http://127.0.0.1:8080/r?token=abc".into()),
            ..Secret::default()
        },
    }
}

#[tokio::test]
async fn the_dev_outbox_prints_one_block_a_message_and_keeps_its_secret() {
    let (delivery, paper) = delivery(EmailOptions::Dev, SmsOptions::Dev);
    assert!(delivery.sends(Channel::Email) && delivery.keeps_secrets(Channel::Email));
    delivery.send(&outgoing(ID, &message(Channel::Email))).await.unwrap();
    let notice = Message {
        template: Template::PasswordChanged,
        to: "+821012345678".into(),
        secret: Secret::default(),
        ..message(Channel::Sms)
    };
    delivery.send(&outgoing(ID, &notice)).await.unwrap();
    assert_eq!(
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap(),
        "── dev outbox · email ────────────────────────────────────────\n\
         to       user@example.org\n\
         subject  [Example] 비밀번호 재설정 안내\n\
         code     012345\n\
         link     http://127.0.0.1:8080/r?token=abc\n\
         ── dev outbox · sms ────────────────────────────────────────\n\
         to       +821012345678\n\
         subject  [Example] 비밀번호가 변경되었습니다\n"
    );
}

#[tokio::test]
async fn without_delivery_nothing_leaves_and_messages_wait() {
    let (delivery, paper) = delivery(EmailOptions::None, SmsOptions::None);
    for channel in [Channel::Email, Channel::Sms] {
        assert!(!delivery.sends(channel) && !delivery.keeps_secrets(channel));
        assert!(!delivery.send(&outgoing(ID, &message(channel))).await.unwrap_err().permanent);
    }
    assert!(paper.0.lock().unwrap().is_empty());
}

#[test]
fn nothing_is_sent_unless_it_was_asked_for() {
    let options = DeliveryOptions::default();
    assert!(matches!(options.email, EmailOptions::None));
    assert!(matches!(options.sms, SmsOptions::None));
}
