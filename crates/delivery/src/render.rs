//! What a message says: one template a message and language, laid out as plain text, as HTML or as a text message.

use daemun_model::message::{Channel, Message, Template};
use minijinja::{Environment, Error, Value, context};

use crate::{DeliveryError, templates};

/// The longest app title in a subject, in code points.
const LONGEST_TITLE: usize = 60;
/// The longest in a text message.
const LONGEST_SMS_TITLE: usize = 30;

/// The colour of mails of an app that has none.
pub(crate) const ACCENT: &str = "#1f54c4";

/// A message in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line without control characters, the app's title in it.
    pub subject: String,
    /// The plain text. A link stands alone on its line.
    pub text: String,
    /// The same as an HTML document; a text message has none.
    pub html: Option<String>,
}

/// Puts a message into the built-in words, in its language.
///
/// # Errors
/// `NoSecret` when its code or link is gone, `BadLink` when the link is no `http` or `https` URL.
pub fn render(message: &Message) -> Result<Rendered, DeliveryError> {
    render_with(templates::built_in()?, message, ACCENT)
}

/// Puts a message into the words of these templates, in this colour.
pub(crate) fn render_with(
    environment: &Environment<'_>,
    message: &Message,
    accent: &str,
) -> Result<Rendered, DeliveryError> {
    check_secret(message)?;
    let template = message.template.as_str();
    let broken = |cause| DeliveryError::Template { template, cause };
    let name = format!("{}/{template}", message.language.code());
    let lay_out = |layout: &str, form: &str| -> Result<String, Error> {
        environment.get_template(&format!("{name}.{form}"))?.render(values(message, layout, accent))
    };
    let subject = lay_out("subject.txt", "txt").map_err(broken)?;
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(match message.channel {
        Channel::Email => Rendered {
            subject,
            text: lay_out("mail.txt", "txt").map_err(broken)?,
            html: Some(lay_out("mail.html", "html").map_err(broken)?),
        },
        Channel::Sms => Rendered { subject, text: lay_out("sms.txt", "txt").map_err(broken)?, html: None },
    })
}

/// The app's title as it may stand in a header: it is text of a configuration, so line breaks and characters
/// that reorder or hide others are taken out.
pub(crate) fn header_safe(title: &str) -> String {
    let is_unseen = |character: char| {
        matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let visible: String = title
        .chars()
        .map(|character| if character.is_control() || is_unseen(character) { ' ' } else { character })
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_TITLE).collect::<String>().trim_end().to_owned()
}

pub(crate) fn check_secret(message: &Message) -> Result<(), DeliveryError> {
    let (code, link) = (message.secret.code.as_deref(), message.secret.link.as_deref());
    let complete = match message.template {
        Template::VerifyEmail | Template::AdministratorInvitation | Template::AdministratorReset => {
            link.is_some()
        }
        Template::ResetPassword => code.is_some() || link.is_some(),
        Template::EmailCode | Template::SignInCode => code.is_some(),
        Template::PasswordChanged
        | Template::AccountApproved
        | Template::AccountRejected
        | Template::AdministratorPasswordChanged
        | Template::AdministratorSecondFactorChanged
        | Template::AdministratorRecoveryCodeUsed => true,
    };
    if !complete {
        return Err(DeliveryError::NoSecret(message.template.as_str()));
    }
    match link {
        Some(link) if !is_url(link) => Err(DeliveryError::BadLink(message.template.as_str())),
        _ => Ok(()),
    }
}

/// An absolute URL that fits into an attribute and on a line (RFC 3986 section 2 has no quotes or spaces).
fn is_url(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && link.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte))
}

/// The app's title, in a text message a short one: what a code needs must fit into one segment (70 characters in UCS-2,
/// 3GPP TS 23.038 section 4).
fn title(message: &Message) -> String {
    let title = header_safe(&message.app_title);
    match message.channel {
        Channel::Email => title,
        Channel::Sms => title.chars().take(LONGEST_SMS_TITLE).collect::<String>().trim_end().to_owned(),
    }
}

/// An operator's words as they may stand in a sentence.
fn one_line(text: &str) -> String {
    text.split(char::is_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn values(message: &Message, layout: &str, accent: &str) -> Value {
    context! {
        layout,
        language => message.language.code(),
        footer => format!("{}/footer", message.language.code()),
        app => title(message),
        accent,
        code => message.secret.code.as_deref(),
        link => message.secret.link.as_deref(),
        reason => message.secret.reason.as_deref().map(one_line),
    }
}
