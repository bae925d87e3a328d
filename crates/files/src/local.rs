//! Files in a folder.
//!
//! A file is written to `incoming/`, and durable there before anybody is told of it. When the database has noted it, it
//! moves to `stored/`. A process that dies in between leaves it in `incoming/`, where it is looked up too, until
//! somebody settles or discards it. Names are made here and hold their time; no text of a client is part of a path.

mod receive;

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::fs::{self, File};
use tokio::sync::Semaphore;

use crate::Name;
pub use receive::ReceiveFault;

/// Files that may arrive at the same time: 2.5 GiB on disk at the worst.
const AT_ONCE: usize = 256;

/// A folder of files.
#[derive(Clone, Debug)]
pub struct Local {
    incoming: PathBuf,
    stored: PathBuf,
    slots: Arc<Semaphore>,
    /// How many are on their way for one upload.
    under_way: Arc<Mutex<HashMap<String, usize>>>,
}

/// A file to be read.
#[derive(Debug)]
pub struct Opened {
    /// The file, at its beginning.
    pub file: File,
    /// Its size in bytes.
    pub size: u64,
}

impl Local {
    /// Files in this folder, which is made for this user alone where it is not there. That it can be written to is
    /// tried.
    ///
    /// # Errors
    /// What the system said.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let (incoming, stored) = (folder.join("incoming"), folder.join("stored"));
        for folder in [&incoming, &stored] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            std::fs::File::open(folder)?.sync_all()?;
        }
        let probe = incoming.join(".probe");
        std::fs::write(&probe, b"")?;
        // Another node that starts on this folder now may have removed it.
        absent_is_done(std::fs::remove_file(&probe))?;
        Ok(Self { incoming, stored, slots: Arc::new(Semaphore::new(AT_ONCE)), under_way: Arc::default() })
    }

    /// Moves a file that the database has noted to where it stays. A second time does nothing.
    ///
    /// # Errors
    /// What the system said; the file can be read all the same.
    pub async fn settle(&self, name: &Name) -> io::Result<()> {
        let to = self.place(name);
        if let Some(folder) = to.parent() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).await?;
        }
        absent_is_done(fs::rename(self.incoming.join(name.as_str()), to).await)
    }

    /// Removes a file, wherever it is. A second time does nothing.
    ///
    /// # Errors
    /// What the system said.
    pub async fn remove(&self, name: &Name) -> io::Result<()> {
        absent_is_done(fs::remove_file(self.incoming.join(name.as_str())).await)?;
        absent_is_done(fs::remove_file(self.place(name)).await)
    }

    /// Opens a file: `None` when it is not there.
    ///
    /// # Errors
    /// What the system said.
    pub async fn read(&self, name: &Name) -> io::Result<Option<Opened>> {
        // Once more the first: it may have moved in between.
        let incoming = self.incoming.join(name.as_str());
        for path in [self.place(name), incoming, self.place(name)] {
            match File::open(path).await {
                Ok(file) => {
                    let size = file.metadata().await?.len();
                    return Ok(Some(Opened { file, size }));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The files that arrived before a moment (microseconds since 1970) and are not settled, up to `limit`.
    ///
    /// # Errors
    /// What the system said.
    pub async fn unsettled(&self, before: i64, limit: usize) -> io::Result<Vec<Name>> {
        let mut names = Vec::new();
        let mut entries = fs::read_dir(&self.incoming).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name().to_str().and_then(Name::parse);
            names.extend(name.filter(|name| name.made_at() < before));
            if names.len() == limit {
                break;
            }
        }
        Ok(names)
    }

    /// Where a settled file lies: in one of 256 folders.
    fn place(&self, name: &Name) -> PathBuf {
        self.stored.join(name.shard()).join(name.as_str())
    }
}

fn absent_is_done(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
