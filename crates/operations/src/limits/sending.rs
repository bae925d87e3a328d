//! Codes and links that a request asks for. They are counted in the transaction that queues them, before any
//! provider hears of them.

use daemun_model::message::Channel;
use daemun_model::{AppId, Failure, Timestamp};
use daemun_store::limits::{Key, Kind, Limit, find_spent, spend};
use daemun_store::{Executor, Tx};

use super::{Counter, DAY, PerAddress, note, too_many};
use crate::call::Call;
use crate::daemun::Daemun;

/// Of a day's budget so many per cent are taken when an operator is warned.
const ALARM_PER_CENT: i64 = 80;

/// Whether a message is queued, or only seems to be because nobody has the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    /// It is.
    Yes,
    /// It is not; all the same it counts, but for the budget.
    No,
}

/// What a message must pass.
#[derive(Clone)]
pub(crate) struct Sending {
    counters: Vec<Counter>,
    by_address: PerAddress,
    budget: Budget,
}

impl Sending {
    /// A message of this purpose to this target, in its comparable form.
    pub(crate) fn new(daemun: &Daemun, call: &Call, purpose: &str, target: &str) -> Self {
        Self::by(Channel::Email, daemun, call, (purpose, target))
    }

    /// As [`Self::new`], by either channel.
    pub(crate) fn by(
        channel: Channel,
        daemun: &Daemun,
        call: &Call,
        (purpose, target): (&str, &str),
    ) -> Self {
        Self::within(daemun, call, (channel, purpose, target), &daemun.settings.limits.sends)
    }

    /// As [`Self::new`], for the mail of a sign-up: whoever deleted an account may open another at once.
    pub(crate) fn of_sign_up(daemun: &Daemun, call: &Call, purpose: &str, target: &str) -> Self {
        let [_, hour, day] = daemun.settings.limits.sends;
        Self::within(daemun, call, (Channel::Email, purpose, target), &[hour, day])
    }

    fn within(
        daemun: &Daemun,
        call: &Call,
        (channel, purpose, target): (Channel, &str, &str),
        limits: &[Limit],
    ) -> Self {
        let digest = daemun.master.keyed_digest(&format!("send {purpose}"), target);
        // The longest first: what is refused for a day is not told to come back in a minute.
        let counters = limits.iter().rev().map(|&limit| {
            let subject = format!("{digest} {}", limit.seconds);
            Counter::new(daemun, Key { app: call.app.id, kind: Kind::Sends, subject }, limit)
        });
        Self {
            counters: counters.collect(),
            by_address: PerAddress::sends(daemun, call),
            budget: Budget::new(daemun, call, channel),
        }
    }

    /// Asks without counting.
    ///
    /// # Errors
    /// `too_many_requests` when one of the limits is reached.
    pub(crate) async fn ask(&self, on: &mut impl Executor) -> Result<(), Failure> {
        for counter in &self.counters {
            counter.ask(on).await?;
        }
        self.by_address.ask(on).await?;
        self.budget.ask(on).await
    }

    /// Counts it.
    ///
    /// # Errors
    /// `too_many_requests` when one of the limits is reached: nothing may be kept of the transaction then.
    pub(crate) async fn count(&self, tx: &mut Tx, queued: Queued) -> Result<(), Failure> {
        for counter in &self.counters {
            counter.count(tx).await?;
        }
        self.by_address.count(tx).await?;
        self.budget.spend(tx, queued).await
    }
}

/// What an app may send in a day.
#[derive(Clone)]
struct Budget {
    key: Key,
    app: String,
    most: i64,
    now: Timestamp,
}

impl Budget {
    fn new(daemun: &Daemun, call: &Call, channel: Channel) -> Self {
        let now = daemun.clock.now();
        Self {
            key: day(call.app.id, channel, now),
            app: call.app.name.clone(),
            most: daemun.settings.limits.budget,
            now,
        }
    }

    async fn ask(&self, on: &mut impl Executor) -> Result<(), Failure> {
        if find_spent(on, &self.key).await? < self.most { Ok(()) } else { Err(self.is_spent()) }
    }

    fn is_spent(&self) -> Failure {
        note(&self.key);
        too_many(DAY - self.now.seconds().rem_euclid(DAY))
    }

    async fn spend(&self, tx: &mut Tx, queued: Queued) -> Result<(), Failure> {
        let amount = i64::from(queued == Queued::Yes);
        let spent = spend(tx, &self.key, (self.most, amount), self.now.plus_seconds(2 * DAY)).await?;
        let Some(spent) = spent else { return Err(self.is_spent()) };
        if queued == Queued::Yes {
            self.alarm(spent);
        }
        Ok(())
    }

    /// Once at each of the two marks.
    fn alarm(&self, spent: i64) {
        let (app, budget) = (&self.app, self.most);
        if spent == self.most {
            tracing::error!(
                app,
                budget,
                "the day's budget of messages is spent: codes and links are refused"
            );
        } else if spent == self.most * ALARM_PER_CENT / 100 {
            tracing::warn!(app, spent, budget, "the day's budget of messages is running out");
        }
    }
}

fn day(app: AppId, channel: Channel, now: Timestamp) -> Key {
    let subject = format!("{} {}", channel.as_str(), now.seconds().div_euclid(DAY));
    Key { app, kind: Kind::Budget, subject }
}
