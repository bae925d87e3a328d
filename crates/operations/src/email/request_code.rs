//! `email.request_code`: an address to be proven before sign-up.

use daemun_model::message::{Secret, Template};
use daemun_model::{Code, Email, Failure, Organization, Reason};
use daemun_store::audit::Entry;
use daemun_store::codes::{self, NewCode, Place, Purpose};
use daemun_store::identifiers::{self, Identifier};
use daemun_store::outbox::{self, NewMessage};
use daemun_store::{Tx, organizations};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{PerAddress, Queued, Sending};
use crate::operation::{Done, Operation};
use crate::rules::Reading;
use crate::{audit, mail, organization, secret};

const ACT: &str = "email.request_code";

/// Which address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The address to prove.
    #[schemars(required)]
    pub email: Option<String>,
    /// The organisation to prove it for, by its id: the address must be of one of its domains.
    #[schemars(extend("x-required-if-taken" = true))]
    pub organization: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.request_code", "Send a code that proves an e-mail address", request_code).fails(&[
        Code::Invalid,
        Code::EmailTaken,
        Code::EmailDomainNotAllowed,
        Code::NotFound,
    ])
}

/// Send a code that proves an e-mail address.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_code(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let (email, organization) = read(&daemun, &call, &input).await?;
    let refusals = PerAddress::open_refusals(&daemun, &call);
    refusals.ask(&mut daemun.reader()).await?;
    if let Err(failure) = admit(&daemun, &call, &email, organization.as_ref()).await {
        return match failure {
            Failure::Refused { .. } => Err(refusals.refused(&daemun, &call, ACT, failure).await),
            broken => Err(broken),
        };
    }
    let request = Request::prepare(&daemun, &call, &email, organization, refusals);
    daemun.db.write(async move |tx| request.write(tx).await).await?;
    daemun.bell.notify_one();
    Ok(Done {})
}

async fn read(daemun: &Daemun, call: &Call, input: &Input) -> Result<(Email, Option<Organization>), Failure> {
    let mut reading = Reading { app: &call.app, now: daemun.clock.now(), faults: call.faults.clone() };
    reading.faults.require("email", input.email.as_ref());
    let email = input.email.as_deref().and_then(|typed| reading.email(typed));
    let typed = input.organization.as_deref();
    let organization = organization::read(daemun, &call.app, typed, &mut reading.faults).await?;
    reading.faults.finish()?;
    Ok((email.ok_or_else(|| Failure::invalid("email", Reason::Malformed))?, organization))
}

/// Refuses an address that is not the organisation's, whoever has it, and one that a member has.
async fn admit(
    daemun: &Daemun,
    call: &Call,
    email: &Email,
    organization: Option<&Organization>,
) -> Result<(), Failure> {
    let mut reader = daemun.reader();
    if let Some(organization) = organization {
        let domains = organizations::find_domains(&mut reader, call.app.id, &organization.id).await?;
        if !domains.iter().any(|domain| domain == email.domain()) {
            return Err(Code::EmailDomainNotAllowed.on("email"));
        }
    }
    match identifiers::find_owner(&mut reader, call.app.id, &Identifier::email(email)).await? {
        Some(_) => Err(Code::EmailTaken.on("email")),
        None => Ok(()),
    }
}

/// What the transaction needs.
struct Request {
    refusals: PerAddress,
    sending: Sending,
    code: NewCode,
    message: NewMessage,
    entry: Entry,
}

impl Request {
    fn prepare(
        daemun: &Daemun,
        call: &Call,
        email: &Email,
        organization: Option<Organization>,
        refusals: PerAddress,
    ) -> Self {
        let created_at = daemun.clock.now();
        let expires_at = created_at.plus_seconds(daemun.settings.code_lifetime);
        let place = Place { app: call.app.id, purpose: Purpose::ProveEmail, target: email.key().to_owned() };
        let code = secret::code(&*daemun.random);
        let kept = NewCode {
            digest: secret::code_digest(daemun, &place, &code),
            place,
            account: None,
            organization: organization.map(|organization| organization.id).unwrap_or_default(),
            created_at,
            expires_at,
        };
        let what = (Template::EmailCode, Secret { code: Some(code), ..Secret::default() });
        Self {
            refusals,
            sending: Sending::new(daemun, call, Purpose::ProveEmail.as_str(), email.key()),
            code: kept,
            message: mail::with_secret(daemun, call, (None, email.address()), what, expires_at),
            entry: audit::done(daemun, call, ACT, None),
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        self.refusals.ask(tx).await?;
        self.sending.count(tx, Queued::Yes).await?;
        codes::replace(tx, &self.code).await?;
        outbox::insert(tx, &self.message).await?;
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(())
    }
}
