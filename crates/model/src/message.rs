//! Messages to members: what waits in the outbox.

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
}

impl Channel {
    /// The name that the database and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The channel of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Email, Self::Sms].into_iter().find(|channel| channel.as_str() == name)
    }
}

/// What a message says. Its name chooses the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// A link that verifies the address.
    VerifyEmail,
    /// A link, and a code, to choose a new password.
    ResetPassword,
    /// A notice that the password was changed.
    PasswordChanged,
    /// A code that proves the address before sign-up.
    EmailCode,
    /// A code to sign in with.
    SignInCode,
    /// A notice that the account was approved.
    AccountApproved,
    /// A notice that the account was not approved, and why.
    AccountRejected,
    /// A link with which somebody becomes an administrator.
    AdministratorInvitation,
    /// A link with which an administrator chooses a new password and second factor.
    AdministratorReset,
    /// A notice to an administrator that their password was changed.
    AdministratorPasswordChanged,
    /// A notice to an administrator that they have another authenticator app.
    AdministratorSecondFactorChanged,
    /// A notice to an administrator that a recovery code of theirs was used.
    AdministratorRecoveryCodeUsed,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::PasswordChanged,
        Self::EmailCode,
        Self::SignInCode,
        Self::AccountApproved,
        Self::AccountRejected,
        Self::AdministratorInvitation,
        Self::AdministratorReset,
        Self::AdministratorPasswordChanged,
        Self::AdministratorSecondFactorChanged,
        Self::AdministratorRecoveryCodeUsed,
    ];

    /// The name that the database, listings and template files use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::EmailCode => "email_code",
            Self::SignInCode => "sign_in_code",
            Self::AccountApproved => "account_approved",
            Self::AccountRejected => "account_rejected",
            Self::AdministratorInvitation => "administrator_invitation",
            Self::AdministratorReset => "administrator_reset",
            Self::AdministratorPasswordChanged => "administrator_password_changed",
            Self::AdministratorSecondFactorChanged => "administrator_second_factor_changed",
            Self::AdministratorRecoveryCodeUsed => "administrator_recovery_code_used",
        }
    }

    /// The template of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.as_str() == name)
    }
}

/// The part of a message that nobody but its reader may know. Cleared once it is sent, except by the dev outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The one-time code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The absolute link; its query parameter `token` is the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// An operator's reason, in the operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// How it travels.
    pub channel: Channel,
    /// The e-mail address or E.164 number.
    pub to: String,
    /// What it says.
    pub template: Template,
    /// In which language.
    pub language: Language,
    /// The name of the app that the reader knows.
    pub app_title: String,
    /// The secret part.
    pub secret: Secret,
}

/// How far a message has come on its provider's side. It only ever goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// The provider has it.
    Queued,
    /// The network of the reader has it.
    Sent,
    /// The reader's device has it.
    Delivered,
    /// The network could not give it to the device.
    Undelivered,
    /// The provider could not send it.
    Failed,
}

impl DeliveryState {
    /// The name that the database and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Delivered, Self::Undelivered, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// The states from which this one is a step forward, beside none at all. The last three are final.
    pub const fn follows(self) -> &'static [Self] {
        match self {
            Self::Queued => &[],
            Self::Sent => &[Self::Queued],
            Self::Delivered | Self::Undelivered | Self::Failed => &[Self::Queued, Self::Sent],
        }
    }
}
