//! SQLite: one writer thread, pooled read connections, checkpoints on a thread of their own.

mod checkpoint;
pub mod connection;
pub mod query;
mod readers;
mod snapshot;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemun_model::Failure;

pub use readers::Readers;
pub use tx::SqliteTx;

use super::error::DbError;
use super::options::DbOptions;
use super::{Tx, WriteCounts};
use checkpoint::Checkpointer;
use connection::Purpose;
use snapshot::Commits;
use writer::Writer;

/// One SQLite file.
pub struct Sqlite {
    path: PathBuf,
    writer: Writer,
    /// Reads outside a transaction.
    pub readers: Arc<Readers>,
    checkpointer: Arc<Checkpointer>,
}

impl Sqlite {
    /// Opens the file, creating it where it is missing, and starts its threads. Blocks.
    pub fn open(path: &Path, options: &DbOptions) -> Result<Self, DbError> {
        connection::create(path)?;
        let write = connection::open(path, Purpose::Write, options.wait)?;
        let maintain = connection::open(path, Purpose::Maintain, connection::CHECKPOINT_WAIT)?;
        let commits = Commits::of(path);
        let readers = Readers::open(path, options.reader_threads, options.wait, Arc::clone(&commits))?;
        let readers = Arc::new(readers);
        let checkpointer = Checkpointer::start(maintain, Arc::clone(&readers))?;
        let writer = Writer::start(SqliteTx::new(write), checkpointer.bell(), commits)?;
        Ok(Self { path: path.to_owned(), writer, readers, checkpointer: Arc::new(checkpointer) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs the closure on the writer thread.
    pub async fn write<T, F>(&self, f: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
    {
        self.writer.write(f).await
    }

    /// What was kept so far.
    pub fn counts(&self) -> WriteCounts {
        self.writer.counts()
    }

    /// Finishes the writes that wait, checkpoints, and ends the threads.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.readers.close();
        let checkpointer = Arc::clone(&self.checkpointer);
        let _ = tokio::task::spawn_blocking(move || checkpointer.stop()).await;
    }
}
