//! Files that members upload: permissions to send one, what arrived, and whose it is.
//!
//! Every change of state is one statement that names the state it was in: a file arrives once, and of two accounts that
//! want it one gets it.

mod claims;
mod doomed;
mod kept;

use daemun_model::upload::Visibility;
use daemun_model::{AccountUuid, AppId, MediaType, Timestamp};

use crate::{Cell, Column, DbError, Executor, FromRow, Row, Tx, sql};

pub use claims::{Claim, Claimed, claim, is_taken, list_missing, list_of_account, release, release_all};
pub use doomed::{Doomed, delete, doom_unclaimed, give_up, list_doomed, list_unlooked};
pub use kept::{is_signed, keep, let_go};

/// A permission to send one file.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// The app.
    pub app: AppId,
    /// The path that the client gets to name the file by.
    pub path: String,
    /// The kind.
    pub kind: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it must be.
    pub media: MediaType,
    /// The size in bytes that it must have, where one was named.
    pub size: Option<i64>,
    /// The most bytes it may have.
    pub max_bytes: i64,
    /// The address that asked, as limits count it.
    pub subject: String,
    /// When it was asked for.
    pub signed_at: Timestamp,
    /// When the permission ends.
    pub expires_at: Timestamp,
}

/// Keeps a permission.
///
/// # Errors
/// When the database does not answer, or the path was signed before: paths are random.
pub async fn insert(tx: &mut Tx, new: &NewUpload) -> Result<(), DbError> {
    sql("INSERT INTO uploads (app, path, kind, visibility, content_type, size, max_bytes, subject, signed_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .bind(new.app)
    .bind(&new.path)
    .bind(&new.kind)
    .bind(new.visibility.as_str())
    .bind(new.media.mime())
    .bind(new.size)
    .bind(new.max_bytes)
    .bind(&new.subject)
    .bind(new.signed_at)
    .bind(new.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many files an address holds that no account has: those that arrived, and those that still may.
///
/// # Errors
/// When the database does not answer.
pub async fn count_outstanding(
    on: &mut impl Executor,
    subject: &str,
    now: Timestamp,
) -> Result<i64, DbError> {
    sql("SELECT count(*) FROM uploads \
         WHERE subject = $1 AND delete_at IS NULL AND (arrived_at IS NOT NULL OR expires_at > $2)")
    .bind(subject)
    .bind(now)
    .one(on)
    .await
}

/// What a signed upload is.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The app.
    pub app: AppId,
    /// The path.
    pub path: String,
    /// The kind.
    pub kind: String,
    /// What it must be.
    pub media: MediaType,
    /// The size in bytes that it must have, where one was named.
    pub size: Option<i64>,
    /// The most bytes it may have.
    pub max_bytes: i64,
    /// The file, when it has arrived.
    pub file: Option<StoredFile>,
    /// The account that has it, where one does.
    pub account: Option<AccountUuid>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Since when the app itself has it, where it does.
    pub kept_at: Option<Timestamp>,
}

/// A file that has arrived.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// The name by which it is kept.
    pub stored_as: String,
    /// Its size in bytes.
    pub size: i64,
    /// What its content is known by.
    pub digest: String,
}

struct Media(MediaType);

impl Column for Media {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        MediaType::from_mime(&String::from_cell(cell)?).map(Self).ok_or_else(|| "an unknown type".to_owned())
    }
}

struct Seen(Visibility);

impl Column for Seen {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match String::from_cell(cell)?.as_str() {
            "public" => Ok(Self(Visibility::Public)),
            "private" => Ok(Self(Visibility::Private)),
            _ => Err("an unknown visibility".to_owned()),
        }
    }
}

/// The columns of a [`Signed`], in the order in which it is read.
macro_rules! signed_columns {
    () => {
        "app, path, kind, content_type, size, max_bytes, stored_as, arrived_size, digest, account, visibility, kept_at"
    };
}
use signed_columns;

impl FromRow for Signed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (app, path, kind) = (row.next()?, row.next()?, row.next()?);
        let media = row.next::<Media>()?.0;
        let (size, max_bytes) = (row.next()?, row.next()?);
        let (stored_as, arrived_size, digest) =
            (row.next::<Option<String>>()?, row.next::<Option<i64>>()?, row.next::<Option<String>>()?);
        let file = match (stored_as, arrived_size, digest) {
            (Some(stored_as), Some(size), Some(digest)) => Some(StoredFile { stored_as, size, digest }),
            _ => None,
        };
        let account = row.next()?;
        let visibility = row.next::<Seen>()?.0;
        let kept_at = row.next()?;
        Ok(Self { app, path, kind, media, size, max_bytes, file, account, visibility, kept_at })
    }
}

/// The upload that was signed for a path, in whatever app, unless it is to be deleted.
///
/// # Errors
/// When the database does not answer.
pub async fn find_signed(on: &mut impl Executor, path: &str) -> Result<Option<Signed>, DbError> {
    sql(concat!(
        "SELECT ",
        signed_columns!(),
        " FROM uploads WHERE path = $1 AND signed_at IS NOT NULL AND delete_at IS NULL"
    ))
    .bind(path)
    .inline()
    .optional(on)
    .await
}

/// Notes that a file has arrived, and tells whether it was the first: the file of any other is nobody's.
///
/// # Errors
/// When the database does not answer.
pub async fn arrive(
    tx: &mut Tx,
    app: AppId,
    path: &str,
    file: &StoredFile,
    now: Timestamp,
) -> Result<bool, DbError> {
    let first = sql("UPDATE uploads SET stored_as = $1, arrived_size = $2, digest = $3, arrived_at = $4 \
         WHERE app = $5 AND path = $6 AND signed_at IS NOT NULL AND arrived_at IS NULL AND delete_at IS NULL")
    .bind(&file.stored_as)
    .bind(file.size)
    .bind(&file.digest)
    .bind(now)
    .bind(app)
    .bind(path)
    .execute(tx)
    .await?;
    Ok(first == 1)
}

/// Whether an upload has its file under this name.
///
/// # Errors
/// When the database does not answer.
pub async fn is_stored(on: &mut impl Executor, stored_as: &str) -> Result<bool, DbError> {
    let found = sql("SELECT path FROM uploads WHERE stored_as = $1")
        .bind(stored_as)
        .inline()
        .optional::<String>(on)
        .await?;
    Ok(found.is_some())
}
