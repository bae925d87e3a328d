//! Friends. Two accounts are nothing to each other, or one has asked the other, or they are friends.

pub mod accept;
pub mod list;
pub mod reject;
pub mod remove;
pub mod request_or_cancel;
pub mod requests;

use daemun_model::{Account, AccountUuid, AppId, Code, Failure, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::friendships::Pair;
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;

/// Whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the other account.
    #[schemars(required)]
    pub id: Option<i64>,
}

/// What the two are to each other now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The caller has asked the other.
    Requested,
    /// The caller's request is gone.
    Cancelled,
    /// They are friends.
    Friends,
    /// They are nothing to each other.
    None,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Cancelled => "cancelled",
            Self::Friends => "friends",
            Self::None => "none",
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// What the two are to each other now: `requested`, `cancelled`, `friends` or `none`.
    pub state: State,
}

/// The caller and another account, about to become something to each other.
struct Two {
    app: AppId,
    me: AccountUuid,
    other: AccountUuid,
    pair: Pair,
    entry: Entry,
    now: Timestamp,
}

impl Two {
    /// The caller and the account of the input, of whatever status. `missing` is the refusal where there is none; the
    /// caller is `alone` no other.
    async fn find(
        daemun: &Daemun,
        call: &Call,
        input: &Input,
        act: &str,
        (missing, alone): (Code, Code),
    ) -> Result<(Self, Account), Failure> {
        let mut faults = call.faults.clone();
        faults.require("id", input.id.as_ref());
        faults.finish()?;
        let me = &call.caller()?.account;
        let id = input.id.unwrap_or_default();
        if id == me.id {
            return Err(alone.on("id"));
        }
        let found = accounts::find_by_number(&mut daemun.reader(), call.app.id, id).await?;
        let other = found.ok_or(missing.on("id"))?;
        let two = Self {
            app: call.app.id,
            me: me.uuid,
            other: other.uuid,
            pair: Pair::of(me.uuid, other.uuid),
            entry: audit::done(daemun, call, act, Some(other.uuid)),
            now: daemun.clock.now(),
        };
        Ok((two, other))
    }

    /// Holds both, so that neither is erased while they become something to each other.
    async fn hold(&self, tx: &mut Tx, missing: Code) -> Result<(), Failure> {
        for uuid in [self.pair.low, self.pair.high] {
            if !accounts::hold_approved(tx, self.app, uuid).await? {
                let refusal = if uuid == self.me { Code::Unauthenticated.into() } else { missing.on("id") };
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Notes what they are now.
    async fn note(&self, tx: &mut Tx, state: State) -> Result<State, Failure> {
        let entry = Entry { detail: Some(state.as_str().to_owned()), ..self.entry.clone() };
        daemun_store::audit::insert(tx, &entry).await?;
        Ok(state)
    }
}
