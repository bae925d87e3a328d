//! `daemun dev …`: for trying things out and for measuring, never for an app that people use.

use clap::Subcommand;
use daemun_crypto::password_rules;
use daemun_operations::Daemun;
use daemun_operations::seed::{self, Wanted};

use super::Located;
use super::account::operator_call;
use super::output::{Failed, line, refused};
use super::progress;
use crate::config::Mode;

#[derive(Debug, Subcommand)]
pub(super) enum DevCommand {
    /// Fill an app with invented members, with points where they are asked for. A second run goes on where the first
    /// stopped; the members are member1@seed.example, member2@seed.example, …
    Seed {
        /// How many invented members there are in the end.
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=100_000_000), required_unless_present = "applicants")]
        accounts: i64,
        /// How many lines their ledgers have in all: those of the members that are made now.
        #[arg(long, value_name = "M", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=10_000_000_000))]
        points: i64,
        /// How many invented people wait for approval in the end, with pictures of every kind that the app has.
        #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=10_000))]
        applicants: i64,
        /// The app; not needed where there is only one.
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
        /// The password of them all; a new one is made and printed where it is left out.
        #[arg(long, value_name = "TEXT")]
        password: Option<String>,
        /// Do it in an app with a configuration file, too.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(place: &Located, command: DevCommand) -> Result<(), Failed> {
    match command {
        DevCommand::Seed { accounts, points, applicants, app, password, yes } => {
            if !yes && matches!(place.load(None)?.mode, Mode::File(_)) {
                return Err(Failed::Usage(
                    "this server has a configuration file: say --yes to put invented members into it"
                        .to_owned(),
                ));
            }
            fill(place, app.as_deref(), password, (Wanted { accounts, points }, applicants)).await
        }
    }
}

async fn fill(
    place: &Located,
    app: Option<&str>,
    typed: Option<String>,
    (wanted, applicants): (Wanted, i64),
) -> Result<(), Failed> {
    let (daemun, call) = operator_call(place, app).await?;
    let text = typed.clone().unwrap_or_else(|| new_password(&daemun));
    let password = password_rules::check(&text, &[]).map_err(|reasons| {
        let reasons: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
        Failed::Told(format!("--password: {}", reasons.join(", ")))
    })?;
    let bar = progress::bar(wanted.accounts, &call.app.name);
    let seeded = seed::seed(&daemun, &call, password, wanted, |reached| progress::reach(&bar, reached)).await;
    bar.finish_and_clear();
    let seeded = seeded.map_err(|failure| refused(&failure))?;
    let bar = progress::bar(applicants, &call.app.name);
    let applied =
        seed::apply(&daemun, &call, &text, applicants, |reached| progress::reach(&bar, reached)).await;
    bar.finish_and_clear();
    let applied = applied.map_err(|failure| refused(&failure))?;
    if applicants > 0 {
        line(&format!("{}: {applied} wait for approval now", call.app.name))?;
    }
    line(&format!("{}: {} made, {} there from before", call.app.name, seeded.made, seeded.found))?;
    if typed.is_none() && seeded.made + applied > 0 {
        line(&format!("the password of those made now: {text}"))?;
    }
    Ok(())
}

/// 80 random bits in letters that are easily typed.
fn new_password(daemun: &Daemun) -> String {
    data_encoding::BASE32_NOPAD.encode(&daemun.random.bytes::<10>()).to_lowercase()
}
