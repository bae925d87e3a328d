//! The one writer thread: whatever waits goes into one transaction, and all of it is answered after the one
//! commit. Durability so costs one flush a batch, not one a request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use daemun_model::Failure;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::checkpoint::Bell;
use super::snapshot::Commits;
use super::tx::SqliteTx;
use crate::db::error::DbError;
use crate::db::{Tx, TxKind, WriteCounts, panic_text, timing};

/// Closures that may wait before more are refused.
const QUEUE: usize = 8192;
/// Closures in one commit, at most.
const BATCH: usize = 64;
/// How long closures are gathered into one commit, at most.
const BATCH_TIME: Duration = Duration::from_millis(5);

/// The writer thread's other end.
pub struct Writer {
    queue: SyncSender<Message>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    writes: AtomicU64,
    commits: AtomicU64,
}

enum Message {
    Job(Box<dyn Job>),
    /// Everything before it has been answered; nothing after it is taken.
    Stop(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread.
    pub fn start(tx: SqliteTx, bell: Arc<Bell>, commits: Arc<Commits>) -> Result<Self, DbError> {
        let (queue, messages) = sync_channel(QUEUE);
        let counts = Arc::new(Counts::default());
        let mut thread =
            WriterThread { tx: Tx(TxKind::Sqlite(tx)), messages, bell, commits, counts: Arc::clone(&counts) };
        // Inside a runtime a closure that sleeps or connects is pending, and told so, instead of panicking.
        let runtime = Handle::try_current().ok();
        let spawned = thread::Builder::new().name("db-write".to_owned()).spawn(move || {
            let _inside = runtime.as_ref().map(Handle::enter);
            thread.run();
        });
        spawned.map(|_| Self { queue, counts }).map_err(|error| DbError::unavailable(&error))
    }

    /// Queues the closure and waits for its answer, which comes after the commit.
    pub async fn write<T, F>(&self, f: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Closure { f, result: None, reply };
        self.queue.try_send(Message::Job(Box::new(job))).map_err(|error| match error {
            TrySendError::Full(_) => DbError::Overloaded,
            TrySendError::Disconnected(_) => DbError::Closed,
        })?;
        answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// What was kept so far.
    pub fn counts(&self) -> WriteCounts {
        WriteCounts {
            writes: self.counts.writes.load(Ordering::Relaxed),
            commits: self.counts.commits.load(Ordering::Relaxed),
        }
    }

    /// Lets the thread finish what waits and end.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        let mut message = Message::Stop(done);
        // The queue may be full: it is being emptied.
        while let Err(TrySendError::Full(back)) = self.queue.try_send(message) {
            message = back;
            tokio::time::sleep(BATCH_TIME).await;
        }
        let _ = ended.await;
    }
}

/// A closure that waits to be run, whatever its answer's type.
trait Job: Send {
    /// Whether somebody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the closure and holds its answer back; tells whether its writes are to be kept.
    fn run(&mut self, tx: &mut Tx) -> bool;
    /// Gives the answer that was held back, or the error that took its place.
    fn answer(self: Box<Self>, error: Option<DbError>);
}

struct Closure<T, F> {
    f: F,
    result: Option<Result<T, Failure>>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Job for Closure<T, F>
where
    T: Send + 'static,
    F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
{
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, tx: &mut Tx) -> bool {
        let poll = || pin!((self.f)(tx)).poll(&mut Context::from_waker(Waker::noop()));
        let result = match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(Poll::Ready(result)) => result,
            Ok(Poll::Pending) => Err(DbError::Awaited.into()),
            Err(panic) => Err(DbError::Panicked(panic_text(panic.as_ref())).into()),
        };
        let failed = sqlite(tx).take_failed();
        let result = if failed && result.is_ok() { Err(DbError::FailureIgnored.into()) } else { result };
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, error: Option<DbError>) {
        let answer = match error {
            Some(error) => Err(error.into()),
            None => self.result.unwrap_or_else(|| Err(DbError::Closed.into())),
        };
        // Who has gone away needs no answer.
        let _ = self.reply.send(answer);
    }
}

struct WriterThread {
    tx: Tx,
    messages: Receiver<Message>,
    bell: Arc<Bell>,
    /// What readers ask whether what they see is the latest.
    commits: Arc<Commits>,
    counts: Arc<Counts>,
}

impl WriterThread {
    fn run(&mut self) {
        while let Ok(message) = self.messages.recv() {
            let stop = match message {
                Message::Job(job) => self.guarded_batch(job),
                Message::Stop(done) => Some(done),
            };
            if let Some(done) = stop {
                let _ = done.send(());
                return;
            }
        }
    }

    /// A batch that cannot end the thread: closures' panics are caught where they run, this is for the rest, such
    /// as an answer that panics when it is dropped.
    fn guarded_batch(&mut self, first: Box<dyn Job>) -> Option<oneshot::Sender<()>> {
        let mut stop = None;
        let caught = catch_unwind(AssertUnwindSafe(|| self.batch(first, &mut stop)));
        if let Err(panic) = caught {
            tracing::error!(panic = panic_text(panic.as_ref()), "panicked in the writer thread");
            self.sqlite().roll_back();
        }
        stop
    }

    /// Runs `first` and whatever waits in one transaction, and answers all of it after the commit.
    fn batch(&mut self, first: Box<dyn Job>, stop: &mut Option<oneshot::Sender<()>>) {
        if let Err(error) = self.sqlite().begin() {
            return self.refuse_waiting(first, &error, stop);
        }
        let mut jobs = Vec::with_capacity(BATCH);
        match self.gather(first, &mut jobs, stop).and_then(|kept| self.end(kept)) {
            Ok(()) => jobs.into_iter().for_each(|job| job.answer(None)),
            Err(error) => {
                self.sqlite().roll_back();
                tracing::warn!(%error, closures = jobs.len(), "a batch of writes is run again one by one");
                jobs.into_iter().for_each(|job| self.single(job));
            }
        }
    }

    /// Runs `first` and whatever waits, without waiting for more. Gives the number of closures that are to be
    /// kept, or the error that took the outer transaction away.
    fn gather(
        &mut self,
        first: Box<dyn Job>,
        jobs: &mut Vec<Box<dyn Job>>,
        stop: &mut Option<oneshot::Sender<()>>,
    ) -> Result<u64, DbError> {
        let began = Instant::now();
        let mut kept = 0;
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            let part = if job.is_wanted() { self.part(job.as_mut()) } else { Ok(false) };
            jobs.push(job);
            kept += u64::from(part?);
            if jobs.len() < BATCH && began.elapsed() < BATCH_TIME {
                next = self.next_waiting(stop);
            }
        }
        Ok(kept)
    }

    /// Runs one closure in its savepoint; tells whether it is kept.
    fn part(&mut self, job: &mut dyn Job) -> Result<bool, DbError> {
        self.sqlite().begin_part()?;
        let keep = job.run(&mut self.tx);
        let tx = self.sqlite();
        if !tx.is_open() {
            return Err(DbError::Unavailable("the transaction was rolled back by SQLite".to_owned()));
        }
        if keep {
            tx.keep_part()?
        } else {
            tx.undo_part()?
        }
        Ok(keep)
    }

    /// Commits what `kept` closures did.
    fn end(&mut self, kept: u64) -> Result<(), DbError> {
        if kept == 0 {
            self.sqlite().roll_back();
            return Ok(());
        }
        let committed = self.sqlite().commit();
        // Whatever it says: what failed may be there all the same.
        self.commits.note();
        committed?;
        self.counts.writes.fetch_add(kept, Ordering::Relaxed);
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        timing::batch(kept);
        self.bell.committed();
        Ok(())
    }

    /// Runs one closure in a transaction of its own, and answers it.
    fn single(&mut self, mut job: Box<dyn Job>) {
        if !job.is_wanted() {
            return;
        }
        let result = self.sqlite().begin().and_then(|()| {
            let keep = job.run(&mut self.tx);
            if keep && !self.sqlite().is_open() {
                return Err(DbError::Unavailable("the transaction was rolled back by SQLite".to_owned()));
            }
            self.end(keep.into())
        });
        self.sqlite().roll_back();
        job.answer(result.err());
    }

    /// The transaction cannot begin, because another process has been writing for too long: nobody who waits
    /// now should wait as long again.
    fn refuse_waiting(
        &mut self,
        first: Box<dyn Job>,
        error: &DbError,
        stop: &mut Option<oneshot::Sender<()>>,
    ) {
        let mut next = Some(first);
        while let Some(job) = next.take() {
            job.answer(Some(DbError::Unavailable(error.to_string())));
            next = self.next_waiting(stop);
        }
    }

    fn next_waiting(&self, stop: &mut Option<oneshot::Sender<()>>) -> Option<Box<dyn Job>> {
        match self.messages.try_recv() {
            Ok(Message::Job(job)) => Some(job),
            Ok(Message::Stop(done)) => {
                *stop = Some(done);
                None
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }

    fn sqlite(&mut self) -> &mut SqliteTx {
        sqlite(&mut self.tx)
    }
}

fn sqlite(tx: &mut Tx) -> &mut SqliteTx {
    match &mut tx.0 {
        TxKind::Sqlite(tx) => tx,
        TxKind::Postgres(_) => unreachable!("the writer thread's transaction is SQLite's"),
    }
}
