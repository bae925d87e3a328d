//! Bringing the schema up to date.

use daemun_store::sql;
use daemun_testpg::TestDatabase;

use crate::open;

#[tokio::test]
async fn migrations_are_pending_until_they_are_applied() {
    let place = TestDatabase::for_test();
    let db = open(&place).await;
    let pending = db.pending_migrations().await.unwrap();
    assert!(!pending.is_empty());
    assert_eq!(db.migrate().await.unwrap(), pending);
    assert_eq!(db.pending_migrations().await.unwrap(), Vec::<String>::new());
    assert_eq!(db.migrate().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone_and_called_so() {
    let place = TestDatabase::for_test();
    let db = open(&place).await;
    db.migrate().await.unwrap();
    let later = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
                 SELECT 9999, 'later', applied_on, checksum FROM refinery_schema_history WHERE version = 1";
    db.write(async move |tx| Ok(sql(later).execute(tx).await?)).await.unwrap();
    assert_eq!(
        db.migrate().await.unwrap_err().to_string(),
        "a later version of Daemun prepared the database: it has V9999__later, which this one does not know\n  \
         hint: start that version, or restore a backup from before it"
    );
    assert_eq!(db.pending_migrations().await.unwrap(), Vec::<String>::new(), "one that runs goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nodes_that_start_at_once_one_migrates() {
    let place = TestDatabase::for_test();
    let nodes = (0..8).map(|_| {
        let url = place.url().to_owned();
        tokio::spawn(async move {
            let db = daemun_store::Db::open(&url, daemun_store::DbOptions::default()).await.unwrap();
            db.migrate().await.unwrap().len()
        })
    });
    let mut worked = 0;
    for node in nodes.collect::<Vec<_>>() {
        worked += usize::from(node.await.unwrap() > 0);
    }
    assert_eq!(worked, 1);
}
