//! Addresses that a code has proven, each for the network from which the code was checked.
//!
//! A proof from the future was made while the clock was wrong, and would hold until long after its time: it holds
//! nothing.

use daemun_model::{AppId, Timestamp};

use crate::codes::{Place, Purpose};
use crate::limits::CLOCK_TOLERANCE;
use crate::{DbError, Executor, Tx, sql};

/// Where a proof counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Which address was proven, in which app, for what.
    pub place: Place,
    /// The network that the code was checked from.
    pub network: String,
    /// The organisation that the address was proven for. Empty: for none; and where a proof is asked for, for any.
    pub organization: String,
}

impl Proven {
    /// A proof of this address for this network, and for no organisation.
    pub const fn new(app: AppId, purpose: Purpose, target: String, network: String) -> Self {
        Self { place: Place { app, purpose, target }, network, organization: String::new() }
    }
}

/// Keeps a proof, in place of an earlier one.
///
/// # Errors
/// When the database does not answer.
pub async fn replace(
    tx: &mut Tx,
    proven: &Proven,
    created_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    sql(
        "INSERT INTO proofs (app, purpose, target, network, organization, created_at, expires_at, spent_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) \
         ON CONFLICT (app, purpose, target, network) DO UPDATE SET organization = excluded.organization, \
             created_at = excluded.created_at, expires_at = excluded.expires_at, spent_at = NULL",
    )
    .bind(proven.place.app)
    .bind(proven.place.purpose.as_str())
    .bind(&proven.place.target)
    .bind(&proven.network)
    .bind(&proven.organization)
    .bind(created_at)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the proof is there, unspent and unexpired.
///
/// # Errors
/// When the database does not answer.
pub async fn is_live(on: &mut impl Executor, proven: &Proven, now: Timestamp) -> Result<bool, DbError> {
    let found = sql("SELECT created_at FROM proofs \
         WHERE app = $1 AND purpose = $2 AND target = $3 AND network = $4 AND spent_at IS NULL AND expires_at > $5 \
             AND created_at <= $6 AND ($7 = '' OR organization = $7)")
    .bind(proven.place.app)
    .bind(proven.place.purpose.as_str())
    .bind(&proven.place.target)
    .bind(&proven.network)
    .bind(now)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .bind(&proven.organization)
    .inline()
    .optional::<Timestamp>(on)
    .await?;
    Ok(found.is_some())
}

/// Spends a proof, and tells whether it was unspent and unexpired.
///
/// # Errors
/// When the database does not answer.
pub async fn spend(tx: &mut Tx, proven: &Proven, now: Timestamp) -> Result<bool, DbError> {
    let won = sql("UPDATE proofs SET spent_at = $1 \
         WHERE app = $2 AND purpose = $3 AND target = $4 AND network = $5 AND spent_at IS NULL AND expires_at > $1 \
             AND created_at <= $6 AND ($7 = '' OR organization = $7)")
    .bind(now)
    .bind(proven.place.app)
    .bind(proven.place.purpose.as_str())
    .bind(&proven.place.target)
    .bind(&proven.network)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .bind(&proven.organization)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Forgets every proof of a place, from whatever network.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &mut Tx, place: &Place) -> Result<(), DbError> {
    sql("DELETE FROM proofs WHERE app = $1 AND purpose = $2 AND target = $3")
        .bind(place.app)
        .bind(place.purpose.as_str())
        .bind(&place.target)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets up to `limit` proofs that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM proofs WHERE (app, purpose, target, network) IN (SELECT app, purpose, target, network \
         FROM proofs WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
