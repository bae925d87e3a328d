//! No message is lost, and of each crash at most one message is there twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use daemun_store::{Db, sql};

use crate::mails::MailServer;

/// How long the workers have for what waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than a lease and the look after it.
const LEASE_AND_MORE: Duration = Duration::from_secs(140);
/// When nothing was sent for so long, what is left is leased by the dead.
const QUIET: Duration = Duration::from_secs(2);

/// Waits until every message has left: those that a killed node had leased leave after the lease, for which only the
/// nightly run has the time.
pub async fn all_leave(db: &Db) {
    let mut left = waiting(db).await;
    let mut since = Instant::now();
    while left > 0 && since.elapsed() < QUIET {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = waiting(db).await;
        if now != left {
            (left, since) = (now, Instant::now());
        }
    }
    if !crate::nightly() {
        end_leases(db).await;
    }
    let patience = if crate::nightly() { LEASE_AND_MORE } else { PATIENCE };
    let began = Instant::now();
    while waiting(db).await > 0 {
        assert!(began.elapsed() < patience, "{} messages wait", waiting(db).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// As if the leases were over.
pub async fn end_leases(db: &Db) {
    let text = "UPDATE outbox SET leased_until = 0 WHERE sent_at IS NULL AND failed_at IS NULL";
    db.write(async move |tx| Ok(sql(text).execute(tx).await?)).await.unwrap();
}

/// How many messages have not been sent.
pub async fn waiting(db: &Db) -> i64 {
    let text = "SELECT count(*) FROM outbox WHERE sent_at IS NULL";
    sql(text).one(&mut db.reader()).await.unwrap()
}

/// How many messages are leased.
pub async fn leased(db: &Db) -> i64 {
    let text = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND leased_until > 0";
    sql(text).one(&mut db.reader()).await.unwrap()
}

/// What the mail server has of what the outbox holds.
#[derive(Clone, Copy, Debug)]
pub struct Delivered {
    /// Messages.
    pub messages: usize,
    /// How many came once more.
    pub again: usize,
}

/// Each message came, none but one for each crash came twice, and none came that was not written.
pub async fn each_came(db: &Db, mails: &MailServer, crashes: usize) -> Delivered {
    let written: Vec<(String, String)> =
        sql("SELECT id, recipient FROM outbox").heavy().all(&mut db.reader()).await.unwrap();
    let failed: i64 =
        sql("SELECT count(*) FROM outbox WHERE failed_at IS NOT NULL").one(&mut db.reader()).await.unwrap();
    assert_eq!(failed, 0, "messages were given up");
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    let mut recipients: BTreeSet<String> = BTreeSet::new();
    for mail in mails.taken() {
        *came.entry(mail.id).or_default() += 1;
        recipients.insert(mail.to);
    }
    for (id, _) in &written {
        assert!(came.contains_key(id), "the message {id} was lost");
    }
    // A deleted account takes its messages with it; what was never written cannot have come.
    let deleted: i64 = sql("SELECT count(*) FROM accounts WHERE deleted_at IS NOT NULL")
        .one(&mut db.reader())
        .await
        .unwrap();
    let unknown = came.keys().filter(|id| written.iter().all(|(known, _)| known != *id)).count();
    assert!(deleted > 0 || unknown == 0, "{unknown} messages came that nobody wrote");
    let again: usize = came.values().map(|times| times - 1).sum();
    assert!(again <= crashes, "{again} messages came again after {crashes} crashes");
    Delivered { messages: written.len(), again }
}
