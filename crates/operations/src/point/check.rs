//! The proof that the totals of points are what the ledger adds up to. Beside a running server, too.

use std::collections::BTreeSet;

use daemun_model::{App, Day, Failure};
use daemun_store::points::check::{self, Difference};

use crate::daemun::Daemun;

/// The numbers of accounts that are read at once.
const AT_ONCE: i64 = 2_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The totals that are not what the ledger adds up to.
    pub differences: Vec<Difference>,
    /// Accounts and periods of which the place in the ranking is wrong.
    pub misplaced: Vec<(i64, i64)>,
    /// What is counted wrong: of which list, and by how many.
    pub miscounted: Vec<(String, i64)>,
}

impl Checked {
    /// Whether everything is right.
    pub const fn is_right(&self) -> bool {
        self.differences.is_empty() && self.misplaced.is_empty() && self.miscounted.is_empty()
    }
}

/// How many numbers of accounts there are to go through.
///
/// # Errors
/// When the database does not answer.
pub async fn extent(daemun: &Daemun) -> Result<i64, Failure> {
    Ok(check::end(&mut daemun.reader()).await?)
}

/// Goes through all accounts of an app; `told` hears the number that was reached.
///
/// # Errors
/// When the database does not answer.
pub async fn check(daemun: &Daemun, app: &App, told: impl Fn(i64)) -> Result<Checked, Failure> {
    let end = extent(daemun).await?;
    let mut checked = Checked::default();
    let mut from = 0;
    while from < end {
        let to = (from + AT_ONCE).min(end);
        part(daemun, app, (from, to), &mut checked).await?;
        from = to;
        told(to);
    }
    let mut reader = daemun.reader();
    for (period, difference) in check::miscounted(&mut reader, app.id).await? {
        checked.miscounted.push((format!("ranked in period {period}"), -difference));
    }
    for (status, difference) in check::miscounted_accounts(&mut reader, app.id).await? {
        checked.miscounted.push((format!("{status} accounts"), -difference));
    }
    Ok(checked)
}

async fn part(
    daemun: &Daemun,
    app: &App,
    numbers: check::Numbers,
    into: &mut Checked,
) -> Result<(), Failure> {
    let today = || Day::of(daemun.clock.now(), app.timezone);
    let mut reader = daemun.reader();
    let seen = check::differences(&mut reader, app.id, numbers, today()).await?;
    // The server works on: the ledger and the totals were read one after the other. What differs is looked at once more,
    // with the account held.
    let suspects: BTreeSet<i64> = seen.iter().map(|difference| difference.account).collect();
    for account in suspects {
        let (id, today) = (app.id, today());
        let held =
            async move |tx: &mut daemun_store::Tx| Ok(check::differences_of(tx, id, account, today).await?);
        into.differences.extend(daemun.db.write(held).await?);
    }
    into.misplaced.extend(check::misplaced(&mut reader, app.id, numbers).await?);
    Ok(())
}
