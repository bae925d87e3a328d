//! What belongs to an account and lies in other tables: loaded where the answer will show it, and only there.

use std::sync::Arc;

use daemun_model::{Account, Catalog, Failure, Relation, Relations};
use daemun_store::{catalogs, organizations, points, product_keys, time_settings};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::friend::list::friends_of;
use crate::room::room_of;

/// The account with what the answer of this call shows of it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of(daemun: &Daemun, call: &Call, mut account: Account) -> Result<Account, Failure> {
    load(daemun, call.relations, &mut account).await?;
    Ok(account)
}

/// As [`of`], of an account that others hold, too: copied only where there is something to add.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of_shared(
    daemun: &Daemun,
    call: &Call,
    account: &Arc<Account>,
) -> Result<Arc<Account>, Failure> {
    if call.relations.is_empty() {
        return Ok(Arc::clone(account));
    }
    Ok(Arc::new(of(daemun, call, Account::clone(account)).await?))
}

/// Loads relations of an account. Those that are not asked for stay as they are.
///
/// # Errors
/// When the database does not answer.
pub async fn load(daemun: &Daemun, relations: Relations, account: &mut Account) -> Result<(), Failure> {
    if relations.is_empty() {
        return Ok(());
    }
    for relation in Relation::ALL {
        if relations.has(relation) {
            load_one(daemun, relations, relation, account).await?;
        }
    }
    Ok(())
}

async fn load_one(
    daemun: &Daemun,
    relations: Relations,
    relation: Relation,
    account: &mut Account,
) -> Result<(), Failure> {
    let (app, uuid) = (account.app, account.uuid);
    let reader = &mut daemun.reader();
    match relation {
        Relation::Interests => {
            account.interests = Some(catalogs::list_chosen(reader, app, uuid, Catalog::Interests).await?);
        }
        Relation::Profession => {
            let chosen = catalogs::list_chosen(reader, app, uuid, Catalog::Professions).await?;
            account.profession = Some(chosen.into_iter().next());
        }
        Relation::Friends => account.friends = Some(friends_of(daemun, relations, app, uuid).await?),
        Relation::Room => account.room = Some(room_of(daemun, relations, app, uuid).await?),
        Relation::TimeSetting => account.time_setting = Some(time_settings::find(reader, app, uuid).await?),
        Relation::ProductKey => {
            let key = product_keys::find_key_of(reader, app, uuid).await?;
            account.product_key = Some(key.map(|registered| registered.key));
        }
        Relation::Points => account.points = Some(points::find_total(reader, app, account.id).await?),
        Relation::Organization => {
            account.organization = Some(organizations::find_of_account(reader, app, uuid).await?);
        }
    }
    Ok(())
}
