//! Who may see how an account is reached: its friends, and whoever is in the same room.

use std::collections::HashSet;

use daemun_model::{AccountUuid, AppId};

use crate::db::sql_rows;
use crate::friendships::Pair;
use crate::{DbError, Executor};

/// Which of these accounts are friends of `viewer` or in the same room.
///
/// # Errors
/// When the database does not answer.
pub async fn find_among(
    on: &mut impl Executor,
    app: AppId,
    viewer: AccountUuid,
    others: impl IntoIterator<Item = AccountUuid>,
) -> Result<HashSet<AccountUuid>, DbError> {
    let row = |other: AccountUuid| {
        let Pair { low, high } = Pair::of(viewer, other);
        serde_json::json!([other.to_string(), low.to_string(), high.to_string()])
    };
    let rows: Vec<_> = others.into_iter().filter(|other| *other != viewer).map(row).collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let found = sql_rows!(
        "SELECT r.value ->> 0 FROM",
        "$3",
        "r WHERE EXISTS (SELECT 1 FROM friendships f \
             WHERE f.low = r.value ->> 1 AND f.high = r.value ->> 2 AND f.app = $1 AND f.friends_since IS NOT NULL) \
         OR EXISTS (SELECT 1 FROM room_members m JOIN room_members n ON n.room = m.room \
             WHERE m.account = r.value ->> 0 AND m.app = $1 AND n.account = $2)"
    )
    .bind(app)
    .bind(viewer)
    .bind(serde_json::Value::Array(rows).to_string())
    .all::<AccountUuid>(on)
    .await?;
    Ok(found.into_iter().collect())
}
