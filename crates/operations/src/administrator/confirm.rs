//! Proving again who sits there, before a sensitive act: with the password and the second factor.

use daemun_crypto::digest;
use daemun_model::message::Template;
use daemun_model::{AccountUuid, Code, Failure, Timestamp};
use daemun_store::Tx;
use daemun_store::administrators::{self, Rotation};
use daemun_store::audit::Entry;
use daemun_store::outbox::{self, NewMessage};
use daemun_store::wrong_passwords::Standing;
use uuid::Uuid;

use super::notice::notice;
use super::proof::{CodeAttempt, Factor, is_password};
use super::sign_in::with_factor;
use super::{Signed, done};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{Attempt, Remember, Whose};
use crate::secret::link_token;

const ACT: &str = "administrator.confirm";

/// Both proofs.
#[derive(Debug, Default)]
pub struct Input {
    /// The password.
    pub password: String,
    /// A code of the authenticator app, or a recovery code.
    pub code: String,
}

/// Confirms a session, which goes on under a new secret: the value of its cookie from now on.
///
/// # Errors
/// `wrong_password` on `password`, `code_invalid` on `code`: each is counted as at a sign-in; `unauthenticated` when the
/// session has ended; `too_many_requests`.
pub async fn confirm(daemun: Daemun, call: Call, signed: &Signed, input: Input) -> Result<String, Failure> {
    let uuid = signed.administrator.uuid;
    let who = administrators::find_credentials(&mut daemun.reader(), uuid).await?;
    let who = who.ok_or(Code::Unauthenticated)?;
    let attempt = Attempt::begin(&daemun, &call, Whose::Account(AccountUuid(uuid))).await?;
    let right = is_password(&daemun, Some(&who), &input.password).await?;
    let code = CodeAttempt::begin(&daemun, &who, &input.code).await?;
    let cookie = link_token(&*daemun.random);
    let work = Work {
        session: signed.session,
        attempt,
        right,
        code,
        told: notice(&daemun, &call, &who.administrator, Template::AdministratorRecoveryCodeUsed),
        rotation: Rotation { old: signed.digest.clone(), new: digest(&cookie) },
        entry: done(&daemun, &call, ACT, Some(uuid)),
        now: daemun.clock.now(),
    };
    match daemun.db.write(async move |tx| work.write(tx).await).await? {
        None => {
            daemun.bell.notify_one();
            Ok(cookie)
        }
        Some(failure) => Err(failure),
    }
}

struct Work {
    session: Uuid,
    attempt: Attempt,
    right: bool,
    code: CodeAttempt,
    rotation: Rotation,
    /// What is sent where it was a recovery code.
    told: NewMessage,
    entry: Entry,
    now: Timestamp,
}

impl Work {
    /// What it is refused for, which is remembered; what is an error is not.
    async fn write(&self, tx: &mut Tx) -> Result<Option<Failure>, Failure> {
        let standing = self.attempt.count(tx).await?;
        if !(self.right && standing == Standing::Open) {
            return self.refuse(tx, Code::WrongPassword.on("password")).await;
        }
        self.attempt.forgive(tx, Remember::Nothing).await?;
        let Some(factor) = self.code.claim(tx).await? else {
            return self.refuse(tx, Code::CodeInvalid.on("code")).await;
        };
        if !administrators::rotate_session(tx, self.session, &self.rotation, self.now).await? {
            return Err(Code::Unauthenticated.into());
        }
        if factor == Factor::RecoveryCode {
            outbox::insert(tx, &self.told).await?;
        }
        daemun_store::audit::insert(tx, &with_factor(&self.entry, factor)).await?;
        Ok(None)
    }

    async fn refuse(&self, tx: &mut Tx, failure: Failure) -> Result<Option<Failure>, Failure> {
        let outcome = failure.code().as_str().to_owned();
        daemun_store::audit::insert(tx, &Entry { outcome, ..self.entry.clone() }).await?;
        Ok(Some(failure))
    }
}
