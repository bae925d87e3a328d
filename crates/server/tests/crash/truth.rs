//! What the database says, against what was acknowledged and against itself.

use std::collections::HashMap;

use daemun_store::{Db, Engine, sql};

use crate::journal::Journal;

/// The acts that were done, by the request that asked for them.
#[derive(Clone)]
pub struct Ledger(HashMap<String, Vec<String>>);

impl Ledger {
    /// Reads it from the audit.
    pub async fn read(db: &Db) -> Self {
        let rows: Vec<(String, String)> = sql("SELECT request_id, act FROM audit WHERE outcome = 'done'")
            .heavy()
            .all(&mut db.reader())
            .await
            .unwrap();
        let mut ledger: HashMap<String, Vec<String>> = HashMap::new();
        for (request, act) in rows {
            ledger.entry(request).or_default().push(act);
        }
        Self(ledger)
    }

    /// Whether the request did something.
    pub fn holds(&self, request: &str) -> bool {
        self.0.contains_key(request)
    }

    /// Every acknowledged act has its one line, and no request has one that nobody took.
    pub fn agrees_with(&self, journal: &Journal) {
        for request in journal.all_refused() {
            assert!(!self.holds(&request), "{request} was refused and done");
        }
        for (request, act) in journal.all() {
            let Some(name) = act.in_audit() else { continue };
            let lines = self.0.get(&request).map_or(&[][..], Vec::as_slice);
            let count = lines.iter().filter(|line| *line == name).count();
            assert_eq!(count, 1, "{request} was acknowledged as {name}; the audit has {lines:?}");
        }
    }
}

/// Rows that are there only in part: each statement counts those that must not exist.
const HALVES: [(&str, &str); 13] = [
    (
        "accounts without their address among the names",
        "SELECT count(*) FROM accounts a WHERE a.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.account = a.uuid)",
    ),
    (
        "names of accounts that are not there",
        "SELECT count(*) FROM identifiers i \
         WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.uuid = i.account AND a.deleted_at IS NULL)",
    ),
    (
        "accounts without exactly one line of their sign-up",
        "SELECT count(*) FROM accounts a WHERE (SELECT count(*) FROM audit u \
         WHERE u.account = a.uuid AND u.act = 'account.sign_up' AND u.outcome = 'done') <> 1",
    ),
    (
        "lines of sign-ups without an account",
        "SELECT count(*) FROM audit u WHERE u.act = 'account.sign_up' AND u.outcome = 'done' \
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.uuid = u.account)",
    ),
    (
        "accounts with more or fewer sessions than sign-ins",
        "SELECT count(*) FROM accounts a JOIN apps p ON p.id = a.app \
         WHERE (SELECT count(*) FROM sessions s WHERE s.account = a.uuid) \
            <> (SELECT count(*) FROM audit u WHERE u.account = a.uuid AND u.outcome = 'done' \
                AND (u.act = 'session.sign_in' OR (u.act = 'account.sign_up' AND p.name = 'energyboost')))",
    ),
    (
        "accounts with more signed-out sessions than sign-outs",
        "SELECT count(*) FROM accounts a \
         WHERE (SELECT count(*) FROM sessions s WHERE s.account = a.uuid AND s.ended_why = 'signed_out') \
             > (SELECT count(*) FROM audit u WHERE u.account = a.uuid AND u.outcome = 'done' \
                AND u.act = 'session.sign_out')",
    ),
    (
        "accounts with fewer ended sessions than sign-outs",
        "SELECT count(*) FROM accounts a \
         WHERE (SELECT count(*) FROM sessions s WHERE s.account = a.uuid AND s.ended_at IS NOT NULL) \
             < (SELECT count(*) FROM audit u WHERE u.account = a.uuid AND u.outcome = 'done' \
                AND u.act = 'session.sign_out')",
    ),
    (
        "sessions that ended in half",
        "SELECT count(*) FROM sessions s WHERE (s.ended_at IS NULL) <> (s.ended_why IS NULL)",
    ),
    (
        "deleted accounts without exactly one line of it, or lines without the deletion",
        "SELECT count(*) FROM accounts a WHERE (CASE WHEN a.deleted_at IS NULL THEN 0 ELSE 1 END) \
            <> (SELECT count(*) FROM audit u WHERE u.account = a.uuid AND u.outcome = 'done' \
                AND u.act = 'account.delete')",
    ),
    (
        "deleted accounts with an open session, a link or a message",
        "SELECT count(*) FROM accounts a WHERE a.deleted_at IS NOT NULL \
         AND (EXISTS (SELECT 1 FROM sessions s WHERE s.account = a.uuid AND s.ended_at IS NULL) \
           OR EXISTS (SELECT 1 FROM one_time_tokens t WHERE t.account = a.uuid) \
           OR EXISTS (SELECT 1 FROM outbox o WHERE o.account = a.uuid))",
    ),
    (
        "accounts with more or fewer notices than password changes",
        "SELECT count(*) FROM accounts a WHERE a.deleted_at IS NULL \
         AND (SELECT count(*) FROM outbox o WHERE o.account = a.uuid AND o.template = 'password_changed') \
            <> (SELECT count(*) FROM audit u WHERE u.account = a.uuid AND u.outcome = 'done' \
                AND u.act IN ('password.change', 'password.reset'))",
    ),
    (
        "accounts with more or fewer reset mails than were asked for",
        "SELECT count(*) FROM accounts a WHERE a.deleted_at IS NULL \
         AND (SELECT count(*) FROM outbox o WHERE o.account = a.uuid AND o.template = 'reset_password') \
            <> (SELECT count(*) FROM audit u WHERE u.account = a.uuid AND u.outcome = 'done' \
                AND u.act = 'password.request_reset')",
    ),
    (
        "accounts without the one mail of their sign-up",
        "SELECT count(*) FROM accounts a JOIN apps p ON p.id = a.app \
         WHERE a.deleted_at IS NULL AND p.name = 'energyboost' \
         AND (SELECT count(*) FROM outbox o WHERE o.account = a.uuid AND o.template = 'verify_email') <> 1",
    ),
];

/// Nothing is there in part, and the file is sound.
pub async fn nothing_is_half(db: &Db) {
    for (what, text) in HALVES {
        let count: i64 = sql(text).heavy().one(&mut db.reader()).await.unwrap();
        assert_eq!(count, 0, "{what}");
    }
}

/// SQLite's own check of its file.
pub async fn is_sound(db: &Db) {
    if db.engine() == Engine::Sqlite {
        let told: Vec<String> = sql("PRAGMA integrity_check").heavy().all(&mut db.reader()).await.unwrap();
        assert_eq!(told, ["ok"]);
    }
}
