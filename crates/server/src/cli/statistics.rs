//! `daemun statistics`: what happens in an app.

use clap::Args;
use daemun_operations::statistics::overview;
use serde_json::json;

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, note, refused, value};

#[derive(Debug, Args)]
pub(super) struct Statistics {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// hour, day, week or month.
    #[arg(long, value_name = "PERIOD", default_value = "day")]
    by: String,
    /// The first day, as 2026-11-20.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day; today where it is left out.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, wanted: Statistics) -> Result<(), Failed> {
    let (daemun, call) = operator_call(place, wanted.app.as_deref()).await?;
    let input = overview::Input { by: Some(wanted.by), from: wanted.from, to: wanted.to };
    let found = overview::overview(daemun, call, input).await.map_err(|failure| refused(&failure))?;
    if wanted.json {
        return value(&json!(found));
    }
    let mut rows = Rows::new(&[
        "from",
        "sign_ups",
        "sign_ins",
        "refused",
        "codes_sent",
        "approvals",
        "rejections",
        "deletions",
    ]);
    for overview::Period { start, counts } in found.periods {
        rows.add(vec![
            start.into(),
            counts.sign_ups.into(),
            counts.sign_ins.into(),
            counts.refused_sign_ins.into(),
            counts.codes_sent.into(),
            counts.approvals.into(),
            counts.rejections.into(),
            counts.deletions.into(),
        ]);
    }
    rows.print(Form::Table)?;
    if !found.complete {
        note("not everything is counted yet: look again in a minute")?;
    }
    Ok(())
}
