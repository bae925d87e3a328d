//! What `session.request_code` and `session.redeem_code` share: to whom a code goes.

use daemun_model::app::Identifier as SignInWith;
use daemun_model::message::Channel;
use daemun_model::{App, Code};
use daemun_model::{AppId, Email, Failure, Faults, PhoneNumber, Reason, Status};
use daemun_store::codes::{Place, Purpose};
use daemun_store::identifiers::Identifier;

use crate::call::Call;
use crate::daemun::Daemun;

/// An address or number that a code to sign in goes to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The name that its member signs in with.
    pub name: Identifier,
    /// The input field it was typed in.
    pub field: &'static str,
    /// How a message gets there.
    pub channel: Channel,
}

impl Target {
    /// Reads it: of several, the first of the app's policy counts.
    pub(super) fn read(
        daemun: &Daemun,
        call: &Call,
        (phone_number, email): (Option<&str>, Option<&str>),
        faults: &mut Faults,
    ) -> Option<Self> {
        let typed = |with: &SignInWith| match with {
            SignInWith::Email => email,
            SignInWith::PhoneNumber => phone_number,
            SignInWith::PreferredUsername => None,
        };
        let ways = &call.app.policy.sign_in;
        let Some((with, typed)) = ways.iter().find_map(|with| Some((*with, typed(with)?))) else {
            faults.add(usual(&call.app), Reason::Required);
            return None;
        };
        let field = with.field();
        let read = match with {
            SignInWith::PhoneNumber => {
                number(daemun, call, typed).map(|number| (Identifier::phone_number(&number), Channel::Sms))
            }
            SignInWith::Email | SignInWith::PreferredUsername => {
                Email::parse(typed).map(|email| (Identifier::email(&email), Channel::Email))
            }
        };
        faults.take(field, read).map(|(name, channel)| Self { name, field, channel })
    }

    /// Where its code is kept.
    pub(super) fn place(&self, app: AppId) -> Place {
        place(app, &self.name)
    }
}

/// Where the code of a name is kept.
pub(crate) fn place(app: AppId, name: &Identifier) -> Place {
    Place { app, purpose: Purpose::SignIn, target: name.value.clone() }
}

/// A number that a text message may go to.
fn number(daemun: &Daemun, call: &Call, typed: &str) -> Result<PhoneNumber, Reason> {
    let number = PhoneNumber::parse(typed, &call.app.policy.phone_region)?;
    let takes_sms = number.takes_sms(&daemun.settings.limits.sms_regions);
    if takes_sms { Ok(number) } else { Err(Reason::Malformed) }
}

/// The input that must be there where none is.
fn usual(app: &App) -> &'static str {
    let first = app.policy.sign_in.iter().find(|with| **with != SignInWith::PreferredUsername);
    first.map_or(SignInWith::PhoneNumber, |with| *with).field()
}

/// What keeps an account of this status from signing in by a code.
pub(super) fn refusal(status: Status, field: &'static str) -> Option<Failure> {
    status.refusal().map(|code: Code| code.on(field))
}
