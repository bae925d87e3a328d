//! Accounts. Nothing here finds an account of another app or one that was deleted.

mod credentials;

use daemun_model::{Account, AccountUuid, AppId, Status, Timestamp};
use serde_json::{Map, Value};

use crate::db::sql_locking;
use crate::identifiers::Identifier;
use crate::{Cell, Column, DbError, Executor, FromRow, Row, Tx, directory, sql};

pub use credentials::{
    SignedIn, find_password_hash, note_code_sign_in, note_sign_in, replace_password, update_password,
};

/// The columns of an [`Account`], in the order in which it is read, of the table or alias `a`.
macro_rules! account_columns {
    () => {
        "a.app, a.number, a.uuid, a.email, a.email_verified, a.phone_number, a.phone_number_verified, \
         a.preferred_username, a.name, a.given_name, a.family_name, a.nickname, a.birthdate, a.gender, \
         a.picture, a.locale, a.status, a.attributes, a.created_at, a.last_sign_in_at"
    };
}
pub(crate) use account_columns;

/// Reads the columns of `account_columns!`.
pub(crate) fn read_account(row: &mut Row<'_>) -> Result<Account, DbError> {
    Ok(Account {
        app: row.next()?,
        id: row.next()?,
        uuid: row.next()?,
        email: row.next()?,
        email_verified: row.next()?,
        phone_number: row.next()?,
        phone_number_verified: row.next()?,
        preferred_username: row.next()?,
        name: row.next()?,
        given_name: row.next()?,
        family_name: row.next()?,
        nickname: row.next()?,
        birthdate: row.next()?,
        gender: row.next()?,
        picture: row.next()?,
        locale: row.next()?,
        status: row.next()?,
        attributes: row.next::<Object>()?.0,
        created_at: row.next()?,
        last_sign_in_at: row.next()?,
        interests: None,
        profession: None,
        friends: None,
        room: None,
        time_setting: None,
        product_key: None,
        points: None,
        organization: None,
    })
}

impl Column for Status {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        let name = String::from_cell(cell)?;
        Self::from_name(&name).ok_or_else(|| "no status of an account".to_owned())
    }
}

/// A JSON object that is kept as text.
struct Object(Map<String, Value>);

impl Column for Object {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Text("{}") => Ok(Self(Map::new())),
            Cell::Text(text) => {
                serde_json::from_str(text).map(Self).map_err(|_| "text that is no JSON object".to_owned())
            }
            other => Err(format!("{} where a JSON object is expected", other.kind())),
        }
    }
}

fn attributes_text(attributes: &Map<String, Value>) -> String {
    Value::Object(attributes.clone()).to_string()
}

pub(crate) struct AccountRow(pub(crate) Account);

impl FromRow for AccountRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        read_account(row).map(Self)
    }
}

/// An account and what proves that somebody is its member.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// The PHC string of its password, where it has one.
    pub password_hash: Option<String>,
}

impl FromRow for Credentials {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { account: read_account(row)?, password_hash: row.next()? })
    }
}

/// An account and when its nickname was last changed.
#[derive(Clone, Debug)]
pub struct Editable {
    /// The account.
    pub account: Account,
    /// When its nickname was last changed after the sign-up.
    pub nickname_changed_at: Option<Timestamp>,
}

impl FromRow for Editable {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { account: read_account(row)?, nickname_changed_at: row.next()? })
    }
}

/// Adds an account and tells its number. `account.id` is not looked at.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, account: &Account, password_hash: Option<&str>) -> Result<i64, DbError> {
    let number = sql("INSERT INTO accounts (uuid, app, email, email_verified, phone_number, phone_number_verified, \
             preferred_username, name, given_name, family_name, nickname, birthdate, gender, picture, locale, \
             attributes, status, password_hash, created_at, last_sign_in_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
         RETURNING number")
    .bind(account.uuid)
    .bind(account.app)
    .bind(account.email.as_deref())
    .bind(account.email_verified)
    .bind(account.phone_number.as_deref())
    .bind(account.phone_number_verified)
    .bind(account.preferred_username.as_deref())
    .bind(account.name.as_deref())
    .bind(account.given_name.as_deref())
    .bind(account.family_name.as_deref())
    .bind(account.nickname.as_deref())
    .bind(account.birthdate.as_deref())
    .bind(account.gender.as_deref())
    .bind(account.picture.as_deref())
    .bind(account.locale.as_deref())
    .bind(attributes_text(&account.attributes))
    .bind(account.status.as_str())
    .bind(password_hash)
    .bind(account.created_at)
    .bind(account.last_sign_in_at)
    .one(tx)
    .await?;
    directory::insert(tx, &Account { id: number, ..account.clone() }).await?;
    Ok(number)
}

/// The account of this uuid.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_uuid(
    on: &mut impl Executor,
    app: AppId,
    uuid: AccountUuid,
) -> Result<Option<Account>, DbError> {
    let row = sql(concat!(
        "SELECT ",
        account_columns!(),
        " FROM accounts a WHERE a.uuid = $1 AND a.app = $2 AND a.deleted_at IS NULL"
    ))
    .bind(uuid)
    .bind(app)
    .inline()
    .optional::<AccountRow>(on)
    .await?;
    Ok(row.map(|row| row.0))
}

/// The account of this number.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_number(
    on: &mut impl Executor,
    app: AppId,
    number: i64,
) -> Result<Option<Account>, DbError> {
    let row = sql(concat!(
        "SELECT ",
        account_columns!(),
        " FROM accounts a WHERE a.number = $1 AND a.app = $2 AND a.deleted_at IS NULL"
    ))
    .bind(number)
    .bind(app)
    .inline()
    .optional::<AccountRow>(on)
    .await?;
    Ok(row.map(|row| row.0))
}

/// The latest accounts with a phone number in E.164: members may share one where the app lets them.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_phone_number(
    on: &mut impl Executor,
    app: AppId,
    number: &str,
    limit: i64,
) -> Result<Vec<Account>, DbError> {
    let rows = sql(concat!(
        "SELECT ",
        account_columns!(),
        " FROM accounts a WHERE a.app = $1 AND a.phone_number = $2 AND a.deleted_at IS NULL \
         ORDER BY a.number DESC LIMIT $3"
    ))
    .bind(app)
    .bind(number)
    .bind(limit)
    .all::<AccountRow>(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Accounts of an app, the latest first: at most `limit` with numbers below `before`, of a status where one is named.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &mut impl Executor,
    app: AppId,
    status: Option<Status>,
    (before, limit): (i64, i64),
) -> Result<Vec<Account>, DbError> {
    let statement = match status {
        None => sql(concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.app = $1 AND a.number < $2 AND a.deleted_at IS NULL \
              ORDER BY a.number DESC LIMIT $3"
        ))
        .bind(app)
        .bind(before)
        .bind(limit),
        Some(status) => sql(concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.app = $1 AND a.number < $2 AND a.deleted_at IS NULL AND a.status = $4 \
              ORDER BY a.number DESC LIMIT $3"
        ))
        .bind(app)
        .bind(before)
        .bind(limit)
        .bind(status.as_str()),
    };
    let rows = statement.all::<AccountRow>(on).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// The account that has this name, with its password's hash.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_identifier(
    on: &mut impl Executor,
    app: AppId,
    name: &Identifier,
) -> Result<Option<Credentials>, DbError> {
    sql(concat!(
        "SELECT ",
        account_columns!(),
        ", a.password_hash FROM identifiers i JOIN accounts a ON a.uuid = i.account \
           WHERE i.app = $1 AND i.kind = $2 AND i.value = $3 AND a.app = $1 AND a.deleted_at IS NULL"
    ))
    .bind(app)
    .bind(name.kind.field())
    .bind(&name.value)
    .inline()
    .optional(on)
    .await
}

/// The account of this uuid, to be changed in the same transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn find_editable(tx: &mut Tx, app: AppId, uuid: AccountUuid) -> Result<Option<Editable>, DbError> {
    sql(concat!(
        "SELECT ",
        account_columns!(),
        ", a.nickname_changed_at FROM accounts a WHERE a.uuid = $1 AND a.app = $2 AND a.deleted_at IS NULL"
    ))
    .bind(uuid)
    .bind(app)
    .optional(tx)
    .await
}

/// Writes what changes of a profile, its names, and when the nickname was changed.
///
/// # Errors
/// When the database does not answer.
pub async fn update_profile(tx: &mut Tx, changed: &Editable) -> Result<(), DbError> {
    let account = &changed.account;
    sql("UPDATE accounts SET phone_number = $1, phone_number_verified = $2, preferred_username = $3, \
             name = $4, given_name = $5, family_name = $6, nickname = $7, birthdate = $8, gender = $9, \
             picture = $10, locale = $11, attributes = $12, nickname_changed_at = $13, email = $14, email_verified = $15 \
         WHERE uuid = $16 AND app = $17 AND deleted_at IS NULL")
    .bind(account.phone_number.as_deref())
    .bind(account.phone_number_verified)
    .bind(account.preferred_username.as_deref())
    .bind(account.name.as_deref())
    .bind(account.given_name.as_deref())
    .bind(account.family_name.as_deref())
    .bind(account.nickname.as_deref())
    .bind(account.birthdate.as_deref())
    .bind(account.gender.as_deref())
    .bind(account.picture.as_deref())
    .bind(account.locale.as_deref())
    .bind(attributes_text(&account.attributes))
    .bind(changed.nickname_changed_at)
    .bind(account.email.as_deref())
    .bind(account.email_verified)
    .bind(account.uuid)
    .bind(account.app)
    .execute(tx)
    .await?;
    directory::update_names(tx, account).await
}

/// Moves an account from one status to another, and tells whether it was in the first.
///
/// # Errors
/// When the database does not answer.
pub async fn move_status(
    tx: &mut Tx,
    app: AppId,
    uuid: AccountUuid,
    from: Status,
    to: Status,
) -> Result<bool, DbError> {
    let moved: Option<i64> = sql("UPDATE accounts SET status = $1 \
         WHERE uuid = $2 AND app = $3 AND status = $4 AND deleted_at IS NULL RETURNING number")
    .bind(to.as_str())
    .bind(uuid)
    .bind(app)
    .bind(from.as_str())
    .optional(tx)
    .await?;
    let Some(number) = moved else { return Ok(false) };
    directory::update_status(tx, app, number, to).await?;
    Ok(true)
}

/// Notes that an account's address is its member's, if the account still has that address (as it is kept).
///
/// # Errors
/// When the database does not answer.
pub async fn mark_email_verified(
    tx: &mut Tx,
    app: AppId,
    uuid: AccountUuid,
    address: &str,
) -> Result<bool, DbError> {
    let won = sql("UPDATE accounts SET email_verified = TRUE \
         WHERE uuid = $1 AND app = $2 AND email = $3 AND deleted_at IS NULL")
    .bind(uuid)
    .bind(app)
    .bind(address)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Takes everything personal out of an account and tells whether it was there. Its number stays taken.
///
/// # Errors
/// When the database does not answer.
pub async fn erase(tx: &mut Tx, app: AppId, uuid: AccountUuid, now: Timestamp) -> Result<bool, DbError> {
    let gone: Option<i64> =
        sql("UPDATE accounts SET deleted_at = $1, email = NULL, email_verified = FALSE, \
             phone_number = NULL, phone_number_verified = FALSE, preferred_username = NULL, name = NULL, \
             given_name = NULL, family_name = NULL, nickname = NULL, birthdate = NULL, gender = NULL, \
             picture = NULL, locale = NULL, attributes = '{}', password_hash = NULL, last_sign_in_at = NULL \
         WHERE uuid = $2 AND app = $3 AND deleted_at IS NULL RETURNING number")
        .bind(now)
        .bind(uuid)
        .bind(app)
        .optional(tx)
        .await?;
    let Some(number) = gone else { return Ok(false) };
    directory::delete(tx, app, number).await?;
    Ok(true)
}

/// An account of any app, by its number: the row stays as it is until the transaction ends.
pub(crate) async fn find_to_change(tx: &mut Tx, number: i64) -> Result<Option<Account>, DbError> {
    let row = sql_locking!(concat!(
        "SELECT ",
        account_columns!(),
        " FROM accounts a WHERE a.number = $1 AND a.deleted_at IS NULL"
    ))
    .bind(number)
    .optional::<AccountRow>(tx)
    .await?;
    Ok(row.map(|row| row.0))
}

/// Holds an account's row as it is until the transaction ends, deleted or not.
pub(crate) async fn hold(tx: &mut Tx, number: i64) -> Result<(), DbError> {
    let held = sql_locking!("SELECT number FROM accounts WHERE number = $1").bind(number);
    held.optional::<i64>(tx).await.map(|_| ())
}

/// Holds an approved account as it is until the transaction ends, and tells whether it is there. What hangs something
/// on an account holds it first, so that nothing hangs on one that is erased meanwhile. Of several accounts the one with
/// the lesser uuid is held first.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_approved(tx: &mut Tx, app: AppId, uuid: AccountUuid) -> Result<bool, DbError> {
    let held: Option<i64> = sql_locking!(
        "SELECT number FROM accounts WHERE uuid = $1 AND app = $2 AND status = 'approved' AND deleted_at IS NULL"
    )
    .bind(uuid)
    .bind(app)
    .optional(tx)
    .await?;
    Ok(held.is_some())
}
