//! `point.grant`: an operator gives points, or takes them.

use daemun_model::{Account, Code, Day, Failure, Permission, Reason, text};
use daemun_store::points::{self, Grant, Granted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::account::named;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most points of one grant.
const MOST: i64 = 1_000_000_000;
/// The longest reason, in code points.
const LONGEST_REASON: usize = 500;
/// The longest idempotency key, in code points.
const LONGEST_KEY: usize = 200;

/// To whom, how many, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// How many: not 0, at most a thousand million; negative takes. An account never has less than none.
    #[schemars(required, extend("minimum" = -MOST, "maximum" = MOST))]
    pub amount: Option<i64>,
    /// Why, for the ledger: 1 to 500 characters.
    #[schemars(required, extend("minLength" = 1, "maxLength" = LONGEST_REASON))]
    pub reason: Option<String>,
    /// Names the grant, up to 200 characters: a second request with the same key gives nothing and answers as the first. Where
    /// it is left out, the key of the request (`Idempotency-Key`) is one.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_KEY))]
    pub idempotency_key: Option<String>,
}

/// What the account has now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// All points of the account after the grant.
    pub balance: i64,
    /// The line of the ledger.
    pub entry: Entry,
}

pub(crate) fn operation() -> Operation {
    Operation::new("point.grant", "Give points to an account", grant).needs(Permission::PointsWrite).fails(&[
        Code::Invalid,
        Code::AccountNotFound,
        Code::AlreadyExists,
    ])
}

/// Give points to an account.
///
/// # Errors
/// Those of [`operation`]; `already_exists` where the key was used for another grant.
pub async fn grant(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (amount, reason, key) = read(&call, &input)?;
    let account = named(&daemun, &call, input.account).await?;
    let at = daemun.clock.now();
    let wanted = Grant {
        app: call.app.id,
        account: account.uuid,
        amount,
        reason,
        at,
        day: Day::of(at, call.app.timezone),
        granted_by: call.operator.as_ref().map(|operator| operator.name.clone()),
        key,
    };
    let mut line = audit::done(&daemun, &call, "point.grant", Some(account.uuid));
    line.detail = Some(format!("{amount:+}"));
    let writes = wanted.clone();
    let granted = daemun
        .db
        .write(async move |tx| {
            let granted = points::grant(tx, &writes).await?;
            if let Granted::Done(_) = &granted {
                daemun_store::audit::insert(tx, &line).await?;
            }
            Ok(granted)
        })
        .await?;
    let entry = match granted {
        Granted::Done(entry) => entry,
        Granted::NoAccount => return Err(Code::AccountNotFound.on("account")),
        Granted::OutOfRange => return Err(Failure::invalid("amount", Reason::OutOfRange)),
        Granted::KeyUsed => granted_before(&daemun, &account, &wanted).await?,
    };
    Ok(Output { balance: entry.balance, entry: entry.into() })
}

fn read(call: &Call, input: &Input) -> Result<(i64, String, Option<String>), Failure> {
    let mut faults = call.faults.clone();
    faults.require("account", input.account.as_ref());
    let amount = faults.require("amount", input.amount.as_ref()).copied().unwrap_or(1);
    if amount == 0 || !(-MOST..=MOST).contains(&amount) {
        faults.add("amount", Reason::OutOfRange);
    }
    let mut line = |field: &'static str, typed: &str, longest| match text::line(typed, 1, longest) {
        Ok(line) => line,
        Err(reason) => {
            faults.add(field, reason);
            String::new()
        }
    };
    let reason = input.reason.as_deref().map(|typed| line("reason", typed, LONGEST_REASON));
    let key = input.idempotency_key.as_deref().map(|typed| line("idempotency_key", typed, LONGEST_KEY));
    let key = key.or_else(|| call.once.as_ref().map(|claim| claim.name()));
    faults.require("reason", reason.as_ref());
    faults.finish()?;
    Ok((amount, reason.unwrap_or_default(), key))
}

/// The line that the key named before, if it is for the same grant.
async fn granted_before(
    daemun: &Daemun,
    account: &Account,
    wanted: &Grant,
) -> Result<points::Entry, Failure> {
    let key = wanted.key.as_deref().unwrap_or_default();
    let found = points::find_by_key(&mut daemun.reader(), wanted.app, key).await?;
    let same = |entry: &points::Entry| {
        (entry.account, entry.amount, &entry.reason) == (account.id, wanted.amount, &wanted.reason)
    };
    found.filter(same).ok_or_else(|| Code::AlreadyExists.on("idempotency_key"))
}
