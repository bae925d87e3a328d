//! Refused is not broken: the closed list of ways in which an operation can end without doing what was asked.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Every failure's stable code. A contract names them in `errors` as [`Code::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The input is at fault: see [`Faults`].
    Invalid,
    /// The e-mail address belongs to an account.
    EmailTaken,
    /// The user name belongs to an account.
    UsernameTaken,
    /// The phone number belongs to an account.
    PhoneTaken,
    /// The nickname belongs to an account.
    NicknameTaken,
    /// The identity key belongs to an account.
    IdentityTaken,
    /// The uploaded file belongs to an account.
    UploadTaken,
    /// No account with these credentials: which part is wrong is not told.
    WrongCredentials,
    /// The caller's own password is wrong.
    WrongPassword,
    /// No access token, or one that is malformed, expired or revoked.
    Unauthenticated,
    /// The sign-in is too long ago for what was asked.
    ReauthenticationRequired,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// There is no such account.
    AccountNotFound,
    /// The account waits for approval.
    AccountPending,
    /// The account's approval was refused.
    AccountRejected,
    /// The account is suspended.
    AccountSuspended,
    /// The one-time code is wrong, expired or used.
    CodeInvalid,
    /// The token is wrong or expired.
    TokenInvalid,
    /// The token was rotated or signed out.
    TokenRevoked,
    /// The e-mail address has not been proven.
    EmailNotProven,
    /// The organisation does not have this e-mail domain.
    EmailDomainNotAllowed,
    /// There is no such product key.
    ProductKeyUnknown,
    /// The product key belongs to an account.
    ProductKeyUsed,
    /// The two accounts are friends.
    AlreadyFriends,
    /// Not with oneself.
    SelfNotAllowed,
    /// The two accounts are not friends.
    NotFriends,
    /// The caller is in another room.
    InAnotherRoom,
    /// The room is full.
    RoomFull,
    /// The room's password is wrong.
    WrongRoomPassword,
    /// It was changed too recently.
    TooSoon,
    /// It was approved or rejected before.
    AlreadyDecided,
    /// There is one already.
    AlreadyExists,
    /// There is nothing left of the message to send.
    MessageGone,
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused,
    /// The first request with this idempotency key is at work.
    RequestInProgress,
    /// A limit is reached.
    TooManyRequests,
    /// The server cannot do it now.
    Unavailable,
    /// The door: no route has this path.
    RouteNotFound,
    /// The door: the path has no route with this method.
    MethodNotAllowed,
    /// The door: the body cannot be read.
    BodyMalformed,
    /// The door: the body is larger than allowed.
    BodyTooLarge,
    /// The door: the body's content type is not taken here.
    UnsupportedMediaType,
    /// Something is broken; the log has the cause.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 44] = [
        Self::Invalid,
        Self::EmailTaken,
        Self::UsernameTaken,
        Self::PhoneTaken,
        Self::NicknameTaken,
        Self::IdentityTaken,
        Self::UploadTaken,
        Self::WrongCredentials,
        Self::WrongPassword,
        Self::Unauthenticated,
        Self::ReauthenticationRequired,
        Self::Forbidden,
        Self::NotFound,
        Self::AccountNotFound,
        Self::AccountPending,
        Self::AccountRejected,
        Self::AccountSuspended,
        Self::CodeInvalid,
        Self::TokenInvalid,
        Self::TokenRevoked,
        Self::EmailNotProven,
        Self::EmailDomainNotAllowed,
        Self::ProductKeyUnknown,
        Self::ProductKeyUsed,
        Self::AlreadyFriends,
        Self::SelfNotAllowed,
        Self::NotFriends,
        Self::InAnotherRoom,
        Self::RoomFull,
        Self::WrongRoomPassword,
        Self::TooSoon,
        Self::AlreadyDecided,
        Self::AlreadyExists,
        Self::MessageGone,
        Self::IdempotencyKeyReused,
        Self::RequestInProgress,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::RouteNotFound,
        Self::MethodNotAllowed,
        Self::BodyMalformed,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::Internal,
    ];

    /// The codes that any route can end in, whatever its operation: the door's own and those of every request.
    pub const OF_THE_DOOR: [Self; 8] = [
        Self::RouteNotFound,
        Self::MethodNotAllowed,
        Self::BodyMalformed,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code in snake case, as contracts, logs and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::EmailTaken => "email_taken",
            Self::UsernameTaken => "username_taken",
            Self::PhoneTaken => "phone_taken",
            Self::NicknameTaken => "nickname_taken",
            Self::IdentityTaken => "identity_taken",
            Self::UploadTaken => "upload_taken",
            Self::WrongCredentials => "wrong_credentials",
            Self::WrongPassword => "wrong_password",
            Self::Unauthenticated => "unauthenticated",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::AccountNotFound => "account_not_found",
            Self::AccountPending => "account_pending",
            Self::AccountRejected => "account_rejected",
            Self::AccountSuspended => "account_suspended",
            Self::CodeInvalid => "code_invalid",
            Self::TokenInvalid => "token_invalid",
            Self::TokenRevoked => "token_revoked",
            Self::EmailNotProven => "email_not_proven",
            Self::EmailDomainNotAllowed => "email_domain_not_allowed",
            Self::ProductKeyUnknown => "product_key_unknown",
            Self::ProductKeyUsed => "product_key_used",
            Self::AlreadyFriends => "already_friends",
            Self::SelfNotAllowed => "self_not_allowed",
            Self::NotFriends => "not_friends",
            Self::InAnotherRoom => "in_another_room",
            Self::RoomFull => "room_full",
            Self::WrongRoomPassword => "wrong_room_password",
            Self::TooSoon => "too_soon",
            Self::AlreadyDecided => "already_decided",
            Self::AlreadyExists => "already_exists",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::MessageGone => "message_gone",
            Self::RequestInProgress => "request_in_progress",
            Self::TooManyRequests => "too_many_requests",
            Self::Unavailable => "unavailable",
            Self::RouteNotFound => "route_not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyMalformed => "body_malformed",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Internal => "internal",
        }
    }

    /// The code that is written `text`.
    pub fn from_name(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// The HTTP status where a contract gives none.
    pub const fn default_status(self) -> u16 {
        match self {
            Self::Invalid
            | Self::WrongPassword
            | Self::CodeInvalid
            | Self::EmailNotProven
            | Self::EmailDomainNotAllowed
            | Self::SelfNotAllowed
            | Self::BodyMalformed => 400,
            Self::WrongCredentials | Self::Unauthenticated | Self::TokenInvalid | Self::TokenRevoked => 401,
            Self::ReauthenticationRequired
            | Self::Forbidden
            | Self::AccountPending
            | Self::AccountRejected
            | Self::AccountSuspended
            | Self::WrongRoomPassword => 403,
            Self::NotFound
            | Self::AccountNotFound
            | Self::ProductKeyUnknown
            | Self::NotFriends
            | Self::RouteNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::EmailTaken
            | Self::UsernameTaken
            | Self::PhoneTaken
            | Self::NicknameTaken
            | Self::IdentityTaken
            | Self::UploadTaken
            | Self::ProductKeyUsed
            | Self::AlreadyFriends
            | Self::InAnotherRoom
            | Self::RoomFull
            | Self::AlreadyDecided
            | Self::AlreadyExists
            | Self::MessageGone
            | Self::RequestInProgress => 409,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::IdempotencyKeyReused => 422,
            Self::TooManyRequests | Self::TooSoon => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The code whose words are used where a contract says nothing about this one: a taken name is an
    /// invalid field, a rotated token an invalid one, a particular thing that is missing is missing.
    pub const fn falls_back_to(self) -> Option<Self> {
        match self {
            Self::EmailTaken
            | Self::UsernameTaken
            | Self::PhoneTaken
            | Self::NicknameTaken
            | Self::IdentityTaken
            | Self::UploadTaken => Some(Self::Invalid),
            Self::TokenRevoked => Some(Self::TokenInvalid),
            Self::AccountNotFound | Self::ProductKeyUnknown => Some(Self::NotFound),
            Self::BodyMalformed => Some(Self::Invalid),
            _ => None,
        }
    }
}

/// Why a field of the input is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is missing.
    Required,
    /// It is empty.
    Blank,
    /// It has not the form it must have, or the wrong JSON type.
    Malformed,
    /// It has fewer than `min` characters.
    TooShort {
        /// The fewest code points allowed.
        min: usize,
    },
    /// It has more than `max` characters.
    TooLong {
        /// The most code points allowed.
        max: usize,
    },
    /// A password that everybody tries first.
    TooCommon,
    /// A password that equals something known of the account.
    TooSimilar {
        /// The input field it equals: `email`, `preferred_username`, `name`, `phone_number`, `service`, …
        to: &'static str,
    },
    /// It does not equal its repetition.
    Mismatch,
    /// It is none of the values allowed.
    NotAChoice,
    /// It is a number or a date outside its range.
    OutOfRange,
    /// It names something that does not exist.
    Unknown,
    /// It belongs to somebody else.
    Taken,
}

impl Reason {
    /// The reason in snake case, as contracts write it in `messages`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Blank => "blank",
            Self::Malformed => "malformed",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::TooCommon => "too_common",
            Self::TooSimilar { .. } => "too_similar",
            Self::Mismatch => "mismatch",
            Self::NotAChoice => "not_a_choice",
            Self::OutOfRange => "out_of_range",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
        }
    }

    /// Every reason's name, for the checker of contracts.
    pub const NAMES: [&'static str; 12] = [
        "required",
        "blank",
        "malformed",
        "too_short",
        "too_long",
        "too_common",
        "too_similar",
        "mismatch",
        "not_a_choice",
        "out_of_range",
        "unknown",
        "taken",
    ];
}

/// One invalid field. `field` is the operation's input, dotted for members (`attributes.carrier`, `uploads.2.path`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The input field.
    pub field: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// The invalid fields of one input, in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault; a field that is known to be missing or malformed keeps that one fault, and one that is at
    /// fault is not missing.
    pub fn add(&mut self, field: impl Into<String>, reason: Reason) {
        let field = field.into();
        let settled = |fault: &Fault| {
            fault.field == field
                && (reason == Reason::Required
                    || matches!(fault.reason, Reason::Required | Reason::Malformed | Reason::Blank))
        };
        if !self.0.iter().any(settled) && !self.0.iter().any(|f| f.field == field && f.reason == reason) {
            self.0.push(Fault { field, reason });
        }
    }

    /// Whether the field has a fault.
    pub fn blames(&self, field: &str) -> bool {
        self.0.iter().any(|fault| fault.field == field)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Takes the value of a result, or notes its reason under `field`.
    pub fn take<T>(&mut self, field: &str, result: Result<T, Reason>) -> Option<T> {
        result.map_err(|reason| self.add(field, reason)).ok()
    }

    /// The value of an input that must be there; `None` is noted as `Required`.
    pub fn require<'a, T: ?Sized>(&mut self, field: &str, value: Option<&'a T>) -> Option<&'a T> {
        if value.is_none() {
            self.add(field, Reason::Required);
        }
        value
    }

    /// Goes on when nothing is wrong.
    ///
    /// # Errors
    /// The failure of a single taken name (`email_taken`, …) or of an unknown organisation (`not_found`) when that is
    /// the only fault, else `invalid`.
    pub fn finish(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        if let [Fault { field, reason: Reason::Unknown }] = faults.0.as_slice()
            && field == "organization"
        {
            return Code::NotFound.on("organization");
        }
        if let [Fault { field, reason: Reason::Taken }] = faults.0.as_slice() {
            let single = match field.as_str() {
                "email" => Some((Code::EmailTaken, "email")),
                "preferred_username" => Some((Code::UsernameTaken, "preferred_username")),
                "phone_number" => Some((Code::PhoneTaken, "phone_number")),
                "nickname" => Some((Code::NicknameTaken, "nickname")),
                _ => None,
            };
            if let Some((code, field)) = single {
                return code.on(field);
            }
            let member = match field.split_once('.') {
                Some(("identity_keys", _)) => Some(Code::IdentityTaken),
                Some(("uploads", _)) => Some(Code::UploadTaken),
                _ => None,
            };
            if let Some(code) = member {
                return Self::Refused { code, field: Some(field.clone().into()) };
            }
        }
        Self::Invalid(faults)
    }
}

/// Why an operation did not do what was asked.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The input is at fault.
    Invalid(Faults),
    /// It is refused, for a reason of the closed list; `field` is the input it concerns, where there is one.
    Refused {
        /// Which refusal.
        code: Code,
        /// The input field it concerns.
        field: Option<Cow<'static, str>>,
    },
    /// A limit is reached.
    TooManyRequests {
        /// Seconds until it is worth trying again.
        retry_after: u32,
    },
    /// The server is overloaded or its database is away.
    Unavailable {
        /// Seconds until it is worth trying again.
        retry_after: u32,
    },
    /// Something is broken. The cause goes to the log, once, at the edge, and never to the client.
    Broken(Arc<dyn std::error::Error + Send + Sync>),
}

impl Code {
    /// A refusal that concerns an input field.
    pub const fn on(self, field: &'static str) -> Failure {
        Failure::Refused { code: self, field: Some(Cow::Borrowed(field)) }
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Refused { code, field: None }
    }
}

impl Failure {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::Invalid,
            Self::Refused { code, .. } => *code,
            Self::TooManyRequests { .. } => Code::TooManyRequests,
            Self::Unavailable { .. } => Code::Unavailable,
            Self::Broken(_) => Code::Internal,
        }
    }

    /// A failure of the machinery, with its cause.
    pub fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(Arc::from(cause.into()))
    }

    /// A single invalid field.
    pub fn invalid(field: &str, reason: Reason) -> Self {
        let mut faults = Faults::default();
        faults.add(field, reason);
        Self::Invalid(faults)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(faults) => {
                let fields: Vec<_> =
                    faults.iter().map(|x| format!("{}: {}", x.field, x.reason.as_str())).collect();
                write!(f, "invalid ({})", fields.join(", "))
            }
            Self::Broken(cause) => {
                write!(f, "{cause}")?;
                let mut source = cause.source();
                while let Some(next) = source {
                    write!(f, ": {next}")?;
                    source = next.source();
                }
                Ok(())
            }
            other => f.write_str(other.code().as_str()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_at_fault_is_not_missing_too() {
        let mut faults = Faults::default();
        faults.add("gender", Reason::NotAChoice);
        faults.add("gender", Reason::Required);
        faults.add("name", Reason::Required);
        faults.add("name", Reason::TooShort { min: 2 });
        let found: Vec<_> =
            faults.iter().map(|fault| (fault.field.as_str(), fault.reason.as_str())).collect();
        assert_eq!(found, [("gender", "not_a_choice"), ("name", "required")]);
    }
}
