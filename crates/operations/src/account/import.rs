//! `account.import`: an account that comes from elsewhere, with the hash of its password.

use daemun_crypto::password_rules::{FEWEST, MOST};
use daemun_crypto::{Password, hasher};
use daemun_model::{Account, AccountUuid, Code, Email, Failure, Permission, Reason, Status, Timestamp};
use daemun_store::accounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::sign_up::blank;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::idempotency;
use crate::names::{claim_all, note_taken, unique_names};
use crate::operation::Operation;
use crate::rules::{Field, LONGEST_NAME, LONGEST_PICTURE, Reading, with_defaults};

/// The most bytes of a foreign hash.
const LONGEST_HASH: usize = 512;

/// An account as it was elsewhere.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address.
    #[schemars(extend("maxLength" = Email::LONGEST))]
    pub email: Option<String>,
    /// Whether the address was proven there.
    pub email_verified: Option<bool>,
    /// The phone number, in local or international form.
    pub phone_number: Option<String>,
    /// Whether the number was proven there.
    pub phone_number_verified: Option<bool>,
    /// The user name: 1 to 150 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub preferred_username: Option<String>,
    /// The password, where it is known: 8 to 256 characters.
    #[schemars(extend("minLength" = FEWEST, "maxLength" = MOST))]
    pub password: Option<String>,
    /// The hash of the password: argon2 or scrypt as a PHC string, bcrypt (`$2a$`, `$2b$`, `$2y$`), Django's
    /// `pbkdf2_sha256$…`, `bcrypt_sha256$…`, `bcrypt$…` or `scrypt$…`, Werkzeug's `scrypt:…`. It is replaced at the member's
    /// first sign-in.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_HASH))]
    pub password_hash: Option<String>,
    /// The full name: 1 to 150 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub name: Option<String>,
    /// The given name: 1 to 150 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub given_name: Option<String>,
    /// The family name: 1 to 150 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub family_name: Option<String>,
    /// The nickname: 1 to 150 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub nickname: Option<String>,
    /// The day of birth, `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// `male`, `female` or `other`.
    #[schemars(extend("enum" = ["male", "female", "other", null]))]
    pub gender: Option<String>,
    /// The path or URL of a picture: at most 500 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_PICTURE))]
    pub picture: Option<String>,
    /// The language of messages to the member: `ko` or `en`.
    #[schemars(extend("enum" = ["ko", "en", null]))]
    pub locale: Option<String>,
    /// The attributes that the app's contract declares.
    pub attributes: Option<Map<String, Value>>,
    /// The status: `approved` if nothing is said.
    #[schemars(extend("enum" = ["pending", "approved", "rejected", "suspended", null]))]
    pub status: Option<String>,
    /// When it was opened there; now if nothing is said.
    pub created_at: Option<Timestamp>,
}

/// The account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.import", "Bring an account in", import)
        .needs(Permission::AccountsImport)
        .fails(&[Code::Invalid, Code::EmailTaken, Code::UsernameTaken, Code::PhoneTaken, Code::NicknameTaken])
}

/// Bring an account in. What the app's policy requires of a sign-up is not asked for: it is an account already. No
/// message is sent.
///
/// # Errors
/// Those of [`operation`].
pub async fn import(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let New { account, password, hash } = read(&daemun, &call, input).await?;
    let hash = match password {
        Some(password) => Some(daemun.hasher.hash(password).await?),
        None => hash,
    };
    let names = unique_names(&call.app, &account);
    let entry = audit::done(&daemun, &call, "account.import", Some(account.uuid));
    let core = daemun.clone();
    daemun
        .db
        .write(async move |tx| {
            claim_all(tx, account.app, &names, account.uuid).await?;
            let id = accounts::insert(tx, &account, hash.as_deref()).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            let output = Output { account: Account { id, ..account.clone() } };
            idempotency::keep(tx, (&core, &call), &output).await?;
            Ok(output)
        })
        .await
}

struct New {
    account: Account,
    password: Option<Password>,
    hash: Option<String>,
}

async fn read(daemun: &Daemun, call: &Call, input: Input) -> Result<New, Failure> {
    let now = daemun.clock.now();
    let mut reading = Reading { app: &call.app, now, faults: call.faults.clone() };
    let mut account = blank(call, AccountUuid(daemun.random.uuid_v7(now)), now);
    for (field, typed) in input.profile() {
        *field.of(&mut account) = typed.and_then(|typed| reading.field(field, typed));
    }
    let email = input.email.as_deref().and_then(|typed| reading.email(typed));
    account.email = email.map(|email| email.address().to_owned());
    account.email_verified = account.email.is_some() && input.email_verified.unwrap_or(false);
    account.phone_number_verified =
        account.phone_number.is_some() && input.phone_number_verified.unwrap_or(false);
    let named = reading.attributes(&input.attributes.clone().unwrap_or_default());
    account.attributes = with_defaults(&call.app, named);
    account.status = input
        .status
        .as_deref()
        .map_or(Some(Status::Approved), |typed| {
            reading.faults.take("status", Status::from_name(typed).ok_or(Reason::NotAChoice))
        })
        .unwrap_or(Status::Approved);
    account.created_at = input.created_at.unwrap_or(now);
    if account.created_at > now {
        reading.faults.add("created_at", Reason::OutOfRange);
    }
    if account.email.is_none() && account.phone_number.is_none() && account.preferred_username.is_none() {
        let first = call.app.policy.sign_in.first().map_or("email", |with| with.field());
        reading.faults.add(first, Reason::Required);
    }
    let password = reading.new_password(input.password.as_deref(), None, Some(&account));
    let hash =
        input.password_hash.as_deref().and_then(|hash| reading.faults.take("password_hash", usable(hash)));
    if input.password.is_some() && input.password_hash.is_some() {
        reading.faults.add("password_hash", Reason::Mismatch);
    }
    let names = unique_names(&call.app, &account);
    note_taken(&mut daemun.reader(), call.app.id, &names, &mut reading.faults).await?;
    reading.faults.finish()?;
    Ok(New { account, password, hash })
}

/// A hash that a sign-in can be compared with, and that asks for no more work than one may cost.
fn usable(hash: &str) -> Result<String, Reason> {
    let hash = hash.trim();
    if hash.len() > LONGEST_HASH {
        return Err(Reason::TooLong { max: LONGEST_HASH });
    }
    hasher::check_stored(hash).map(|()| hash.to_owned()).map_err(|_| Reason::Malformed)
}

impl Input {
    fn profile(&self) -> [(Field, Option<&str>); 10] {
        [
            (Field::PreferredUsername, self.preferred_username.as_deref()),
            (Field::PhoneNumber, self.phone_number.as_deref()),
            (Field::Name, self.name.as_deref()),
            (Field::GivenName, self.given_name.as_deref()),
            (Field::FamilyName, self.family_name.as_deref()),
            (Field::Nickname, self.nickname.as_deref()),
            (Field::Birthdate, self.birthdate.as_deref()),
            (Field::Gender, self.gender.as_deref()),
            (Field::Picture, self.picture.as_deref()),
            (Field::Locale, self.locale.as_deref()),
        ]
    }
}
