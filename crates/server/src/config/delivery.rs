//! `[delivery]`: how messages leave.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::rules::Faults;
use super::{Config, Mode};

/// `[delivery]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// E-mail.
    pub email: EmailDelivery,
    /// Text messages.
    pub sms: SmsDelivery,
}

/// How e-mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmailKind {
    /// Not at all: mails wait in the outbox.
    None,
    /// Into the dev outbox: kept, printed, never sent.
    Dev,
    /// Through an SMTP server.
    Smtp,
}

/// How connections to the SMTP server are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, and no mail without it (port 587).
    Starttls,
    /// In the clear, for a server on the same machine.
    None,
}

/// `[delivery.email]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailDelivery {
    /// How it leaves.
    pub kind: EmailKind,
    /// The SMTP server's name.
    pub host: Option<String>,
    /// Its port: by `security` where it is left out.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// The user, where the server wants one.
    pub username: Option<String>,
    /// The password.
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// `From`: an address, or `Name <address>`.
    pub from: Option<String>,
    /// `Reply-To`.
    pub reply_to: Option<String>,
    /// A file of certificates (PEM) that are believed beside the machine's, for a server with an authority of its own.
    pub authority: Option<PathBuf>,
}

/// How text messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmsKind {
    /// Not at all: messages wait in the outbox.
    None,
    /// Into the dev outbox: kept, printed, never sent.
    Dev,
    /// Through Twilio.
    Twilio,
    /// Through whoever takes them over HTTP.
    Http,
}

/// `[delivery.sms]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsDelivery {
    /// How they leave.
    pub kind: SmsKind,
    /// Who writes: a number, or a name that the provider knows.
    pub from: Option<String>,
    /// Seconds to connect to the provider.
    pub connect_seconds: u64,
    /// Seconds for one message, connecting included.
    pub timeout_seconds: u64,
    /// Twilio: the account.
    pub account_sid: Option<String>,
    /// Twilio: the account's auth token. It also verifies what Twilio tells later.
    #[schemars(with = "Option<String>")]
    pub auth_token: Option<SecretString>,
    /// Twilio: an API key to sign in with instead.
    pub api_key: Option<String>,
    /// Twilio: that key's secret.
    #[schemars(with = "Option<String>")]
    pub api_key_secret: Option<SecretString>,
    /// Twilio: the messaging service that chooses the number, instead of `from`.
    pub messaging_service_sid: Option<String>,
    /// Twilio: where it is.
    pub base_url: String,
    /// HTTP: where a message is handed over.
    pub url: Option<String>,
    /// HTTP: POST, PUT or GET.
    pub method: String,
    /// HTTP: headers, as templates.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, SecretString>,
    /// HTTP: the body, a template.
    pub body: Option<String>,
    /// HTTP: what templates show as `secret.NAME`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub secrets: BTreeMap<String, SecretString>,
    /// HTTP: statuses of an answer that took the message over.
    pub statuses: Vec<u16>,
    /// HTTP: an expression that holds when it took it over.
    pub accepted: Option<String>,
    /// HTTP: an expression for the provider's name of the message.
    pub message_id: Option<String>,
    /// HTTP: an expression for the provider's code of a fault.
    pub error_code: Option<String>,
}

/// What is wrong with the ways out.
pub(super) fn check(config: &Config, mode: &Mode, faults: &mut Faults) {
    let (email, sms) = (&config.delivery.email, &config.delivery.sms);
    let dev = email.kind == EmailKind::Dev || sms.kind == SmsKind::Dev;
    if dev && !config.server.listen.ip().is_loopback() {
        let hint = match mode {
            Mode::Demo => {
                "demo mode prints every message: give a daemun.toml with [delivery.email], or listen on 127.0.0.1"
            }
            Mode::File(_) => "set kind = \"smtp\" in [delivery.email], or listen on 127.0.0.1",
        };
        let listen = config.server.listen;
        faults.hint(
            "delivery",
            &format!("the dev outbox shows codes and links to everyone who reads the log: not on {listen}"),
            hint,
        );
    }
    if email.kind == EmailKind::Smtp {
        needed(faults, "email", "smtp", &[("host", &email.host), ("from", &email.from)]);
        if email.username.is_some() != email.password.is_some() {
            let hint = "the password is best set as DAEMUN__DELIVERY__EMAIL__PASSWORD";
            faults.hint("delivery.email", "username and password belong together: one is missing", hint);
        }
    }
    check_sms(sms, faults);
}

fn check_sms(sms: &SmsDelivery, faults: &mut Faults) {
    let lease = "a message must be through before another node may take it";
    faults.between("delivery.sms.connect_seconds", sms.connect_seconds, 1, 30, lease);
    faults.between("delivery.sms.timeout_seconds", sms.timeout_seconds, 1, 60, lease);
    match sms.kind {
        SmsKind::None | SmsKind::Dev => {}
        SmsKind::Twilio => check_twilio(sms, faults),
        SmsKind::Http => needed(faults, "sms", "http", &[("url", &sms.url)]),
    }
}

fn check_twilio(sms: &SmsDelivery, faults: &mut Faults) {
    needed(faults, "sms", "twilio", &[("account_sid", &sms.account_sid)]);
    if sms.api_key.is_some() != sms.api_key_secret.is_some() {
        let hint = "the secret is best set as DAEMUN__DELIVERY__SMS__API_KEY_SECRET";
        faults.hint("delivery.sms", "api_key and api_key_secret belong together: one is missing", hint);
    } else if sms.api_key.is_none() && sms.auth_token.is_none() {
        let hint = "it is best set as DAEMUN__DELIVERY__SMS__AUTH_TOKEN";
        faults.hint("delivery.sms.auth_token", "is needed for kind = \"twilio\", or api_key is", hint);
    }
    if sms.from.is_some() == sms.messaging_service_sid.is_some() {
        faults.add("delivery.sms", "needs one of from and messaging_service_sid for kind = \"twilio\"");
    }
}

/// Blames the keys that a kind cannot do without.
fn needed(faults: &mut Faults, section: &str, kind: &str, keys: &[(&str, &Option<String>)]) {
    for (key, value) in keys {
        if value.as_deref().is_none_or(|text| text.trim().is_empty()) {
            faults.add(&format!("delivery.{section}.{key}"), format!("is needed for kind = {kind:?}"));
        }
    }
}
