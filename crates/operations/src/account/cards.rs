//! Cards: what a call's caller sees of others.

use daemun_model::{Account, AppId, Card, Contact, Failure, Relation, Relations};
use daemun_store::{contacts, points};

use crate::call::Call;
use crate::daemun::Daemun;

/// The cards of accounts as the caller may see them: with the e-mail address of the caller, of friends and of people in
/// the same room.
///
/// # Errors
/// `unauthenticated` without a caller; when the database does not answer.
pub async fn of_all(daemun: &Daemun, call: &Call, accounts: Vec<Account>) -> Result<Vec<Card>, Failure> {
    let viewer = call.caller()?.account.uuid;
    let others = accounts.iter().map(|account| account.uuid);
    let known = contacts::find_among(&mut daemun.reader(), call.app.id, viewer, others).await?;
    let seen = accounts.into_iter().map(|account| {
        let shown = account.uuid == viewer || known.contains(&account.uuid);
        (account, if shown { Contact::Shown } else { Contact::Hidden })
    });
    made(daemun, call.relations, call.app.id, seen).await
}

/// The cards of accounts that are known to be friends of whoever sees them, or in the same room.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of_contacts(
    daemun: &Daemun,
    relations: Relations,
    app: AppId,
    accounts: Vec<Account>,
) -> Result<Vec<Card>, Failure> {
    made(daemun, relations, app, accounts.into_iter().map(|account| (account, Contact::Shown))).await
}

/// The card of one account.
///
/// # Errors
/// As [`of_all`].
pub async fn of(daemun: &Daemun, call: &Call, account: Account) -> Result<Card, Failure> {
    let mut cards = of_all(daemun, call, vec![account]).await?;
    cards.pop().ok_or_else(|| Failure::broken("an account without a card"))
}

/// The one place where cards are made. Points are loaded where the answer shows them and they are not there yet.
async fn made(
    daemun: &Daemun,
    relations: Relations,
    app: AppId,
    seen: impl Iterator<Item = (Account, Contact)> + Send,
) -> Result<Vec<Card>, Failure> {
    let mut cards: Vec<Card> = seen.map(|(account, contact)| Card::of(account, contact)).collect();
    if relations.has(Relation::Points) {
        let missing: Vec<i64> =
            cards.iter().filter(|card| card.points.is_none()).map(|card| card.id).collect();
        let totals = points::list_totals(&mut daemun.reader(), app, &missing).await?;
        for card in cards.iter_mut().filter(|card| card.points.is_none()) {
            card.points = Some(totals.get(&card.id).copied().unwrap_or(0));
        }
    }
    Ok(cards)
}
