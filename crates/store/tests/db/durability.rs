//! What was acknowledged survives a process that is killed.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use daemun_store::{Db, sql};
use daemun_testpg::TestDatabase;

use crate::{insert, notes_in, open};

const CHILD: &str = "DAEMUN_TEST_CHILD";

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let notes = notes_in(TestDatabase::sqlite()).await;
    notes.db.close().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "durability::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(CHILD, notes.place.url())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = HashSet::new();
    let mut read = |line: Option<std::io::Result<String>>| match line {
        Some(line) => {
            acknowledged.extend(line.ok().and_then(|line| line.parse::<i64>().ok()));
            true
        }
        None => false,
    };
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) && read(lines.next()) {}
    child.kill().unwrap();
    while read(lines.next()) {}
    child.wait().unwrap();
    let db = open(&notes.place).await;
    let kept: Vec<i64> = sql("SELECT id FROM notes").all(&mut db.reader()).await.unwrap();
    let kept: HashSet<i64> = kept.into_iter().collect();
    assert!(acknowledged.len() > 100, "{} acknowledged", acknowledged.len());
    assert_eq!(acknowledged.difference(&kept).count(), 0);
    let halves = kept.iter().filter(|id| !kept.contains(&-**id)).count();
    assert_eq!(halves, 0, "each is there wholly or not at all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other half of the test above"]
async fn writes_until_it_is_killed() {
    let Some(url) = std::env::var_os(CHILD) else { return };
    let db = Db::open(url.to_str().unwrap(), daemun_store::DbOptions::default()).await.unwrap();
    let writers = (0..20).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            for id in (1..100_000).map(|n| writer * 100_000 + n) {
                db.write(async move |tx| {
                    insert(tx, id, "first half").await?;
                    insert(tx, -id, "second half").await
                })
                .await
                .unwrap();
                // One write call a line, so that a kill never cuts one in two.
                std::io::stdout().lock().write_all(format!("{id}\n").as_bytes()).unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}
