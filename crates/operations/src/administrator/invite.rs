//! Inviting somebody to be an administrator: one link, mailed and shown to who invites.

use daemun_model::message::Template;
use daemun_model::{Code, Email, Failure, Faults, Language, Permission, Reason, Role, Timestamp, text};
use daemun_store::administrators::{self, Link, Purpose};
use daemun_store::audit::Entry;
use daemun_store::outbox;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::join::LONGEST_NAME;
use super::links::{Made, Prepared, Said, mail, prepare};
use super::{done, of_server, permit_role, read_role};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whom, as programs say it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Asked {
    /// The e-mail address.
    #[schemars(required)]
    pub email: Option<String>,
    /// What they are called; they may change it.
    #[schemars(required)]
    pub name: Option<String>,
    /// What they are to be there for: `owner`, `operator`, `moderator` or `auditor`.
    #[schemars(required, extend("enum" = Role::ALL))]
    pub role: Option<String>,
    /// The language of the mail: `ko` or `en`.
    #[schemars(extend("enum" = ["ko", "en", null]))]
    pub language: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Until when the link that was mailed works. A program never gets the link itself.
    pub expires_at: Timestamp,
}

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.invite", "Invite an administrator", run)
        .needs(Permission::AdministratorsWrite)
        .fails(&[Code::Invalid, Code::EmailTaken])
}

async fn run(daemun: Daemun, call: Call, asked: Asked) -> Result<Output, Failure> {
    let call = of_server(&daemun, call);
    let mut faults = call.faults.clone();
    let email = faults.require("email", asked.email.as_ref()).cloned();
    let name = faults.require("name", asked.name.as_ref()).cloned();
    let role = read_role(&mut faults, asked.role.as_ref());
    let language =
        asked.language.as_deref().map(|language| Language::from_tag(language).ok_or(Reason::NotAChoice));
    let language = language.and_then(|language| faults.take("language", language));
    let (Some(email), Some(name), Some(role)) = (email, name, role) else {
        return Err(Failure::Invalid(faults));
    };
    let made = invite(daemun, Call { faults, ..call }, Input { email, name, role, language }).await?;
    Ok(Output { expires_at: made.expires_at })
}

/// Whom.
#[derive(Clone, Debug)]
pub struct Input {
    /// The e-mail address.
    pub email: String,
    /// What they are called; they may change it.
    pub name: String,
    /// What they are to be there for.
    pub role: Role,
    /// The language of the mail.
    pub language: Option<Language>,
}

/// Invites somebody. A second invitation of an address replaces the first.
///
/// # Errors
/// `forbidden`, also for a role that may what the caller may not; `invalid`; `email_taken` on `email` for one who is an
/// administrator, disabled ones among them.
pub async fn invite(daemun: Daemun, call: Call, input: Input) -> Result<Made, Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    permit_role(&call, input.role)?;
    let mut faults: Faults = call.faults.clone();
    let email = faults.take("email", Email::parse(&input.email));
    let name = faults.take("name", text::line(&input.name, 1, LONGEST_NAME));
    faults.finish()?;
    let (Some(email), Some(name)) = (email, name) else { return Err(Code::Invalid.into()) };
    let said = Said {
        purpose: Purpose::Invitation,
        subject: email.key().to_owned(),
        email: Some(email.address()),
        name: Some(&name),
        role: input.role,
    };
    let Prepared { new, made } = prepare(&daemun, &call, said);
    let message =
        mail(&daemun, &call, (Template::AdministratorInvitation, email.address(), input.language), &made);
    // The address stands in the outbox and nowhere else: the audit is for longer.
    let detail = Some(input.role.as_str().to_owned());
    let entry = Entry { detail, ..done(&daemun, &call, "administrator.invite", None) };
    daemun
        .db
        .write(async move |tx| {
            if administrators::find_credentials_by_email(tx, &email).await?.is_some() {
                return Err(Code::EmailTaken.on("email"));
            }
            administrators::replace_link(tx, &new).await?;
            outbox::insert(tx, &message).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    daemun.bell.notify_one();
    Ok(made)
}

/// An invitation that waits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Invitation {
    /// The address.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// The role.
    pub role: Role,
    /// When they were invited.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

fn invitation(link: Link) -> Invitation {
    Invitation {
        email: link.email.unwrap_or_default(),
        name: link.name.unwrap_or_default(),
        role: link.role,
        created_at: link.created_at,
        created_by: link.created_by,
        expires_at: link.expires_at,
    }
}

/// The invitations that wait, the latest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(daemun: &Daemun, call: &Call) -> Result<Vec<Invitation>, Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    let now = daemun.clock.now();
    let links = administrators::list_live_links(&mut daemun.reader(), Purpose::Invitation, now).await?;
    Ok(links.into_iter().map(invitation).collect())
}

/// Withdraws the invitation of an address.
///
/// # Errors
/// `forbidden`; `not_found` where none waits.
pub async fn withdraw(daemun: Daemun, call: Call, email: &str) -> Result<(), Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    let email = Email::parse(email).map_err(|_| Failure::from(Code::NotFound))?;
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.withdraw_invitation", None);
    daemun
        .db
        .write(async move |tx| {
            if !administrators::delete_link(tx, (Purpose::Invitation, email.key()), now).await? {
                return Err(Code::NotFound.into());
            }
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await
}
