//! `product_key.list`: an operator looks through the keys.

use daemun_model::{Code, Failure, Faults, ListedKey, Permission, Reason};
use daemun_store::product_keys::{self, Filter, Which};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most keys of one answer, and how many where nothing is said.
const PORTION: Portion = Portion { most: 100, usual: 50 };

/// Which keys.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `free` or `used`; all where it is left out.
    #[schemars(extend("enum" = ["free", "used", null]))]
    pub state: Option<String>,
    /// Only those that begin with this; case and dashes make no difference.
    pub key: Option<String>,
    /// Only that of this account: its number, its uuid (either form) or its e-mail address.
    pub account: Option<String>,
    /// Where the last answer ended: its `page.next`.
    pub cursor: Option<String>,
    /// How many at most: 1 to 100, 50 where it is left out.
    #[schemars(extend("minimum" = 1, "maximum" = PORTION.most))]
    pub limit: Option<i64>,
}

/// Some of the keys.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The keys, in their alphabetical order.
    pub product_keys: Vec<ListedKey>,
    /// Whether there are more.
    pub page: Further,
}

/// How to go on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Further {
    /// The `cursor` of the next call; null at the end.
    pub next: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("product_key.list", "List product keys", list)
        .needs(Permission::ProductKeysRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// List product keys.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    portion(&daemun, &call, &input, PORTION).await
}

/// How many keys an answer has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portion {
    pub(super) most: i64,
    pub(super) usual: i64,
}

/// The keys after the cursor.
pub(super) async fn portion(
    daemun: &Daemun,
    call: &Call,
    input: &Input,
    portion: Portion,
) -> Result<Output, Failure> {
    let (which, limit) = read(call.faults.clone(), input, portion)?;
    let account = match &input.account {
        Some(typed) => Some(named(daemun, call, Some(typed.clone())).await?.uuid),
        None => None,
    };
    let begins = input.key.as_deref().map(|typed| {
        typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
    });
    let which = (which, &Filter { begins, account });
    let after = input.cursor.as_deref().unwrap_or_default();
    // One more tells whether there are more.
    let mut found = product_keys::list(&mut daemun.reader(), call.app.id, which, after, limit + 1).await?;
    let all = usize::try_from(limit).is_ok_and(|limit| found.len() <= limit);
    if !all {
        found.pop();
    }
    let last = found.last().map(|(value, _)| value.clone());
    let next = last.filter(|_| !all);
    Ok(Output { product_keys: found.into_iter().map(|(_, key)| key).collect(), page: Further { next } })
}

fn read(mut faults: Faults, input: &Input, portion: Portion) -> Result<(Which, i64), Failure> {
    let which = match input.state.as_deref() {
        None => Which::All,
        Some("free") => Which::Free,
        Some("used") => Which::Used,
        Some(_) => {
            faults.add("state", Reason::NotAChoice);
            Which::All
        }
    };
    let limit = input.limit.unwrap_or(portion.usual);
    if !(1..=portion.most).contains(&limit) {
        faults.add("limit", Reason::OutOfRange);
    }
    faults.finish()?;
    Ok((which, limit))
}
