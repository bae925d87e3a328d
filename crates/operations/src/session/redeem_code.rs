//! `session.redeem_code`: sign in with a code.

use daemun_model::message::Channel;
use daemun_model::{Account, AccountUuid, Code, Failure, Reason, Tokens};
use daemun_store::audit::Entry;
use daemun_store::identifiers::Identifier;

use daemun_store::sessions::{self, NewSession};
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::code::Target;
use super::open;
use crate::call::Call;
use crate::code::Typed;
use crate::daemun::Daemun;
use crate::limits::KnownAddress;
use crate::operation::Operation;
use crate::rules::complete;
use crate::{audit, relations};

const ACT: &str = "session.redeem_code";

/// The address or number that the code went to, and the code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The phone number that the code went to.
    pub phone_number: Option<String>,
    /// The e-mail address that the code went to.
    pub email: Option<String>,
    /// The six digits.
    #[schemars(required)]
    pub code: Option<String>,
}

/// The open session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The tokens of the session that was opened.
    pub tokens: Tokens,
}

pub(crate) fn operation() -> Operation {
    Operation::new(ACT, "Sign in with a code", redeem_code).fails(&[
        Code::Invalid,
        Code::CodeInvalid,
        Code::AccountPending,
        Code::AccountRejected,
        Code::AccountSuspended,
    ])
}

/// Sign in with a code. Whether there is an account is not told here: a code for nobody is a wrong one.
///
/// # Errors
/// Those of [`operation`]; what keeps the account from signing in is told only to who has its code.
pub async fn redeem_code(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (target, typed) = read(&daemun, &call, &input)?;
    let found = accounts::find_by_identifier(&mut daemun.reader(), call.app.id, &target.name).await?;
    let account = found.map(|found| found.account);
    // Somebody must be named in the session that is thrown away again.
    let uuid = account.as_ref().map_or_else(|| AccountUuid(daemun.random.uuid_v4()), |account| account.uuid);
    let opening = open::prepare(&daemun, &call, uuid).await?;
    let work = Work {
        typed: Typed::new(&daemun, target.place(call.app.id), &typed),
        name: target.name.clone(),
        account: account.as_ref().map(|account| account.uuid),
        session: opening.row.clone(),
        address: KnownAddress::of(&daemun, &call, uuid),
        entry: audit::done(&daemun, &call, ACT, account.as_ref().map(|account| account.uuid)),
    };
    let refused = daemun.db.write(async move |tx| work.write(tx).await).await?;
    let account = match (refused, account) {
        (None, Some(account)) => signed_in(&call, &target, account, &opening),
        (Some(code), _) => return Err(code.on("code")),
        (None, None) => return Err(Code::CodeInvalid.on("code")),
    };
    let tokens = open::tokens(&daemun, &call, &account, opening).await?;
    Ok(Output { account: relations::of(&daemun, &call, account).await?, tokens })
}

fn read(daemun: &Daemun, call: &Call, input: &Input) -> Result<(Target, String), Failure> {
    let mut faults = call.faults.clone();
    let typed = (input.phone_number.as_deref(), input.email.as_deref());
    let target = Target::read(daemun, call, typed, &mut faults);
    match input.code.as_deref().map(str::trim) {
        None => faults.add("code", Reason::Required),
        Some("") => faults.add("code", Reason::Blank),
        Some(_) => {}
    }
    faults.finish()?;
    let target = target.ok_or(Code::Invalid)?;
    Ok((target, input.code.clone().unwrap_or_default()))
}

/// The account as the transaction left it.
fn signed_in(call: &Call, target: &Target, account: Account, opening: &open::Opening) -> Account {
    let proven = |channel| target.channel == channel;
    Account {
        last_sign_in_at: Some(opening.row.session.auth_time),
        phone_number_verified: account.phone_number_verified || proven(Channel::Sms),
        email_verified: account.email_verified || proven(Channel::Email),
        ..complete(&call.app, account)
    }
}

/// What the transaction needs.
struct Work {
    typed: Typed,
    name: Identifier,
    account: Option<AccountUuid>,
    session: NewSession,
    address: KnownAddress,
    entry: Entry,
}

impl Work {
    /// Spends the code and opens the session, or tells why not. A try is counted whatever comes out.
    async fn write(&self, tx: &mut Tx) -> Result<Option<Code>, Failure> {
        let owner = match self.typed.look_up(tx).await? {
            Some(Some(owner)) if Some(owner) == self.account && self.typed.spend(tx).await? => owner,
            Some(_) | None => return self.refuse(tx, Code::CodeInvalid).await,
        };
        // Before the account, as a sign-in goes: two that go different ways wait for each other.
        self.address.write(tx).await?;
        let (app, at) = (self.session.session.app, self.session.session.auth_time);
        if !accounts::note_code_sign_in(tx, app, owner, &self.name, at).await? {
            let now = accounts::find_by_uuid(tx, app, owner).await?;
            let code = now.and_then(|account| account.status.refusal()).unwrap_or(Code::CodeInvalid);
            return self.refuse(tx, code).await;
        }
        sessions::insert(tx, &self.session).await?;
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(None)
    }

    async fn refuse(&self, tx: &mut Tx, code: Code) -> Result<Option<Code>, Failure> {
        let outcome = code.as_str().to_owned();
        daemun_store::audit::insert(tx, &Entry { outcome, ..self.entry.clone() }).await?;
        Ok(Some(code))
    }
}
