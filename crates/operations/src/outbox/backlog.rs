//! How much waits in the outbox, for who watches.

use daemun_model::Failure;
use daemun_model::message::Channel;
use daemun_store::outbox;

use crate::daemun::Daemun;

/// What waits of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// How the messages travel.
    pub channel: Channel,
    /// How many wait.
    pub messages: i64,
    /// For how long the oldest has waited; 0 where none does.
    pub oldest_seconds: i64,
}

/// What waits, of every channel.
///
/// # Errors
/// When the database does not answer.
pub async fn backlog(daemun: &Daemun) -> Result<[Backlog; 2], Failure> {
    let waiting = outbox::count_waiting(&mut daemun.reader()).await?;
    let now = daemun.clock.now().seconds();
    Ok([Channel::Email, Channel::Sms].map(|channel| {
        let found = waiting.iter().find(|(name, ..)| name == channel.as_str());
        let (messages, since) = found.map_or((0, now), |(_, count, oldest)| (*count, oldest.seconds()));
        Backlog { channel, messages, oldest_seconds: (now - since).max(0) }
    }))
}
