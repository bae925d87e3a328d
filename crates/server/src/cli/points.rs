//! `daemun points …`: giving points, and proving that the totals are what the ledger adds up to.

use clap::Subcommand;
use daemun_operations::point::check::{self, Checked};
use daemun_operations::point::grant;
use serde_json::json;

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, count, line, note, object, refused, value};
use super::progress;

#[derive(Debug, Subcommand)]
pub(super) enum PointsCommand {
    /// Give points to an account, or take them with a negative amount.
    Grant {
        /// Its number, its UUID (canonical or 22 characters) or its e-mail address.
        account: String,
        /// How many: not 0; negative takes.
        #[arg(allow_negative_numbers = true)]
        amount: i64,
        /// Why, for the ledger.
        #[arg(long)]
        reason: String,
        /// Names the grant: a second time with the same key gives nothing.
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
        /// The app it belongs to; not needed where there is only one.
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compare the totals of every account with its ledger, beside a running server. Exit code 1 where they differ.
    Check {
        /// The app; every app where it is left out.
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(place: &Located, command: PointsCommand) -> Result<(), Failed> {
    match command {
        PointsCommand::Grant { account, amount, reason, idempotency_key, app, json } => {
            let (daemun, call) = operator_call(place, app.as_deref()).await?;
            let input = grant::Input {
                account: Some(account),
                amount: Some(amount),
                reason: Some(reason),
                idempotency_key,
            };
            let done = grant::grant(daemun, call, input).await.map_err(|failure| refused(&failure))?;
            let told = serde_json::to_value(&done.entry).map_err(|error| Failed::Told(error.to_string()))?;
            object(&told, Form::of(json))
        }
        PointsCommand::Check { app, json } => check_all(place, app.as_deref(), Form::of(json)).await,
    }
}

async fn check_all(place: &Located, app: Option<&str>, form: Form) -> Result<(), Failed> {
    let opened = place.open().await?;
    let apps = match app {
        Some(_) => vec![opened.app(app)?],
        None => opened.plans.iter().map(|plan| std::sync::Arc::new(plan.app.clone())).collect(),
    };
    let broken = |failure| refused(&failure);
    let (mut right, mut told) = (true, Vec::new());
    for app in apps {
        let bar = progress::bar(check::extent(&opened.daemun).await.map_err(broken)?, &app.name);
        let checked = check::check(&opened.daemun, &app, |reached| progress::reach(&bar, reached))
            .await
            .map_err(broken)?;
        bar.finish_and_clear();
        right &= checked.is_right();
        match form {
            Form::Json => told.push(json(&app.name, &checked)),
            Form::Table => tell(&app.name, &checked)?,
        }
    }
    if form == Form::Json {
        value(&told.into())?;
    }
    if right { Ok(()) } else { Err(Failed::Silently) }
}

fn tell(app: &str, checked: &Checked) -> Result<(), Failed> {
    if checked.is_right() {
        return line(&format!("{app}: every total is what the ledger adds up to"));
    }
    for difference in &checked.differences {
        let kept = difference.kept.map_or_else(|| "nothing".to_owned(), |kept| kept.to_string());
        line(&format!(
            "{app}: account {}, period {}: the ledger adds up to {}, kept is {kept}",
            difference.account, difference.period, difference.ledger
        ))?;
    }
    for (account, period) in &checked.misplaced {
        line(&format!("{app}: account {account}, period {period}: its place in the ranking is wrong"))?;
    }
    for (what, difference) in &checked.miscounted {
        line(&format!("{app}: {what}: counted wrong by {difference}"))?;
    }
    let faults = checked.differences.len() + checked.misplaced.len() + checked.miscounted.len();
    note(&format!("error: {app}: {}", count(faults, "fault")))
}

fn json(app: &str, checked: &Checked) -> serde_json::Value {
    let difference = |d: &daemun_store::points::check::Difference| json!({ "account": d.account, "period": d.period, "ledger": d.ledger, "kept": d.kept });
    json!({
        "app": app,
        "right": checked.is_right(),
        "differences": checked.differences.iter().map(difference).collect::<Vec<_>>(),
        "misplaced": checked.misplaced,
        "miscounted": checked.miscounted,
    })
}
