//! Administrators: what proves who they are, and who may be one.

mod links;
mod recovery_codes;
mod sessions;

use daemun_model::administrator::Standing;
use daemun_model::{Administrator, Email, Language, Role, Timestamp};
use uuid::Uuid;

pub use links::{
    Link, NewLink, Purpose, delete_old_links, find_live_link, list_live_links, replace_link, spend_link,
};
pub use links::{delete_link, delete_links_of, find_link_of};
pub use recovery_codes::{count_unspent_codes, replace_codes, spend_code};
pub use sessions::{
    Joined, NewSession, Rotation, Session, Stage, delete_old_sessions, end_all_sessions, end_other_sessions,
    end_session, find_session, insert_session, list_live_sessions, rotate_session, touch_session,
};

use crate::{Cell, Column, DbError, Executor, FromRow, Row, Tx, sql};

impl Column for Role {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        let name = String::from_cell(cell)?;
        Self::from_name(&name).ok_or_else(|| "a role that is not known".to_owned())
    }
}

macro_rules! administrator_columns {
    () => {
        "a.uuid, a.email, a.name, a.role, a.language, a.created_at, a.created_by, a.last_sign_in_at, a.disabled_at, \
         a.totp_sealed IS NOT NULL"
    };
}
pub(crate) use administrator_columns;

/// Reads the columns of an administrator.
pub(crate) fn read_administrator(row: &mut Row<'_>) -> Result<Administrator, DbError> {
    let (uuid, email, name, role) = (row.next()?, row.next()?, row.next()?, row.next()?);
    let language: Option<String> = row.next()?;
    let (created_at, created_by, last_sign_in_at) = (row.next()?, row.next()?, row.next()?);
    let disabled_at: Option<Timestamp> = row.next()?;
    let equipped: bool = row.next()?;
    let standing = match (disabled_at, equipped) {
        (Some(_), _) => Standing::Disabled,
        (None, false) => Standing::Waiting,
        (None, true) => Standing::Active,
    };
    let language = language.as_deref().and_then(Language::from_tag);
    Ok(Administrator {
        uuid,
        email,
        name,
        role,
        language,
        standing,
        created_at,
        created_by,
        last_sign_in_at,
        disabled_at,
    })
}

struct Read(Administrator);

impl FromRow for Read {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        read_administrator(row).map(Self)
    }
}

/// An administrator with what proves who they are.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who.
    pub administrator: Administrator,
    /// The hash of their password.
    pub password_hash: Option<String>,
    /// The seed of their second factor, sealed.
    pub totp_sealed: Option<Vec<u8>>,
}

impl FromRow for Credentials {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let administrator = read_administrator(row)?;
        Ok(Self { administrator, password_hash: row.next()?, totp_sealed: row.next()? })
    }
}

/// What an administrator proves themselves with from now on.
#[derive(Clone, Debug)]
pub struct Equipment {
    /// The hash of the password.
    pub password_hash: String,
    /// The seed of the second factor, sealed.
    pub totp_sealed: Vec<u8>,
    /// The time step whose code was used to prove the seed: it works no second time.
    pub totp_step: i64,
}

/// A new administrator.
#[derive(Clone, Debug)]
pub struct NewAdministrator {
    /// The identifier.
    pub uuid: Uuid,
    /// The address, which nobody else may have.
    pub email: Email,
    /// What they are called.
    pub name: String,
    /// What they are there for.
    pub role: Role,
    /// The language they chose.
    pub language: Option<Language>,
    /// Password and second factor; none where they choose them by a link.
    pub equipment: Option<Equipment>,
    /// When.
    pub created_at: Timestamp,
    /// Who asked them.
    pub created_by: String,
}

/// Adds an administrator, and tells whether nobody had the address.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewAdministrator) -> Result<bool, DbError> {
    let equipment = new.equipment.as_ref();
    let inserted =
        sql("INSERT INTO administrators (uuid, email, email_key, name, role, language, password_hash, \
             totp_sealed, totp_step, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (email_key) DO NOTHING")
        .bind(new.uuid)
        .bind(new.email.address())
        .bind(new.email.key())
        .bind(&new.name)
        .bind(new.role.as_str())
        .bind(new.language.map(Language::code))
        .bind(equipment.map(|equipment| equipment.password_hash.clone()))
        .bind(equipment.map(|equipment| equipment.totp_sealed.clone()))
        .bind(equipment.map_or(0, |equipment| equipment.totp_step))
        .bind(new.created_at)
        .bind(&new.created_by)
        .execute(tx)
        .await?;
    Ok(inserted == 1)
}

/// Whether there is any administrator, disabled ones among them.
///
/// # Errors
/// When the database does not answer.
pub async fn exist(on: &mut impl Executor) -> Result<bool, DbError> {
    let one: Option<i64> = sql("SELECT 1 FROM administrators LIMIT 1").optional(on).await?;
    Ok(one.is_some())
}

/// An administrator.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &mut impl Executor, uuid: Uuid) -> Result<Option<Administrator>, DbError> {
    let read: Option<Read> =
        sql(concat!("SELECT ", administrator_columns!(), " FROM administrators a WHERE a.uuid = $1"))
            .bind(uuid)
            .inline()
            .optional(on)
            .await?;
    Ok(read.map(|read| read.0))
}

/// An administrator of an address, with what proves who they are.
///
/// # Errors
/// When the database does not answer.
pub async fn find_credentials_by_email(
    on: &mut impl Executor,
    email: &Email,
) -> Result<Option<Credentials>, DbError> {
    sql(concat!(
        "SELECT ",
        administrator_columns!(),
        ", a.password_hash, a.totp_sealed FROM administrators a WHERE a.email_key = $1"
    ))
    .bind(email.key())
    .inline()
    .optional(on)
    .await
}

/// As [`find`], with what proves who they are.
///
/// # Errors
/// When the database does not answer.
pub async fn find_credentials(on: &mut impl Executor, uuid: Uuid) -> Result<Option<Credentials>, DbError> {
    sql(concat!(
        "SELECT ",
        administrator_columns!(),
        ", a.password_hash, a.totp_sealed FROM administrators a WHERE a.uuid = $1"
    ))
    .bind(uuid)
    .inline()
    .optional(on)
    .await
}

/// Every administrator, the first to join first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor) -> Result<Vec<Administrator>, DbError> {
    let read: Vec<Read> = sql(concat!(
        "SELECT ",
        administrator_columns!(),
        " FROM administrators a ORDER BY a.created_at, a.uuid"
    ))
    .all(on)
    .await?;
    Ok(read.into_iter().map(|read| read.0).collect())
}

/// Notes a sign-in, and tells whether the administrator is not disabled and has the password and the seed still that
/// were proven.
///
/// # Errors
/// When the database does not answer.
pub async fn note_sign_in(
    tx: &mut Tx,
    uuid: Uuid,
    (password_hash, totp_sealed): (&str, &[u8]),
    at: Timestamp,
) -> Result<bool, DbError> {
    let noted = sql("UPDATE administrators SET last_sign_in_at = $1 \
         WHERE uuid = $2 AND password_hash = $3 AND totp_sealed = $4 AND disabled_at IS NULL")
    .bind(at)
    .bind(uuid)
    .bind(password_hash)
    .bind(totp_sealed.to_vec())
    .execute(tx)
    .await?;
    Ok(noted == 1)
}

/// Uses the code of a time step, and tells whether no code of it or of a later one was used before (RFC 6238 section
/// 5.2), and the seed is still the one that made it.
///
/// # Errors
/// When the database does not answer.
pub async fn claim_step(tx: &mut Tx, uuid: Uuid, totp_sealed: &[u8], step: i64) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET totp_step = $1 \
         WHERE uuid = $2 AND totp_step < $1 AND totp_sealed = $3 AND disabled_at IS NULL")
    .bind(step)
    .bind(uuid)
    .bind(totp_sealed.to_vec())
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Makes whoever else changes who is an owner wait until this transaction is over: the rule that one stays spans rows.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_roles(tx: &mut Tx) -> Result<(), DbError> {
    sql("UPDATE apps SET created_at = created_at WHERE id = 0").execute(tx).await?;
    Ok(())
}

/// Whether another owner than this one can sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn other_owner_exists(tx: &mut Tx, uuid: Uuid) -> Result<bool, DbError> {
    let one: Option<i64> = sql("SELECT 1 FROM administrators \
         WHERE role = 'owner' AND disabled_at IS NULL AND totp_sealed IS NOT NULL AND uuid <> $1 LIMIT 1")
    .bind(uuid)
    .optional(tx)
    .await?;
    Ok(one.is_some())
}

/// Gives another role, and tells whether it was `from` until now.
///
/// # Errors
/// When the database does not answer.
pub async fn update_role(tx: &mut Tx, uuid: Uuid, (from, to): (Role, Role)) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET role = $1 WHERE uuid = $2 AND role = $3")
        .bind(to.as_str())
        .bind(uuid)
        .bind(from.as_str())
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// Disables, and tells whether they were not disabled before.
///
/// # Errors
/// When the database does not answer.
pub async fn disable(tx: &mut Tx, uuid: Uuid, now: Timestamp) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET disabled_at = $1 WHERE uuid = $2 AND disabled_at IS NULL")
        .bind(now)
        .bind(uuid)
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// Takes away password and second factor, and lets a disabled one join again: only a link leads in then.
///
/// # Errors
/// When the database does not answer.
pub async fn strip(tx: &mut Tx, uuid: Uuid) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET password_hash = NULL, totp_sealed = NULL, disabled_at = NULL WHERE uuid = $1")
        .bind(uuid)
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// Gives a password and a second factor to one who has none, and tells whether that was so.
///
/// # Errors
/// When the database does not answer.
pub async fn equip(tx: &mut Tx, uuid: Uuid, equipment: &Equipment) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET password_hash = $1, totp_sealed = $2, totp_step = $3 \
         WHERE uuid = $4 AND totp_sealed IS NULL AND disabled_at IS NULL")
    .bind(&equipment.password_hash)
    .bind(equipment.totp_sealed.clone())
    .bind(equipment.totp_step)
    .bind(uuid)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Puts a password in the place of the one that was proven, and tells whether it was still that.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_password(tx: &mut Tx, uuid: Uuid, (proven, new): (&str, &str)) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET password_hash = $1 \
         WHERE uuid = $2 AND password_hash = $3 AND disabled_at IS NULL")
    .bind(new)
    .bind(uuid)
    .bind(proven)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Puts a seed in the place of another. The steps of the old one no longer count.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_second_factor(
    tx: &mut Tx,
    uuid: Uuid,
    (sealed, step): (&[u8], i64),
) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET totp_sealed = $1, totp_step = $2 \
         WHERE uuid = $3 AND totp_sealed IS NOT NULL AND disabled_at IS NULL")
    .bind(sealed.to_vec())
    .bind(step)
    .bind(uuid)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Sets name and language.
///
/// # Errors
/// When the database does not answer.
pub async fn update_profile(
    tx: &mut Tx,
    uuid: Uuid,
    name: &str,
    language: Option<Language>,
) -> Result<bool, DbError> {
    let won = sql("UPDATE administrators SET name = $1, language = $2 WHERE uuid = $3")
        .bind(name)
        .bind(language.map(Language::code))
        .bind(uuid)
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// Whether the password that was proven still holds, of one who can sign in. Whoever changes it waits until this
/// transaction is over.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &mut Tx, uuid: Uuid, password_hash: &str) -> Result<bool, DbError> {
    let held = sql("UPDATE administrators SET password_hash = $2 \
         WHERE uuid = $1 AND password_hash = $2 AND totp_sealed IS NOT NULL AND disabled_at IS NULL")
    .bind(uuid)
    .bind(password_hash)
    .execute(tx)
    .await?;
    Ok(held == 1)
}

/// Notes the sign-in of one who came in by a link.
///
/// # Errors
/// When the database does not answer.
pub async fn note_first_sign_in(tx: &mut Tx, uuid: Uuid, at: Timestamp) -> Result<(), DbError> {
    sql("UPDATE administrators SET last_sign_in_at = $1 WHERE uuid = $2")
        .bind(at)
        .bind(uuid)
        .execute(tx)
        .await?;
    Ok(())
}
