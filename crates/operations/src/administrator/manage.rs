//! What owners do with administrators. What changes who may do what ends the sessions of whom it concerns, at once and on
//! every node. There is always an owner who can sign in.

use daemun_model::message::Template;
use daemun_model::{Administrator, Code, Email, Failure, Permission, Role};
use daemun_store::administrators::{self, Purpose};
use daemun_store::audit::Entry;
use daemun_store::{Tx, outbox};
use uuid::Uuid;

use super::links::{Made, Prepared, Said, mail, prepare};
use super::{done, operator_name, permit_role};
use crate::call::Call;
use crate::daemun::Daemun;

/// What is refused where no owner who can sign in would be left.
pub const LAST_OWNER: Failure = Code::Forbidden.on("last_owner");

/// Every administrator, the first to join first.
///
/// # Errors
/// `forbidden`.
pub async fn list(daemun: &Daemun, call: &Call) -> Result<Vec<Administrator>, Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    Ok(administrators::list(&mut daemun.reader()).await?)
}

/// The administrator of a uuid or an e-mail address.
///
/// # Errors
/// `forbidden`; `not_found`.
pub async fn find(daemun: &Daemun, call: &Call, typed: &str) -> Result<Administrator, Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    let mut reader = daemun.reader();
    let typed = typed.trim();
    let found = if let Ok(uuid) = Uuid::try_parse(typed) {
        administrators::find(&mut reader, uuid).await?
    } else if let Ok(email) = Email::parse(typed) {
        administrators::find_credentials_by_email(&mut reader, &email).await?.map(|found| found.administrator)
    } else {
        None
    };
    found.ok_or_else(|| Code::NotFound.into())
}

/// Gives an administrator another role. The links that were made by who is no owner any more lead nowhere.
///
/// # Errors
/// `forbidden`, also for who may not do all that the old and the new role may; `not_found`; [`LAST_OWNER`].
pub async fn change_role(daemun: Daemun, call: Call, uuid: Uuid, role: Role) -> Result<(), Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    permit_role(&call, role)?;
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.change_role", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            let current = locked(tx, uuid).await?.role;
            permit_role(&call, current)?;
            if current == role {
                return Ok(());
            }
            keep_an_owner(tx, uuid).await?;
            if !administrators::update_role(tx, uuid, (current, role)).await? {
                return Err(Code::NotFound.into());
            }
            administrators::end_all_sessions(tx, uuid, now).await?;
            if !role.permissions().hold(Permission::AdministratorsWrite) {
                administrators::delete_links_of(tx, &operator_name(uuid), now).await?;
            }
            let entry = Entry { detail: Some(format!("{current} to {role}")), ..entry.clone() };
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await
}

/// Keeps an administrator out. [`reset`] lets them in again. The links that they made lead nowhere any more.
///
/// # Errors
/// `forbidden`, also for who may not do all that they may; `not_found`; [`LAST_OWNER`].
pub async fn disable(daemun: Daemun, call: Call, uuid: Uuid) -> Result<(), Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.disable", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            permit_role(&call, locked(tx, uuid).await?.role)?;
            keep_an_owner(tx, uuid).await?;
            if !administrators::disable(tx, uuid, now).await? {
                return Ok(());
            }
            administrators::end_all_sessions(tx, uuid, now).await?;
            administrators::delete_link(tx, (Purpose::Reset, &uuid.to_string()), now).await?;
            administrators::delete_links_of(tx, &operator_name(uuid), now).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await
}

/// Takes an administrator's password, second factor and recovery codes away and ends their sessions. The link that this
/// gives, which is mailed too, lets them choose all of it anew; a disabled one is let in again by it.
///
/// # Errors
/// `forbidden`; `not_found`; `self_not_allowed` for oneself: who is signed in changes them on their own page. Only the
/// command line can do it to the last owner.
pub async fn reset(daemun: Daemun, call: Call, uuid: Uuid) -> Result<Made, Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    if call.operator.as_ref().is_some_and(|operator| operator.name == operator_name(uuid)) {
        return Err(Code::SelfNotAllowed.into());
    }
    let administrator = find(&daemun, &call, &uuid.to_string()).await?;
    let said = Said {
        purpose: Purpose::Reset,
        subject: uuid.to_string(),
        email: Some(&administrator.email),
        name: Some(&administrator.name),
        role: administrator.role,
    };
    let Prepared { new, made } = prepare(&daemun, &call, said);
    let mail = mail(
        &daemun,
        &call,
        (Template::AdministratorReset, &administrator.email, administrator.language),
        &made,
    );
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.reset_second_factor", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            // The role may have changed since it was read: the link says what holds now.
            let role = locked(tx, uuid).await?.role;
            permit_role(&call, role)?;
            let mut new = new.clone();
            new.link.role = role;
            administrators::strip(tx, uuid).await?;
            administrators::replace_codes(tx, uuid, &[]).await?;
            administrators::end_all_sessions(tx, uuid, now).await?;
            administrators::replace_link(tx, &new).await?;
            outbox::insert(tx, &mail).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    daemun.bell.notify_one();
    Ok(made)
}

/// Ends every session of an administrator, at once and on every node, and tells how many.
///
/// # Errors
/// `forbidden`, also for who may not do all that they may; `not_found`.
pub async fn end_sessions(daemun: Daemun, call: Call, uuid: Uuid) -> Result<u64, Failure> {
    call.permit(Permission::AdministratorsWrite)?;
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.end_sessions", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            permit_role(&call, locked(tx, uuid).await?.role)?;
            let ended = administrators::end_all_sessions(tx, uuid, now).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(ended)
        })
        .await
}

/// The administrator, when nobody else can change who is an owner until the transaction is over.
async fn locked(tx: &mut Tx, uuid: Uuid) -> Result<Administrator, Failure> {
    administrators::lock_roles(tx).await?;
    administrators::find(tx, uuid).await?.ok_or_else(|| Code::NotFound.into())
}

/// Refuses what would leave no owner who can sign in.
async fn keep_an_owner(tx: &mut Tx, uuid: Uuid) -> Result<(), Failure> {
    if administrators::other_owner_exists(tx, uuid).await? { Ok(()) } else { Err(LAST_OWNER) }
}
