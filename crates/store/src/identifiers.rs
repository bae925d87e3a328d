//! Names that no two accounts of an app share, each in the form in which its variants meet.

use std::borrow::Cow;

use daemun_model::{AccountUuid, AppId, Email, PhoneNumber, text};

use crate::{DbError, Executor, Tx, sql};

/// Which name of an account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The e-mail address.
    Email,
    /// The user name.
    PreferredUsername,
    /// The phone number.
    PhoneNumber,
    /// The nickname.
    Nickname,
    /// A key that tells who somebody is, as an identity check gives it: kept as a keyed digest only.
    IdentityKey,
}

impl Kind {
    /// The name that the database uses, which is the account's field where there is one.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PreferredUsername => "preferred_username",
            Self::PhoneNumber => "phone_number",
            Self::Nickname => "nickname",
            Self::IdentityKey => "identity_key",
        }
    }
}

/// A name in its comparable form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Which name.
    pub kind: Kind,
    /// Its comparable form.
    pub value: String,
}

impl Identifier {
    /// An e-mail address: letter case and width make no difference.
    pub fn email(email: &Email) -> Self {
        Self { kind: Kind::Email, value: email.key().to_owned() }
    }

    /// A user name: letter case and width make no difference.
    pub fn preferred_username(name: &str) -> Self {
        Self { kind: Kind::PreferredUsername, value: text::fold(name) }
    }

    /// A phone number in E.164.
    pub fn phone_number(number: &PhoneNumber) -> Self {
        Self { kind: Kind::PhoneNumber, value: number.e164().to_owned() }
    }

    /// An identity key of a kind, by its keyed digest. A kind has no space in it.
    pub fn identity_key(kind: &str, digest: &str) -> Self {
        Self { kind: Kind::IdentityKey, value: format!("{kind} {digest}") }
    }

    /// The input field that it comes from: `email`, `identity_keys.passport`.
    pub fn field(&self) -> Cow<'static, str> {
        match (self.kind, self.value.split_once(' ')) {
            (Kind::IdentityKey, Some((kind, _))) => format!("identity_keys.{kind}").into(),
            (kind, _) => kind.field().into(),
        }
    }

    /// A nickname: letter case and width make no difference.
    pub fn nickname(name: &str) -> Self {
        Self { kind: Kind::Nickname, value: text::fold(name) }
    }
}

/// Whose name it is.
///
/// # Errors
/// When the database does not answer.
pub async fn find_owner(
    on: &mut impl Executor,
    app: AppId,
    name: &Identifier,
) -> Result<Option<AccountUuid>, DbError> {
    sql("SELECT account FROM identifiers WHERE app = $1 AND kind = $2 AND value = $3")
        .bind(app)
        .bind(name.kind.field())
        .bind(&name.value)
        .inline()
        .optional(on)
        .await
}

/// Makes the name an account's, and tells whether it was free.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(
    tx: &mut Tx,
    app: AppId,
    name: &Identifier,
    account: AccountUuid,
) -> Result<bool, DbError> {
    let won = sql(
        "INSERT INTO identifiers (app, kind, value, account) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(app)
    .bind(name.kind.field())
    .bind(&name.value)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Frees an account's name of one kind.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &mut Tx, app: AppId, kind: Kind, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM identifiers WHERE account = $1 AND kind = $2 AND app = $3")
        .bind(account)
        .bind(kind.field())
        .bind(app)
        .execute(tx)
        .await?;
    Ok(())
}

/// Frees all names of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn release_all(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM identifiers WHERE account = $1 AND app = $2")
        .bind(account)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(())
}
