//! Attempts to prove who somebody is: a password, which counts as a member's does, and a code of the second factor, which
//! counts for its administrator wherever it is typed.

use daemun_crypto::Verdict;
use daemun_model::{CONSOLE, Code, Failure};
use daemun_store::Tx;
use daemun_store::administrators::{self, Credentials};
use daemun_store::limits::{Key, Kind};
use uuid::Uuid;

use super::second_factor::{self, read, recovery_digest};
use crate::daemun::Daemun;
use crate::limits::Counter;

/// How the second factor was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Typed {
    /// The code of this step of the authenticator app.
    Step(i64),
    /// Perhaps a recovery code: this is its digest.
    Recovery(String),
}

/// One attempt to prove the second factor. What was typed is only used up in the transaction of what it is for.
#[derive(Clone)]
pub(super) struct CodeAttempt {
    administrator: Uuid,
    sealed: Vec<u8>,
    typed: Typed,
    counter: Counter,
    daemun: Daemun,
}

/// Which second factor it was, for the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    Totp,
    RecoveryCode,
}

impl Factor {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery code",
        }
    }
}

impl CodeAttempt {
    /// Reads what was typed.
    ///
    /// # Errors
    /// `too_many_requests` after too many wrong codes; `code_invalid` where there is no second factor to prove.
    pub(super) async fn begin(daemun: &Daemun, who: &Credentials, typed: &str) -> Result<Self, Failure> {
        let administrator = who.administrator.uuid;
        let sealed = who.totp_sealed.clone().ok_or(Code::CodeInvalid.on("code"))?;
        let subject = format!("administrator {administrator}");
        let key = Key { app: CONSOLE, kind: Kind::WrongCodes, subject };
        let counter = Counter::new(daemun, key, daemun.settings.limits.wrong_codes);
        counter.ask(&mut daemun.reader()).await?;
        let code = read(typed);
        let totp = second_factor::open(daemun, administrator, &sealed)?;
        let typed = match totp.step_of(&code, daemun.clock.now()) {
            Some(step) => Typed::Step(step),
            None => Typed::Recovery(recovery_digest(daemun, administrator, &code)),
        };
        Ok(Self { administrator, sealed, typed, counter, daemun: daemun.clone() })
    }

    /// Counts it, and uses up what was typed if it is right. The transaction must be kept whatever comes out.
    ///
    /// # Errors
    /// `too_many_requests`; then nothing is counted.
    pub(super) async fn claim(&self, tx: &mut Tx) -> Result<Option<Factor>, Failure> {
        self.counter.count(tx).await?;
        let factor = match &self.typed {
            Typed::Step(step) => administrators::claim_step(tx, self.administrator, &self.sealed, *step)
                .await?
                .then_some(Factor::Totp),
            Typed::Recovery(digest) => {
                let now = self.daemun.clock.now();
                administrators::spend_code(tx, self.administrator, digest, now)
                    .await?
                    .then_some(Factor::RecoveryCode)
            }
        };
        if factor.is_some() {
            self.counter.take_back(tx).await?;
        }
        Ok(factor)
    }

    /// The seed that stands for the second factor here.
    pub(super) fn sealed(&self) -> &[u8] {
        &self.sealed
    }
}

/// Whether what was typed is the password: the same work whatever there is to compare with.
pub(super) async fn is_password(
    daemun: &Daemun,
    who: Option<&Credentials>,
    typed: &str,
) -> Result<bool, Failure> {
    let stored = who.and_then(|who| who.password_hash.as_deref());
    Ok(daemun.hasher.verify(typed, stored).await? != Verdict::Wrong)
}
