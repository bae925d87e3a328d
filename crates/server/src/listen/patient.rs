//! A connection that is let go when its client takes nothing of what is sent to it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::pulse::Pulse;

/// A stream whose writes fail when nothing could be written for a while. However slow a reader is: whatever it takes
/// begins the time anew. What it reads is felt in the connection's pulse.
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Made at the first write that waits; most connections never have one.
    end: Option<Pin<Box<Sleep>>>,
    waits: bool,
    pulse: Arc<Pulse>,
}

impl<S> Patient<S> {
    pub(super) const fn new(stream: S, patience: Duration, pulse: Arc<Pulse>) -> Self {
        Self { stream, patience, end: None, waits: false, pulse }
    }

    /// What became of a write: where it waits, the time runs.
    fn timed<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        let patience = self.patience;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(patience)));
        if !self.waits {
            self.waits = true;
            end.as_mut().reset(Instant::now() + patience);
        }
        ready!(end.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pulse.heard();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.timed(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.timed(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.timed(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::advance;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_let_go() {
        let (near, _far) = duplex(8);
        let mut stream = Patient::new(near, PATIENCE, Pulse::new());
        stream.write_all(b"12345678").await.unwrap();
        let began = Instant::now();
        let failed = stream.write_all(b"9").await.unwrap_err();
        assert_eq!((failed.kind(), began.elapsed()), (io::ErrorKind::TimedOut, PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_little_now_and_then_gets_everything() {
        let (near, mut far) = duplex(8);
        let mut stream = Patient::new(near, PATIENCE, Pulse::new());
        let writing = tokio::spawn(async move { stream.write_all(&[7; 64]).await });
        let mut taken = [0; 8];
        for _ in 0..8 {
            advance(PATIENCE - Duration::from_secs(1)).await;
            far.read_exact(&mut taken).await.unwrap();
        }
        writing.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_between_two_writes_is_not_counted() {
        let (near, mut far) = duplex(8);
        let mut stream = Patient::new(near, PATIENCE, Pulse::new());
        let mut taken = [0; 8];
        for _ in 0..3 {
            stream.write_all(&[7; 8]).await.unwrap();
            advance(PATIENCE * 2).await;
            far.read_exact(&mut taken).await.unwrap();
        }
    }
}
