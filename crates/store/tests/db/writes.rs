//! What a transaction promises on either engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use daemun_model::{Code, Failure};
use daemun_store::{Db, DbOptions, Executor, Reading, Tx, sql};
use daemun_testpg::TestDatabase;

use crate::{cause, count, find, insert, notes, open};

#[tokio::test]
async fn what_is_written_is_there() {
    let notes = notes().await;
    let answer = notes.db.write(async |tx| insert(tx, 1, "one").await.map(|()| "kept")).await.unwrap();
    assert_eq!(answer, "kept");
    assert_eq!(find(&mut notes.db.reader(), 1).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_transaction_sees_its_own_writes() {
    let notes = notes().await;
    let seen = notes.db.write(async |tx| {
        insert(tx, 1, "one").await?;
        Ok(find(tx, 1).await)
    });
    assert_eq!(seen.await.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn a_refusal_leaves_nothing_behind() {
    let notes = notes().await;
    let refused = notes.db.write(async |tx| {
        insert(tx, 1, "one").await?;
        Err::<(), _>(Code::EmailTaken.into())
    });
    assert_eq!(refused.await.unwrap_err().code(), Code::EmailTaken);
    assert_eq!(count(&notes.db).await, 0);
}

#[tokio::test]
async fn a_remembered_refusal_is_an_answer() {
    let notes = notes().await;
    let remembered = notes.db.write(async |tx| {
        insert(tx, 1, "failed attempt").await?;
        Ok(Err::<(), _>(Code::WrongCredentials))
    });
    assert_eq!(remembered.await.unwrap(), Err(Code::WrongCredentials));
    assert_eq!(count(&notes.db).await, 1);
}

#[tokio::test]
async fn a_panic_is_answered_and_leaves_nothing_behind() {
    let notes = notes().await;
    let panicked = notes.db.write(async |tx| {
        insert(tx, 1, "one").await?;
        assert!(find(tx, 1).await.is_none(), "one is there");
        Ok(())
    });
    assert_eq!(cause(panicked.await), "panicked inside a transaction: one is there");
    assert_eq!(count(&notes.db).await, 0);
    notes.db.write(async |tx| insert(tx, 2, "after").await).await.unwrap();
}

#[tokio::test]
async fn a_failed_statement_cannot_be_passed_over() {
    let notes = notes().await;
    let passed_over = notes.db.write(async |tx| {
        insert(tx, 1, "one").await?;
        let twice = insert(tx, 1, "again").await;
        assert!(twice.is_err());
        Ok(())
    });
    assert_eq!(
        cause(passed_over.await),
        "a statement failed inside the transaction and its error was passed over"
    );
    assert_eq!(count(&notes.db).await, 0);
}

#[tokio::test]
async fn a_broken_statement_tells_which_but_no_value() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "secret-one").await).await.unwrap();
    let text = cause(notes.db.write(async |tx| insert(tx, 1, "secret-two").await).await);
    assert!(text.ends_with(" in: INSERT INTO notes (id, text) VALUES ($1, $2)"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

macro_rules! rename {
    () => {
        "UPDATE notes SET text = $1 WHERE id = $2 AND text = $3"
    };
}

/// Renames a note, if that is still its name, and gives the new one.
async fn rename(db: &Db, id: i64, from: &str, to: &str) -> Result<Option<String>, Failure> {
    let change = sql(rename!()).bind(to).bind(id).bind(from);
    let read = sql("SELECT text FROM notes WHERE id = $1").bind(id);
    let at_once = concat!("WITH n AS (", rename!(), " RETURNING text) SELECT text FROM n");
    db.change_and_read(change, at_once, read).await
}

#[tokio::test]
async fn a_change_alone_is_kept_and_gives_what_it_changed() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
    let before = notes.db.write_counts().writes;
    assert_eq!(rename(&notes.db, 1, "one", "two").await.unwrap().as_deref(), Some("two"));
    assert_eq!(rename(&notes.db, 1, "one", "two").await.unwrap(), None);
    assert_eq!(find(&mut notes.db.reader(), 1).await.as_deref(), Some("two"));
    assert_eq!(notes.db.write_counts().writes, before + 2);
}

#[tokio::test]
async fn a_change_alone_that_fails_leaves_the_connection_as_it_was() {
    let place = TestDatabase::for_test();
    let options = DbOptions { connections: 1, ..DbOptions::default() };
    let db = Db::open(place.url(), options).await.unwrap();
    db.write(async |tx| {
        sql("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL, UNIQUE (text))")
            .execute(tx)
            .await?;
        insert(tx, 1, "one").await?;
        insert(tx, 2, "two").await
    })
    .await
    .unwrap();
    assert!(matches!(rename(&db, 1, "one", "two").await, Err(Failure::Broken(_))));
    db.write(async |tx| insert(tx, 3, "three").await).await.unwrap();
    assert_eq!(count(&db).await, 3);
    assert_eq!(rename(&db, 2, "two", "new").await.unwrap().as_deref(), Some("new"));
}

#[tokio::test]
async fn of_fifty_changes_alone_one_wins() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "free").await).await.unwrap();
    let names: Vec<String> = (0..50).map(|number| format!("claimed by {number}")).collect();
    let claims = names.iter().map(|name| rename(&notes.db, 1, "free", name));
    let won = futures_util::future::try_join_all(claims).await.unwrap();
    assert_eq!(won.iter().flatten().count(), 1);
}

#[tokio::test]
async fn what_promised_to_write_nothing_cannot() {
    let notes = notes().await;
    let reading = Reading::begin();
    let written = notes.db.write(async |tx| insert(tx, 1, "one").await);
    let mut written = std::pin::pin!(written);
    let polled = futures_util::poll!(&mut written);
    let mut alone = std::pin::pin!(rename(&notes.db, 1, "one", "two"));
    let alone = futures_util::poll!(&mut alone);
    drop(reading);
    let Poll::Ready(refused) = polled else { panic!("it is refused at once") };
    assert_eq!(cause(refused), "a write by what promised to write nothing");
    let Poll::Ready(refused) = alone else { panic!("it is refused at once") };
    assert_eq!(cause(refused), "a write by what promised to write nothing");
    assert_eq!(count(&notes.db).await, 0);
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
}

#[tokio::test]
async fn of_concurrent_claims_one_wins() {
    let notes = notes().await;
    let claim = |db: Db, text: String| async move {
        db.write(async move |tx| {
            let claimed = sql("INSERT INTO notes (id, text) VALUES (1, $1) ON CONFLICT DO NOTHING")
                .bind(&text)
                .execute(tx)
                .await?;
            Ok(claimed)
        })
        .await
    };
    let claims = (0..50).map(|n| tokio::spawn(claim(notes.db.clone(), format!("claim {n}"))));
    let mut won = 0;
    for claim in claims.collect::<Vec<_>>() {
        won += claim.await.unwrap().unwrap();
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_hundred_writers_at_once_all_succeed() {
    let notes = notes().await;
    let writers = (0..800).map(|id| {
        let db = notes.db.clone();
        tokio::spawn(async move {
            db.write(async move |tx| {
                // Reads first, as most operations do: a deferred transaction would fail here.
                let before: i64 = sql("SELECT count(*) FROM notes").one(tx).await?;
                insert(tx, id, &format!("{before} before")).await
            })
            .await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(count(&notes.db).await, 800);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_transactions_run_as_if_one_after_the_other() {
    let notes = notes().await;
    // A rule that spans rows: at most ten notes.
    let enter = |db: Db, id: i64| async move {
        db.write_serializable(async move |tx| {
            let there: i64 = sql("SELECT count(*) FROM notes").one(tx).await?;
            if there >= 10 {
                return Err(Code::RoomFull.into());
            }
            insert(tx, id, "in").await
        })
        .await
    };
    let entering = (0..30).map(|id| tokio::spawn(enter(notes.db.clone(), id)));
    let mut inside = 0;
    for entered in entering.collect::<Vec<_>>() {
        match entered.await.unwrap() {
            Ok(()) => inside += 1,
            Err(refused) => assert_eq!(refused.code(), Code::RoomFull),
        }
    }
    assert_eq!((inside, count(&notes.db).await), (10, 10));
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_writer_at_work() {
    let notes = notes().await;
    for id in 0..20 {
        let db = notes.db.clone();
        let gone = tokio::spawn(async move { db.write(async move |tx| insert(tx, id, "gone").await).await });
        tokio::task::yield_now().await;
        gone.abort();
    }
    notes.db.write(async |tx| insert(tx, 100, "after").await).await.unwrap();
    assert_eq!(find(&mut notes.db.reader(), 100).await.as_deref(), Some("after"));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let notes = notes().await;
    for id in 0..20 {
        notes.db.write(async move |tx| insert(tx, id, "kept").await).await.unwrap();
    }
    notes.db.close().await;
    let closed = notes.db.write(async |tx| insert(tx, 99, "late").await).await;
    assert_eq!(closed.unwrap_err().code(), Code::Unavailable);
    let again = open(&notes.place).await;
    assert_eq!(count(&again).await, 20);
}

#[tokio::test]
async fn a_node_that_is_gone_without_closing_loses_nothing() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "kept").await).await.unwrap();
    let other = open(&notes.place).await;
    drop(notes.db);
    assert_eq!(count(&other).await, 1);
    other.write(async |tx| insert(tx, 2, "kept too").await).await.unwrap();
    assert_eq!(count(&other).await, 2);
}

// The rest is written as operations are: async functions that lend a transaction to others, spawned by the door.

#[derive(Clone)]
struct Daemun {
    db: Db,
}

struct Input {
    name: Option<String>,
    tags: Vec<String>,
}

struct Draft {
    id: i64,
    name: String,
}

async fn save(tx: &mut Tx, draft: &Draft, tags: &[String]) -> Result<u64, Failure> {
    insert(tx, draft.id, &draft.name).await?;
    for (place, tag) in tags.iter().enumerate() {
        insert(tx, draft.id + 1 + place as i64, tag).await?;
    }
    Ok(tags.len() as u64 + 1)
}

async fn is_taken(on: &mut impl Executor, name: &str) -> Result<bool, Failure> {
    let found: Option<i64> = sql("SELECT id FROM notes WHERE text = $1").bind(name).optional(on).await?;
    Ok(found.is_some())
}

async fn operation(daemun: &Daemun, input: Input) -> Result<u64, Failure> {
    let name = input.name.ok_or_else(|| Failure::from(Code::Invalid))?;
    if is_taken(&mut daemun.db.reader(), &name).await? {
        return Err(Code::UsernameTaken.on("name"));
    }
    let draft = Draft { id: 1, name };
    let tags = input.tags;
    let runs = Arc::new(AtomicU32::new(0));
    daemun
        .db
        .write(async move |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            if is_taken(tx, &draft.name).await? {
                return Err(Code::UsernameTaken.on("name"));
            }
            save(tx, &draft, &tags).await
        })
        .await
}

#[tokio::test]
async fn operations_are_spawned_where_types_are_concrete() {
    let notes = notes().await;
    let daemun = Daemun { db: notes.db.clone() };
    let spawned = |name: &str| {
        let daemun = daemun.clone();
        let input = Input { name: Some(name.to_owned()), tags: vec!["a".into(), "b".into()] };
        let run: futures_util::future::BoxFuture<'static, _> =
            Box::pin(async move { operation(&daemun, input).await });
        tokio::spawn(run)
    };
    assert_eq!(spawned("one").await.unwrap().unwrap(), 3);
    assert_eq!(spawned("one").await.unwrap().unwrap_err().code(), Code::UsernameTaken);
}
