//! What a member chooses of the catalogues at sign-up and in an update.

use daemun_model::{AccountUuid, AppId, Catalog, Failure, Faults, Reason};
use daemun_store::{Executor, Tx, catalogs};

/// The most interests of a member.
pub(crate) const MOST_INTERESTS: usize = 50;
/// The most characters of an identifier.
pub(super) const LONGEST_ID: usize = 64;

/// What is chosen: `None` leaves a catalogue as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    /// The ids of interests, in the member's order.
    pub interests: Option<Vec<String>>,
    /// The id of a profession, or none.
    pub profession: Option<Option<String>>,
}

/// Whether an id has the form of one.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(plain)
}

impl Choices {
    /// Whether nothing is chosen or changed.
    pub(crate) const fn is_empty(&self) -> bool {
        self.interests.is_none() && self.profession.is_none()
    }

    /// Takes what is named twice once, and notes what cannot be chosen: what is not there, and what was retired,
    /// unless `account` has it already.
    pub(crate) async fn check(
        &mut self,
        on: &mut impl Executor,
        app: AppId,
        account: Option<AccountUuid>,
        faults: &mut Faults,
    ) -> Result<(), Failure> {
        if let Some(ids) = &mut self.interests {
            let mut once: Vec<String> = Vec::with_capacity(ids.len().min(MOST_INTERESTS));
            for id in ids.drain(..) {
                if !once.contains(&id) && once.len() <= MOST_INTERESTS {
                    once.push(id);
                }
            }
            *ids = once;
            if ids.len() > MOST_INTERESTS {
                faults.add("interests", Reason::TooLong { max: MOST_INTERESTS });
            } else if !all_there(on, app, account, Catalog::Interests, ids).await? {
                faults.add("interests", Reason::Unknown);
            }
        }
        if let Some(Some(id)) = &self.profession
            && !all_there(on, app, account, Catalog::Professions, std::slice::from_ref(id)).await?
        {
            faults.add("profession", Reason::Unknown);
        }
        Ok(())
    }

    /// Keeps them, and names those that are different now.
    pub(crate) async fn write(
        &self,
        tx: &mut Tx,
        app: AppId,
        account: AccountUuid,
    ) -> Result<Vec<&'static str>, Failure> {
        let mut changed = Vec::new();
        let profession = self.profession.as_ref().map(|id| id.iter().cloned().collect::<Vec<_>>());
        let all = [
            ("interests", Catalog::Interests, self.interests.as_ref()),
            ("profession", Catalog::Professions, profession.as_ref()),
        ];
        for (field, catalog, ids) in all {
            let Some(ids) = ids else { continue };
            let before = catalogs::list_chosen(tx, app, account, catalog).await?;
            if before.iter().map(|item| &item.id).ne(ids) {
                catalogs::choose(tx, app, account, catalog, ids).await?;
                changed.push(field);
            }
        }
        Ok(changed)
    }
}

async fn all_there(
    on: &mut impl Executor,
    app: AppId,
    account: Option<AccountUuid>,
    catalog: Catalog,
    ids: &[String],
) -> Result<bool, Failure> {
    let mut missing = Vec::new();
    for id in ids {
        if !is_id(id) || !catalogs::is_offered(on, app, catalog, id).await? {
            missing.push(id);
        }
    }
    let Some(account) = account.filter(|_| !missing.is_empty()) else { return Ok(missing.is_empty()) };
    let had = catalogs::list_chosen(on, app, account, catalog).await?;
    Ok(missing.into_iter().all(|id| had.iter().any(|item| item.id == *id)))
}
