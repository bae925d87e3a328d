//! What is SQLite's alone: group commit, the writer thread, the file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use daemun_model::{Code, Failure};
use daemun_store::{Db, DbOptions, WriteCounts, sql};
use daemun_testpg::TestDatabase;
use tokio::task::JoinHandle;

use crate::{Notes, cause, count, find, insert, notes_in, open};

async fn notes() -> Notes {
    notes_in(TestDatabase::sqlite()).await
}

/// Holds the writer thread up until `release` is sent, so that what is queued meanwhile is one batch.
async fn hold(db: &Db) -> (JoinHandle<Result<(), Failure>>, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel();
    let (start, mut started) = tokio::sync::mpsc::unbounded_channel();
    let released = Mutex::new(released);
    let db = db.clone();
    let held = tokio::spawn(async move {
        db.write(async move |_| {
            let _ = start.send(());
            let _ = released.lock().unwrap().recv_timeout(Duration::from_secs(10));
            // A batch gathers for at most 5 ms: this one ends here.
            std::thread::sleep(Duration::from_millis(6));
            Ok(())
        })
        .await
    });
    started.recv().await.unwrap();
    (held, release)
}

async fn queued(writes: impl Iterator<Item = JoinHandle<Result<(), Failure>>>) -> Vec<Result<(), Failure>> {
    let writes: Vec<_> = writes.collect();
    let mut results = Vec::new();
    for write in writes {
        results.push(write.await.unwrap());
    }
    results
}

fn spawn_insert(db: &Db, id: i64) -> JoinHandle<Result<(), Failure>> {
    let db = db.clone();
    tokio::spawn(async move { db.write(async move |tx| insert(tx, id, "grouped").await).await })
}

/// Lets spawned tasks reach the queue.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn writes_that_wait_share_a_commit() {
    let notes = notes().await;
    let before = notes.db.write_counts();
    let (held, release) = hold(&notes.db).await;
    let writes: Vec<_> = (0..50).map(|id| spawn_insert(&notes.db, id)).collect();
    settle().await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    for result in queued(writes.into_iter()).await {
        result.unwrap();
    }
    let after = notes.db.write_counts();
    assert_eq!(after.writes - before.writes, 51);
    // Two, unless the writer thread is made to wait while it gathers.
    assert!(after.commits - before.commits < 20, "{after:?}");
    assert_eq!(count(&notes.db).await, 50);
}

#[tokio::test]
async fn a_batch_is_at_most_sixty_four() {
    let notes = notes().await;
    let before = notes.db.write_counts();
    let (held, release) = hold(&notes.db).await;
    let writes: Vec<_> = (0..130).map(|id| spawn_insert(&notes.db, id)).collect();
    settle().await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    for result in queued(writes.into_iter()).await {
        result.unwrap();
    }
    let commits = notes.db.write_counts().commits - before.commits;
    assert!(commits >= 4, "{commits} commits for 1 + 64 + 64 + 2");
}

#[tokio::test]
async fn one_that_fails_takes_nobody_with_it() {
    let notes = notes().await;
    let before = notes.db.write_counts();
    let (held, release) = hold(&notes.db).await;
    let good = spawn_insert(&notes.db, 1);
    let write = |id: i64| {
        let db = notes.db.clone();
        async move {
            db.write(async move |tx| {
                insert(tx, id, "to be undone").await?;
                match id {
                    10 => Err(Failure::from(Code::EmailTaken)),
                    11 => panic!("eleven"),
                    12 => {
                        std::future::pending::<()>().await;
                        Ok(())
                    }
                    _ => insert(tx, 1, "taken").await,
                }
            })
            .await
        }
    };
    let bad: Vec<_> = (10..14).map(|id| tokio::spawn(write(id))).collect();
    let last = spawn_insert(&notes.db, 2);
    settle().await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    let mut bad = queued(bad.into_iter()).await.into_iter();
    assert_eq!(bad.next().unwrap().unwrap_err().code(), Code::EmailTaken);
    assert_eq!(cause(bad.next().unwrap()), "panicked inside a transaction: eleven");
    assert_eq!(cause(bad.next().unwrap()), "awaited inside a transaction");
    assert!(cause(bad.next().unwrap()).contains("UNIQUE constraint failed"));
    good.await.unwrap().unwrap();
    last.await.unwrap().unwrap();
    assert_eq!(count(&notes.db).await, 2);
    let after = notes.db.write_counts();
    assert_eq!(after.writes - before.writes, 3);
}

#[tokio::test]
async fn waiting_for_anything_else_is_told() {
    let notes = notes().await;
    let slept = notes.db.write(async |tx| {
        insert(tx, 1, "one").await?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(())
    });
    assert_eq!(cause(slept.await), "awaited inside a transaction");
    let db = notes.db.clone();
    let nested = notes.db.write(async move |_| db.write(async |tx| insert(tx, 1, "inner").await).await);
    assert_eq!(cause(nested.await), "awaited inside a transaction");
    // The inner one had been queued, but nobody waits for it any more.
    assert_eq!(count(&notes.db).await, 0);
}

#[tokio::test]
async fn a_full_disk_costs_only_those_who_do_not_fit() {
    let notes = notes().await;
    let limit = async |pages: &'static str| {
        notes.db.write(async move |tx| Ok(sql(pages).one::<i64>(tx).await?)).await.unwrap()
    };
    limit("PRAGMA max_page_count = 40").await;
    let (held, release) = hold(&notes.db).await;
    let write = |id: i64, length: usize| {
        let db = notes.db.clone();
        tokio::spawn(async move { db.write(async move |tx| insert(tx, id, &"x".repeat(length)).await).await })
    };
    let small = write(1, 10);
    let large = write(2, 1_000_000);
    let last = write(3, 10);
    settle().await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    small.await.unwrap().unwrap();
    assert_eq!(large.await.unwrap().unwrap_err().code(), Code::Unavailable);
    last.await.unwrap().unwrap();
    assert_eq!(count(&notes.db).await, 2);
    limit("PRAGMA max_page_count = 100000").await;
    write(4, 1_000_000).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_caller_that_went_away_before_its_turn_is_left_out() {
    let notes = notes().await;
    let (held, release) = hold(&notes.db).await;
    let gone = spawn_insert(&notes.db, 1);
    let stays = spawn_insert(&notes.db, 2);
    settle().await;
    gone.abort();
    settle().await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    stays.await.unwrap().unwrap();
    assert_eq!(find(&mut notes.db.reader(), 1).await, None);
}

#[tokio::test]
async fn reads_go_on_while_the_writer_is_held_up() {
    let notes = notes().await;
    let (held, release) = hold(&notes.db).await;
    assert_eq!(count(&notes.db).await, 0);
    assert_eq!(find(&mut notes.db.reader(), 1).await, None);
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_on_the_spot_sees_what_was_acknowledged_before_whoever_committed_it() {
    let notes = notes().await;
    let other = open(&notes.place).await;
    let readers: Vec<_> = [&notes.db, &other, &notes.db].map(Db::clone).into_iter().collect();
    for id in 0..300 {
        let writer = if id % 2 == 0 { &notes.db } else { &other };
        spawn_insert(writer, id).await.unwrap().unwrap();
        let finding =
            readers.iter().cloned().map(|db| tokio::spawn(async move { find(&mut db.reader(), id).await }));
        for found in finding.collect::<Vec<_>>() {
            assert_eq!(found.await.unwrap().as_deref(), Some("grouped"), "{id}");
        }
    }
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let notes = notes().await;
    let other = open(&notes.place).await;
    let (held, release) = hold(&other).await;
    let waiting = spawn_insert(&notes.db, 1);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn another_process_that_writes_for_too_long_is_not_waited_for() {
    let notes = notes().await;
    let options = DbOptions { wait: Duration::from_millis(100), ..DbOptions::default() };
    let impatient = Db::open(notes.place.url(), options).await.unwrap();
    let (held, release) = hold(&notes.db).await;
    let writes: Vec<_> = (0..20).map(|id| spawn_insert(&impatient, id)).collect();
    for result in queued(writes.into_iter()).await {
        assert_eq!(result.unwrap_err().code(), Code::Unavailable);
    }
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    spawn_insert(&impatient, 1).await.unwrap().unwrap();
}

#[tokio::test]
async fn closing_finishes_what_waits_and_leaves_a_small_wal() {
    let notes = notes().await;
    let writes: Vec<_> = (0..100).map(|id| spawn_insert(&notes.db, id)).collect();
    settle().await;
    notes.db.close().await;
    for result in queued(writes.into_iter()).await {
        result.unwrap();
    }
    let path = notes.place.url().trim_start_matches("sqlite://");
    let wal = std::fs::metadata(format!("{path}-wal")).map_or(0, |file| file.len());
    assert_eq!(wal, 0);
    assert_eq!(count(&open(&notes.place).await).await, 100);
}

#[tokio::test]
async fn the_file_and_its_folder_are_the_users_own() {
    let place = TestDatabase::sqlite();
    let folder = Path::new(place.url().trim_start_matches("sqlite://")).parent().unwrap().join("new/data");
    let url = format!("sqlite://{}", folder.join("daemun.db").display());
    let db = Db::open(&url, DbOptions::default()).await.unwrap();
    db.ping().await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["daemun.db", "daemun.db-wal", "daemun.db-shm"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = TestDatabase::sqlite();
    std::fs::write(place.url().trim_start_matches("sqlite://"), "this is no database".repeat(100)).unwrap();
    let Err(refused) = Db::open(place.url(), DbOptions::default()).await else { panic!("opened") };
    assert!(refused.to_string().contains("not a database"), "{refused}");
}

#[tokio::test]
async fn counts_start_at_nothing() {
    let place = TestDatabase::sqlite();
    assert_eq!(open(&place).await.write_counts(), WriteCounts::default());
}
