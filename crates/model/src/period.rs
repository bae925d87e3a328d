//! Stretches of the calendar within which points are counted.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A stretch of the calendar, in the time zone of an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From the beginning.
    #[default]
    All,
    /// Since midnight.
    Day,
    /// Since Monday (ISO 8601 weeks).
    Week,
    /// Since the first of the month.
    Month,
    /// Since the first of January.
    Year,
}

/// What is between the numbers of two kinds of periods: more days than the calendar has.
const KIND: i64 = 10_000_000;

impl Period {
    /// Every period, in the order of their numbers.
    pub const EVERY: [Self; 5] = [Self::All, Self::Day, Self::Week, Self::Month, Self::Year];

    /// The number of the period of this kind that holds a day, as the database keeps it: 0 for all time, else the
    /// kind and the first day. Periods of one kind rise with time.
    pub fn number(self, day: Day) -> i64 {
        let Some(date) = NaiveDate::from_epoch_days(i32::try_from(day.0).unwrap_or(0)) else { return 0 };
        let (kind, back) = match self {
            Self::All => return 0,
            Self::Day => (1, 0),
            Self::Week => (2, date.weekday().num_days_from_monday()),
            Self::Month => (3, date.day0()),
            Self::Year => (4, date.ordinal0()),
        };
        kind * KIND + day.0 - i64::from(back)
    }

    /// The numbers of all periods that hold a day, rising.
    pub fn numbers(day: Day) -> [i64; 5] {
        Self::EVERY.map(|period| period.number(day))
    }

    /// The lowest number that a period of this kind can have; 0 for all time.
    pub const fn lowest(self) -> i64 {
        KIND * match self {
            Self::All => 0,
            Self::Day => 1,
            Self::Week => 2,
            Self::Month => 3,
            Self::Year => 4,
        }
    }
}

/// A day of the calendar: how many have passed since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// The day on which a moment is, in a time zone.
    pub fn of(at: Timestamp, timezone: chrono_tz::Tz) -> Self {
        Self(i64::from(at.to_datetime().with_timezone(&timezone).date_naive().to_epoch_days()))
    }
}

impl Day {
    /// The day on which a moment is in UTC: at most one before or behind that of any time zone.
    pub fn in_utc(at: Timestamp) -> Self {
        Self::of(at, chrono_tz::UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day(i64::from(text.parse::<NaiveDate>().unwrap().to_epoch_days()))
    }

    #[test]
    fn a_day_ends_at_midnight_of_the_time_zone() {
        let at =
            |text: &str| Timestamp(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros());
        let seoul = chrono_tz::Asia::Seoul;
        assert_eq!(Day::of(at("2026-11-20T14:59:59.999999Z"), seoul), day("2026-11-20"));
        assert_eq!(Day::of(at("2026-11-20T15:00:00Z"), seoul), day("2026-11-21"));
    }

    #[test]
    fn a_week_begins_on_monday_and_others_on_their_first() {
        let first = |period: Period, text: &str| period.number(day(text)) - period.lowest();
        assert_eq!(first(Period::Day, "2026-11-22"), day("2026-11-22").0);
        assert_eq!(first(Period::Week, "2026-11-22"), day("2026-11-16").0, "a Sunday");
        assert_eq!(first(Period::Week, "2026-11-23"), day("2026-11-23").0, "a Monday");
        assert_eq!(first(Period::Week, "2027-01-01"), day("2026-12-28").0, "across a year");
        assert_eq!(first(Period::Month, "2026-11-30"), day("2026-11-01").0);
        assert_eq!(first(Period::Year, "2026-12-31"), day("2026-01-01").0);
        assert_eq!(Period::All.number(day("2026-12-31")), 0);
    }

    #[test]
    fn numbers_rise() {
        let numbers = Period::numbers(day("2026-11-21"));
        assert!(numbers.is_sorted());
        assert!(Period::Week.number(day("2026-11-21")) < Period::Week.number(day("2026-11-23")));
    }
}
