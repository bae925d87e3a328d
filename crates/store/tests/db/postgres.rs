//! What is PostgreSQL's alone: lost connections, lost transactions, the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use daemun_model::{Code, Failure};
use daemun_store::{Db, DbOptions, Tx, sql};

use crate::{Notes, count, find, insert, notes_in};

async fn notes() -> Option<Notes> {
    Some(notes_in(daemun_testpg::database()?).await)
}

/// Ends the connections of others to this database, as a server that restarts does.
async fn end_connections(db: &Db) {
    let text = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sql(text).one::<i64>(&mut db.reader()).await.unwrap();
}

async fn own_pid(tx: &mut Tx) -> Result<i64, Failure> {
    Ok(sql("SELECT CAST(pg_backend_pid() AS BIGINT)").one(tx).await?)
}

#[tokio::test]
async fn a_transaction_that_loses_is_run_again() {
    let Some(notes) = notes().await else { return };
    notes.db.write(async |tx| insert(tx, 1, "0").await).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let add = |db: Db, runs: Arc<AtomicU32>| async move {
        db.write_serializable(async move |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            let before: i64 = find(tx, 1).await.unwrap_or_default().parse().unwrap();
            let after = (before + 1).to_string();
            sql("UPDATE notes SET text = $1 WHERE id = 1").bind(after).execute(tx).await?;
            Ok(())
        })
        .await
    };
    let adding: Vec<_> = (0..10).map(|_| tokio::spawn(add(notes.db.clone(), Arc::clone(&runs)))).collect();
    for added in adding {
        added.await.unwrap().unwrap();
    }
    assert_eq!(find(&mut notes.db.reader(), 1).await.as_deref(), Some("10"));
    assert!(runs.load(Ordering::Relaxed) > 10, "none met another");
}

#[tokio::test]
async fn two_that_lock_each_other_out_both_succeed() {
    let Some(notes) = notes().await else { return };
    notes.db.write(async |tx| insert(tx, 1, "a").await).await.unwrap();
    notes.db.write(async |tx| insert(tx, 2, "b").await).await.unwrap();
    let touch = |db: Db, first: i64, second: i64| async move {
        db.write(async move |tx| {
            for id in [first, second] {
                sql("UPDATE notes SET text = text || '!' WHERE id = $1").bind(id).execute(tx).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        })
        .await
    };
    let (one, two) = tokio::join!(touch(notes.db.clone(), 1, 2), touch(notes.db.clone(), 2, 1));
    one.unwrap();
    two.unwrap();
    assert_eq!(find(&mut notes.db.reader(), 1).await.as_deref(), Some("a!!"));
}

#[tokio::test]
async fn a_dropped_transaction_never_reaches_the_pool() {
    let Some(notes) = notes().await else { return };
    let options = DbOptions { connections: 1, ..DbOptions::default() };
    let db = Db::open(notes.place.url(), options).await.unwrap();
    for id in 0..5 {
        let write = db.write(async move |tx| {
            insert(tx, id, "half").await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), write).await.is_err());
        // Inside the dropped transaction its note would be seen.
        assert_eq!(count(&db).await, 0);
    }
}

#[tokio::test]
async fn connections_that_died_in_the_pool_are_replaced() {
    let Some(notes) = notes().await else { return };
    let other = Db::open(notes.place.url(), DbOptions::default()).await.unwrap();
    assert_eq!(count(&notes.db).await, 0);
    end_connections(&other).await;
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
    end_connections(&other).await;
    assert_eq!(count(&notes.db).await, 1);
}

#[tokio::test]
async fn a_connection_lost_inside_a_transaction_is_unavailable() {
    let Some(notes) = notes().await else { return };
    let other = Db::open(notes.place.url(), DbOptions::default()).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let lost = notes.db.write(async move |tx| {
        counted.fetch_add(1, Ordering::Relaxed);
        insert(tx, 1, "one").await?;
        end_connections(&other).await;
        insert(tx, 2, "two").await
    });
    assert_eq!(lost.await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    assert_eq!(count(&notes.db).await, 0);
}

#[tokio::test]
async fn a_connection_lost_during_commit_is_unavailable_and_not_repeated() {
    let Some(notes) = notes().await else { return };
    let other = Db::open(notes.place.url(), DbOptions::default()).await.unwrap();
    // A check that runs at COMMIT and takes its time.
    let slow = [
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS \
         $$BEGIN PERFORM pg_sleep(30); RETURN NULL; END$$",
        "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION dawdle()",
    ];
    notes
        .db
        .write(async move |tx| {
            for text in slow {
                sql(text).execute(tx).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let db = notes.db.clone();
    let lost = tokio::spawn(async move {
        db.write(async move |tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            insert(tx, 1, "one").await
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    end_connections(&other).await;
    assert_eq!(lost.await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn who_waits_too_long_for_a_connection_is_told_to_come_back() {
    let Some(notes) = notes().await else { return };
    let options = DbOptions { connections: 1, wait: Duration::from_millis(100), ..DbOptions::default() };
    let db = Db::open(notes.place.url(), options).await.unwrap();
    let held = db.clone();
    let holding = tokio::spawn(async move {
        held.write(async |tx| {
            own_pid(tx).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = db.write(async |tx| insert(tx, 1, "one").await).await.unwrap_err();
    assert!(matches!(refused, Failure::Unavailable { retry_after: 1 }), "{refused}");
    holding.await.unwrap().unwrap();
    db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    let db = Db::open("postgres://daemun@127.0.0.1:1/none", DbOptions::default()).await.unwrap();
    assert!(db.ping().await.is_err());
    let refused = db.write(async |tx| insert(tx, 1, "one").await).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

/// The first server takes connections and says nothing, as one whose machine hangs; the second cannot be reached.
#[tokio::test]
async fn servers_that_say_nothing_hold_up_nobody() {
    let Some(place) = daemun_testpg::database() else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (user, server) = place.url().split_once('@').unwrap();
    let url = format!(
        "{user}@{},127.0.0.1:1,{server}?target_session_attrs=read-write",
        silent.local_addr().unwrap()
    );
    let options = DbOptions { connect_timeout: Duration::from_secs(30), ..DbOptions::default() };
    let db = Db::open(&url, options).await.unwrap();
    db.ping().await.unwrap();
    silent.set_nonblocking(true).unwrap();
    assert!(silent.accept().is_ok(), "it was asked first");
    assert_eq!(sql("SELECT CAST(1 AS BIGINT)").one::<i64>(&mut db.reader()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_statement_prepared_before_a_migration_is_prepared_anew() {
    let Some(notes) = notes().await else { return };
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
    let mut reader = notes.db.reader();
    let statement = || sql("SELECT t.* FROM notes t WHERE id = 1");
    statement().one::<(i64, String)>(&mut reader).await.unwrap();
    let alter = async |tx: &mut Tx| Ok(sql("ALTER TABLE notes ADD COLUMN more TEXT").execute(tx).await?);
    notes.db.write(alter).await.unwrap();
    statement().one::<(i64, String, Option<String>)>(&mut reader).await.unwrap();
}
