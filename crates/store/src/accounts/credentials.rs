//! What proves that somebody is the member: the hash of their password, and the sign-ins that it opened.

use daemun_model::{AccountUuid, AppId, Timestamp};

use crate::identifiers::{Identifier, Kind};
use crate::{DbError, Executor, Tx, sql};

/// The hash of an account's password: `None` where it has none or is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn find_password_hash(
    on: &mut impl Executor,
    app: AppId,
    uuid: AccountUuid,
) -> Result<Option<String>, DbError> {
    let hash: Option<Option<String>> =
        sql("SELECT password_hash FROM accounts WHERE uuid = $1 AND app = $2 AND deleted_at IS NULL")
            .bind(uuid)
            .bind(app)
            .inline()
            .optional(on)
            .await?;
    Ok(hash.flatten())
}

/// A sign-in that was proven by a password.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The app.
    pub app: AppId,
    /// Who signed in.
    pub account: AccountUuid,
    /// The hash that the password was compared with.
    pub proven: String,
    /// When.
    pub at: Timestamp,
}

/// Notes a sign-in, if the account is still approved and its password still the one that was proven: a sign-in
/// that was overtaken by a new password or a suspension opens nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn note_sign_in(tx: &mut Tx, sign_in: &SignedIn) -> Result<bool, DbError> {
    let won = sql("UPDATE accounts SET last_sign_in_at = $1 \
         WHERE uuid = $2 AND app = $3 AND password_hash = $4 AND status = 'approved' AND deleted_at IS NULL")
    .bind(sign_in.at)
    .bind(sign_in.account)
    .bind(sign_in.app)
    .bind(&sign_in.proven)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Notes a sign-in by a code that went to an address or number, if the account is still approved and has that address or
/// number: it is proven then. A sign-in that was overtaken opens nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn note_code_sign_in(
    tx: &mut Tx,
    app: AppId,
    uuid: AccountUuid,
    name: &Identifier,
    at: Timestamp,
) -> Result<bool, DbError> {
    let statement = match name.kind {
        Kind::Email => sql("UPDATE accounts SET last_sign_in_at = $1, email_verified = TRUE \
             WHERE uuid = $2 AND app = $3 AND status = 'approved' AND deleted_at IS NULL AND EXISTS \
                 (SELECT 1 FROM identifiers i WHERE i.app = $3 AND i.kind = 'email' AND i.value = $4 AND i.account = $2)"),
        Kind::PhoneNumber => sql("UPDATE accounts SET last_sign_in_at = $1, phone_number_verified = TRUE \
             WHERE uuid = $2 AND app = $3 AND status = 'approved' AND deleted_at IS NULL AND phone_number = $4"),
        // No code goes there.
        Kind::PreferredUsername | Kind::Nickname | Kind::IdentityKey => return Ok(false),
    };
    let won = statement.bind(at).bind(uuid).bind(app).bind(&name.value).execute(tx).await?;
    Ok(won == 1)
}

/// Sets a new password, whatever the old one was.
///
/// # Errors
/// When the database does not answer.
pub async fn update_password(
    tx: &mut Tx,
    app: AppId,
    uuid: AccountUuid,
    hash: &str,
) -> Result<bool, DbError> {
    let won =
        sql("UPDATE accounts SET password_hash = $1 WHERE uuid = $2 AND app = $3 AND deleted_at IS NULL")
            .bind(hash)
            .bind(uuid)
            .bind(app)
            .execute(tx)
            .await?;
    Ok(won == 1)
}

/// Sets a new password if the old one is still the one that was proven.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_password(
    tx: &mut Tx,
    app: AppId,
    uuid: AccountUuid,
    proven: &str,
    hash: &str,
) -> Result<bool, DbError> {
    let won = sql("UPDATE accounts SET password_hash = $1 \
         WHERE uuid = $2 AND app = $3 AND password_hash = $4 AND deleted_at IS NULL")
    .bind(hash)
    .bind(uuid)
    .bind(app)
    .bind(proven)
    .execute(tx)
    .await?;
    Ok(won == 1)
}
