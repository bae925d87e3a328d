//! `uploads` of a sign-up or an update: the paths that an account names as its own.

use daemun_model::upload::Purpose;
use daemun_model::{Account, AccountUuid, App, AppId, Failure, Faults, Reason, Timestamp};
use daemun_store::uploads::{self, Claim};
use daemun_store::{Executor, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::change::Change;

/// The largest `order`.
const LAST: i64 = i32::MAX as i64;

/// A file that the member uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct UploadInput {
    /// One of the kinds of files that the app has.
    #[schemars(required)]
    pub kind: Option<String>,
    /// The path that came with the permission to upload it.
    #[schemars(required)]
    pub path: Option<String>,
    /// Its place among the files of its kind, from 0: where it stands in the list when it is left out.
    pub order: Option<i64>,
}

/// A file that takes the place of another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(extend("required" = ["kind", "path"]))]
pub struct UploadChange {
    /// One of the kinds of files that the app has.
    #[schemars(required)]
    pub kind: Option<String>,
    /// The path that came with the permission to upload it. `null` takes away the one file of a kind of which an account
    /// has no more.
    #[serde(default)]
    pub path: Change<String>,
    /// Its place among the files of its kind, from 0: where it stands in the list when it is left out.
    pub order: Option<i64>,
}

/// The paths that an account names, each with the input field that it stands in, and the kinds of which it wants none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    named: Vec<(String, Claim)>,
    cleared: Vec<String>,
}

impl Claims {
    /// Reads those of an update, and notes what is wrong.
    pub(crate) fn of_update(app: &App, typed: Vec<UploadChange>, faults: &mut Faults) -> Self {
        let mut cleared = Vec::new();
        let mut named = Vec::new();
        for (index, UploadChange { kind, path, order }) in typed.into_iter().enumerate() {
            match (path, kind) {
                (Change::Clear, Some(kind)) if is_single(app, &kind) => cleared.push((index, kind)),
                (Change::Set(path), kind) => {
                    named.push((index, UploadInput { kind, path: Some(path), order }))
                }
                (Change::Keep | Change::Clear, kind) => {
                    named.push((index, UploadInput { kind, path: None, order }));
                }
            }
        }
        for (index, kind) in &cleared {
            let again = named.iter().any(|(_, upload)| upload.kind.as_ref() == Some(kind));
            if again || must_stay(app, kind) {
                faults.add(format!("uploads.{index}.path"), Reason::Required);
            }
        }
        let claims = Self::read(app, &named, faults);
        Self { cleared: cleared.into_iter().map(|(_, kind)| kind).collect(), ..claims }
    }

    /// Reads those of a sign-up, and notes what is wrong.
    pub(crate) fn of_sign_up(app: &App, typed: &[UploadInput], faults: &mut Faults) -> Self {
        let named: Vec<_> = typed.iter().cloned().enumerate().collect();
        Self::read(app, &named, faults)
    }

    fn read(app: &App, typed: &[(usize, UploadInput)], faults: &mut Faults) -> Self {
        let mut claims = Self::default();
        for (index, upload) in typed {
            let field = |member: &str| format!("uploads.{index}.{member}");
            let path = faults.require(&field("path"), upload.path.as_deref()).map(str::to_owned);
            let Some(name) = faults.require(&field("kind"), upload.kind.as_deref()) else { continue };
            let Some(kind) = app.policy.uploads.get(name) else {
                faults.add(field("kind"), Reason::NotAChoice);
                continue;
            };
            let same = claims.named.iter().filter(|(_, claim)| claim.kind == name).count();
            let ordinal = upload.order.unwrap_or_else(|| i64::try_from(same).unwrap_or(LAST));
            if !(0..=LAST).contains(&ordinal) {
                faults.add(field("order"), Reason::OutOfRange);
            } else if claims.named.iter().any(|(_, claim)| claim.kind == name && claim.ordinal == ordinal) {
                faults.add(field("order"), Reason::Taken);
            }
            let Some(path) = path else { continue };
            if !kind.has(&path) {
                faults.add(field("path"), Reason::Malformed);
            } else if claims.named.iter().any(|(_, claim)| claim.path == path) {
                faults.add(field("path"), Reason::Taken);
            } else if same == kind.most {
                faults.add(field("path"), Reason::OutOfRange);
            }
            let claim = Claim { kind: name.to_owned(), path, visibility: kind.visibility, ordinal };
            claims.named.push((field("path"), claim));
        }
        // Always in the same order: two accounts that want each other's files wait instead of locking each other out.
        claims.named.sort_by(|(_, a), (_, b)| a.path.cmp(&b.path));
        claims
    }

    /// Makes the one that is the account's picture its picture.
    pub(crate) fn set_picture(&self, app: &App, account: &mut Account) {
        if let Some(path) = self.picture(app) {
            account.picture = Some(path.to_owned());
        }
    }

    /// The path that is the account's picture, where one is named.
    pub(crate) fn picture(&self, app: &App) -> Option<&str> {
        self.named
            .iter()
            .find(|(_, claim)| is_picture(app, &claim.kind))
            .map(|(_, claim)| claim.path.as_str())
    }

    /// Notes those that are another's, so that a form shows all its faults at once.
    pub(crate) async fn note_taken(
        &self,
        on: &mut impl Executor,
        account: &Account,
        faults: &mut Faults,
    ) -> Result<(), Failure> {
        for (field, claim) in &self.named {
            if uploads::is_taken(on, account.app, account.uuid, claim).await? {
                faults.add(field.clone(), Reason::Taken);
            }
        }
        Ok(())
    }

    fn is_about(&self, kind: &str) -> bool {
        self.named.iter().any(|(_, claim)| claim.kind == kind) || self.cleared.iter().any(|name| name == kind)
    }

    /// Whether the account's picture is taken away.
    pub(crate) fn clears_picture(&self, app: &App) -> bool {
        self.cleared.iter().any(|kind| is_picture(app, kind))
    }

    /// Makes them a new account's.
    ///
    /// # Errors
    /// `upload_taken`, or `invalid` when several are another's.
    pub(crate) async fn claim(
        &self,
        tx: &mut Tx,
        app: AppId,
        account: AccountUuid,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut faults = Faults::default();
        for (field, claim) in &self.named {
            if !uploads::claim(tx, app, account, claim, now).await? {
                faults.add(field.clone(), Reason::Taken);
            }
        }
        faults.finish()
    }

    /// Puts them in the place of what the account had of their kinds, and tells whether that changed anything.
    ///
    /// # Errors
    /// As those of [`Self::claim`].
    pub(crate) async fn replace(
        &self,
        tx: &mut Tx,
        app: AppId,
        account: AccountUuid,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        if self.named.is_empty() && self.cleared.is_empty() {
            return Ok(false);
        }
        let had = uploads::list_of_account(tx, app, account).await?;
        let had: Vec<_> = had.iter().filter(|old| self.is_about(&old.kind)).collect();
        let stays =
            |path: &str, ordinal: i64| had.iter().any(|old| old.path == path && old.ordinal == ordinal);
        if had.len() == self.named.len() && self.named.iter().all(|(_, new)| stays(&new.path, new.ordinal)) {
            return Ok(false);
        }
        self.claim(tx, app, account, now).await?;
        for old in had {
            if !self.named.iter().any(|(_, new)| new.path == old.path) {
                uploads::release(tx, app, account, &old.path, now).await?;
            }
        }
        Ok(true)
    }
}

/// Whether an account has at most one file of a kind.
fn is_single(app: &App, kind: &str) -> bool {
    app.policy.uploads.get(kind).is_some_and(|kind| kind.most == 1)
}

fn is_picture(app: &App, kind: &str) -> bool {
    app.policy.uploads.get(kind).is_some_and(|kind| kind.purpose == Purpose::Picture)
}

/// Whether the app requires at sign-up what a file of a kind is.
fn must_stay(app: &App, kind: &str) -> bool {
    let required = |field: &String| field == "uploads" || field == "picture" && is_picture(app, kind);
    app.policy.required.iter().any(required)
}
