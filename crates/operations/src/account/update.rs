//! `account.update`: changes of a profile.

use std::sync::Arc;

use daemun_model::app::Identifier as SignInWith;
use daemun_model::{Account, AccountUuid, App, Code, Failure, Faults, Organization, Reason, Timestamp};
use daemun_store::accounts::{self, Editable};
use daemun_store::limits::CLOCK_TOLERANCE;
use daemun_store::{Tx, identifiers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::audit;
use crate::call::Call;
use crate::catalog::choices::{Choices, MOST_INTERESTS};
use crate::change::Change;
use crate::daemun::Daemun;
use crate::names::{claim_all, unique_names};
use crate::operation::{CallerRule, Operation};
use crate::relations;
use crate::rules::{Field, LONGEST_NAME, LONGEST_PICTURE, Reading, complete, with_defaults};
use crate::upload::UploadChange;
use crate::upload::claim::Claims;

/// The fields that change: what is left out stays, `null` clears what may be empty.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the account: anybody's but the caller's own is forbidden.
    pub id: Option<i64>,
    /// The user name: 1 to 150 characters.
    #[serde(default)]
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub preferred_username: Change<String>,
    /// The phone number, in local or international form. Where members sign in with it, it cannot be changed here.
    #[serde(default)]
    pub phone_number: Change<String>,
    /// The full name: 1 to 150 characters.
    #[serde(default)]
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub name: Change<String>,
    /// The given name: 1 to 150 characters.
    #[serde(default)]
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub given_name: Change<String>,
    /// The family name: 1 to 150 characters.
    #[serde(default)]
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub family_name: Change<String>,
    /// The nickname: 1 to 150 characters.
    #[serde(default)]
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub nickname: Change<String>,
    /// The day of birth, `YYYY-MM-DD`.
    #[serde(default)]
    pub birthdate: Change<String>,
    /// `male`, `female` or `other`.
    #[schemars(extend("enum" = ["male", "female", "other", null]))]
    #[serde(default)]
    pub gender: Change<String>,
    /// The path or URL of a picture: at most 500 characters.
    #[serde(default)]
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_PICTURE))]
    pub picture: Change<String>,
    /// The language of messages to the member: `ko` or `en`.
    #[schemars(extend("enum" = ["ko", "en", null]))]
    #[serde(default)]
    pub locale: Change<String>,
    /// The attributes that the contract declares: those named are changed, those that are `null` fall back to their default.
    #[serde(default)]
    pub attributes: Change<Map<String, Value>>,
    /// The ids of interests, in the member's order: at most 50.
    #[serde(default)]
    #[schemars(extend("maxItems" = MOST_INTERESTS))]
    pub interests: Change<Vec<String>>,
    /// The id of a profession.
    #[serde(default)]
    pub profession: Change<String>,
    /// Files that the member uploaded: they take the place of those of the same kinds, and other kinds stay.
    pub uploads: Option<Vec<UploadChange>>,
}

/// The changed account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.update", "Change the caller's profile", update)
        .caller(CallerRule::Required)
        .pending_caller()
        .fails(&[
            Code::Invalid,
            Code::UsernameTaken,
            Code::PhoneTaken,
            Code::NicknameTaken,
            Code::UploadTaken,
            Code::Forbidden,
            Code::TooSoon,
        ])
}

/// Change the caller's profile.
///
/// # Errors
/// Those of [`operation`].
pub async fn update(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let caller = call.caller()?;
    if input.id.is_some_and(|id| id != caller.account.id) {
        return Err(Code::Forbidden.on("id"));
    }
    let uuid = caller.account.uuid;
    let (wanted, faults) = read(&daemun, &call, input, uuid).await?;
    faults.finish()?;
    let work = Work::prepare(&daemun, &call, wanted, By::Member);
    let account = daemun.db.write_serializable(async move |tx| work.write(tx, uuid).await).await?;
    Ok(Output { account: relations::of(&daemun, &call, account).await? })
}

/// Who changes an account.
pub(super) enum By {
    /// Whose it is.
    Member,
    /// An operator: they may change what a member would have to prove.
    Operator(Box<Beyond>),
}

/// What only an operator changes.
pub(super) struct Beyond {
    /// The address, as it is kept.
    pub email: Option<Option<String>>,
    /// Whether the address is proven.
    pub email_verified: Option<bool>,
    /// Whether the number is proven.
    pub phone_number_verified: Option<bool>,
    /// Where the member belongs.
    pub organization: Option<Option<Organization>>,
}

/// What changes, each value in the form in which it is kept.
pub(super) struct Wanted {
    fields: Vec<(Field, Option<String>)>,
    attributes: Option<Map<String, Value>>,
    choices: Choices,
    uploads: Claims,
}

/// Reads what is to change of an account, with the faults in it.
pub(super) async fn read(
    daemun: &Daemun,
    call: &Call,
    input: Input,
    account: AccountUuid,
) -> Result<(Wanted, Faults), Failure> {
    let now = daemun.clock.now();
    let mut reading = Reading { app: &call.app, now, faults: call.faults.clone() };
    let mut fields = Vec::new();
    for (field, change) in input.profile() {
        match change {
            Change::Keep => {}
            Change::Clear => {
                if must_stay(&call.app, field) {
                    reading.faults.add(field.name(), Reason::Required);
                }
                fields.push((field, None));
            }
            Change::Set(typed) => {
                if let Some(text) = reading.field(field, typed) {
                    fields.push((field, Some(text)));
                }
            }
        }
    }
    let attributes = match &input.attributes {
        Change::Keep => None,
        Change::Clear => Some(call.app.attributes.keys().map(|name| (name.clone(), Value::Null)).collect()),
        Change::Set(typed) => Some(reading.attributes(typed)),
    };
    for (name, _) in attributes.iter().flatten().filter(|(_, value)| value.is_null()) {
        let name = format!("attributes.{name}");
        if call.app.policy.required.contains(&name) {
            reading.faults.add(name, Reason::Required);
        }
    }
    let must_stay = |field: &str| call.app.policy.required.iter().any(|required| required == field);
    for (field, clears) in
        [("interests", input.interests == Change::Clear), ("profession", input.profession == Change::Clear)]
    {
        if clears && must_stay(field) {
            reading.faults.add(field, Reason::Required);
        }
    }
    let mut choices = Choices {
        interests: input.interests.map(|set| set.unwrap_or_default()),
        profession: input.profession.map(|set| set),
    };
    choices.check(&mut daemun.reader(), call.app.id, Some(account), &mut reading.faults).await?;
    let uploads = input.uploads.unwrap_or_default();
    let uploads = Claims::of_update(&call.app, uploads, &mut reading.faults);
    let picture = uploads.picture(&call.app).map(str::to_owned);
    if picture.is_some() || uploads.clears_picture(&call.app) {
        fields.retain(|(field, _)| *field != Field::Picture);
        fields.push((Field::Picture, picture));
    }
    Ok((Wanted { fields, attributes, choices, uploads }, reading.faults))
}

/// What the app requires at sign-up, and what members sign in with, can be changed but not cleared.
fn must_stay(app: &App, field: Field) -> bool {
    is_needed(app, field.name())
}

/// As [`must_stay`], of a field by its name.
pub(super) fn is_needed(app: &App, name: &str) -> bool {
    app.policy.required.iter().any(|required| required == name)
        || app.policy.sign_in.iter().any(|with| with.field() == name)
}

impl Input {
    const fn profile(&self) -> [(Field, &Change<String>); 10] {
        [
            (Field::PreferredUsername, &self.preferred_username),
            (Field::PhoneNumber, &self.phone_number),
            (Field::Name, &self.name),
            (Field::GivenName, &self.given_name),
            (Field::FamilyName, &self.family_name),
            (Field::Nickname, &self.nickname),
            (Field::Birthdate, &self.birthdate),
            (Field::Gender, &self.gender),
            (Field::Picture, &self.picture),
            (Field::Locale, &self.locale),
        ]
    }
}

/// What the transaction needs.
pub(super) struct Work {
    app: Arc<App>,
    wanted: Wanted,
    by: By,
    now: Timestamp,
    daemun: Daemun,
    call: Call,
}

impl Work {
    pub(super) fn prepare(daemun: &Daemun, call: &Call, wanted: Wanted, by: By) -> Self {
        let (app, now) = (Arc::clone(&call.app), daemun.clock.now());
        Self { app, wanted, by, now, call: call.clone(), daemun: daemun.clone() }
    }

    /// Reads the account, changes it and writes it, as if nobody else did at the same time: of two updates of
    /// different fields both are kept.
    pub(super) async fn write(&self, tx: &mut Tx, uuid: AccountUuid) -> Result<Account, Failure> {
        let found = accounts::find_editable(tx, self.app.id, uuid).await?;
        let mut editable = found.ok_or_else(|| self.gone())?;
        let before = editable.account.clone();
        let mut changed = self.apply(&mut editable)?;
        if !self.wanted.choices.is_empty() {
            changed.extend(self.wanted.choices.write(tx, self.app.id, uuid).await?);
        }
        if self.wanted.uploads.replace(tx, self.app.id, uuid, self.now).await? {
            changed.push("uploads");
        }
        if let By::Operator(beyond) = &self.by {
            changed.extend(beyond.write(tx, &mut editable.account, &before).await?);
        }
        if changed.is_empty() {
            return Ok(complete(&self.app, before));
        }
        move_names(tx, &self.app, &before, &editable.account).await?;
        accounts::update_profile(tx, &editable).await?;
        let act = match self.by {
            By::Member => "account.update",
            By::Operator(_) => "account.edit",
        };
        let mut entry = audit::done(&self.daemun, &self.call, act, Some(uuid));
        entry.detail = Some(changed.join(" "));
        daemun_store::audit::insert(tx, &entry).await?;
        Ok(complete(&self.app, editable.account))
    }

    /// Changes the account and names the fields that are different now.
    fn apply(&self, editable: &mut Editable) -> Result<Vec<&'static str>, Failure> {
        let mut changed = Vec::new();
        for (field, value) in &self.wanted.fields {
            if field.of(&mut editable.account) == value {
                continue;
            }
            self.allow(*field, editable)?;
            field.of(&mut editable.account).clone_from(value);
            changed.push(field.name());
        }
        if let Some(attributes) = &self.wanted.attributes {
            let mut merged = editable.account.attributes.clone();
            merged.extend(attributes.clone());
            let merged = with_defaults(&self.app, merged);
            if merged != editable.account.attributes {
                editable.account.attributes = merged;
                changed.push("attributes");
            }
        }
        Ok(changed)
    }

    fn gone(&self) -> Failure {
        match self.by {
            By::Member => Code::Unauthenticated.into(),
            By::Operator(_) => Code::AccountNotFound.on("account"),
        }
    }

    /// What hangs on the change of one field.
    fn allow(&self, field: Field, editable: &mut Editable) -> Result<(), Failure> {
        let policy = &self.app.policy;
        let by_member = matches!(self.by, By::Member);
        match field {
            // Whoever holds the number could sign in from then on: it must be proven, not typed.
            Field::PhoneNumber if by_member && policy.sign_in.contains(&SignInWith::PhoneNumber) => {
                return Err(Code::Forbidden.on("phone_number"));
            }
            Field::PhoneNumber => editable.account.phone_number_verified = false,
            // The member may still change it as soon as before.
            Field::Nickname if !by_member => {}
            Field::Nickname => {
                let every = policy.nickname_change_every.unwrap_or(0);
                let last = editable.nickname_changed_at;
                // A change in the future was made while the clock was wrong, and must not lock anybody out.
                let past = |last: &Timestamp| *last <= self.now.plus_seconds(CLOCK_TOLERANCE);
                if last.filter(past).is_some_and(|last| self.now < last.plus_seconds(every)) {
                    return Err(Code::TooSoon.on("nickname"));
                }
                editable.nickname_changed_at = Some(self.now);
            }
            Field::PreferredUsername
            | Field::Name
            | Field::GivenName
            | Field::FamilyName
            | Field::Birthdate
            | Field::Gender
            | Field::Picture
            | Field::Locale => {}
        }
        Ok(())
    }
}

/// Frees the names that the account gives up and claims those that it takes.
async fn move_names(tx: &mut Tx, app: &App, before: &Account, after: &Account) -> Result<(), Failure> {
    let (old, new) = (unique_names(app, before), unique_names(app, after));
    for name in old.iter().filter(|name| !new.contains(name)) {
        identifiers::release(tx, app.id, name.kind, after.uuid).await?;
    }
    let claimed: Vec<_> = new.into_iter().filter(|name| !old.contains(name)).collect();
    claim_all(tx, app.id, &claimed, after.uuid).await
}
