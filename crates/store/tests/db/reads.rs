//! Statements and rows on either engine.

use daemun_model::{AccountUuid, AppId, Timestamp};
use daemun_store::{Cell, Column, Db, DbError, FromRow, Row, Value, sql};
use uuid::Uuid;

use crate::{count, find, insert, notes};

#[tokio::test]
async fn each_type_comes_back_as_it_went_in() {
    let notes = notes().await;
    let account = AccountUuid(Uuid::from_u128(7));
    notes
        .db
        .write(async move |tx| {
            sql("CREATE TABLE kinds (i BIGINT, b BOOLEAN, r DOUBLE PRECISION, t TEXT)").execute(tx).await?;
            sql("CREATE TABLE more (app BIGINT, at BIGINT, account TEXT, missing TEXT)").execute(tx).await?;
            let statement = sql("INSERT INTO kinds (i, b, r, t) VALUES ($1, $2, $3, $4)");
            statement.bind(i64::MIN).bind(true).bind(0.5).bind("한글").execute(tx).await?;
            let statement = sql("INSERT INTO more (app, at, account, missing) VALUES ($1, $2, $3, $4)");
            let statement = statement.bind(AppId(3)).bind(Timestamp(-1)).bind(account).bind(None::<String>);
            statement.execute(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    let mut reader = notes.db.reader();
    let kinds: (i64, bool, f64, String) = sql("SELECT i, b, r, t FROM kinds").one(&mut reader).await.unwrap();
    assert_eq!(kinds, (i64::MIN, true, 0.5, "한글".to_owned()));
    let more: (AppId, Timestamp, AccountUuid, Option<String>) =
        sql("SELECT app, at, account, missing FROM more").one(&mut reader).await.unwrap();
    assert_eq!(more, (AppId(3), Timestamp(-1), account, None));
}

#[tokio::test]
async fn null_can_be_bound_to_any_type() {
    let notes = notes().await;
    let found: Vec<(Option<i64>, Option<String>)> = sql("SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT)")
        .bind(None::<i64>)
        .bind(Value::Null)
        .all(&mut notes.db.reader())
        .await
        .unwrap();
    assert_eq!(found, [(None, None)]);
}

#[tokio::test]
async fn parameters_are_bound_by_number_whatever_their_order() {
    let notes = notes().await;
    let found: (String, String, String) = sql("SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)")
        .bind("first")
        .bind("second")
        .one(&mut notes.db.reader())
        .await
        .unwrap();
    assert_eq!(found, ("second".into(), "first".into(), "second".into()));
}

#[tokio::test]
async fn every_way_of_reading_gives_the_same() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
    let mut reader = notes.db.reader();
    let statement = || sql("SELECT text FROM notes WHERE id = $1").bind(1_i64);
    let usual: String = statement().one(&mut reader).await.unwrap();
    let inline: String = statement().inline().one(&mut reader).await.unwrap();
    let heavy: Vec<String> = statement().heavy().all(&mut reader).await.unwrap();
    assert_eq!((usual.as_str(), inline.as_str(), heavy.as_slice()), ("one", "one", &["one".to_owned()][..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_only_what_was_committed() {
    let notes = notes().await;
    let db = notes.db.clone();
    let watching = tokio::spawn(async move {
        loop {
            let seen = count(&db).await;
            assert_eq!(seen % 2, 0, "half a transaction");
            if seen == 200 {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    let writers = (0..100).map(|n| {
        let db = notes.db.clone();
        tokio::spawn(async move {
            db.write(async move |tx| {
                insert(tx, 2 * n, "first half").await?;
                insert(tx, 2 * n + 1, "second half").await
            })
            .await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    watching.await.unwrap();
}

#[derive(Debug, PartialEq)]
struct Note {
    id: i64,
    mood: Mood,
}

#[derive(Debug, PartialEq)]
enum Mood {
    Glad,
}

impl Column for Mood {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Text("glad") => Ok(Self::Glad),
            other => Err(format!("{} that is no mood", other.kind())),
        }
    }
}

impl FromRow for Note {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.next()?, mood: row.next()? })
    }
}

#[tokio::test]
async fn a_noun_reads_its_own_row() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "glad").await).await.unwrap();
    notes.db.write(async |tx| insert(tx, 2, "odd").await).await.unwrap();
    let mut reader = notes.db.reader();
    let note: Note = sql("SELECT id, text FROM notes WHERE id = 1").one(&mut reader).await.unwrap();
    assert_eq!(note, Note { id: 1, mood: Mood::Glad });
    let wrong = sql("SELECT id, text FROM notes WHERE id = 2").one::<Note>(&mut reader).await.unwrap_err();
    assert_eq!(wrong.to_string(), "column 2: text that is no mood");
}

async fn fault<R: FromRow + std::fmt::Debug>(db: &Db, text: &'static str) -> String {
    sql(text).one::<R>(&mut db.reader()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_statement_that_does_not_fit_is_an_error() {
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
    notes.db.write(async |tx| insert(tx, 2, "two").await).await.unwrap();
    let db = &notes.db;
    assert_eq!(
        fault::<i64>(db, "SELECT text FROM notes WHERE id = 1").await,
        "column 1: text where i64 is expected"
    );
    assert_eq!(
        fault::<i64>(db, "SELECT id, text FROM notes WHERE id = 1").await,
        "column 1: read 1 of 2 columns"
    );
    assert!(fault::<(i64, i64)>(db, "SELECT id FROM notes WHERE id = 1").await.starts_with("column 2: "));
    assert_eq!(fault::<i64>(db, "SELECT id FROM notes").await, "more than one row for: SELECT id FROM notes");
    assert_eq!(
        fault::<i64>(db, "SELECT id FROM notes WHERE id = 3").await,
        "no row for: SELECT id FROM notes WHERE id = 3"
    );
    assert_eq!(
        fault::<i64>(db, "SELECT id FROM notes WHERE id = $1").await,
        "0 values bound to: SELECT id FROM notes WHERE id = $1"
    );
    assert!(fault::<i64>(db, "SELECT id FROM nowhere").await.ends_with(" in: SELECT id FROM nowhere"));
}

#[tokio::test]
async fn a_panic_while_reading_a_row_ends_that_read_alone() {
    #[derive(Debug)]
    struct Bad;
    impl FromRow for Bad {
        fn from_row(_: &mut Row<'_>) -> Result<Self, DbError> {
            panic!("in a row")
        }
    }
    let notes = notes().await;
    notes.db.write(async |tx| insert(tx, 1, "one").await).await.unwrap();
    for _ in 0..8 {
        let mut reader = notes.db.reader();
        let read = tokio::spawn(async move { sql("SELECT id FROM notes").one::<Bad>(&mut reader).await });
        // On SQLite the panic is caught on the reader thread, on PostgreSQL it ends the task.
        assert!(!matches!(read.await, Ok(Ok(_))));
    }
    assert_eq!(find(&mut notes.db.reader(), 1).await.as_deref(), Some("one"));
    assert_eq!(count(&notes.db).await, 1);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let notes = notes().await;
    let statement = sql("INSERT INTO notes (id, text) VALUES (1, 'x') RETURNING id");
    let refused = statement.one::<i64>(&mut notes.db.reader()).await.unwrap_err();
    assert!(matches!(refused, DbError::Statement { .. }), "{refused}");
    assert_eq!(count(&notes.db).await, 0);
}

#[tokio::test]
async fn the_database_answers_a_ping() {
    let notes = notes().await;
    notes.db.ping().await.unwrap();
    notes.db.close().await;
    assert!(matches!(notes.db.ping().await, Err(DbError::Closed)));
}
