//! A file that arrives.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use daemun_model::upload::HEAD;
use data_encoding::HEXLOWER;
use futures_util::{Stream, StreamExt};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncWriteExt, BufWriter};

use super::Local;
use crate::{Arrived, Expected, Name, Unexpected};

/// Bytes that are written at once.
const BUFFER: usize = 256 * 1024;
/// How many may arrive at the same time for one upload: the second, since the first may be a connection that is dead
/// and not known to be.
const FOR_ONE: usize = 2;

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveFault {
    /// It is not what was expected.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// It is on its way already.
    #[error("it is on its way already")]
    UnderWay,
    /// Too many files arrive.
    #[error("too many files arrive")]
    Busy,
    /// The client stopped in the middle.
    #[error("it was cut off")]
    CutOff,
    /// It cannot be written.
    #[error("it cannot be written: {0}")]
    Io(#[from] io::Error),
}

impl Local {
    /// Keeps what a client sends under a new name, when it is what was expected: then it is durable, and waits to be
    /// settled. Otherwise nothing is left of it. `upload` is the path it is sent for.
    ///
    /// # Errors
    /// Why it is not kept, as soon as it is known.
    pub async fn receive<S, E>(
        &self,
        upload: &str,
        name: &Name,
        expected: Expected,
        body: S,
    ) -> Result<Arrived, ReceiveFault>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
    {
        let _slot = self.slots.try_acquire().map_err(|_| ReceiveFault::Busy)?;
        let _turn = Turn::take(&self.under_way, upload)?;
        let path = self.incoming.join(name.as_str());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        let leftover = Leftover(Some(&path));
        let arrived = write(file, expected, body).await?;
        // The name of the file must be as durable as its content.
        File::open(&self.incoming).await?.sync_all().await?;
        leftover.keep();
        Ok(arrived)
    }
}

async fn write<S, E>(file: File, expected: Expected, body: S) -> Result<Arrived, ReceiveFault>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
{
    let mut body = std::pin::pin!(body);
    let mut file = BufWriter::with_capacity(BUFFER, file);
    let mut digest = Context::new(&SHA256);
    let mut head = Vec::with_capacity(HEAD);
    let mut size = 0_u64;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| ReceiveFault::CutOff)?;
        size += chunk.len() as u64;
        expected.allow(size)?;
        if head.len() < HEAD {
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
            if head.len() == HEAD {
                expected.recognise(&head)?;
            }
        }
        digest.update(&chunk);
        file.write_all(&chunk).await?;
    }
    expected.recognise(&head)?;
    expected.fit(size)?;
    file.flush().await?;
    file.get_ref().sync_all().await?;
    Ok(Arrived { size, digest: HEXLOWER.encode(digest.finish().as_ref()) })
}

/// A file that goes away unless it is kept, also when nobody waits any more.
struct Leftover<'p>(Option<&'p Path>);

impl Leftover<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Leftover<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.0 {
            // What cannot be removed now is removed with what was never settled.
            std::fs::remove_file(PathBuf::from(path)).ok();
        }
    }
}

/// One of those that arrive for an upload.
struct Turn<'m> {
    under_way: &'m Arc<Mutex<HashMap<String, usize>>>,
    upload: String,
}

impl<'m> Turn<'m> {
    fn take(under_way: &'m Arc<Mutex<HashMap<String, usize>>>, upload: &str) -> Result<Self, ReceiveFault> {
        let mut all = under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(upload.to_owned()).or_default();
        if *count == FOR_ONE {
            return Err(ReceiveFault::UnderWay);
        }
        *count += 1;
        Ok(Self { under_way, upload: upload.to_owned() })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut all = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.upload) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.upload);
            }
        }
    }
}
