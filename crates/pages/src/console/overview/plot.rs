//! Bars over time, as attributes of an inline SVG: the content security policy allows no style in a page.

use daemun_operations::statistics::overview::{Counts, Output};
use serde::Serialize;

/// The height of a plot in units of its view box.
const HEIGHT: i64 = 60;
/// The width of a bar with the gap behind it.
const STEP: i64 = 10;
/// The gap.
const GAP: i64 = 2;

/// How often one thing happened.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Plot {
    /// Its text is `plot-NAME`.
    name: &'static str,
    /// Over all periods.
    total: i64,
    /// In the period with most.
    most: i64,
    width: i64,
    height: i64,
    bars: Vec<Bar>,
}

/// How often it happened in one period.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Bar {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
    /// The period's first day.
    day: String,
    count: i64,
}

/// What is shown, by the name of its text.
type Measure = (&'static str, fn(&Counts) -> i64);

const MEASURES: [Measure; 4] = [
    ("sign-ups", |counts| counts.sign_ups),
    ("sign-ins", |counts| counts.sign_ins),
    ("refused-sign-ins", |counts| counts.refused_sign_ins),
    ("codes-sent", |counts| counts.codes_sent),
];

impl Plot {
    /// Whether it happened at all.
    pub(super) const fn shows_something(&self) -> bool {
        self.total > 0
    }

    /// A plot of each measure.
    pub(super) fn all(found: &Output) -> Vec<Self> {
        let periods: Vec<(&str, &Counts)> = found
            .periods
            .iter()
            .map(|period| (period.start.split('T').next().unwrap_or_default(), &period.counts))
            .collect();
        MEASURES.into_iter().map(|measure| Self::of(&periods, measure)).collect()
    }

    fn of(periods: &[(&str, &Counts)], (name, count): Measure) -> Self {
        let most = periods.iter().map(|(_, counts)| count(counts)).max().unwrap_or(0);
        let bar = |((day, counts), place): (&(&str, &Counts), i64)| {
            let count = count(counts);
            // What happened once is seen beside what happened a thousand times.
            let height = if count == 0 { 0 } else { (count * HEIGHT / most.max(1)).max(2) };
            Bar {
                x: place * STEP,
                y: HEIGHT - height,
                width: STEP - GAP,
                height,
                day: (*day).to_owned(),
                count,
            }
        };
        let bars: Vec<Bar> = periods.iter().zip(0..).map(bar).collect();
        let width = i64::try_from(bars.len()).unwrap_or(0) * STEP - GAP;
        let total = bars.iter().map(|bar| bar.count).sum();
        Self { name, total, most, width: width.max(1), height: HEIGHT, bars }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_what_they_count() {
        let counts = [0, 5, 1, 1000].map(|sign_ups| Counts { sign_ups, ..Counts::default() });
        let periods: Vec<_> = counts.iter().map(|counts| ("2026-11-20", counts)).collect();
        let plot = Plot::of(&periods, MEASURES[0]);
        assert_eq!((plot.total, plot.most, plot.width), (1006, 1000, 38));
        let bars: Vec<_> = plot.bars.iter().map(|bar| (bar.x, bar.y, bar.height)).collect();
        assert_eq!(bars, [(0, 60, 0), (10, 58, 2), (20, 58, 2), (30, 0, 60)]);
        assert_eq!(Plot::of(&[], MEASURES[1]).width, 1);
    }
}
