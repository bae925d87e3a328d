//! `account.edit`: an operator changes an account.

use daemun_model::{Account, Code, Email, Failure, Faults, Permission, Reason};
use daemun_store::codes::{self, Place, Purpose};
use daemun_store::{Tx, one_time_tokens, organizations, proofs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::named;
use super::update::{self, Beyond, By, Work, is_needed};
use crate::call::Call;
use crate::change::Change;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::organization;
use crate::relations;

/// Whose account, and the fields that change: what is left out stays, `null` clears what may be empty.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// The e-mail address. A new one is not verified unless that is said.
    #[serde(default)]
    pub email: Change<String>,
    /// Whether the address is proven.
    pub email_verified: Option<bool>,
    /// The phone number, in local or international form. A new one is not verified unless that is said.
    #[serde(default)]
    pub phone_number: Change<String>,
    /// Whether the number is proven.
    pub phone_number_verified: Option<bool>,
    /// The user name: 1 to 150 characters.
    #[serde(default)]
    pub preferred_username: Change<String>,
    /// The full name: 1 to 150 characters.
    #[serde(default)]
    pub name: Change<String>,
    /// The given name: 1 to 150 characters.
    #[serde(default)]
    pub given_name: Change<String>,
    /// The family name: 1 to 150 characters.
    #[serde(default)]
    pub family_name: Change<String>,
    /// The nickname: 1 to 150 characters.
    #[serde(default)]
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
    pub interests: Change<Vec<String>>,
    /// The id of a profession.
    #[serde(default)]
    pub profession: Change<String>,
    /// The organisation that the member belongs to: its id.
    #[serde(default)]
    pub organization: Change<String>,
}

/// The changed account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.edit", "Change an account", edit).needs(Permission::AccountsWrite).fails(&[
        Code::Invalid,
        Code::AccountNotFound,
        Code::EmailTaken,
        Code::UsernameTaken,
        Code::PhoneTaken,
        Code::NicknameTaken,
    ])
}

/// Change an account. The audit names the fields, not what is in them. Where the address or the number changes, links and
/// codes that went to the old one stop working; open sessions stay.
///
/// # Errors
/// Those of [`operation`].
pub async fn edit(daemun: Daemun, call: Call, mut input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account.take()).await?;
    let organization = std::mem::take(&mut input.organization);
    let (email, email_verified) = (std::mem::take(&mut input.email), input.email_verified);
    let phone_number_verified = input.phone_number_verified;
    let (wanted, mut faults) = update::read(&daemun, &call, input.profile(), account.uuid).await?;
    let email = email.map(|typed| read_email(&call, typed, &mut faults));
    let organization = match organization.map(|typed| typed) {
        None => None,
        Some(None) => {
            if is_needed(&call.app, "organization") {
                faults.add("organization", Reason::Required);
            }
            Some(None)
        }
        Some(typed) => Some(organization::read(&daemun, &call.app, typed.as_deref(), &mut faults).await?),
    };
    faults.finish()?;
    let beyond = Beyond { email, email_verified, phone_number_verified, organization };
    let work = Work::prepare(&daemun, &call, wanted, By::Operator(Box::new(beyond)));
    let uuid = account.uuid;
    let account = daemun.db.write_serializable(async move |tx| work.write(tx, uuid).await).await?;
    Ok(Output { account: relations::of(&daemun, &call, account).await? })
}

fn read_email(call: &Call, typed: Option<String>, faults: &mut Faults) -> Option<String> {
    let Some(typed) = typed else {
        if is_needed(&call.app, "email") {
            faults.add("email", Reason::Required);
        }
        return None;
    };
    let read = Email::parse(&typed).map_err(|_| match typed.trim() {
        "" => Reason::Blank,
        _ => Reason::Malformed,
    });
    faults.take("email", read).map(|email| email.address().to_owned())
}

impl Input {
    /// What a member could change as well.
    fn profile(self) -> update::Input {
        update::Input {
            id: None,
            preferred_username: self.preferred_username,
            phone_number: self.phone_number,
            name: self.name,
            given_name: self.given_name,
            family_name: self.family_name,
            nickname: self.nickname,
            birthdate: self.birthdate,
            gender: self.gender,
            picture: self.picture,
            locale: self.locale,
            attributes: self.attributes,
            interests: self.interests,
            profession: self.profession,
            uploads: None,
        }
    }
}

impl Beyond {
    /// Changes what only an operator changes, and names it.
    pub(super) async fn write(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        before: &Account,
    ) -> Result<Vec<&'static str>, Failure> {
        let mut changed = Vec::new();
        if let Some(email) = &self.email
            && *email != account.email
        {
            account.email.clone_from(email);
            account.email_verified = false;
            changed.push("email");
        }
        let proven = |is: Option<&String>, says: Option<bool>, was: bool| is.is_some() && says.unwrap_or(was);
        account.email_verified = proven(account.email.as_ref(), self.email_verified, account.email_verified);
        account.phone_number_verified =
            proven(account.phone_number.as_ref(), self.phone_number_verified, account.phone_number_verified);
        if account.email_verified != before.email_verified {
            changed.push("email_verified");
        }
        if account.phone_number_verified != before.phone_number_verified {
            changed.push("phone_number_verified");
        }
        if (&account.email, &account.phone_number) != (&before.email, &before.phone_number) {
            forget_ways_in(tx, before).await?;
        }
        if let Some(organization) = &self.organization {
            let (app, uuid) = (account.app, account.uuid);
            let old = organizations::find_of_account(tx, app, uuid).await?.map(|old| old.id);
            if old.as_ref() != organization.as_ref().map(|new| &new.id) {
                match organization {
                    Some(new) => organizations::join(tx, app, uuid, &new.id).await?,
                    None => organizations::leave(tx, app, uuid).await?,
                }
                changed.push("organization");
            }
        }
        Ok(changed)
    }
}

/// Links and codes that went to an address or number which the account gives up: whoever reads them there is not its
/// member any more.
async fn forget_ways_in(tx: &mut Tx, before: &Account) -> Result<(), Failure> {
    let app = before.app;
    one_time_tokens::delete_all(tx, app, before.uuid).await?;
    let email = before.email.as_deref().and_then(|address| Email::parse(address).ok());
    let by_mail = email.iter().flat_map(|email| {
        [Purpose::ResetPassword, Purpose::ProveEmail, Purpose::SignIn].map(|purpose| Place {
            app,
            purpose,
            target: email.key().to_owned(),
        })
    });
    let by_phone = before.phone_number.iter().map(|number| Place {
        app,
        purpose: Purpose::SignIn,
        target: number.clone(),
    });
    for place in by_mail.chain(by_phone) {
        codes::delete(tx, &place).await?;
        proofs::delete(tx, &place).await?;
    }
    Ok(())
}
