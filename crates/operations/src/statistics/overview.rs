//! `statistics.overview`: what happens in an app, by hour, day, week or month.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use daemun_model::{Code, Failure, Faults, Permission, Reason, Status, Timestamp};
use daemun_store::directory;
use daemun_store::statistics::{self, Happened, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HOUR, end_of_hour, happened, hour_of};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most periods of an answer: a month of hours, two years of days.
const MOST_PERIODS: usize = 750;
/// The hours in a day.
const DAY: i64 = 24;
/// Seconds after the mark that are counted for an answer. A mark that is farther behind catches up first.
const LATEST: i64 = 2 * HOUR;

/// Which stretch of time, and how it is divided.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `hour`, `day` (where it is left out), `week` (from Monday) or `month`.
    #[schemars(extend("enum" = ["hour", "day", "week", "month", null]))]
    pub by: Option<String>,
    /// The first day, `YYYY-MM-DD` in the app's time zone; where it is left out, as many before the last as make a day of
    /// hours, 30 days, 12 weeks or 12 months.
    pub from: Option<String>,
    /// The last day; today where it is left out.
    pub to: Option<String>,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Accounts that were opened by their members.
    pub sign_ups: i64,
    /// Sign-ins by password or code. A sign-up that signs in at once is none.
    pub sign_ins: i64,
    /// Attempts to sign in that were refused. Those that a limit turned away are not among them.
    pub refused_sign_ins: i64,
    /// Codes and links that were asked for and queued.
    pub codes_sent: i64,
    /// Applicants who were let in.
    pub approvals: i64,
    /// Applicants who were turned away.
    pub rejections: i64,
    /// Accounts that were deleted.
    pub deletions: i64,
}

/// One hour, day, week or month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Period {
    /// When it begins, on the clock of the app's time zone: `2026-11-20T00:00`.
    pub start: String,
    /// What happened in it.
    #[serde(flatten)]
    pub counts: Counts,
}

/// How many accounts there are of each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Accounts {
    /// Those that wait for approval.
    pub pending: i64,
    /// Those that may sign in.
    pub approved: i64,
    /// Those that were turned away.
    pub rejected: i64,
    /// Those that are closed.
    pub suspended: i64,
}

/// What happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// How the time is divided.
    pub by: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The app's time zone.
    pub timezone: String,
    /// Every period, the earliest first, those without events too. The first and last may reach beyond the days that were
    /// asked for.
    pub periods: Vec<Period>,
    /// All of it.
    pub total: Counts,
    /// The accounts that there are now.
    pub accounts: Accounts,
    /// Whether everything is counted; false for the first minutes after an update that began to count.
    pub complete: bool,
}

pub(crate) fn operation() -> Operation {
    Operation::new("statistics.overview", "Tell what happens in an app", overview)
        .needs(Permission::AccountsRead)
        .fails(&[Code::Invalid])
}

/// Tell what happens in an app. It costs the same however many accounts there are.
///
/// # Errors
/// Those of [`operation`].
pub async fn overview(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let now = daemun.clock.now();
    let range = Range::read(&call, input, now)?;
    let app = &call.app;
    let mut reader = daemun.reader();
    let hours = if range.by == By::Hour { 1 } else { DAY };
    let (mut all, mark) = statistics::sum(&mut reader, app.id, range.hours(), hours).await?;
    let from = now.plus_seconds(-LATEST).max(mark.unwrap_or(Timestamp(0)));
    let complete = mark.is_some_and(|mark| mark >= from)
        || statistics::find_first_line(&mut reader, app.id, mark.unwrap_or(Timestamp(0)))
            .await?
            .is_none_or(|first| first >= from);
    all.extend(latest(&mut reader, &call, (from, now), hours).await?);

    let mut periods: BTreeMap<NaiveDateTime, Counts> =
        range.starts.iter().map(|start| (*start, Counts::default())).collect();
    let mut total = Counts::default();
    for (number, kind, count) in all {
        let Some(start) = range.start_of(number * hours) else { continue };
        if let Some(counts) = periods.get_mut(&start) {
            *counts.of(kind) += count;
            *total.of(kind) += count;
        }
    }
    let period = |(start, counts): (NaiveDateTime, Counts)| Period {
        start: start.format("%Y-%m-%dT%H:%M").to_string(),
        counts,
    };
    Ok(Output {
        by: range.by.as_str().to_owned(),
        from: range.from.to_string(),
        to: range.to.to_string(),
        timezone: app.timezone.name().to_owned(),
        periods: periods.into_iter().map(period).collect(),
        total,
        accounts: accounts(&daemun, &call).await?,
        complete,
    })
}

/// What happened after the mark, in stretches of so many hours.
async fn latest(
    reader: &mut daemun_store::Reader,
    call: &Call,
    (mut from, now): (Timestamp, Timestamp),
    hours: i64,
) -> Result<Vec<Happened>, Failure> {
    let timezone = call.app.timezone;
    // What this very moment brings is among them.
    let now = Timestamp(now.0.saturating_add(1));
    let mut found = Vec::new();
    while from < now {
        let to = end_of_hour(from, timezone).min(now);
        let number = hour_of(from, timezone).div_euclid(hours);
        let counts = happened(reader, call.app.id, (from, to)).await?;
        found.extend(counts.into_iter().map(|(kind, count)| (number, kind, count)));
        from = to;
    }
    Ok(found)
}

async fn accounts(daemun: &Daemun, call: &Call) -> Result<Accounts, Failure> {
    let mut accounts = Accounts::default();
    for status in Status::ALL {
        let count = directory::count(&mut daemun.reader(), call.app.id, status).await?;
        *match status {
            Status::Pending => &mut accounts.pending,
            Status::Approved => &mut accounts.approved,
            Status::Rejected => &mut accounts.rejected,
            Status::Suspended => &mut accounts.suspended,
        } = count;
    }
    Ok(accounts)
}

impl Counts {
    const fn of(&mut self, kind: Kind) -> &mut i64 {
        match kind {
            Kind::SignUps => &mut self.sign_ups,
            Kind::SignIns => &mut self.sign_ins,
            Kind::RefusedSignIns => &mut self.refused_sign_ins,
            Kind::CodesSent => &mut self.codes_sent,
            Kind::Approvals => &mut self.approvals,
            Kind::Rejections => &mut self.rejections,
            Kind::Deletions => &mut self.deletions,
        }
    }
}

/// How time is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Hour,
    Day,
    Week,
    Month,
}

impl By {
    const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the period that holds a day.
    fn first(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hour | Self::Day => Some(day),
            Self::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
            Self::Month => day.with_day(1),
        }
    }

    /// The first day of the next period.
    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hour | Self::Day => first.succ_opt(),
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
        }
    }

    /// The first day where none is named.
    fn usual(self, to: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hour => Some(to),
            Self::Day => to.checked_sub_days(Days::new(29)),
            Self::Week => to.checked_sub_days(Days::new(11 * 7)),
            Self::Month => to.with_day(1)?.checked_sub_months(Months::new(11)),
        }
    }
}

/// The stretch of time.
struct Range {
    by: By,
    from: NaiveDate,
    to: NaiveDate,
    /// Where each period begins, the earliest first.
    starts: Vec<NaiveDateTime>,
    /// The day behind the last period.
    end: NaiveDate,
}

impl Range {
    fn read(call: &Call, input: Input, now: Timestamp) -> Result<Self, Failure> {
        let mut faults = call.faults.clone();
        let by = input.by.as_deref().and_then(|typed| {
            let known = By::ALL.into_iter().find(|by| by.as_str() == typed);
            faults.take("by", known.ok_or(Reason::NotAChoice))
        });
        let by = by.unwrap_or(By::Day);
        let to = day(&mut faults, "to", input.to).unwrap_or_else(|| today(now, call.app.timezone));
        let from = day(&mut faults, "from", input.from).or_else(|| by.usual(to)).unwrap_or(to);
        if from > to {
            faults.add("from", Reason::OutOfRange);
        }
        let range = Self::of(by, from, to);
        if range.is_none() && faults.is_empty() {
            faults.add("from", Reason::OutOfRange);
        }
        faults.finish()?;
        range.ok_or_else(|| Failure::invalid("from", Reason::OutOfRange))
    }

    /// Nothing where it has too many periods.
    fn of(by: By, from: NaiveDate, to: NaiveDate) -> Option<Self> {
        let mut starts = Vec::new();
        let mut first = by.first(from)?;
        while first <= to {
            match by {
                By::Hour => starts.extend((0..24).filter_map(|hour| first.and_hms_opt(hour, 0, 0))),
                By::Day | By::Week | By::Month => starts.push(first.and_hms_opt(0, 0, 0)?),
            }
            if starts.len() > MOST_PERIODS {
                return None;
            }
            first = by.next(first)?;
        }
        Some(Self { by, from, to, starts, end: first })
    }

    /// The hours that it holds, on the clock of the time zone.
    fn hours(&self) -> (i64, i64) {
        let number = |day: NaiveDate| i64::from(day.to_epoch_days()) * DAY;
        (self.starts.first().map_or(0, |start| number(start.date())), number(self.end))
    }

    /// Where the period begins that holds an hour.
    fn start_of(&self, hour: i64) -> Option<NaiveDateTime> {
        let day = NaiveDate::from_epoch_days(i32::try_from(hour.div_euclid(DAY)).ok()?)?;
        let within = match self.by {
            By::Hour => u32::try_from(hour.rem_euclid(DAY)).ok()?,
            By::Day | By::Week | By::Month => 0,
        };
        self.by.first(day)?.and_hms_opt(within, 0, 0)
    }
}

fn today(now: Timestamp, timezone: Tz) -> NaiveDate {
    now.to_datetime().with_timezone(&timezone).date_naive()
}

fn day(faults: &mut Faults, field: &'static str, typed: Option<String>) -> Option<NaiveDate> {
    let typed = typed?;
    let read = daemun_model::profile::day(typed.trim());
    // Longer ago, or later, than anything is counted.
    let read = read
        .and_then(|day| if (1970..9999).contains(&day.year()) { Ok(day) } else { Err(Reason::OutOfRange) });
    faults.take(field, read)
}
