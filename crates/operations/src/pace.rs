//! When an answer leaves that must not tell whether there is an account.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The rhythm of such answers: longer than their work takes on a disk that is not in trouble.
///
/// The statements are the same for a member and a stranger, but a row that stays costs more pages than one that is taken back:
/// 0.1 to 0.3 ms measured, which a few hundred requests from the same machine show (CWE-208).
const STEP: Duration = Duration::from_millis(50);

/// Does work, and answers only at a multiple of a fixed time after its beginning.
pub(crate) async fn evenly<T>(work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = work.await;
    let steps = begun.elapsed().as_nanos() / STEP.as_nanos() + 1;
    sleep_until(begun + STEP * u32::try_from(steps).unwrap_or(1)).await;
    done
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_of_any_length_answers_in_one_rhythm() {
        for (work, answer) in [(0, 50), (1, 50), (3, 50), (49, 50), (51, 100), (120, 150)] {
            let begun = Instant::now();
            let done = evenly(async {
                sleep(Duration::from_millis(work)).await;
                work
            })
            .await;
            assert_eq!((done, begun.elapsed()), (work, Duration::from_millis(answer)));
        }
    }
}
