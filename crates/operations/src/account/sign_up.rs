//! `account.sign_up`: a new account.

use std::collections::BTreeMap;

use daemun_crypto::Password;
use daemun_crypto::password_rules::{FEWEST, MOST};
use daemun_model::app::{Approval, Identifier as SignInWith, VerifyEmail};
use daemun_model::{
    Account, AccountUuid, App, Code, Email, Failure, Organization, PhoneNumber, Reason, Status, Timestamp,
    Tokens,
};
use daemun_store::audit::Entry;
use daemun_store::identifiers::{Identifier, Kind};
use daemun_store::proofs::{self, Proven};
use daemun_store::sessions::{self, NewSession};
use daemun_store::{Tx, accounts, organizations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::audit;
use crate::call::Call;
use crate::catalog::choices::{Choices, MOST_INTERESTS};
use crate::daemun::Daemun;
use crate::email::{Verification, proof};
use crate::limits::{KnownAddress, PerAddress};
use crate::names::{claim_all, identity_names, note_taken, unique_names};
use crate::operation::Operation;
use crate::organization;
use crate::relations;
use crate::rules::{Field, LONGEST_NAME, LONGEST_PICTURE, Reading, with_defaults};
use crate::session::open::{self, Opening};
use crate::upload::UploadInput;
use crate::upload::claim::Claims;

const ACT: &str = "account.sign_up";

/// A new member.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address.
    #[schemars(extend("maxLength" = Email::LONGEST))]
    pub email: Option<String>,
    /// The user name.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub preferred_username: Option<String>,
    /// The phone number, in local or international form.
    pub phone_number: Option<String>,
    /// The password.
    #[schemars(extend("minLength" = FEWEST, "maxLength" = MOST))]
    pub password: Option<String>,
    /// The password once more.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password_again: Option<String>,
    /// The full name.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub name: Option<String>,
    /// The given name.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub given_name: Option<String>,
    /// The family name.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub family_name: Option<String>,
    /// The nickname.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub nickname: Option<String>,
    /// The day of birth, `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// `male`, `female` or `other`.
    #[schemars(extend("enum" = ["male", "female", "other", null]))]
    pub gender: Option<String>,
    /// The path or URL of a picture.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_PICTURE))]
    pub picture: Option<String>,
    /// The language of messages to the member: `ko` or `en`.
    #[schemars(extend("enum" = ["ko", "en", null]))]
    pub locale: Option<String>,
    /// The attributes that the contract declares.
    pub attributes: Option<Map<String, Value>>,
    /// The organisation that the member belongs to: its id.
    pub organization: Option<String>,
    /// The ids of interests, in the member's order.
    #[schemars(extend("maxItems" = MOST_INTERESTS))]
    pub interests: Option<Vec<String>>,
    /// The id of a profession.
    pub profession: Option<String>,
    /// What tells who the member is, by kind: the keys of an identity check. Each is one account's alone, is kept as
    /// a keyed digest and is never given out. At most 500 characters.
    pub identity_keys: Option<BTreeMap<String, Option<String>>>,
    /// The files that the member uploaded.
    pub uploads: Option<Vec<UploadInput>>,
    /// Whether the member is signed in at once.
    pub open_session: Option<bool>,
}

/// The new account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The tokens of the session, when one was asked for and the account may have one.
    pub tokens: Option<Tokens>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.sign_up", "Open an account", sign_up).fails(&[
        Code::Invalid,
        Code::EmailTaken,
        Code::UsernameTaken,
        Code::PhoneTaken,
        Code::NicknameTaken,
        Code::IdentityTaken,
        Code::UploadTaken,
        Code::EmailNotProven,
        Code::NotFound,
    ])
}

/// Open an account.
///
/// # Errors
/// Those of [`operation`]. Taken names stand among the other faults; a single one that is the only fault has its
/// own code.
pub async fn sign_up(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let open_session = input.open_session.unwrap_or(false);
    let limit = PerAddress::sign_ups(&daemun, &call);
    limit.ask(&mut daemun.reader()).await?;
    let mut new = read(&daemun, &call, input).await?;
    new.password_hash = match new.password.take() {
        Some(password) => Some(daemun.hasher.hash(password).await?),
        None => None,
    };
    let opening = match open_session && may_open_session(&call.app, &new.account) {
        true => Some(open::prepare(&daemun, &call, new.account.uuid).await?),
        false => None,
    };
    let work = Work::prepare(&daemun, &call, new, opening.clone());
    let counted = limit.clone();
    let write = async move |tx: &mut Tx| {
        counted.count(tx).await?;
        work.write(tx).await
    };
    let account = match daemun.db.write(write).await {
        Ok(account) => account,
        // Somebody was faster with a name, or the proof was used up: nothing of it was kept.
        Err(failure) => return Err(limit.refused(&daemun, &call, ACT, failure).await),
    };
    daemun.bell.notify_one();
    let tokens = match opening {
        Some(opening) => Some(open::tokens(&daemun, &call, &account, opening).await?),
        None => None,
    };
    Ok(Output { account: relations::of(&daemun, &call, account).await?, tokens })
}

/// A member who does not exist yet, as the input describes them.
struct New {
    account: Account,
    password: Option<Password>,
    password_hash: Option<String>,
    /// The names that nobody else may have.
    names: Vec<Identifier>,
    choices: Choices,
    uploads: Claims,
    organization: Option<Organization>,
}

/// Reads the input into an account that does not exist yet. Taken names are looked up here, so that a form shows
/// all its faults at once and nothing is hashed in vain; who wins a race is decided when they are claimed.
async fn read(daemun: &Daemun, call: &Call, input: Input) -> Result<New, Failure> {
    let now = daemun.clock.now();
    let mut reading = Reading { app: &call.app, now, faults: call.faults.clone() };
    require(&mut reading, &input);
    let mut account = blank(call, AccountUuid(daemun.random.uuid_v7(now)), now);
    for (field, typed) in input.profile() {
        *field.of(&mut account) = typed.and_then(|typed| reading.field(field, typed));
    }
    let email = input.email.as_deref().and_then(|typed| reading.email(typed));
    account.email = email.map(|email| email.address().to_owned());
    let named = reading.attributes(&input.attributes.unwrap_or_default());
    account.attributes = with_defaults(&call.app, named);
    let (password, again) = (input.password.as_deref(), input.password_again.as_deref());
    let password = reading.new_password(password, again, Some(&account));

    if input.password.is_none() {
        require_reach(daemun, &mut reading, &account);
    }
    let typed = input.organization.as_deref();
    let organization = organization::read(daemun, &call.app, typed, &mut reading.faults).await?;
    let typed = input.uploads.as_deref().unwrap_or_default();
    let uploads = Claims::of_sign_up(&call.app, typed, &mut reading.faults);
    uploads.set_picture(&call.app, &mut account);
    let mut names = unique_names(&call.app, &account);
    names.extend(identity_names(daemun, call.app.id, &input.identity_keys.unwrap_or_default(), &mut reading));
    let mut choices = Choices { interests: input.interests, profession: input.profession.map(Some) };
    choices.check(&mut daemun.reader(), call.app.id, None, &mut reading.faults).await?;
    let proven = proof::holds(daemun, call, account.email.as_deref(), organization.as_ref()).await?;
    // Whose address it is `email.request_code` tells as well.
    let open = |name: &&Identifier| proven || name.kind == Kind::Email;
    let told: Vec<_> = names.iter().filter(open).cloned().collect();
    note_taken(&mut daemun.reader(), call.app.id, &told, &mut reading.faults).await?;
    if proven {
        uploads.note_taken(&mut daemun.reader(), &account, &mut reading.faults).await?;
    }
    let taken = reading.faults.iter().any(|fault| fault.reason == Reason::Taken);
    match reading.faults.finish() {
        Ok(()) if proven => {
            Ok(New { account, password, password_hash: None, names, choices, uploads, organization })
        }
        Ok(()) => {
            let failure = Code::EmailNotProven.on("email");
            Err(PerAddress::sign_ups(daemun, call).refused(daemun, call, ACT, failure).await)
        }
        Err(failure) if taken => {
            Err(PerAddress::sign_ups(daemun, call).refused(daemun, call, ACT, failure).await)
        }
        Err(failure) => Err(failure),
    }
}

/// Notes what is missing: what the app's policy requires, and one name to sign in with.
fn require(reading: &mut Reading<'_>, input: &Input) {
    let policy = &reading.app.policy;
    for field in &policy.required {
        if !input.has(field) {
            reading.faults.add(field.clone(), Reason::Required);
        }
    }
    if policy.verify_email == VerifyEmail::Proven && !input.has("email") {
        reading.faults.add("email", Reason::Required);
    }
    if let Some(first) = policy.sign_in.first()
        && !policy.sign_in.iter().any(|with| input.has(with.field()))
    {
        reading.faults.add(first.field(), Reason::Required);
    }
}

/// Who has no password signs in with codes: where that is a phone number, text messages must get there.
fn require_reach(daemun: &Daemun, reading: &mut Reading<'_>, account: &Account) {
    let policy = &reading.app.policy;
    if !policy.sign_in.contains(&SignInWith::PhoneNumber) {
        return;
    }
    let number = account.phone_number.as_deref();
    let number = number.and_then(|number| PhoneNumber::parse(number, &policy.phone_region).ok());
    if number.is_some_and(|number| !number.takes_sms(&daemun.settings.limits.sms_regions)) {
        reading.faults.add("phone_number", Reason::Malformed);
    }
}

impl Input {
    fn profile(&self) -> [(Field, Option<&str>); 10] {
        [
            (Field::PreferredUsername, self.preferred_username.as_deref()),
            (Field::PhoneNumber, self.phone_number.as_deref()),
            (Field::Name, self.name.as_deref()),
            (Field::GivenName, self.given_name.as_deref()),
            (Field::FamilyName, self.family_name.as_deref()),
            (Field::Nickname, self.nickname.as_deref()),
            (Field::Birthdate, self.birthdate.as_deref()),
            (Field::Gender, self.gender.as_deref()),
            (Field::Picture, self.picture.as_deref()),
            (Field::Locale, self.locale.as_deref()),
        ]
    }

    fn has(&self, field: &str) -> bool {
        if let Some(name) = field.strip_prefix("attributes.") {
            return self.attributes.as_ref().and_then(|all| all.get(name)).is_some_and(|v| !v.is_null());
        }
        if let Some(kind) = field.strip_prefix("identity_keys.") {
            return self.identity_keys.as_ref().and_then(|all| all.get(kind)).is_some_and(Option::is_some);
        }
        match field {
            "email" => self.email.is_some(),
            "password" => self.password.is_some(),
            "password_again" => self.password_again.is_some(),
            "attributes" => self.attributes.is_some(),
            "organization" => self.organization.is_some(),
            "interests" => self.interests.is_some(),
            "profession" => self.profession.is_some(),
            "identity_keys" => self.identity_keys.is_some(),
            "uploads" => self.uploads.as_ref().is_some_and(|uploads| !uploads.is_empty()),
            "open_session" => self.open_session.is_some(),
            _ => self.profile().iter().any(|(other, typed)| other.name() == field && typed.is_some()),
        }
    }
}

/// An account of which nothing is known yet.
pub(super) fn blank(call: &Call, uuid: AccountUuid, now: Timestamp) -> Account {
    let status = match call.app.policy.approval {
        Approval::None => Status::Approved,
        Approval::Required => Status::Pending,
    };
    Account::blank(call.app.id, uuid, status, now)
}

/// Where an address must be verified before the first sign-in, the sign-up opens no session either.
fn may_open_session(app: &App, account: &Account) -> bool {
    app.policy.verify_email != VerifyEmail::Required || account.email_verified
}

/// Everything that the transaction writes.
struct Work {
    account: Account,
    password_hash: Option<String>,
    names: Vec<Identifier>,
    choices: Choices,
    uploads: Claims,
    proof: Option<Proven>,
    organization: Option<Organization>,
    session: Option<(NewSession, KnownAddress)>,
    verification: Option<Verification>,
    entry: Entry,
}

impl Work {
    fn prepare(daemun: &Daemun, call: &Call, new: New, opening: Option<Opening>) -> Self {
        let New { mut account, password: _, password_hash, names, choices, uploads, organization } = new;
        let policy = &call.app.policy;
        let proof = (policy.verify_email == VerifyEmail::Proven)
            .then(|| proof::of_sign_up(call, account.email.as_deref()?, organization.as_ref()))
            .flatten();
        account.email_verified = proof.is_some();
        account.last_sign_in_at = opening.as_ref().map(|_| account.created_at);
        let verification = match policy.verify_email {
            VerifyEmail::Sent | VerifyEmail::Required => Verification::of(daemun, call, &account),
            VerifyEmail::None | VerifyEmail::Proven => None,
        };
        Self {
            names,
            choices,
            entry: audit::done(daemun, call, ACT, Some(account.uuid)),
            session: opening.map(|opening| (opening.row, KnownAddress::of(daemun, call, account.uuid))),
            account,
            password_hash,
            uploads,
            proof,
            organization,
            verification,
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<Account, Failure> {
        let app = self.account.app;
        claim_all(tx, app, &self.names, self.account.uuid).await?;
        self.uploads.claim(tx, app, self.account.uuid, self.account.created_at).await?;
        if let Some(proof) = &self.proof
            && !proofs::spend(tx, proof, self.account.created_at).await?
        {
            return Err(Code::EmailNotProven.on("email"));
        }
        let id = accounts::insert(tx, &self.account, self.password_hash.as_deref()).await?;
        if let Some(organization) = &self.organization {
            organizations::join(tx, app, self.account.uuid, &organization.id).await?;
        }
        self.choices.write(tx, app, self.account.uuid).await?;
        if let Some((session, address)) = &self.session {
            sessions::insert(tx, session).await?;
            address.write(tx).await?;
        }
        if let Some(verification) = &self.verification {
            verification.write(tx).await?;
        }
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(Account { id, ..self.account.clone() })
    }
}
