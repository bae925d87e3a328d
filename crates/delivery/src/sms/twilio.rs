//! Twilio's Messages resource: `POST /2010-04-01/Accounts/{AccountSid}/Messages.json`, and what it tells later.

use std::collections::BTreeSet;

use daemun_model::Timestamp;
use daemun_model::message::DeliveryState;
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use super::exchange::{Answered, Timeouts, check_url, client, exchange};
use super::signature::is_signed;
use super::{NotSigned, Report, word};
use crate::DeliveryError;
use crate::delivery::{Outgoing, Receipt, SendFault};

/// Twilio, and who we are to it.
#[derive(Clone, Debug)]
pub struct TwilioOptions {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// What shows that we are that account.
    pub credentials: TwilioCredentials,
    /// Who writes.
    pub sender: TwilioSender,
    /// `https://api.twilio.com`, or a stand-in.
    pub base_url: String,
    /// Where Twilio tells what became of a message; without it nobody is told.
    pub callback: Option<StatusCallback>,
    /// How long Twilio is waited for.
    pub timeouts: Timeouts,
}

/// What shows that we are an account.
#[derive(Clone, Debug)]
pub enum TwilioCredentials {
    /// The account's auth token.
    AuthToken(SecretString),
    /// An API key, which can be revoked by itself.
    ApiKey {
        /// `SK` and 32 hexadecimal digits.
        sid: String,
        /// Its secret.
        secret: SecretString,
    },
}

/// Who writes.
#[derive(Clone, Debug)]
pub enum TwilioSender {
    /// A messaging service (`MG` and 32 hexadecimal digits), which chooses the number.
    Service(String),
    /// A number in E.164, a short code or an alphanumeric sender.
    From(String),
}

/// Where Twilio tells what became of a message.
#[derive(Clone, Debug)]
pub struct StatusCallback {
    /// The absolute URL without a final slash; `/` and the message's identifier follow.
    pub url: String,
    /// The account's auth token: Twilio signs with it, whatever we sign in with.
    pub auth_token: SecretString,
}

/// A way out through Twilio.
pub(crate) struct Twilio {
    options: TwilioOptions,
    url: String,
    client: Client,
}

/// What Twilio says about a message (`api.v2010.account.message`).
#[derive(Deserialize)]
struct Created {
    sid: Option<String>,
    status: Option<String>,
}

impl Twilio {
    pub(crate) fn new(options: TwilioOptions) -> Result<Self, DeliveryError> {
        check_url("base_url", &options.base_url)?;
        check_sid("account_sid", "AC", &options.account_sid)?;
        if let TwilioCredentials::ApiKey { sid, .. } = &options.credentials {
            check_sid("api_key", "SK", sid)?;
        }
        match &options.sender {
            TwilioSender::Service(sid) => check_sid("messaging_service_sid", "MG", sid)?,
            TwilioSender::From(from) if from.trim().is_empty() => {
                return Err(DeliveryError::Sms("`from` is empty".to_owned()));
            }
            TwilioSender::From(_) => {}
        }
        let base = options.base_url.trim_end_matches('/');
        let url = format!("{base}/2010-04-01/Accounts/{}/Messages.json", options.account_sid);
        let client = client(options.timeouts)?;
        Ok(Self { options, url, client })
    }

    pub(crate) const fn awaits_reports(&self) -> bool {
        self.options.callback.is_some()
    }

    pub(crate) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        text: &str,
        now: Timestamp,
    ) -> Result<Receipt, SendFault> {
        let (user, password) = match &self.options.credentials {
            TwilioCredentials::AuthToken(token) => (&self.options.account_sid, token),
            TwilioCredentials::ApiKey { sid, secret } => (sid, secret),
        };
        let request = self
            .client
            .post(&self.url)
            .basic_auth(user, Some(password.expose_secret()))
            .form(&self.form(outgoing, text));
        read(&exchange(request, now).await?)
    }

    fn form(&self, outgoing: &Outgoing<'_>, text: &str) -> Vec<(&'static str, String)> {
        let mut form = vec![("To", outgoing.message.to.clone()), ("Body", text.to_owned())];
        form.push(match &self.options.sender {
            TwilioSender::Service(sid) => ("MessagingServiceSid", sid.clone()),
            TwilioSender::From(from) => ("From", from.clone()),
        });
        if let Some(callback) = &self.options.callback {
            form.push(("StatusCallback", callback_url(callback, outgoing.id)));
        }
        // A code that has stopped working must not arrive after all.
        if let Some(seconds) = outgoing.seconds_left {
            form.push(("ValidityPeriod", seconds.clamp(1, 36_000).to_string()));
        }
        form
    }

    pub(crate) fn report(&self, id: Uuid, signature: &str, form: &[u8]) -> Result<Option<Report>, NotSigned> {
        let callback = self.options.callback.as_ref().ok_or(NotSigned)?;
        let form: BTreeSet<(String, String)> = url::form_urlencoded::parse(form).into_owned().collect();
        let token = callback.auth_token.expose_secret();
        if !is_signed(&callback_url(callback, id), &form, token, signature) {
            return Err(NotSigned);
        }
        let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let report = || {
            Some(Report {
                provider_id: word(value("MessageSid")?)?,
                state: state(value("MessageStatus")?)?,
                error_code: value("ErrorCode").and_then(word),
            })
        };
        Ok(report())
    }
}

fn callback_url(callback: &StatusCallback, id: Uuid) -> String {
    format!("{}/{id}", callback.url)
}

fn check_sid(setting: &str, kind: &str, sid: &str) -> Result<(), DeliveryError> {
    let digits = sid.strip_prefix(kind).unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(DeliveryError::Sms(format!("`{setting}` is not {kind} and 32 hexadecimal digits")))
}

/// What an answer means for the outbox. Twilio's own sentence repeats the number, so only its code is kept.
fn read(answered: &Answered) -> Result<Receipt, SendFault> {
    let status = answered.status;
    if status == 201 {
        // Created is created: sent again it would arrive twice, whatever became of the rest of the answer.
        let created = serde_json::from_slice::<Created>(&answered.body).ok();
        return Ok(Receipt {
            provider_id: created.as_ref().and_then(|created| word(created.sid.as_deref()?)),
            state: created.as_ref().and_then(|created| state(created.status.as_deref()?)),
        });
    }
    let json = answered.json();
    let code = json.as_ref().and_then(|body| body["code"].as_u64()).map(|code| code.to_string());
    let text = match &code {
        Some(code) => {
            format!("Twilio answered {status}, error {code}: https://www.twilio.com/docs/api/errors/{code}")
        }
        None if status >= 400 => format!("Twilio answered {status}"),
        // A page of a proxy, a redirect: nobody took the message.
        None => format!("Twilio answered {status}, which is not 201 Created"),
    };
    let permanent = (400..500).contains(&status) && !answered.is_for_now();
    Err(SendFault { permanent, text, code, retry_after: answered.retry_after })
}

/// The state behind one of Twilio's words (`message_enum_status`): `None` for messages that come in, and for words that do
/// not exist yet.
fn state(word: &str) -> Option<DeliveryState> {
    match word {
        "accepted" | "scheduled" | "queued" | "sending" => Some(DeliveryState::Queued),
        "sent" => Some(DeliveryState::Sent),
        "delivered" | "read" | "partially_delivered" => Some(DeliveryState::Delivered),
        "undelivered" => Some(DeliveryState::Undelivered),
        "failed" | "canceled" => Some(DeliveryState::Failed),
        _ => None,
    }
}
