//! The body of a request on its way in.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures_util::StreamExt;
use http::HeaderMap;
use http::header::EXPECT;
use http_body::{Frame, SizeHint};
use tokio::runtime::Handle;

/// The most bytes of a body that are taken in after its answer.
const MOST_REST: usize = 4 * 1024 * 1024;
/// The longest time for which that goes on.
const REST_TIME: Duration = Duration::from_secs(5);

/// What becomes of the rest of a body that was answered before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It is taken in and thrown away, up to [`MOST_REST`]. Closing the connection on a client that still sends
    /// would reset it, and with it the answer that the client has not read yet (RFC 9112 section 9.6).
    Taken,
    /// The connection is closed: the client waits for leave to send it (RFC 9110 section 10.1.1).
    Left,
}

impl Rest {
    /// What becomes of the rest of a request with these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(EXPECT) { Self::Left } else { Self::Taken }
    }
}

/// A request's body that notes when the whole of it has arrived.
pub struct Watched {
    inner: Body,
    arrived: Arc<AtomicBool>,
    rest: Rest,
}

impl Watched {
    /// Watches `inner`, and tells `arrived`.
    pub const fn new(inner: Body, arrived: Arc<AtomicBool>, rest: Rest) -> Self {
        Self { inner, arrived, rest }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.inner.is_end_stream() {
            self.arrived.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.rest == Rest::Left || self.arrived.load(Ordering::Relaxed) {
            return;
        }
        // Outside a runtime there is no connection either.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(take_in(std::mem::replace(&mut self.inner, Body::empty())));
        }
    }
}

/// Takes in the rest of a body, as far as that goes.
async fn take_in(body: Body) {
    let mut left = MOST_REST;
    let mut chunks = body.into_data_stream();
    let taken = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            match left.checked_sub(chunk.len()) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    // Whoever is slower than this gets what a reset gives.
    tokio::time::timeout(REST_TIME, taken).await.ok();
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// How many of so many chunks of 64 KiB are read after the body was dropped.
    async fn read_after_drop(chunks: usize, rest: Rest) -> usize {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let stream = futures_util::stream::iter(0..chunks).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, axum::Error>(Bytes::from(vec![b'x'; 64 * 1024]))
        });
        drop(Watched::new(Body::from_stream(stream), Arc::default(), rest));
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        read.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn the_rest_of_a_body_is_taken_in_but_not_without_end() {
        assert_eq!(read_after_drop(32, Rest::Taken).await, 32);
        assert_eq!(read_after_drop(1000, Rest::Taken).await, MOST_REST / (64 * 1024) + 1);
    }

    #[tokio::test]
    async fn who_waits_for_leave_to_send_is_not_asked_to() {
        assert_eq!(read_after_drop(32, Rest::Left).await, 0);
        let mut headers = HeaderMap::new();
        assert_eq!(Rest::of(&headers), Rest::Taken);
        headers.insert(EXPECT, http::HeaderValue::from_static("100-continue"));
        assert_eq!(Rest::of(&headers), Rest::Left);
    }
}
