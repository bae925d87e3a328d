//! Links that lead in: to become the first owner, to join, to choose password and second factor anew.

use daemun_crypto::digest;
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{Code, Failure, Language, Role, Timestamp};
use daemun_store::administrators::{self, Link, NewLink, Purpose};
use daemun_store::outbox::NewMessage;

use super::done;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::secret::link_token;

/// A link that was just made. Its URL is shown to who asked for it, this once.
#[derive(Clone, Debug)]
pub struct Made {
    /// The URL, with the token in it.
    pub url: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A link to be kept, and its URL.
pub(super) struct Prepared {
    pub(super) new: NewLink,
    pub(super) made: Made,
}

/// What a link says beyond its token.
pub(super) struct Said<'a> {
    pub(super) purpose: Purpose,
    pub(super) subject: String,
    pub(super) email: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) role: Role,
}

pub(super) fn prepare(daemun: &Daemun, call: &Call, said: Said<'_>) -> Prepared {
    let settings = &daemun.settings.console;
    let (page, lifetime) = match said.purpose {
        Purpose::SetUp => ("set-up", settings.set_up_link),
        Purpose::Invitation => ("join", settings.invitation),
        Purpose::Reset => ("join", settings.set_up_link),
    };
    let now = daemun.clock.now();
    let token = link_token(&*daemun.random);
    let expires_at = now.plus_seconds(lifetime);
    let link = Link {
        purpose: said.purpose,
        subject: said.subject,
        email: said.email.map(str::to_owned),
        name: said.name.map(str::to_owned),
        role: said.role,
        created_at: now,
        created_by: call.operator.as_ref().map_or("set-up", |operator| &operator.name).to_owned(),
        expires_at,
    };
    let url = format!("{}/{page}?token={token}", settings.url);
    Prepared { new: NewLink { digest: digest(&token), link }, made: Made { url, expires_at } }
}

/// The mail with a link.
pub(super) fn mail(
    daemun: &Daemun,
    call: &Call,
    (template, to, language): (Template, &str, Option<Language>),
    made: &Made,
) -> NewMessage {
    let now = daemun.clock.now();
    NewMessage {
        id: daemun.random.uuid_v7(now),
        app: call.app.id,
        account: None,
        message: Message {
            channel: Channel::Email,
            to: to.to_owned(),
            template,
            language: language.unwrap_or_else(|| call.language()),
            app_title: call.app.title.clone(),
            secret: Secret { link: Some(made.url.clone()), ..Secret::default() },
        },
        created_at: now,
        expires_at: Some(made.expires_at),
    }
}

/// Makes the link with which the first owner is made, in place of the last one; none where there is an administrator.
///
/// # Errors
/// When the database does not answer.
pub async fn set_up_link(daemun: &Daemun, call: &Call) -> Result<Option<Made>, Failure> {
    if administrators::exist(&mut daemun.reader()).await? {
        return Ok(None);
    }
    let said =
        Said { purpose: Purpose::SetUp, subject: String::new(), email: None, name: None, role: Role::Owner };
    let Prepared { new, made } = prepare(daemun, call, said);
    let entry = done(daemun, call, "administrator.set_up_link", None);
    daemun
        .db
        .write(async move |tx| {
            administrators::replace_link(tx, &new).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    Ok(Some(made))
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To become the first owner.
    SetUp,
    /// To join, invited under this address.
    Invitation {
        /// The address.
        email: String,
        /// What they are called, as the invitation says.
        name: String,
        /// The role.
        role: Role,
    },
    /// To choose password and second factor anew.
    Reset {
        /// Whose.
        email: String,
        /// What they are called.
        name: String,
    },
}

/// What the link of a token leads to: none where it is spent, expired, replaced or none. Opening it spends nothing: mail
/// scanners open every link.
///
/// # Errors
/// When the database does not answer.
pub async fn look_at(daemun: &Daemun, token: &str) -> Result<Option<Way>, Failure> {
    Ok(find(daemun, token).await?.map(way))
}

pub(super) async fn find(daemun: &Daemun, token: &str) -> Result<Option<Link>, Failure> {
    let mut reader = daemun.reader();
    let now = daemun.clock.now();
    let link = administrators::find_live_link(&mut reader, &digest(token), now).await?;
    let Some(link) = link else { return Ok(None) };
    let first = link.purpose == Purpose::SetUp;
    Ok(if first && administrators::exist(&mut reader).await? { None } else { Some(link) })
}

pub(super) fn way(link: Link) -> Way {
    let (email, name) = (link.email.unwrap_or_default(), link.name.unwrap_or_default());
    match link.purpose {
        Purpose::SetUp => Way::SetUp,
        Purpose::Invitation => Way::Invitation { email, name, role: link.role },
        Purpose::Reset => Way::Reset { email, name },
    }
}

/// What a dead link is refused for.
pub(super) const DEAD: Failure = Code::TokenInvalid.on("token");
