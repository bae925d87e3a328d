//! The table.

use std::path::Path;

use crate::Arguments;
use crate::fault::Outcome;
use crate::figures::{Figure, Goal, Standing, Unit, median};
use crate::machine::Machine;

const BEGIN: &str = "<!-- the last table, written by scripts/bench -->";
const END: &str = "<!-- end of the table -->";

/// The share of the processors from which others disturb what is measured.
const DISTURBED: f64 = 0.05;

/// The whole of what is printed and kept.
pub fn table(figures: &[Figure], machine: &Machine, arguments: &Arguments) -> String {
    let mut text = format!("{}, commit {}, on {}.\n", arguments.date, arguments.commit, machine.description);
    if machine.others > DISTURBED {
        text.push_str(&format!(
            "Others were at work on the machine: up to {:.0} % of its processors. The ratios are blurred.\n",
            machine.others * 100.0
        ));
    }
    text.push_str("\n| figure | Daemun | limit | ratio | middle half | target | dream | |\n");
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    figures.iter().for_each(|figure| text.push_str(&line(figure)));
    text.push_str(&summary(figures));
    text
}

fn line(figure: &Figure) -> String {
    let (target, dream) = asked(figure.goal);
    let ratios = figure.ratios();
    let (limit, ratio, rounds) = match figure.limit {
        None => (String::new(), String::new(), String::new()),
        Some(name) => (
            format!("{}: {}", name, amount(figure.limit_value(), figure.unit)),
            format!("**{:.2}**", median(&ratios)),
            rounds(&ratios),
        ),
    };
    format!(
        "| {} | {} | {limit} | {ratio} | {rounds} | {target} | {dream} | {} |\n",
        figure.name,
        amount(figure.product(), figure.unit),
        match figure.standing() {
            Standing::Dream => "met, dream too",
            Standing::Met => "met",
            Standing::Missed => "**not met**",
            Standing::None => "",
        }
    )
}

/// Between what and what the middle half of the slices' ratios lie.
fn rounds(ratios: &[f64]) -> String {
    if ratios.len() < 2 {
        return String::new();
    }
    let quarter = ratios.len() / 4;
    format!("{:.2}–{:.2}", ratios[quarter], ratios[ratios.len() - 1 - quarter])
}

/// How many targets are met, and which are not.
fn summary(figures: &[Figure]) -> String {
    let of = |standing: Standing| figures.iter().filter(move |figure| figure.standing() == standing);
    let (dreams, met) = (of(Standing::Dream).count(), of(Standing::Met).count());
    let missed: Vec<&str> = of(Standing::Missed).map(|figure| figure.name.as_str()).collect();
    let all = dreams + met + missed.len();
    let rest = if missed.is_empty() { String::new() } else { format!(" Not met: {}.", missed.join("; ")) };
    format!("\n{} of {all} targets are met, {dreams} of them with the dream.{rest}\n", dreams + met)
}

fn asked(goal: Goal) -> (String, String) {
    match goal {
        Goal::Reach { target, dream } => (format!("≥ {target}"), format!("{dream}")),
        Goal::Stay { target, dream } | Goal::Within { target, dream } => {
            (format!("≤ {target}"), format!("{dream}"))
        }
        Goal::Tell => (String::new(), String::new()),
    }
}

fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::PerSecond if value < 1000.0 => format!("{value:.1}/s"),
        Unit::PerSecond => format!("{}/s", thousands(value)),
        Unit::Milliseconds => format!("{value:.2} ms"),
        Unit::Mebibytes => format!("{value:.1} MiB"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Puts the table where the file keeps the last one.
///
/// # Errors
/// When the file has no place for it.
pub fn keep(path: &Path, table: &str) -> Outcome<()> {
    let text = std::fs::read_to_string(path)?;
    std::fs::write(path, replaced(&text, table).ok_or("bench/README.md has no place for the table")?)?;
    Ok(())
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Sample;

    #[test]
    fn a_figure_is_a_line() {
        let goal = Goal::Reach { target: 0.75, dream: 0.9 };
        let samples = vec![
            Sample { product: 21_000.0, limit: 30_000.0 },
            Sample { product: 24_000.0, limit: 30_000.0 },
        ];
        let figure = Figure::beside("profile read", Unit::PerSecond, "by hand", goal, samples);
        assert_eq!(
            line(&figure),
            "| profile read | 22,500/s | by hand: 30,000/s | **0.75** | 0.70–0.80 | ≥ 0.75 | 0.9 | met |\n"
        );
    }

    #[test]
    fn a_new_table_takes_the_place_of_the_old() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = replaced(&text, "new\n").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"));
        assert_eq!(replaced(&new, "new\n").unwrap(), new);
    }
}
