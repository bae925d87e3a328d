//! The parts of a profile that have a form of their own.

use chrono::NaiveDate;

use crate::clock::Timestamp;
use crate::failure::Reason;

/// Reads a real day `YYYY-MM-DD`.
///
/// # Errors
/// `Blank` or `Malformed`.
pub fn day(text: &str) -> Result<NaiveDate, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Blank);
    }
    let well_formed = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(i, byte)| if i == 4 || i == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    if !well_formed {
        return Err(Reason::Malformed);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Reason::Malformed)
}

/// Reads a birthdate `YYYY-MM-DD` (OIDC Core section 5.1): a real day of the past, at most 150 years ago.
///
/// # Errors
/// `Blank`, `Malformed`, or `OutOfRange` for a day that has not come or nobody alive remembers.
pub fn birthdate(text: &str, now: Timestamp, timezone: chrono_tz::Tz) -> Result<NaiveDate, Reason> {
    let date = day(text)?;
    let today = today(now, timezone);
    let years = today.years_since(date).ok_or(Reason::OutOfRange)?;
    if date == today || years > 150 { Err(Reason::OutOfRange) } else { Ok(date) }
}

/// The day that a clock on a wall in `timezone` shows.
pub fn today(now: Timestamp, timezone: chrono_tz::Tz) -> NaiveDate {
    now.to_datetime().with_timezone(&timezone).date_naive()
}

/// The age in whole years on the day `now`, by the international count; `None` before the birth.
pub fn age(birthdate: NaiveDate, now: Timestamp, timezone: chrono_tz::Tz) -> Option<u32> {
    today(now, timezone).years_since(birthdate)
}

/// The values of `gender` (OIDC Core section 5.1 names the first two).
pub const GENDERS: [&str; 3] = ["male", "female", "other"];

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Seoul;

    use super::*;

    /// 2026-11-20T15:30:00Z is half past midnight of the 21st in Seoul.
    const NOW: Timestamp = Timestamp(1_795_188_600_000_000);

    #[test]
    fn only_real_past_days_are_birthdates() {
        assert!(birthdate("1990-01-01", NOW, Seoul).is_ok());
        assert_eq!(birthdate("1990-02-30", NOW, Seoul), Err(Reason::Malformed));
        assert_eq!(birthdate("90-01-01", NOW, Seoul), Err(Reason::Malformed));
        assert_eq!(birthdate("1990-1-1", NOW, Seoul), Err(Reason::Malformed));
        assert_eq!(birthdate("2026-11-21", NOW, Seoul), Err(Reason::OutOfRange), "today in Seoul");
        assert!(birthdate("2026-11-20", NOW, Seoul).is_ok());
        assert_eq!(birthdate("1800-01-01", NOW, Seoul), Err(Reason::OutOfRange));
    }

    #[test]
    fn age_counts_in_the_time_zone() {
        let born = NaiveDate::from_ymd_opt(1984, 11, 21).unwrap();
        assert_eq!(age(born, NOW, Seoul), Some(42));
        assert_eq!(age(born, NOW, chrono_tz::UTC), Some(41));
    }
}
