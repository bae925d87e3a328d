//! How messages leave, as configured.

use std::sync::Arc;

use daemun_delivery::{Delivery, DeliveryOptions, EmailOptions, Encryption, SmsOptions, SmtpOptions};

use crate::config::{Config, EmailKind, SmsKind, SmtpSecurity};
use crate::core::{DevOutbox, Hands, StartError};

/// Seconds that one mail may take.
const MAIL_SECONDS: u64 = 30;
/// Connections to the mail server.
const MAIL_CONNECTIONS: u32 = 2;

/// The ways out for messages.
///
/// # Errors
/// Settings that mail cannot be sent with.
pub fn of(config: &Config, hands: &Hands) -> Result<Delivery, StartError> {
    let delivery = Delivery::new(options(config), Arc::clone(&hands.clock))?;
    Ok(match hands.dev_outbox {
        DevOutbox::Printed => delivery,
        DevOutbox::Silent => delivery.printing_to(std::io::sink()),
    })
}

fn options(config: &Config) -> DeliveryOptions {
    let email = &config.delivery.email;
    DeliveryOptions {
        email: match email.kind {
            EmailKind::None => EmailOptions::None,
            EmailKind::Dev => EmailOptions::Dev,
            EmailKind::Smtp => {
                let (encryption, port) = match email.security {
                    SmtpSecurity::Tls => (Encryption::Implicit, 465),
                    SmtpSecurity::Starttls => (Encryption::StartTls, 587),
                    SmtpSecurity::None => (Encryption::None, 25),
                };
                EmailOptions::Smtp(SmtpOptions {
                    host: email.host.clone().unwrap_or_default(),
                    port: email.port.unwrap_or(port),
                    encryption,
                    username: email.username.clone(),
                    password: email.password.clone(),
                    from: email.from.clone().unwrap_or_default(),
                    reply_to: email.reply_to.clone(),
                    timeout_seconds: MAIL_SECONDS,
                    connections: MAIL_CONNECTIONS,
                })
            }
        },
        sms: match config.delivery.sms.kind {
            SmsKind::None => SmsOptions::None,
            SmsKind::Dev => SmsOptions::Dev,
        },
    }
}
