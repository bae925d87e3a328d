//! What happens in an app, counted by the hour.
//!
//! Nothing is counted while it happens. A job goes behind the audit, which every act writes anyway, adds up what is older
//! than clocks differ and transactions last, and moves a mark in the same transaction: after a crash it goes on from
//! there, and of two nodes that count the same stretch one wins. Who looks sees what is counted, and what came after the
//! mark besides.

pub mod count;
pub mod overview;

use chrono::{NaiveDateTime, Timelike};
use chrono_tz::Tz;
use daemun_model::clock::MICROS;
use daemun_model::{AppId, Failure, Timestamp, first_uuid_v7};
use daemun_store::Executor;
use daemun_store::statistics::{self, Kind, Tally};

/// What each act counts as, done and refused.
const ACTS: [(&str, Option<Kind>, Option<Kind>); 12] = [
    ("account.sign_up", Some(Kind::SignUps), None),
    ("session.sign_in", Some(Kind::SignIns), Some(Kind::RefusedSignIns)),
    ("session.redeem_code", Some(Kind::SignIns), Some(Kind::RefusedSignIns)),
    ("session.request_code", Some(Kind::CodesSent), None),
    ("email.request_code", Some(Kind::CodesSent), None),
    ("email.request_verification", Some(Kind::CodesSent), None),
    ("password.request_reset", Some(Kind::CodesSent), None),
    ("account.send_reset", Some(Kind::CodesSent), None),
    ("approval.approve", Some(Kind::Approvals), None),
    ("approval.reject", Some(Kind::Rejections), None),
    ("account.delete", Some(Kind::Deletions), None),
    ("account.erase", Some(Kind::Deletions), None),
];

/// Seconds in an hour.
const HOUR: i64 = 3600;

/// The hour on the clock of a time zone, counted from 1970-01-01T00:00 there.
fn hour_of(at: Timestamp, timezone: Tz) -> i64 {
    local(at, timezone).and_utc().timestamp().div_euclid(HOUR)
}

fn local(at: Timestamp, timezone: Tz) -> NaiveDateTime {
    at.to_datetime().with_timezone(&timezone).naive_local()
}

/// When the hour on the clock of a time zone ends that holds a moment.
fn end_of_hour(at: Timestamp, timezone: Tz) -> Timestamp {
    let local = local(at, timezone);
    let passed = i64::from(local.minute()) * 60 + i64::from(local.second());
    let whole = Timestamp(at.0 - at.0.rem_euclid(MICROS));
    whole.plus_seconds(HOUR - passed)
}

/// How often each kind happened from one moment on and before another.
async fn happened(
    on: &mut impl Executor,
    app: AppId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<(Kind, i64)>, Failure> {
    let mut counts: Vec<(Kind, i64)> = Kind::ALL.map(|kind| (kind, 0)).to_vec();
    for (act, done_as, refused_as) in ACTS {
        let stretch = (first_uuid_v7(from), first_uuid_v7(to));
        let Tally { done, refused } = statistics::tally(on, app, act, stretch).await?;
        for (counted_as, number) in [(done_as, done), (refused_as, refused)] {
            for (kind, count) in &mut counts {
                if counted_as == Some(*kind) {
                    *count += number;
                }
            }
        }
    }
    counts.retain(|(_, count)| *count > 0);
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn hours_begin_on_the_clock_of_the_time_zone() {
        let seoul = chrono_tz::Asia::Seoul;
        assert_eq!(hour_of(at("2026-11-20T15:30:00Z"), seoul) % 24, 0, "it is half past midnight");
        assert_eq!(end_of_hour(at("2026-11-20T15:30:00.5Z"), seoul), at("2026-11-20T16:00:00Z"));
        assert_eq!(end_of_hour(at("2026-11-20T16:00:00Z"), seoul), at("2026-11-20T17:00:00Z"));
        let kolkata = chrono_tz::Asia::Kolkata;
        assert_eq!(end_of_hour(at("2026-11-20T15:20:00Z"), kolkata), at("2026-11-20T15:30:00Z"));
        assert_eq!(hour_of(at("1969-12-31T23:59:59Z"), chrono_tz::UTC), -1);
    }
}
