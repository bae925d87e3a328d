//! The whole of a body, in memory that all bodies share.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};

/// What bodies on their way in may hold together, in bytes: 256 of the largest. Whoever begins thousands and ends none
/// must not fill the memory (OWASP API4:2023).
const ROOM: usize = 64 * 1024 * 1024;
/// Bytes of each body that are not counted: what nearly all requests send goes on while the room is full.
const FREE: usize = 16 * 1024;

static LEFT: Semaphore = Semaphore::const_new(ROOM);

/// Why a body was not gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ungathered {
    /// It is larger than it may be.
    Large,
    /// Others hold all the room; it is worth trying again in a second.
    Full,
    /// The connection broke.
    Broken,
}

/// Gathers a body of at most `largest` bytes.
///
/// # Errors
/// See [`Ungathered`].
pub async fn gather(body: Body, largest: usize) -> Result<Bytes, Ungathered> {
    gather_in(&LEFT, body, largest).await
}

async fn gather_in(left: &'static Semaphore, body: Body, largest: usize) -> Result<Bytes, Ungathered> {
    let mut chunks = body.into_data_stream();
    let Some(first) = chunks.next().await else { return Ok(Bytes::new()) };
    let first = first.map_err(|_| Ungathered::Broken)?;
    let mut room = Room { left, held: None, counted: FREE };
    room.take(first.len(), largest)?;
    let Some(second) = chunks.next().await else { return Ok(first) };
    // Copied: a chunk holds on to the whole buffer that it was read into, however small it is itself.
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        let chunk = chunk.map_err(|_| Ungathered::Broken)?;
        room.take(whole.len() + chunk.len(), largest)?;
        whole.extend_from_slice(&chunk);
        next = chunks.next().await;
    }
    Ok(whole.freeze())
}

/// What one body holds.
struct Room {
    left: &'static Semaphore,
    held: Option<SemaphorePermit<'static>>,
    counted: usize,
}

impl Room {
    /// Makes it so many bytes in all.
    fn take(&mut self, bytes: usize, largest: usize) -> Result<(), Ungathered> {
        if bytes > largest {
            return Err(Ungathered::Large);
        }
        let Some(more) = bytes.checked_sub(self.counted).filter(|more| *more > 0) else { return Ok(()) };
        let more = u32::try_from(more).map_err(|_| Ungathered::Large)?;
        let permit = self.left.try_acquire_many(more).map_err(|_| Ungathered::Full)?;
        match &mut self.held {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        self.counted = bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn room(bytes: usize) -> &'static Semaphore {
        Box::leak(Box::new(Semaphore::new(bytes)))
    }

    fn body(chunks: &[usize]) -> Body {
        let chunks: Vec<_> = chunks.iter().map(|size| Ok::<_, axum::Error>(vec![b'x'; *size])).collect();
        Body::from_stream(stream::iter(chunks))
    }

    /// A body that is never ended.
    fn begun(chunks: &[usize]) -> Body {
        let chunks: Vec<_> = chunks.iter().map(|size| Ok::<_, axum::Error>(vec![b'x'; *size])).collect();
        Body::from_stream(stream::iter(chunks).chain(stream::pending()))
    }

    #[tokio::test]
    async fn a_body_is_gathered_up_to_its_limit() {
        for (chunks, size) in [(&[][..], 0), (&[7], 7), (&[1, 2, 3], 6), (&[100_000, 100_000], 200_000)] {
            let gathered = gather_in(room(ROOM), body(chunks), size).await.unwrap();
            assert_eq!(gathered.len(), size, "{chunks:?}");
        }
        for chunks in [&[8][..], &[4, 4], &[7, 0, 1]] {
            assert_eq!(gather_in(room(ROOM), body(chunks), 7).await, Err(Ungathered::Large), "{chunks:?}");
        }
    }

    #[tokio::test]
    async fn bodies_that_are_begun_and_never_ended_leave_room_for_small_ones_and_give_theirs_back() {
        let all = room(100_000);
        let others = [FREE, FREE + 60_000, FREE + 30_000]
            .map(|size| tokio::spawn(gather_in(all, begun(&[1000, size - 1000]), 256 * 1024)));
        while all.available_permits() > 10_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gather_in(all, body(&[FREE + 10_001]), 256 * 1024).await, Err(Ungathered::Full));
        assert_eq!(gather_in(all, body(&[FREE, 5000, 5001]), 256 * 1024).await, Err(Ungathered::Full));
        assert_eq!(gather_in(all, body(&[FREE]), 256 * 1024).await.unwrap().len(), FREE);
        assert_eq!(gather_in(all, body(&[FREE, 10_000]), 256 * 1024).await.unwrap().len(), FREE + 10_000);
        for other in others {
            other.abort();
            other.await.unwrap_err();
        }
        assert_eq!(all.available_permits(), 100_000);
    }

    #[tokio::test]
    async fn a_connection_that_breaks_breaks_the_body() {
        let broken = stream::iter([Ok(vec![b'x']), Err(axum::Error::new("reset"))]);
        assert_eq!(gather_in(room(ROOM), Body::from_stream(broken), 7).await, Err(Ungathered::Broken));
    }
}
