//! The job that counts.

use daemun_model::{App, Failure};
use daemun_store::statistics;

use super::{end_of_hour, happened, hour_of};
use crate::daemun::Daemun;

/// Seconds that a line of the audit may come late: longer than the clocks of nodes may differ (five minutes) and a request
/// lasts.
pub const LAG: i64 = 6 * 60;

/// Counts what happened in an app until some minutes ago, and tells how many stretches were counted. Every node may do it
/// at any time; whatever it is killed in, it goes on where it was.
///
/// # Errors
/// When the database does not answer.
pub async fn count(daemun: &Daemun, app: &App) -> Result<u64, Failure> {
    let until = daemun.clock.now().plus_seconds(-LAG);
    let mut counted = 0;
    loop {
        let mut reader = daemun.reader();
        let mark = statistics::find_mark(&mut reader, app.id).await?;
        if mark.is_some_and(|mark| mark >= until) {
            return Ok(counted);
        }
        let from = mark.unwrap_or(daemun_model::Timestamp(0));
        // Where nothing happened there is nothing to count.
        let first = statistics::find_first_line(&mut reader, app.id, from).await?;
        let first = first.filter(|first| *first < until);
        let (to, counts, hour) = match first {
            None => (until, Vec::new(), 0),
            Some(first) => {
                let to = end_of_hour(first, app.timezone).min(until);
                (to, happened(&mut reader, app.id, (first, to)).await?, hour_of(first, app.timezone))
            }
        };
        let id = app.id;
        let won = daemun
            .db
            .write(async move |tx| {
                if !statistics::move_mark(tx, id, (mark, to)).await? {
                    return Ok(false);
                }
                for (kind, number) in &counts {
                    statistics::add(tx, id, (hour, *kind), *number).await?;
                }
                Ok(true)
            })
            .await?;
        if !won {
            // Another node is at it.
            return Ok(counted);
        }
        counted += 1;
    }
}
