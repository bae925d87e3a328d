//! Work that has a time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

/// What comes of work until `end`; `None` when that is not soon enough, and then the work is dropped.
///
/// Most work here ends when it is first asked, with a row from memory: it needs no timer.
pub async fn within<T>(end: Instant, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
        Poll::Ready(done) => Some(done),
        Poll::Pending => tokio::time::timeout_at(end.into(), work).await.ok(),
    }
}
