//! `password.change`: a new password for somebody who is signed in.

use daemun_crypto::Password;
use daemun_crypto::password_rules::{FEWEST, MOST};
use daemun_model::message::Template;
use daemun_model::{Account, Code, Failure, Reason, Session, Timestamp};
use daemun_store::Tx;
use daemun_store::accounts;
use daemun_store::audit::Entry;
use daemun_store::one_time_tokens::{self, Purpose};
use daemun_store::outbox::{self, NewMessage};
use daemun_store::sessions::{self, EndedWhy};
use daemun_store::wrong_passwords;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::account::{is_own_typed, prove_password};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};
use crate::rules::Reading;
use crate::{audit, mail};

const ACT: &str = "password.change";
/// Another address, too, reads as a wrong password.
const WRONG: Failure = Code::WrongPassword.on("current_password");

/// The old password and the new one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The caller's own e-mail address: another reads as a wrong password.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The password until now. Where a contract does not ask for it, the sign-in must be recent.
    #[schemars(extend("x-required-if-taken" = true))]
    pub current_password: Option<String>,
    /// The password from now on.
    #[schemars(required, extend("minLength" = FEWEST, "maxLength" = MOST))]
    pub password: Option<String>,
    /// The new password once more.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password_again: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("password.change", "Change the caller's password", change)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::WrongPassword, Code::ReauthenticationRequired])
}

/// Change the caller's password.
///
/// The caller's other sessions end, this one goes on, and the owner is told by mail.
///
/// # Errors
/// Those of [`operation`]. Without the old password the sign-in must be recent: `reauthentication_required`.
pub async fn change(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let caller = call.caller()?;
    let account = &caller.account;
    let mut reading = Reading { app: &call.app, now: daemun.clock.now(), faults: call.faults.clone() };
    let password = read(&mut reading, &input, account)?;

    let proven = prove(&daemun, &call, &input).await?;
    let hash = daemun.hasher.hash(password).await?;
    let work = Work {
        session: caller.session.clone(),
        proven,
        hash,
        notice: mail::notice(&daemun, &call, account, Template::PasswordChanged),
        entry: audit::done(&daemun, &call, ACT, Some(account.uuid)),
        now: daemun.clock.now(),
    };
    daemun.db.write(async move |tx| work.write(tx).await).await?;
    daemun.bell.notify_one();
    Ok(Done {})
}

fn read(reading: &mut Reading<'_>, input: &Input, account: &Account) -> Result<Password, Failure> {
    reading.faults.require("password", input.password.as_ref());
    let (password, again) = (input.password.as_deref(), input.password_again.as_deref());
    let password = reading.new_password(password, again, Some(account));
    std::mem::take(&mut reading.faults).finish()?;
    password.ok_or_else(|| Failure::invalid("password", Reason::Required))
}

/// The hash of the password that was proven, or nothing where a recent sign-in stands for it.
async fn prove(daemun: &Daemun, call: &Call, input: &Input) -> Result<Option<String>, Failure> {
    let caller = call.caller()?;
    let refused = async |failure| audit::refused(daemun, call, ACT, Some(caller.account.uuid), failure).await;
    if let Some(typed) = &input.email
        && !is_own_typed(typed, &caller.account)
    {
        return Err(refused(WRONG).await);
    }
    let Some(typed) = &input.current_password else {
        let recent = call.app.policy.password_change_recent_sign_in;
        return if daemun.clock.now() <= caller.session.auth_time.plus_seconds(recent) {
            Ok(None)
        } else {
            Err(refused(Code::ReauthenticationRequired.into()).await)
        };
    };
    prove_password(daemun, call, typed, (ACT, WRONG)).await.map(Some)
}

/// What the transaction needs.
struct Work {
    session: Session,
    proven: Option<String>,
    hash: String,
    notice: Option<NewMessage>,
    entry: Entry,
    now: Timestamp,
}

impl Work {
    async fn write(&self, tx: &mut Tx) -> Result<Done, Failure> {
        let Session { id, app, account, .. } = self.session;
        wrong_passwords::reopen(tx, app, account).await?;
        let changed = match &self.proven {
            Some(proven) => accounts::replace_password(tx, app, account, proven, &self.hash).await?,
            None => accounts::update_password(tx, app, account, &self.hash).await?,
        };
        if !changed {
            return Err(WRONG);
        }
        // A session that was ended meanwhile, as by a reset, must not set the password after it.
        if !sessions::touch_live(tx, app, id, self.now).await? {
            return Err(Code::Unauthenticated.into());
        }
        sessions::end_others(tx, &self.session, EndedWhy::NewPassword, self.now).await?;
        one_time_tokens::delete(tx, app, account, Purpose::ResetPassword).await?;
        one_time_tokens::delete(tx, app, account, Purpose::ResetProof).await?;
        if let Some(notice) = &self.notice {
            outbox::insert(tx, notice).await?;
        }
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(Done {})
    }
}
