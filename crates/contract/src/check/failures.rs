//! Whether every failure that a route can end in has a status, and every one it names can happen.

use daemun_model::app::{Approval, VerifyEmail};
use daemun_model::{Code, Policy};
use daemun_operations::{CallerRule, Operation};

use crate::ast::{Errors, Take};
use crate::fault::{Report, listed};
use crate::schema::{Below, Schema};
use crate::yaml::Position;

/// The failures that a route with this operation can end in, beside those that every request can.
pub(crate) fn possible(operation: &Operation, caller: CallerRule) -> Vec<Code> {
    let mut codes = operation.failures.clone();
    let needed = matches!(caller, CallerRule::Required | CallerRule::Administrator);
    if needed && !codes.contains(&Code::Unauthenticated) {
        codes.push(Code::Unauthenticated);
    }
    codes
}

/// What a route does, and where it says so.
#[derive(Clone, Copy)]
pub(crate) struct Doing<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) takes: &'a [Take],
    pub(crate) at: Position,
}

impl Doing<'_> {
    /// Whether this route fills an input.
    fn fills(&self, name: &str) -> bool {
        self.takes.iter().any(|take| take.input[0] == name)
    }

    /// Whether the operation has an input that this route does not fill.
    fn leaves_out(&self, name: &str) -> bool {
        let known = matches!(Schema::root(&self.operation.input).below(name), Below::Known(_));
        known && !self.fills(name)
    }
}

/// Whether what a route takes and the contract's policy let a failure happen. An app's configuration may
/// change the policy, so this silences warnings and nothing else.
pub(crate) fn happens(code: Code, doing: Doing<'_>, policy: &Policy) -> bool {
    let unique = |field: &str| policy.unique.iter().any(|known| known == field);
    match code {
        // Whoever names nobody else is not refused somebody else.
        Code::AccountNotFound | Code::Forbidden => !doing.leaves_out("id"),
        Code::NotFound | Code::EmailDomainNotAllowed => !doing.leaves_out("organization"),
        Code::CodeInvalid => !doing.leaves_out("code"),
        Code::TokenRevoked => !doing.leaves_out("refresh_token"),
        Code::TokenInvalid => ["refresh_token", "token", "proof"].iter().any(|name| doing.fills(name)),
        Code::WrongPassword => !(doing.leaves_out("current_password") && doing.leaves_out("email")),
        Code::ReauthenticationRequired => doing.leaves_out("current_password"),
        Code::AccountPending | Code::AccountRejected => policy.approval == Approval::Required,
        Code::EmailTaken => unique("email"),
        Code::UsernameTaken => unique("preferred_username"),
        Code::PhoneTaken => unique("phone_number"),
        Code::NicknameTaken => unique("nickname"),
        Code::TooSoon => policy.nickname_change_every.is_some(),
        Code::EmailNotProven => {
            let asked = matches!(policy.verify_email, VerifyEmail::Required | VerifyEmail::Proven);
            asked || doing.operation.name.starts_with("password.")
        }
        _ => true,
    }
}

/// Warns of failures without a status. `errors` speak for the route, the nearest first.
pub(crate) fn unsaid(
    possible: &[Code],
    errors: &[&Errors],
    doing: Doing<'_>,
    policy: &Policy,
    report: &mut Report,
) {
    let silent = |code: &Code| {
        !Code::OF_THE_DOOR.contains(code) && happens(*code, doing, policy) && !said(*code, errors)
    };
    let unsaid: Vec<Code> = possible.iter().copied().filter(silent).collect();
    if unsaid.is_empty() {
        return;
    }
    let told: Vec<String> =
        unsaid.iter().map(|code| format!("`{}` ({})", code.as_str(), code.default_status())).collect();
    let message = format!(
        "{} can end in {}, which this contract gives no status: the default in brackets is sent",
        doing.operation.name,
        told.join(", ")
    );
    let hint = format!(
        "for example `errors: {{ {}: {{ status: {} }} }}`",
        unsaid[0].as_str(),
        unsaid[0].default_status()
    );
    report.warn(doing.at, message, hint);
}

/// Whether a failure, or the one whose words it borrows, has a status.
fn said(code: Code, errors: &[&Errors]) -> bool {
    let status = |code: Code| {
        errors.iter().any(|errors| errors.rules.get(&code).is_some_and(|rule| rule.status.is_some()))
    };
    status(code) || code.falls_back_to().is_some_and(status)
}

/// Warns of failures that a route speaks of and cannot end in.
pub(crate) fn idle(named: &[(Code, Position)], possible: &[Code], report: &mut Report) {
    for (code, at) in named {
        let happens = Code::OF_THE_DOOR.contains(code)
            || *code == Code::Internal
            || possible.iter().any(|known| known == code || known.falls_back_to() == Some(*code));
        if !happens {
            let names: Vec<&str> = possible.iter().map(|code| code.as_str()).collect();
            let hint = crate::suggest::suggest(code.as_str(), &names);
            let list = if names.is_empty() {
                "it cannot fail".to_owned()
            } else {
                format!("it can end in {}", listed(&names))
            };
            let hint = hint.map_or_else(|| list.clone(), |hint| format!("{hint} {list}"));
            report.warn(*at, format!("this route never ends in `{}`", code.as_str()), hint);
        }
    }
}
