//! Bars for long work: on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of so many steps on standard error; nothing is drawn where that is no terminal.
pub(super) fn bar(steps: i64, name: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(0)).with_message(name.to_owned());
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// Moves it on to a step.
pub(super) fn reach(bar: &ProgressBar, step: i64) {
    bar.set_position(u64::try_from(step).unwrap_or(0));
}
