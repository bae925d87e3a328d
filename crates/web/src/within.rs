//! Work that has a time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep_until};

/// What comes of work until `end`; `None` when that is not soon enough.
///
/// Most work here ends when it is first asked, with a row from memory: the timer is made for what does not.
pub const fn within<F: Future>(end: Instant, work: F) -> Within<F> {
    Within { work, end, timer: None }
}

pin_project! {
    /// The future of [`within`].
    #[derive(Debug)]
    #[must_use = "nothing is done before it is awaited"]
    pub struct Within<F> {
        #[pin]
        work: F,
        end: Instant,
        timer: Option<Pin<Box<Sleep>>>,
    }
}

impl<F: Future> Future for Within<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(done) = this.work.poll(context) {
            return Poll::Ready(Some(done));
        }
        let end = *this.end;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(end.into())));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn work_has_its_time_and_no_more() {
        let soon = Instant::now() + Duration::from_millis(20);
        let later = soon + Duration::from_secs(60);
        assert_eq!(within(soon, std::future::ready(1)).await, Some(1));
        assert_eq!(within(later, async { tokio::task::yield_now().await }).await, Some(()));
        assert_eq!(within(soon, std::future::pending::<()>()).await, None);
    }
}
