//! What a connection is about: reading a header, answering, or resting between two requests.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::Version;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

/// Why a connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// A header, or the first request, did not come in its time.
    Late,
    /// It rested for too long.
    Rested,
}

/// No header is being read.
const NONE: u64 = u64::MAX;

/// A connection's pulse. Times are milliseconds since it was opened.
pub(super) struct Pulse {
    opened: Instant,
    /// Requests whose answer has not left yet.
    answering: AtomicUsize,
    /// When the header that is being read began; that of the first request begins with the connection.
    header: AtomicU64,
    /// When the last answer had left.
    rested: AtomicU64,
    /// HTTP/2 mixes headers with frames of other kinds: there only resting counts.
    frames: AtomicBool,
    /// Whether the server stops.
    stopping: AtomicBool,
}

impl Pulse {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            answering: AtomicUsize::new(0),
            header: AtomicU64::new(0),
            rested: AtomicU64::new(0),
            frames: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(NONE - 1)
    }

    /// Bytes came in. Those after an answer are the next header, or its beginning.
    pub(super) fn heard(&self) {
        if self.answering.load(Ordering::Relaxed) == 0 && !self.frames.load(Ordering::Relaxed) {
            // What is there already began earlier.
            let _ = self.header.compare_exchange(NONE, self.now(), Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// A request's header was read: it is being answered for as long as what is returned lives.
    pub(super) fn asked(self: &Arc<Self>, version: Version) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        self.frames.store(version == Version::HTTP_2, Ordering::Relaxed);
        self.header.store(NONE, Ordering::Relaxed);
        Answering(Arc::clone(self))
    }

    /// The server stops: answers from now on are the last of their connection.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Waits until a header takes longer than `header`, or the connection has rested for `rest`.
    pub(super) async fn ended(&self, header: Duration, rest: Duration) -> Ended {
        loop {
            let now = Instant::now();
            // A header that begins in the meantime is not late before we look again.
            let mut look = now + header;
            let began = self.header.load(Ordering::Relaxed);
            if began != NONE {
                look = self.opened + Duration::from_millis(began) + header;
                if look <= now {
                    return Ended::Late;
                }
            } else if self.answering.load(Ordering::Relaxed) == 0 {
                let end = self.opened + Duration::from_millis(self.rested.load(Ordering::Relaxed)) + rest;
                if end <= now {
                    return Ended::Rested;
                }
                look = look.min(end);
            }
            sleep_until(look).await;
        }
    }
}

/// A request that is being answered.
pub(super) struct Answering(Arc<Pulse>);

impl Answering {
    /// Whether the server stops.
    pub(super) fn stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.rested.store(self.0.now(), Ordering::Relaxed);
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer, which is under way until all of it has left.
pub(super) struct Leaving {
    body: Body,
    _answering: Answering,
}

impl Leaving {
    pub(super) const fn new(body: Body, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl hyper::body::Body for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const HEADER: Duration = Duration::from_secs(10);
    const REST: Duration = Duration::from_secs(75);
    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_first_request_has_the_time_of_a_header_however_often_a_byte_comes() {
        let pulse = Pulse::new();
        let watch = tokio::spawn({
            let pulse = Arc::clone(&pulse);
            async move { (pulse.ended(HEADER, REST).await, pulse.opened.elapsed()) }
        });
        for _ in 0..9 {
            advance(SECOND).await;
            pulse.heard();
        }
        assert_eq!(watch.await.unwrap(), (Ended::Late, HEADER));
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_that_begins_after_a_rest_has_its_time_from_its_first_byte() {
        let pulse = Pulse::new();
        drop(pulse.asked(Version::HTTP_11));
        let watch = tokio::spawn({
            let pulse = Arc::clone(&pulse);
            async move { (pulse.ended(HEADER, REST).await, pulse.opened.elapsed()) }
        });
        for _ in 0..33 {
            advance(SECOND).await;
        }
        pulse.heard();
        advance(SECOND).await;
        pulse.heard();
        assert_eq!(watch.await.unwrap(), (Ended::Late, SECOND * 43));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_begins_with_the_end_of_the_last_answer() {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let pulse = Pulse::new();
            let watch = tokio::spawn({
                let pulse = Arc::clone(&pulse);
                async move { (pulse.ended(HEADER, REST).await, pulse.opened.elapsed()) }
            });
            let [slow, quick] = [pulse.asked(version), pulse.asked(version)];
            advance(SECOND).await;
            drop(quick);
            for _ in 0..100 {
                advance(SECOND).await;
            }
            assert!(!watch.is_finished(), "it is still answering");
            drop(slow);
            assert_eq!(watch.await.unwrap(), (Ended::Rested, SECOND * 101 + REST));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn frames_that_ask_nothing_make_no_rest_longer() {
        let pulse = Pulse::new();
        drop(pulse.asked(Version::HTTP_2));
        let watch = tokio::spawn({
            let pulse = Arc::clone(&pulse);
            async move { (pulse.ended(HEADER, REST).await, pulse.opened.elapsed()) }
        });
        for _ in 0..74 {
            advance(SECOND).await;
            pulse.heard();
        }
        assert_eq!(watch.await.unwrap(), (Ended::Rested, REST));
    }
}
