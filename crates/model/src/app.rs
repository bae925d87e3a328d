//! Apps: a mount with a contract, hosts, a policy and keys. Every account belongs to one.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::upload::UploadKind;

/// The number of an app in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(pub i64);

/// An app as it is served: what its contract implies and its configuration changes.
#[derive(Clone, Debug)]
pub struct App {
    /// Its number in the database.
    pub id: AppId,
    /// Its name in configuration, command lines and the `aud` of its tokens: `[a-z0-9-]+`.
    pub name: String,
    /// The name that members read in mails and on pages.
    pub title: String,
    /// Where its contract is mounted: `""` or `/name`.
    pub mount: String,
    /// The absolute URL of the mount, without a final slash: `https://id.example.com/welt`. Links and the `iss`
    /// of tokens are built from it.
    pub public_url: String,
    /// The language of what has no other.
    pub language: Language,
    /// For ages, dates and periods.
    pub timezone: chrono_tz::Tz,
    /// Rules about its accounts.
    pub policy: Policy,
    /// Rules about its tokens.
    pub tokens: TokenPolicy,
    /// The attributes that its accounts have beyond the standard fields.
    pub attributes: IndexMap<String, Attribute>,
}

/// One attribute of the contract's own.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its type.
    pub kind: AttributeKind,
    /// What a new account has when the client names nothing.
    pub default: Option<serde_json::Value>,
}

/// The type of an attribute.
#[derive(Clone, Debug)]
pub enum AttributeKind {
    /// Text of at most `max` code points, of `choices` where given.
    String {
        /// The most code points.
        max: usize,
        /// The only values allowed, where there are such.
        choices: Vec<String>,
    },
    /// True or false.
    Boolean,
    /// A whole number.
    Integer {
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// A number.
    Number,
    /// A day, `YYYY-MM-DD`.
    Date,
}

/// An identifier that a member can sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identifier {
    /// The e-mail address.
    Email,
    /// The user name.
    PreferredUsername,
    /// The phone number.
    PhoneNumber,
}

impl Identifier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::PreferredUsername, Self::PhoneNumber];

    /// The account field it is, which is also the input field it is sent in.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PreferredUsername => "preferred_username",
            Self::PhoneNumber => "phone_number",
        }
    }
}

/// Whether new accounts wait for an operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approval {
    /// They are approved at once.
    #[default]
    None,
    /// They are pending until an operator decides.
    Required,
}

/// What happens to the e-mail address of a new account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerifyEmail {
    /// Nothing.
    #[default]
    None,
    /// A verification mail is sent; the account works at once.
    Sent,
    /// A verification mail is sent; sign-in waits until the address is verified.
    Required,
    /// The address must have been proven by a code before sign-up.
    Proven,
}

/// A field's own rule beyond its type's.
#[derive(Clone, Debug, Default)]
pub struct FieldRule {
    /// The fewest code points.
    pub min: Option<usize>,
    /// The most code points.
    pub max: Option<usize>,
    /// The whole value must match it.
    pub pattern: Option<Regex>,
    /// The only values allowed.
    pub choices: Option<Vec<String>>,
}

/// What a contract implies about the accounts of an app.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What members sign in with.
    pub sign_in: Vec<Identifier>,
    /// The input fields of sign-up that must be there.
    pub required: Vec<String>,
    /// The account fields that no two accounts share: always those of `sign_in`.
    pub unique: Vec<String>,
    /// Whether new accounts wait for an operator.
    pub approval: Approval,
    /// What happens to the e-mail address of a new account.
    pub verify_email: VerifyEmail,
    /// Rules of single fields.
    pub fields: BTreeMap<String, FieldRule>,
    /// The region of phone numbers in local form (ISO 3166-1).
    pub phone_region: String,
    /// `nickname.change_every`: seconds between two changes of the nickname.
    pub nickname_change_every: Option<i64>,
    /// `find_email.masked`: whether a found address is shown in part only.
    pub find_email_masked: bool,
    /// `password_change.recent_sign_in`: seconds after a sign-in in which the password can be changed without the old one.
    pub password_change_recent_sign_in: i64,
    /// Reasons for turning an applicant away that operators choose from; the usual ones where there is none.
    pub rejection_reasons: Vec<String>,
    /// The kinds of files that members may upload, by their names.
    pub uploads: IndexMap<String, UploadKind>,
}

/// What the tokens of an app are.
#[derive(Clone, Debug)]
pub enum TokenPolicy {
    /// A pair of JWTs.
    Jwt {
        /// The access token.
        access: AccessPolicy,
        /// The refresh token.
        refresh: RefreshPolicy,
    },
    /// One long-lived opaque token a sign-in.
    Opaque(OpaquePolicy),
}

/// The access token of a pair.
#[derive(Clone, Debug)]
pub struct AccessPolicy {
    /// Seconds it lives.
    pub lifetime: i64,
    /// Whether it stays valid until it expires after its session was signed out.
    pub outlives_sign_out: bool,
}

/// The refresh token of a pair.
#[derive(Clone, Debug)]
pub struct RefreshPolicy {
    /// Seconds without use after which it is dead.
    pub idle: i64,
    /// Seconds after the sign-in at which it is dead.
    pub absolute: i64,
    /// Whether each use replaces it.
    pub rotates: bool,
}

/// An opaque session token.
#[derive(Clone, Debug)]
pub struct OpaquePolicy {
    /// Its length in hexadecimal digits: at least 32.
    pub hex: usize,
    /// Seconds without use after which it is dead.
    pub idle: i64,
    /// Seconds after the sign-in at which it is dead.
    pub absolute: i64,
}
