//! The facade over both engines. `DAEMUN_TEST_DATABASE=postgres` runs the shared half on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod durability;
mod migrations;
mod postgres;
mod postgres_tls;
mod reads;
mod sqlite;
mod writes;

use daemun_model::Failure;
use daemun_store::{Db, DbOptions, Executor, Tx, sql};
use daemun_testpg::TestDatabase;

/// A database with one table, `notes(id, text)`.
struct Notes {
    db: Db,
    /// Removed when this is dropped.
    place: TestDatabase,
}

async fn notes() -> Notes {
    notes_in(TestDatabase::for_test()).await
}

async fn notes_in(place: TestDatabase) -> Notes {
    let db = open(&place).await;
    db.write(async |tx| {
        sql("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL)").execute(tx).await?;
        Ok(())
    })
    .await
    .unwrap();
    Notes { db, place }
}

async fn open(place: &TestDatabase) -> Db {
    Db::open(place.url(), DbOptions::default()).await.unwrap()
}

async fn insert(tx: &mut Tx, id: i64, text: &str) -> Result<(), Failure> {
    sql("INSERT INTO notes (id, text) VALUES ($1, $2)").bind(id).bind(text).execute(tx).await?;
    Ok(())
}

async fn find(on: &mut impl Executor, id: i64) -> Option<String> {
    sql("SELECT text FROM notes WHERE id = $1").bind(id).inline().optional(on).await.unwrap()
}

async fn count(db: &Db) -> i64 {
    sql("SELECT count(*) FROM notes").one(&mut db.reader()).await.unwrap()
}

/// The text of a `Broken`, which the edge would log.
fn cause<T>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Broken(cause)) => cause.to_string(),
        Err(other) => panic!("{other} instead of broken"),
        Ok(_) => panic!("done instead of broken"),
    }
}
