//! The outbox: messages that were written in the transaction of what they tell about, and leave later.

use daemun_model::language::Language;
use daemun_model::message::{Channel, DeliveryState, Message, Secret, Template};
use daemun_model::{AccountUuid, AppId, Timestamp};
use uuid::Uuid;

mod noted;

pub use noted::{Attempted, Told, note_attempt, note_told};

use crate::limits::CLOCK_TOLERANCE;
use crate::{Cell, Column, DbError, Executor, FromRow, Row, Statement, Tx, sql};

/// A message to be queued.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its identifier.
    pub id: Uuid,
    /// The app that writes.
    pub app: AppId,
    /// The account it goes to, where there is one.
    pub account: Option<AccountUuid>,
    /// What is sent.
    pub message: Message,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its secret stops working and it need not be sent any more.
    pub expires_at: Option<Timestamp>,
}

/// A message as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its identifier.
    pub id: Uuid,
    /// The name of the app that writes.
    pub app: String,
    /// The account it goes to, where there is one.
    pub account: Option<AccountUuid>,
    /// What is sent; its secret may be cleared.
    pub message: Message,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it need not be sent any more.
    pub expires_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was given up.
    pub failed_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The provider's code of what went wrong last.
    pub error_code: Option<String>,
    /// The provider's name for the message.
    pub provider_id: Option<String>,
    /// How far it has come on the provider's side, where that is told.
    pub delivery_state: Option<DeliveryState>,
}

macro_rules! outbox_columns {
    () => {
        "o.id, p.name, o.account, o.channel, o.recipient, o.template, o.language, o.app_title, o.secret, o.created_at, \
         o.expires_at, o.attempts, o.sent_at, o.failed_at, o.last_error, o.error_code, o.provider_id, o.delivery_state"
    };
}

/// One of our own names that is kept as text.
struct Named<T>(T);

impl<T: FromName> Column for Named<T> {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        let name = String::from_cell(cell)?;
        T::named(&name).map(Self).ok_or_else(|| "a name that is not known".to_owned())
    }
}

trait FromName: Sized {
    fn named(name: &str) -> Option<Self>;
}

impl FromName for Channel {
    fn named(name: &str) -> Option<Self> {
        Self::from_name(name)
    }
}

impl FromName for Template {
    fn named(name: &str) -> Option<Self> {
        Self::from_name(name)
    }
}

impl FromName for Language {
    fn named(name: &str) -> Option<Self> {
        Self::from_tag(name)
    }
}

struct State(Option<DeliveryState>);

impl Column for State {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match Option::<String>::from_cell(cell)? {
            None => Ok(Self(None)),
            Some(name) => DeliveryState::from_name(&name)
                .map(|state| Self(Some(state)))
                .ok_or_else(|| "a name that is not known".to_owned()),
        }
    }
}

struct SecretText(Secret);

impl Column for SecretText {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match Option::<String>::from_cell(cell)? {
            None => Ok(Self(Secret::default())),
            Some(text) => serde_json::from_str(&text).map(Self).map_err(|_| "no secret part".to_owned()),
        }
    }
}

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, app, account) = (row.next()?, row.next()?, row.next()?);
        let channel = row.next::<Named<Channel>>()?.0;
        let to = row.next()?;
        let message = Message {
            channel,
            to,
            template: row.next::<Named<Template>>()?.0,
            language: row.next::<Named<Language>>()?.0,
            app_title: row.next()?,
            secret: row.next::<SecretText>()?.0,
        };
        Ok(Self {
            id,
            app,
            account,
            message,
            created_at: row.next()?,
            expires_at: row.next()?,
            attempts: row.next()?,
            sent_at: row.next()?,
            failed_at: row.next()?,
            last_error: row.next()?,
            error_code: row.next()?,
            provider_id: row.next()?,
            delivery_state: row.next::<State>()?.0,
        })
    }
}

/// Queues a message: it is due at once.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewMessage) -> Result<(), DbError> {
    let message = &new.message;
    let secret = (message.secret != Secret::default()).then(|| serde_json::json!(message.secret).to_string());
    sql("INSERT INTO outbox (id, app, account, channel, recipient, template, language, app_title, secret, \
             created_at, expires_at, next_at, leased_until, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, 0, 0)")
    .bind(new.id)
    .bind(new.app)
    .bind(new.account)
    .bind(message.channel.as_str())
    .bind(&message.to)
    .bind(message.template.as_str())
    .bind(message.language.code())
    .bind(&message.app_title)
    .bind(secret)
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The messages of one app or of all, the oldest first: the latest `limit` of them.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: Option<AppId>, limit: i64) -> Result<Vec<Kept>, DbError> {
    let mut latest: Vec<Kept> = sql(concat!(
        "SELECT ",
        outbox_columns!(),
        " FROM outbox o JOIN apps p ON p.id = o.app WHERE o.app = $1 OR CAST($1 AS BIGINT) IS NULL \
          ORDER BY o.created_at DESC, o.id DESC LIMIT $2"
    ))
    .bind(app)
    .bind(limit)
    .heavy()
    .all(on)
    .await?;
    latest.reverse();
    Ok(latest)
}

/// The message of an app with this identifier.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &mut impl Executor, app: AppId, id: Uuid) -> Result<Option<Kept>, DbError> {
    sql(concat!(
        "SELECT ",
        outbox_columns!(),
        " FROM outbox o JOIN apps p ON p.id = o.app WHERE o.id = $1 AND o.app = $2"
    ))
    .bind(id)
    .bind(app)
    .optional(on)
    .await
}

/// Makes a message due at once that was given up, or that waits to be tried again and nobody works on; one that was given
/// up is tried as often as a new one, with this secret. Tells whether it was such a one.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(
    tx: &mut Tx,
    (app, id): (AppId, Uuid),
    secret: &Secret,
    now: Timestamp,
) -> Result<bool, DbError> {
    let secret = (*secret != Secret::default()).then(|| serde_json::json!(secret).to_string());
    let given_up =
        sql("UPDATE outbox SET failed_at = NULL, attempts = 0, next_at = $1, leased_until = 0, secret = $2 \
         WHERE id = $3 AND app = $4 AND sent_at IS NULL AND failed_at IS NOT NULL")
        .bind(now)
        .bind(secret)
        .bind(id)
        .bind(app);
    if given_up.execute(tx).await? == 1 {
        return Ok(true);
    }
    let waiting = sql("UPDATE outbox SET next_at = $1 \
         WHERE id = $2 AND app = $3 AND sent_at IS NULL AND failed_at IS NULL AND leased_until <= $1");
    Ok(waiting.bind(now).bind(id).bind(app).execute(tx).await? == 1)
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It waits to be sent, or to be tried again.
    Waiting,
    /// It was sent.
    Sent,
    /// It was given up.
    Failed,
}

/// Which messages are looked for. What is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// To whom it goes: the address or number as it is kept.
    pub recipient: Option<String>,
    /// The account it goes to.
    pub account: Option<AccountUuid>,
    /// How far it is.
    pub state: Option<Delivered>,
}

/// The statement for messages under one condition with an index of its own; the others are looked at row by row.
macro_rules! outbox_search {
    ($leading:literal) => {
        concat!(
            "SELECT ",
            outbox_columns!(),
            " FROM outbox o JOIN apps p ON p.id = o.app WHERE o.app = $1 AND o.id < $2 ",
            $leading,
            " AND (CAST($4 AS TEXT) IS NULL OR o.recipient = $4) AND (CAST($5 AS TEXT) IS NULL OR o.account = $5) \
              AND (CAST($6 AS TEXT) IS NULL OR ($6 = 'sent' AND o.sent_at IS NOT NULL) \
                OR ($6 = 'failed' AND o.failed_at IS NOT NULL) \
                OR ($6 = 'waiting' AND o.sent_at IS NULL AND o.failed_at IS NULL)) \
              ORDER BY o.id DESC LIMIT $3"
        )
    };
}

/// Messages of an app, the latest first: at most `limit`, with identifiers (which rise in time) below `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn search(
    on: &mut impl Executor,
    app: AppId,
    filter: &Filter,
    (before, limit): (Uuid, i64),
) -> Result<Vec<Kept>, DbError> {
    let statement = match filter {
        Filter { recipient: Some(_), .. } => sql(outbox_search!("AND o.recipient = $4")),
        Filter { account: Some(_), .. } => sql(outbox_search!("AND o.account = $5")),
        Filter { state: Some(Delivered::Waiting), .. } => {
            sql(outbox_search!("AND o.sent_at IS NULL AND o.failed_at IS NULL"))
        }
        Filter { state: Some(Delivered::Failed), .. } => sql(outbox_search!("AND o.failed_at IS NOT NULL")),
        Filter { .. } => sql(outbox_search!("")),
    };
    let state = filter.state.map(|state| match state {
        Delivered::Waiting => "waiting",
        Delivered::Sent => "sent",
        Delivered::Failed => "failed",
    });
    statement
        .bind(app)
        .bind(before)
        .bind(limit)
        .bind(filter.recipient.as_deref())
        .bind(filter.account)
        .bind(state)
        .heavy()
        .all(on)
        .await
}

/// The moments that decide whether a message is due. One that was never tried always is; what lies farther ahead than
/// anything is ever put off was written before the clock was set back, and must not wait until it comes true.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Now.
    pub now: Timestamp,
    /// The latest moment at which a lease that is taken now ends.
    pub lease_ends: Timestamp,
    /// The latest moment to which a message that fails now is put off.
    pub put_off: Timestamp,
}

/// What is due, as parameters $1 to $3 of a statement bound by [`Due::bind`].
macro_rules! is_due {
    () => {
        "sent_at IS NULL AND failed_at IS NULL AND (attempts = 0 OR next_at <= $1 OR next_at > $2) \
         AND (leased_until <= $1 OR leased_until > $3)"
    };
}

impl Due {
    fn bind(self, statement: Statement) -> Statement {
        let beyond = |moment: Timestamp| moment.plus_seconds(CLOCK_TOLERANCE);
        statement.bind(self.now).bind(beyond(self.put_off)).bind(beyond(self.lease_ends))
    }
}

/// The identifiers of messages on a channel that are due and that nobody works on, the longest due first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_due(
    on: &mut impl Executor,
    channel: Channel,
    due: Due,
    limit: i64,
) -> Result<Vec<Uuid>, DbError> {
    let text =
        concat!("SELECT id FROM outbox WHERE ", is_due!(), " AND channel = $4 ORDER BY next_at LIMIT $5");
    due.bind(sql(text)).bind(channel.as_str()).bind(limit).all(on).await
}

/// Takes a due message for this worker until the lease ends, counts the attempt, and gives the message: `None`
/// when another worker was faster.
///
/// # Errors
/// When the database does not answer.
pub async fn claim_due(tx: &mut Tx, id: Uuid, due: Due) -> Result<Option<Kept>, DbError> {
    let text =
        concat!("UPDATE outbox SET leased_until = $4, attempts = attempts + 1 WHERE id = $5 AND ", is_due!());
    let won = due.bind(sql(text)).bind(due.lease_ends).bind(id).execute(tx).await?;
    if won == 0 {
        return Ok(None);
    }
    sql(concat!("SELECT ", outbox_columns!(), " FROM outbox o JOIN apps p ON p.id = o.app WHERE o.id = $1"))
        .bind(id)
        .optional(tx)
        .await
}

/// Takes a message back that concerns no account: a mail to an address that nobody has is written like any other, so
/// that it takes the same work, and goes nowhere.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_unaddressed(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    sql("DELETE FROM outbox WHERE id = $1 AND account IS NULL").bind(id).execute(tx).await?;
    Ok(())
}

/// Forgets every message to an account, sent or not.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_of_account(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM outbox WHERE account = $1 AND app = $2").bind(account).bind(app).execute(tx).await?;
    Ok(())
}

/// Gives up messages whose secret does not work any more, and clears it: those that no worker could send, as
/// where no delivery is configured.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    sql("UPDATE outbox SET failed_at = $1, secret = NULL, last_error = 'expired before it was sent' \
         WHERE sent_at IS NULL AND failed_at IS NULL AND expires_at < $1 AND leased_until <= $1")
    .bind(now)
    .execute(tx)
    .await
}

/// The messages of each channel that wait, and since when the oldest does.
///
/// # Errors
/// When the database does not answer.
pub async fn count_waiting(on: &mut impl Executor) -> Result<Vec<(String, i64, Timestamp)>, DbError> {
    sql("SELECT channel, COUNT(*), MIN(created_at) FROM outbox \
         WHERE sent_at IS NULL AND failed_at IS NULL GROUP BY channel")
    .heavy()
    .all(on)
    .await
}

/// Forgets up to `limit` messages that were written before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM outbox WHERE id IN \
         (SELECT id FROM outbox WHERE created_at < $1 ORDER BY created_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
