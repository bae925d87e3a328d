//! What lists have in common: the way on, the days of a filter, and tables as files.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use chrono::{NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use daemun_model::{Failure, Fault, Reason, Timestamp};
use futures_util::stream::try_unfold;
use minijinja::{Value, context};

use super::answer::{Answer, Download};
use super::visit::Visit;

/// The filters of a list, as its pages carry them along.
pub(super) fn filters(visit: &Visit<'_>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let kept = visit.asked.query.iter();
    let kept = kept.filter(|(name, value)| !matches!(*name, "cursor" | "done" | "lang") && !value.is_empty());
    query.extend_pairs(kept).finish()
}

/// The ways to the next page of the list at `path` and back to its first, for `ui.pager`: `pages.next`, `pages.first`.
pub(super) fn pager(visit: &Visit<'_>, path: &str, next: Option<String>) -> Value {
    let filters = filters(visit);
    let to = |cursor: Option<&str>| {
        let mut query = url::form_urlencoded::Serializer::new(filters.clone());
        query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        let query = query.finish();
        let separator = if query.is_empty() { "" } else { "?" };
        visit.path(&format!("{path}{separator}{query}"))
    };
    context! {
        next => next.map(|cursor| to(Some(&cursor))),
        first => visit.given("cursor").map(|_| to(None)),
    }
}

/// The first and the last day that a filter names in the time zone of an app, as the moments from which and before which
/// something happened.
///
/// # Errors
/// What is no day.
pub(super) fn days(visit: &Visit<'_>, zone: Tz) -> Result<(Option<Timestamp>, Option<Timestamp>), Failure> {
    let read = |name: &str| match visit.given(name) {
        None => Ok(None),
        Some(typed) => NaiveDate::parse_from_str(&typed, "%Y-%m-%d").map(Some).map_err(|_| malformed(name)),
    };
    let since = read("since")?.map(|day| begin(day, zone));
    let until = read("until")?.and_then(|day| day.succ_opt()).map(|day| begin(day, zone));
    Ok((since, until))
}

fn malformed(name: &str) -> Failure {
    Failure::invalid(name, Reason::Malformed)
}

/// When a day begins. Where clocks are set forward at midnight it begins later.
fn begin(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    let begin = zone.from_local_datetime(&midnight).earliest().map(|begin| begin.with_timezone(&Utc));
    Timestamp::from_seconds(begin.unwrap_or_else(|| midnight.and_utc()).timestamp())
}

/// A table as a file: `head`, and then whatever `page` gives until it gives no cursor. It is written as it is read, and
/// breaks off where reading fails, so that nobody takes a part of it for the whole.
pub(super) fn table<P, F>(name: String, head: String, page: P) -> Answer
where
    P: Fn(Option<String>) -> F + Send + 'static,
    F: Future<Output = Result<(String, Option<String>), Failure>> + Send + 'static,
{
    // A spreadsheet reads UTF-8 where this mark stands before it.
    let head = format!("\u{feff}{head}");
    let rows = try_unfold((Some(None), Some(head), page), async |(place, head, page)| {
        let Some(cursor) = place else { return Ok(None) };
        let read = page(cursor).await.map_err(|failure| std::io::Error::other(failure.to_string()));
        let (rows, next) = read?;
        let text = head.unwrap_or_default() + &rows;
        Ok::<_, std::io::Error>(Some((text, (next.map(Some), None, page))))
    });
    Answer::Download(Download { name, body: Body::from_stream(rows) })
}

/// What a file is called: what it holds, of which app, on which day.
pub(super) fn file_name(visit: &Visit<'_>, what: &str) -> String {
    let app = visit.app.as_ref().map_or("daemun", |app| app.name.as_str());
    format!("{app}-{what}-{}.csv", visit.now().to_datetime().format("%Y%m%d"))
}

/// What operators are called, by how the audit names them: an administrator by name.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn names(
    visit: &Visit<'_>,
    operators: BTreeSet<String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut names = BTreeMap::new();
    for operator in operators {
        if operator.contains(':') {
            let name = visit.name_of(&operator).await?;
            names.insert(operator, name);
        }
    }
    Ok(names)
}

/// The places in a list that faults name, as `keys.3`, each once, in their order.
pub(super) fn places<'f>(faults: impl IntoIterator<Item = &'f Fault>) -> Vec<usize> {
    let place = |fault: &Fault| fault.field.split('.').nth(1)?.parse().ok();
    let mut places: Vec<usize> = faults.into_iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_app_is() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        assert_eq!(begin(day, Tz::Asia__Seoul).to_rfc3339(), "2026-03-28T15:00:00.000000Z");
        // Beirut's clocks went from midnight to one that day.
        assert_eq!(begin(day, Tz::Asia__Beirut).to_datetime().format("%F").to_string(), "2026-03-29");
    }
}
