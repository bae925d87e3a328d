//! Finding approved accounts by a part of a name.
//!
//! A part has grams: what begins with its first three characters, then with the next three, and so on. The rarest of them
//! names the candidates, and the folded names tell which are hits. Where there are few candidates, they are read and
//! sorted; where there are many, the wanted order is walked until the page is full, which is soon then.

use daemun_model::AppId;

use crate::directory::names;
use crate::ranking::Window;
use crate::{DbError, Executor, sql};

/// A part of a name, in the form in which names are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The grams of which every hit has one each.
    ranges: Vec<(i64, i64)>,
    /// The pattern of LIKE.
    pattern: String,
    /// Whether who has its gram is a hit: it is no longer than a gram.
    whole: bool,
}

/// How many grams of a long part are looked at: from its first to its last, as the rarest may be where two words meet.
const LOOKED_AT: usize = 8;

impl Part {
    /// Reads what somebody looks for; `None` where nothing is left of it, which means everybody.
    pub fn parse(typed: &str) -> Option<Self> {
        let characters: Vec<char> = names::key(typed).chars().collect();
        if characters.is_empty() {
            return None;
        }
        let ranges = match characters.len() {
            0..=names::GRAM => vec![names::range(&characters)],
            _ => {
                let last = characters.len() - names::GRAM;
                let looked_at = LOOKED_AT.min(last + 1);
                let begins = (0..looked_at).map(|n| n * last / (looked_at - 1).max(1));
                begins.map(|begin| names::range(&characters[begin..begin + names::GRAM])).collect()
            }
        };
        let whole = characters.len() <= names::GRAM;
        let mut pattern = String::from("%");
        for character in characters {
            if matches!(character, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('%');
        Some(Self { ranges, pattern, whole })
    }

    /// The pattern of LIKE that finds it in folded names.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }
}

/// The orders in which hits are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By points in the period of this number, the most first.
    Points(i64),
    /// By name.
    Name,
    /// By when they signed up.
    Date,
}

/// The most hits that are counted.
pub const COUNTED: i64 = 10_000;
/// Grams of one kind beyond which there are taken to be more hits than are counted: a name may have one twice.
pub(crate) const MANY: i64 = 2 * COUNTED;

/// A page of hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// The numbers of the accounts.
    pub accounts: Vec<i64>,
    /// How many hits there are, where they were counted.
    pub total: Option<i64>,
}

/// Finds a page of the accounts that have a part in their names. `members` is how many accounts there are.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    on: &mut impl Executor,
    app: AppId,
    part: &Part,
    order: Order,
    (window, members): (Window, i64),
) -> Result<Hits, DbError> {
    let Some((range, grams)) = rarest(on, app, part).await? else {
        return Ok(Hits { accounts: Vec::new(), total: Some(0) });
    };
    let candidates = Candidates { app, range, pattern: part.pattern.clone(), whole: part.whole };
    let total = if grams > MANY { None } else { candidates.count(on).await?.filter(|n| *n <= COUNTED) };
    if total.is_some_and(|total| window.offset >= total) {
        return Ok(Hits { accounts: Vec::new(), total });
    }
    // Reading and sorting costs as many steps as there are candidates; walking as many as it takes to meet a page of
    // them. A long part may have hits far fewer than its grams: then only a walk over everybody would find them.
    let reach = window.offset.saturating_add(window.limit).saturating_mul(members);
    let few = grams.saturating_mul(grams) <= reach.saturating_mul(2) || total.is_some_and(|n| n < grams / 4);
    let accounts = if few && grams <= MANY {
        candidates.sorted(on, order, window).await?
    } else {
        candidates.walked(on, order, window).await?
    };
    Ok(Hits { accounts, total })
}

/// The gram of a part that the fewest names have, and how many have it; `None` where one of them nobody has.
pub(crate) async fn rarest(
    on: &mut impl Executor,
    app: AppId,
    part: &Part,
) -> Result<Option<((i64, i64), i64)>, DbError> {
    let mut best: Option<((i64, i64), i64)> = None;
    for range in &part.ranges {
        // More than the best so far is of no interest.
        let enough = best.map_or(MANY + 1, |(_, count)| count);
        let count: i64 = sql("SELECT COUNT(*) FROM (SELECT 1 FROM name_grams \
             WHERE app = $1 AND gram >= $2 AND gram <= $3 LIMIT $4) g")
        .bind(app)
        .bind(range.0)
        .bind(range.1)
        .bind(enough)
        .one(on)
        .await?;
        if count == 0 {
            return Ok(None);
        }
        if best.is_none_or(|(_, fewest)| count < fewest) {
            best = Some((*range, count));
        }
    }
    Ok(best)
}

struct Candidates {
    app: AppId,
    range: (i64, i64),
    pattern: String,
    whole: bool,
}

impl Candidates {
    async fn count(&self, on: &mut impl Executor) -> Result<Option<i64>, DbError> {
        if self.whole {
            let statement = sql("SELECT COUNT(DISTINCT account) FROM name_grams \
                 WHERE app = $1 AND gram >= $2 AND gram <= $3");
            let statement = statement.bind(self.app).bind(self.range.0).bind(self.range.1);
            return statement.heavy().one(on).await.map(Some);
        }
        let count = sql("SELECT COUNT(*) FROM (SELECT DISTINCT g.account FROM name_grams g \
             WHERE g.app = $1 AND g.gram >= $2 AND g.gram <= $3) c \
             JOIN directory d ON d.account = c.account WHERE d.search_text LIKE $4 ESCAPE '\\'")
        .bind(self.app)
        .bind(self.range.0)
        .bind(self.range.1)
        .bind(&self.pattern)
        .heavy()
        .one(on)
        .await?;
        Ok(Some(count))
    }

    /// Reads the candidates and sorts them.
    async fn sorted(
        &self,
        on: &mut impl Executor,
        order: Order,
        window: Window,
    ) -> Result<Vec<i64>, DbError> {
        let (statement, period) = match order {
            Order::Points(period) if self.whole => return self.sorted_by_points(on, period, window).await,
            Order::Points(period) => (
                sql("SELECT d.account FROM (SELECT DISTINCT g.account FROM name_grams g \
                       WHERE g.app = $1 AND g.gram >= $2 AND g.gram <= $3) c \
                     JOIN directory d ON d.account = c.account \
                     LEFT JOIN point_totals t ON t.account = c.account AND t.period = $7 \
                     WHERE d.search_text LIKE $4 ESCAPE '\\' \
                     ORDER BY COALESCE(t.rank_key, 0), d.account LIMIT $5 OFFSET $6"),
                Some(period),
            ),
            Order::Name => (
                sql("SELECT d.account FROM (SELECT DISTINCT g.account FROM name_grams g \
                       WHERE g.app = $1 AND g.gram >= $2 AND g.gram <= $3) c \
                     JOIN directory d ON d.account = c.account WHERE d.search_text LIKE $4 ESCAPE '\\' \
                     ORDER BY d.sort_name, d.account LIMIT $5 OFFSET $6"),
                None,
            ),
            Order::Date => (
                sql("SELECT d.account FROM (SELECT DISTINCT g.account FROM name_grams g \
                       WHERE g.app = $1 AND g.gram >= $2 AND g.gram <= $3) c \
                     JOIN directory d ON d.account = c.account WHERE d.search_text LIKE $4 ESCAPE '\\' \
                     ORDER BY d.created_at, d.account LIMIT $5 OFFSET $6"),
                None,
            ),
        };
        let statement = statement
            .bind(self.app)
            .bind(self.range.0)
            .bind(self.range.1)
            .bind(&self.pattern)
            .bind(window.limit)
            .bind(window.offset);
        let statement = match period {
            Some(period) => statement.bind(period),
            None => statement,
        };
        statement.heavy().all(on).await
    }

    /// The same by points where every candidate is a hit: their names need not be read.
    async fn sorted_by_points(
        &self,
        on: &mut impl Executor,
        period: i64,
        window: Window,
    ) -> Result<Vec<i64>, DbError> {
        sql("SELECT c.account FROM (SELECT DISTINCT g.account FROM name_grams g \
               WHERE g.app = $1 AND g.gram >= $2 AND g.gram <= $3) c \
             LEFT JOIN point_totals t ON t.account = c.account AND t.period = $4 \
             ORDER BY COALESCE(t.rank_key, 0), c.account LIMIT $5 OFFSET $6")
        .bind(self.app)
        .bind(self.range.0)
        .bind(self.range.1)
        .bind(period)
        .bind(window.limit)
        .bind(window.offset)
        .heavy()
        .all(on)
        .await
    }

    /// Goes through the order and takes the hits.
    async fn walked(
        &self,
        on: &mut impl Executor,
        order: Order,
        window: Window,
    ) -> Result<Vec<i64>, DbError> {
        let statement = match order {
            Order::Points(period) => return self.walked_by_points(on, period, window).await,
            Order::Name => {
                sql("SELECT d.account FROM directory d WHERE d.app = $1 AND d.status = 'approved' \
                   AND d.search_text LIKE $2 ESCAPE '\\' ORDER BY d.sort_name, d.account LIMIT $3 OFFSET $4")
            }
            Order::Date => {
                sql("SELECT d.account FROM directory d WHERE d.app = $1 AND d.status = 'approved' \
                   AND d.search_text LIKE $2 ESCAPE '\\' ORDER BY d.created_at, d.account LIMIT $3 OFFSET $4")
            }
        };
        let statement = statement.bind(self.app).bind(&self.pattern).bind(window.limit).bind(window.offset);
        statement.heavy().all(on).await
    }

    async fn walked_by_points(
        &self,
        on: &mut impl Executor,
        period: i64,
        window: Window,
    ) -> Result<Vec<i64>, DbError> {
        let mut found: Vec<i64> =
            sql("SELECT t.account FROM point_totals t JOIN directory d ON d.account = t.account \
             WHERE t.app = $1 AND t.period = $2 AND t.rank_key < 0 AND d.search_text LIKE $3 ESCAPE '\\' \
             ORDER BY t.rank_key, t.account LIMIT $4 OFFSET $5")
            .bind(self.app)
            .bind(period)
            .bind(&self.pattern)
            .bind(window.limit)
            .bind(window.offset)
            .heavy()
            .all(on)
            .await?;
        let missing = window.limit - i64::try_from(found.len()).unwrap_or(window.limit);
        if missing <= 0 {
            return Ok(found);
        }
        let before = if found.is_empty() { window.offset - self.count_ranked(on, period).await? } else { 0 };
        let rest: Vec<i64> =
            sql("SELECT d.account FROM directory d WHERE d.app = $1 AND d.status = 'approved' \
               AND d.search_text LIKE $2 ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM point_totals t \
                 WHERE t.account = d.account AND t.period = $3 AND t.rank_key < 0) \
             ORDER BY d.account LIMIT $4 OFFSET $5")
            .bind(self.app)
            .bind(&self.pattern)
            .bind(period)
            .bind(missing)
            .bind(before.max(0))
            .heavy()
            .all(on)
            .await?;
        found.extend(rest);
        Ok(found)
    }

    /// How many hits are ranked.
    async fn count_ranked(&self, on: &mut impl Executor, period: i64) -> Result<i64, DbError> {
        sql("SELECT COUNT(*) FROM point_totals t JOIN directory d ON d.account = t.account \
             WHERE t.app = $1 AND t.period = $2 AND t.rank_key < 0 AND d.search_text LIKE $3 ESCAPE '\\'")
        .bind(self.app)
        .bind(period)
        .bind(&self.pattern)
        .heavy()
        .one(on)
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_would_obey_is_a_letter() {
        assert_eq!(Part::parse(r"5%_\'").unwrap().pattern, r"%5\%\_\\'%");
    }

    #[test]
    fn nothing_is_no_part() {
        assert_eq!(Part::parse(" \u{3000}\n"), None);
    }

    #[test]
    fn a_long_part_has_a_gram_for_each_place_up_to_a_limit() {
        assert_eq!(Part::parse("수미").unwrap().ranges.len(), 1);
        assert_eq!(Part::parse("김수미짱").unwrap().ranges.len(), 2);
        assert_eq!(Part::parse(&"abc".repeat(60)).unwrap().ranges.len(), LOOKED_AT);
    }

    #[test]
    fn of_a_long_part_the_first_and_the_last_gram_are_looked_at() {
        let ranges = Part::parse("jennifer martin").unwrap().ranges;
        assert_eq!((ranges.len(), ranges.first()), (LOOKED_AT, Part::parse("jen").unwrap().ranges.first()));
        assert_eq!(ranges.last(), Part::parse("tin").unwrap().ranges.first());
    }
}
