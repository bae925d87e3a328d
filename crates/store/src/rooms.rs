//! Rooms. One is there as long as somebody is in it; `member_count` is as many as its members, always.

use daemun_model::room::MOST_MEMBERS;
use daemun_model::{Account, AccountUuid, AppId, Page, Room, Timestamp, text};

use crate::accounts::{AccountRow, account_columns};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// A room to be opened.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// The app.
    pub app: AppId,
    /// Its name.
    pub name: String,
    /// What it is for, perhaps empty.
    pub description: String,
    /// The PHC string of its password, where it has one.
    pub password_hash: Option<String>,
    /// When it is opened.
    pub created_at: Timestamp,
}

struct RoomRow(Room);

impl FromRow for RoomRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self(Room {
            id: row.next()?,
            name: row.next()?,
            description: row.next()?,
            is_private: row.next()?,
            member_count: row.next()?,
            created_at: row.next()?,
            members: None,
        }))
    }
}

/// Opens a room with nobody in it and tells its number.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewRoom) -> Result<i64, DbError> {
    sql("INSERT INTO rooms (app, name, name_key, description, password_hash, member_count, created_at) \
         VALUES ($1, $2, $3, $4, $5, 0, $6) RETURNING id")
    .bind(new.app)
    .bind(&new.name)
    .bind(text::fold(&new.name))
    .bind(&new.description)
    .bind(new.password_hash.as_deref())
    .bind(new.created_at)
    .one(tx)
    .await
}

/// A room, without its members.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &mut impl Executor, app: AppId, id: i64) -> Result<Option<Room>, DbError> {
    let row = sql("SELECT id, name, description, password_hash IS NOT NULL, member_count, created_at \
         FROM rooms WHERE id = $1 AND app = $2")
    .bind(id)
    .bind(app)
    .inline()
    .optional::<RoomRow>(on)
    .await?;
    Ok(row.map(|row| row.0))
}

/// The hash of a room's password: the outer `None` where there is no such room, the inner where it has no password.
///
/// # Errors
/// When the database does not answer.
pub async fn find_password_hash(
    on: &mut impl Executor,
    app: AppId,
    id: i64,
) -> Result<Option<Option<String>>, DbError> {
    sql("SELECT password_hash FROM rooms WHERE id = $1 AND app = $2")
        .bind(id)
        .bind(app)
        .inline()
        .optional(on)
        .await
}

/// The room that an account is in.
///
/// # Errors
/// When the database does not answer.
pub async fn find_room_of(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Option<i64>, DbError> {
    sql("SELECT room FROM room_members WHERE account = $1 AND app = $2")
        .bind(account)
        .bind(app)
        .inline()
        .optional(on)
        .await
}

/// The members of a room, the first to enter first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_members(on: &mut impl Executor, app: AppId, id: i64) -> Result<Vec<Account>, DbError> {
    let rows = sql(concat!(
        "SELECT ",
        account_columns!(),
        " FROM room_members m JOIN accounts a ON a.uuid = m.account \
          WHERE m.room = $1 AND m.app = $2 AND a.app = $2 AND a.deleted_at IS NULL ORDER BY m.entered_at, a.number"
    ))
    .bind(id)
    .bind(app)
    .all::<AccountRow>(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// The rooms whose name holds `part` in whatever case and width, the latest first. Every room holds the empty part.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: AppId, part: &str, page: &Page) -> Result<Vec<Room>, DbError> {
    let rows = sql("SELECT id, name, description, password_hash IS NOT NULL, member_count, created_at \
         FROM rooms WHERE app = $1 AND name_key LIKE $2 ESCAPE '\\' ORDER BY id DESC LIMIT $3 OFFSET $4")
    .bind(app)
    .bind(containing(part))
    .bind(page.size)
    .bind(page.offset())
    .all::<RoomRow>(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// How many rooms [`list`] has on all pages.
///
/// # Errors
/// When the database does not answer.
pub async fn count(on: &mut impl Executor, app: AppId, part: &str) -> Result<i64, DbError> {
    sql("SELECT count(*) FROM rooms WHERE app = $1 AND name_key LIKE $2 ESCAPE '\\'")
        .bind(app)
        .bind(containing(part))
        .one(on)
        .await
}

/// The pattern of LIKE for texts that contain this one, folded: its own `%` and `_` mean themselves.
fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in text::fold(part).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// How an attempt to enter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// The account is in the room.
    Inside,
    /// As many as may are in it.
    Full,
    /// There is no such room any more.
    Gone,
}

/// Puts an account that is in no room, and is held, into a room, if there is a place left.
///
/// # Errors
/// When the database does not answer, or the account is in a room.
pub async fn enter(
    tx: &mut Tx,
    app: AppId,
    id: i64,
    account: AccountUuid,
    now: Timestamp,
) -> Result<Entered, DbError> {
    let won = sql("UPDATE rooms SET member_count = member_count + 1 \
         WHERE id = $1 AND app = $2 AND member_count < $3")
    .bind(id)
    .bind(app)
    .bind(MOST_MEMBERS)
    .execute(tx)
    .await?;
    if won == 0 {
        return Ok(if find(tx, app, id).await?.is_some() { Entered::Full } else { Entered::Gone });
    }
    sql("INSERT INTO room_members (account, app, room, entered_at) VALUES ($1, $2, $3, $4)")
        .bind(account)
        .bind(app)
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(Entered::Inside)
}

/// Takes an account out of the room that it is in, and tells which that was. The last one to leave closes the room.
///
/// # Errors
/// When the database does not answer.
pub async fn leave(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<Option<i64>, DbError> {
    let left: Option<i64> = sql("DELETE FROM room_members WHERE account = $1 AND app = $2 RETURNING room")
        .bind(account)
        .bind(app)
        .optional(tx)
        .await?;
    let Some(room) = left else { return Ok(None) };
    sql("UPDATE rooms SET member_count = member_count - 1 WHERE id = $1 AND app = $2")
        .bind(room)
        .bind(app)
        .execute(tx)
        .await?;
    sql("DELETE FROM rooms WHERE id = $1 AND app = $2 AND member_count = 0")
        .bind(room)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn what_means_something_to_like_means_itself() {
        assert_eq!(containing(""), "%%");
        assert_eq!(containing("100%_Ａ\\"), "%100\\%\\_a\\\\%");
    }
}
