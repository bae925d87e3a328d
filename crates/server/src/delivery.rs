//! How messages leave, as configured.

use std::fs;
use std::sync::Arc;

use daemun_delivery::{
    Delivery, DeliveryOptions, EmailOptions, Encryption, HttpSmsOptions, SmsOptions, SmtpOptions,
    StatusCallback, Templates, Timeouts, TwilioCredentials, TwilioOptions, TwilioSender,
};
use daemun_pages::Color;

use crate::config::{Config, EmailDelivery, EmailKind, Loaded, SmsDelivery, SmsKind, SmtpSecurity};
use crate::core::{DevOutbox, Hands, StartError};
use crate::reports;

/// Seconds that one mail may take.
const MAIL_SECONDS: u64 = 30;
/// Connections to the mail server.
const MAIL_CONNECTIONS: u32 = 2;

/// The ways out for messages, and what they say.
///
/// # Errors
/// Settings that nothing can be sent with; every fault of the apps' templates.
pub fn of(loaded: &Loaded, hands: &Hands) -> Result<Delivery, StartError> {
    let options = DeliveryOptions {
        email: email(loaded)?,
        sms: sms(&loaded.config),
        templates: templates(loaded).map_err(StartError::Apps)?,
    };
    let delivery = Delivery::new(options, Arc::clone(&hands.clock))?;
    Ok(match hands.dev_outbox {
        DevOutbox::Printed => delivery,
        DevOutbox::Silent => delivery.printing_to(std::io::sink()),
    })
}

/// The templates and colours of every app.
///
/// # Errors
/// Every fault, each with its file and line.
pub fn templates(loaded: &Loaded) -> Result<Templates, Vec<String>> {
    let mut templates = Templates::default();
    let mut faults = Vec::new();
    for app in &loaded.config.app {
        if let Some(folder) = &app.templates
            && let Err(found) = templates.override_for(&app.name, &loaded.folder().join(folder))
        {
            faults.extend(found);
        }
        if let Some(color) = app.color.as_deref().and_then(Color::parse) {
            templates.color_for(&app.name, color.accent());
        }
    }
    if faults.is_empty() { Ok(templates) } else { Err(faults) }
}

fn email(loaded: &Loaded) -> Result<EmailOptions, StartError> {
    let email = &loaded.config.delivery.email;
    Ok(match email.kind {
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
                authority: authority(loaded, email)?,
            })
        }
    })
}

fn authority(loaded: &Loaded, email: &EmailDelivery) -> Result<Option<String>, StartError> {
    let Some(file) = &email.authority else { return Ok(None) };
    let path = loaded.folder().join(file);
    match fs::read_to_string(&path) {
        Ok(pem) => Ok(Some(pem)),
        Err(source) => Err(StartError::Data { path, source }),
    }
}

fn sms(config: &Config) -> SmsOptions {
    let sms = &config.delivery.sms;
    let timeouts = Timeouts { connect_seconds: sms.connect_seconds, total_seconds: sms.timeout_seconds };
    match sms.kind {
        SmsKind::None => SmsOptions::None,
        SmsKind::Dev => SmsOptions::Dev,
        SmsKind::Twilio => SmsOptions::Twilio(TwilioOptions {
            account_sid: sms.account_sid.clone().unwrap_or_default(),
            credentials: credentials(sms),
            sender: match &sms.messaging_service_sid {
                Some(sid) => TwilioSender::Service(sid.clone()),
                None => TwilioSender::From(sms.from.clone().unwrap_or_default()),
            },
            base_url: sms.base_url.clone(),
            callback: callback(config),
            timeouts,
        }),
        SmsKind::Http => SmsOptions::Http(HttpSmsOptions {
            url: sms.url.clone().unwrap_or_default(),
            method: sms.method.clone(),
            headers: sms.headers.clone(),
            body: sms.body.clone().unwrap_or_default(),
            from: sms.from.clone(),
            secrets: sms.secrets.clone(),
            statuses: sms.statuses.clone(),
            accepted: sms.accepted.clone(),
            message_id: sms.message_id.clone(),
            error_code: sms.error_code.clone(),
            timeouts,
        }),
    }
}

fn credentials(sms: &SmsDelivery) -> TwilioCredentials {
    match (&sms.api_key, &sms.api_key_secret) {
        (Some(sid), Some(secret)) => TwilioCredentials::ApiKey { sid: sid.clone(), secret: secret.clone() },
        (Some(_), None) | (None, Some(_) | None) => {
            TwilioCredentials::AuthToken(sms.auth_token.clone().unwrap_or_default())
        }
    }
}

/// Twilio can tell what became of a message where it can reach this server, and where we can know that it is Twilio.
fn callback(config: &Config) -> Option<StatusCallback> {
    let url = config.server.public_url.as_ref()?.trim_end_matches('/');
    let auth_token = config.delivery.sms.auth_token.clone()?;
    Some(StatusCallback { url: format!("{url}{}", reports::TWILIO), auth_token })
}
