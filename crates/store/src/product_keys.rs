//! Product keys. Each belongs to at most one account, and an account has at most one.

use daemun_model::{
    Account, AccountUuid, AppId, ListedKey, ProductKey, ProductKeyState, RegisteredKey, Timestamp,
};

use crate::accounts::{AccountRow, account_columns};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// Keeps a key, and tells whether it is new.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, app: AppId, key: &ProductKey, now: Timestamp) -> Result<bool, DbError> {
    let new = sql("INSERT INTO product_keys (app, value, shown, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app, value) DO NOTHING")
    .bind(app)
    .bind(key.value())
    .bind(key.shown())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(new == 1)
}

/// Whose a key is: the outer `None` where there is no such key, the inner where it is free.
///
/// # Errors
/// When the database does not answer.
pub async fn find_owner(
    on: &mut impl Executor,
    app: AppId,
    key: &ProductKey,
) -> Result<Option<Option<AccountUuid>>, DbError> {
    sql("SELECT account FROM product_keys WHERE app = $1 AND value = $2")
        .bind(app)
        .bind(key.value())
        .inline()
        .optional(on)
        .await
}

/// The approved account that registered a key.
///
/// # Errors
/// When the database does not answer.
pub async fn find_account(
    on: &mut impl Executor,
    app: AppId,
    key: &ProductKey,
) -> Result<Option<Account>, DbError> {
    let row = sql(concat!(
        "SELECT ",
        account_columns!(),
        " FROM product_keys k JOIN accounts a ON a.uuid = k.account WHERE k.app = $1 AND k.value = $2 \
              AND a.app = $1 AND a.status = 'approved' AND a.deleted_at IS NULL"
    ))
    .bind(app)
    .bind(key.value())
    .inline()
    .optional::<AccountRow>(on)
    .await?;
    Ok(row.map(|row| row.0))
}

impl FromRow for RegisteredKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { key: row.next()?, registered_at: row.next()? })
    }
}

/// The key of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn find_key_of(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Option<RegisteredKey>, DbError> {
    sql("SELECT shown, registered_at FROM product_keys WHERE account = $1 AND app = $2")
        .bind(account)
        .bind(app)
        .inline()
        .optional(on)
        .await
}

/// Gives a free key to an account that has none, and tells whether it was free.
///
/// # Errors
/// When the database does not answer, or the account has a key.
pub async fn claim(
    tx: &mut Tx,
    app: AppId,
    key: &ProductKey,
    account: AccountUuid,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE product_keys SET account = $1, registered_at = $2 \
         WHERE app = $3 AND value = $4 AND account IS NULL")
    .bind(account)
    .bind(now)
    .bind(app)
    .bind(key.value())
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Frees the key of an account, and tells whether it had one.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<bool, DbError> {
    let won =
        sql("UPDATE product_keys SET account = NULL, registered_at = NULL WHERE account = $1 AND app = $2")
            .bind(account)
            .bind(app)
            .execute(tx)
            .await?;
    Ok(won == 1)
}

struct Listed(String, ListedKey);

impl FromRow for Listed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (value, key, account): (_, _, Option<String>) = (row.next()?, row.next()?, row.next()?);
        let state = if account.is_some() { ProductKeyState::Used } else { ProductKeyState::Free };
        let (account, registered_at, created_at) = (row.next()?, row.next()?, row.next()?);
        Ok(Self(value, ListedKey { key, state, account, registered_at, created_at }))
    }
}

/// Which keys are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those that nobody registered.
    Free,
    /// Those that somebody did.
    Used,
}

/// Which of them are looked for. What is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What their comparable form begins with: capitals and digits.
    pub begins: Option<String>,
    /// Whose they are.
    pub account: Option<AccountUuid>,
}

/// Up to `limit` keys whose comparable form comes after `after`, in its order, each with that form.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &mut impl Executor,
    app: AppId,
    (which, filter): (Which, &Filter),
    after: &str,
    limit: i64,
) -> Result<Vec<(String, ListedKey)>, DbError> {
    let statement = match which {
        Which::All => sql("SELECT k.value, k.shown, k.account, a.number, k.registered_at, k.created_at \
             FROM product_keys k LEFT JOIN accounts a ON a.uuid = k.account \
             WHERE k.app = $1 AND k.value > $2 \
               AND (CAST($4 AS TEXT) IS NULL OR k.value LIKE $4) \
               AND (CAST($5 AS TEXT) IS NULL OR k.account = $5) ORDER BY k.value LIMIT $3"),
        Which::Free => sql("SELECT k.value, k.shown, k.account, a.number, k.registered_at, k.created_at \
             FROM product_keys k LEFT JOIN accounts a ON a.uuid = k.account \
             WHERE k.app = $1 AND k.value > $2 AND k.account IS NULL \
               AND (CAST($4 AS TEXT) IS NULL OR k.value LIKE $4) \
               AND (CAST($5 AS TEXT) IS NULL OR k.account = $5) ORDER BY k.value LIMIT $3"),
        Which::Used => sql("SELECT k.value, k.shown, k.account, a.number, k.registered_at, k.created_at \
             FROM product_keys k LEFT JOIN accounts a ON a.uuid = k.account \
             WHERE k.app = $1 AND k.value > $2 AND k.account IS NOT NULL \
               AND (CAST($4 AS TEXT) IS NULL OR k.value LIKE $4) \
               AND (CAST($5 AS TEXT) IS NULL OR k.account = $5) ORDER BY k.value LIMIT $3"),
    };
    let begins = filter.begins.as_deref().map(|begins| format!("{begins}%"));
    let statement = statement.bind(app).bind(after).bind(limit).bind(begins).bind(filter.account);
    let rows = statement.heavy().all::<Listed>(on).await?;
    Ok(rows.into_iter().map(|Listed(value, key)| (value, key)).collect())
}
