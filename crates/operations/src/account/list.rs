//! `account.list`: accounts for operators, page by page.

use daemun_model::{
    Account, AccountUuid, App, Code, Email, Failure, Faults, Permission, PhoneNumber, ProductKey, Reason,
    Status, Timestamp,
};
use daemun_store::identifiers::Identifier;
use daemun_store::roster::{self, Filter};
use daemun_store::search::Part;
use daemun_store::{Reader, accounts, directory, organizations, product_keys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cursor::{CursorPage, MOST, Paging};
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::rules::complete;

/// The most code points of what is searched for: longer than any name.
const LONGEST_SEARCH: usize = 200;
/// The most accounts of one phone number that are found by it.
const MOST_SHARE: i64 = 20;
/// Comes after every uuid.
const AFTER_EVERY_UUID: &str = "g";

/// Which accounts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Only those of this status.
    #[schemars(extend("enum" = ["pending", "approved", "rejected", "suspended", null]))]
    pub status: Option<String>,
    /// Only those that have this in a name, or are called so: a part of a name, or a whole number, uuid (either form),
    /// e-mail address, phone number, user name, nickname or product key. Up to 200 characters. Who is called so comes first.
    #[schemars(extend("maxLength" = LONGEST_SEARCH))]
    pub search: Option<String>,
    /// Only those that belong to the organisation of this id.
    pub organization: Option<String>,
    /// Only those that were opened from this moment on.
    pub created_since: Option<Timestamp>,
    /// Only those that were opened before this moment.
    pub created_until: Option<Timestamp>,
    /// Only the one with this e-mail address.
    pub email: Option<String>,
    /// Only those with this phone number, in local or international form: the 20 latest, where members may share one.
    pub phone_number: Option<String>,
    /// Only the one with this user name, where user names are unique.
    pub preferred_username: Option<String>,
    /// Only the one with this nickname, where nicknames are unique.
    pub nickname: Option<String>,
    /// Where the page before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most accounts: 1 to 100, 50 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = MOST))]
    pub limit: Option<i64>,
}

/// One page of accounts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The accounts, the latest first.
    pub accounts: Vec<Account>,
    /// How many there are on all pages; null where more than a status is asked for.
    pub total: Option<i64>,
    /// How the listing goes on.
    pub page: CursorPage,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.list", "List accounts", list)
        .needs(Permission::AccountsRead)
        .fails(&[Code::Invalid])
}

/// List accounts, the latest first. Without a `search` each page is read by an index, however many accounts there are.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (accounts, page) = page(&daemun, &call, &input, ("account.list", MOST)).await?;
    let wanted = read(&call, &input, &mut Faults::default());
    Ok(Output { accounts, total: wanted.total(&daemun, &call).await?, page })
}

/// The accounts of these numbers, for who shows a table in which numbers stand: those that there are, in this order.
///
/// # Errors
/// When the database does not answer.
pub async fn numbered(daemun: &Daemun, app: &App, numbers: &[i64]) -> Result<Vec<Account>, Failure> {
    let found = roster::accounts(&mut daemun.reader(), app.id, numbers).await?;
    Ok(found.into_iter().map(|account| complete(app, account)).collect())
}

/// A page of at most so many accounts, for a listing of this name.
pub(super) async fn page(
    daemun: &Daemun,
    call: &Call,
    input: &Input,
    (listing, most): (&str, i64),
) -> Result<(Vec<Account>, CursorPage), Failure> {
    let mut faults = call.faults.clone();
    let wanted = read(call, input, &mut faults);
    let bound = wanted.bound_to();
    let asked = ((listing, bound.as_str()), (input.cursor.as_deref(), input.limit));
    let paging = Paging::read_up_to(most, daemun, call, asked, &mut faults);
    faults.finish()?;

    let mut places = wanted.find(daemun, call, &paging).await?;
    let page = paging.cut(daemun, &mut places, |(place, _)| place.clone());
    let numbers: Vec<i64> = places.into_iter().map(|(_, number)| number).collect();
    let found = roster::accounts(&mut daemun.reader(), call.app.id, &numbers).await?;
    Ok((found.into_iter().map(|account| complete(&call.app, account)).collect(), page))
}

/// What is looked for.
#[derive(Debug)]
struct Wanted {
    filter: Filter,
    /// Names that the one account has.
    names: Vec<Identifier>,
    /// The phone number that accounts have.
    phone_number: Option<PhoneNumber>,
    /// What somebody typed to find an account.
    search: Option<String>,
}

/// Where an account stands in the list, and its number.
type Placed = (String, i64);

fn read(call: &Call, input: &Input, faults: &mut Faults) -> Wanted {
    let status = input.status.as_deref().and_then(|typed| {
        let known = Status::from_name(typed).ok_or(Reason::NotAChoice);
        faults.take("status", known)
    });
    if let (Some(since), Some(until)) = (input.created_since, input.created_until)
        && until <= since
    {
        faults.add("created_until", Reason::OutOfRange);
    }
    let search = input.search.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    if search.is_some_and(|typed| typed.chars().count() > LONGEST_SEARCH) {
        faults.add("search", Reason::TooLong { max: LONGEST_SEARCH });
    }
    let organization = input.organization.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    Wanted {
        filter: Filter {
            status,
            since: input.created_since,
            until: input.created_until,
            organization: organization.map(str::to_owned),
        },
        names: names(input, faults),
        phone_number: input.phone_number.as_deref().and_then(|typed| {
            let number = PhoneNumber::parse(typed, &call.app.policy.phone_region);
            faults.take("phone_number", number.map_err(|_| Reason::Malformed))
        }),
        search: search.map(str::to_owned),
    }
}

/// The names that are looked for, in the form in which they are kept.
fn names(input: &Input, faults: &mut Faults) -> Vec<Identifier> {
    let mut names = Vec::new();
    if let Some(typed) = &input.email {
        let email = Email::parse(typed).map_err(|_| Reason::Malformed);
        names.extend(faults.take("email", email).map(|email| Identifier::email(&email)));
    }
    names.extend(input.preferred_username.as_deref().map(|name| Identifier::preferred_username(name.trim())));
    names.extend(input.nickname.as_deref().map(|name| Identifier::nickname(name.trim())));
    names
}

impl Wanted {
    /// What a cursor is bound to. A list by status alone has the status.
    fn bound_to(&self) -> String {
        let status = self.filter.status.map_or("", Status::as_str);
        let Filter { since, until, organization, .. } = &self.filter;
        if since.is_none() && until.is_none() && organization.is_none() && self.search.is_none() {
            return status.to_owned();
        }
        format!("{status} {since:?} {until:?} {organization:?} {:?}", self.search)
    }

    async fn find(&self, daemun: &Daemun, call: &Call, paging: &Paging) -> Result<Vec<Placed>, Failure> {
        let (reader, app) = (&mut daemun.reader(), call.app.id);
        let after = paging.after.as_deref();
        let number = || after.and_then(|place| place.parse().ok()).unwrap_or(i64::MAX);
        if !self.names.is_empty() || self.phone_number.is_some() {
            return self.named(reader, call, number()).await;
        }
        if let Some(typed) = &self.search {
            return self.searched(reader, call, typed, (after, paging.wanted())).await;
        }
        if self.filter.organization.is_some() {
            let place = (after.unwrap_or(AFTER_EVERY_UUID), paging.wanted());
            return Ok(roster::by_organization(reader, app, &self.filter, place).await?);
        }
        if self.filter.since.is_some() || self.filter.until.is_some() {
            let latest = (self.filter.until.unwrap_or(Timestamp(i64::MAX)), i64::MIN);
            let (moment, number) = after.and_then(read_moment).unwrap_or(latest);
            let place = (moment, number, paging.wanted());
            let found = roster::by_date(reader, app, &self.filter, place).await?;
            return Ok(found
                .into_iter()
                .map(|(at, number)| (format!("{} {number}", at.0), number))
                .collect());
        }
        let place = (number(), paging.wanted());
        let found = accounts::list(reader, app, self.filter.status, place).await?;
        Ok(found.into_iter().map(|account| at_number(account.id)).collect())
    }

    /// The accounts that have every one of the names, if the filter lets them through: one, or several that share a phone
    /// number.
    async fn named(&self, reader: &mut Reader, call: &Call, before: i64) -> Result<Vec<Placed>, Failure> {
        let app = call.app.id;
        let mut found: Option<Vec<Account>> = None;
        if let Some(number) = &self.phone_number {
            found = Some(accounts::find_by_phone_number(reader, app, number.e164(), MOST_SHARE).await?);
        }
        for name in &self.names {
            let one = accounts::find_by_identifier(reader, app, name).await?.map(|one| one.account);
            let is_it = |other: &Account| one.as_ref().is_some_and(|one| one.uuid == other.uuid);
            found = match found {
                None => Some(one.into_iter().collect()),
                Some(others) => Some(others.into_iter().filter(|other| is_it(other)).collect()),
            };
        }
        let mut placed = Vec::new();
        for account in found.unwrap_or_default() {
            if account.id < before && self.passes(reader, &account).await? {
                placed.push(at_number(account.id));
            }
        }
        Ok(placed)
    }

    /// Who is called what was typed, and after them, over all pages, who has it in a name.
    async fn searched(
        &self,
        reader: &mut Reader,
        call: &Call,
        typed: &str,
        (after, limit): (Option<&str>, i64),
    ) -> Result<Vec<Placed>, Failure> {
        let mut first: Vec<i64> = Vec::new();
        for account in called(reader, call, typed).await? {
            if !first.contains(&account.id) && self.passes(reader, &account).await? {
                first.push(account.id);
            }
        }
        let before = after.and_then(|place| place.parse().ok());
        // The places before all others: a page may end among them.
        let places = first.iter().enumerate().map(|(place, number)| (format!("first {place}"), *number));
        let mut placed: Vec<Placed> = match (before, after) {
            (Some(_), _) => Vec::new(),
            (None, None) => places.collect(),
            (None, Some(last)) => places.skip_while(|(place, _)| place != last).skip(1).collect(),
        };
        let before = before.unwrap_or(i64::MAX);
        if let Some(part) = Part::parse(typed) {
            let more = limit.saturating_add(i64::try_from(first.len()).unwrap_or(0));
            let found = roster::by_name(reader, call.app.id, (&part, &self.filter), (before, more)).await?;
            placed.extend(found.into_iter().filter(|number| !first.contains(number)).map(at_number));
        }
        Ok(placed)
    }

    async fn passes(&self, reader: &mut Reader, account: &Account) -> Result<bool, Failure> {
        let Filter { status, since, until, organization } = &self.filter;
        let passes = status.is_none_or(|status| account.status == status)
            && since.is_none_or(|since| account.created_at >= since)
            && until.is_none_or(|until| account.created_at < until);
        match organization {
            Some(id) if passes => {
                let own = organizations::find_of_account(reader, account.app, account.uuid).await?;
                Ok(own.is_some_and(|own| own.id == *id))
            }
            Some(_) | None => Ok(passes),
        }
    }

    /// Kept, not counted.
    async fn total(&self, daemun: &Daemun, call: &Call) -> Result<Option<i64>, Failure> {
        let Filter { status, since, until, organization } = &self.filter;
        let narrowed = since.is_some() || until.is_some() || organization.is_some();
        let named = !self.names.is_empty() || self.phone_number.is_some();
        if narrowed || named || self.search.is_some() {
            return Ok(None);
        }
        let mut total = 0;
        for one in Status::ALL.into_iter().filter(|one| status.is_none_or(|status| status == *one)) {
            total += directory::count(&mut daemun.reader(), call.app.id, one).await?;
        }
        Ok(Some(total))
    }
}

fn at_number(number: i64) -> Placed {
    (number.to_string(), number)
}

fn read_moment(place: &str) -> Option<(Timestamp, i64)> {
    let (moment, number) = place.split_once(' ')?;
    Some((Timestamp(moment.parse().ok()?), number.parse().ok()?))
}

/// The accounts that are called exactly what was typed, whatever kind of name it is.
async fn called(reader: &mut Reader, call: &Call, typed: &str) -> Result<Vec<Account>, Failure> {
    let app = call.app.id;
    let mut found = Vec::new();
    if let Ok(number) = typed.parse() {
        found.extend(accounts::find_by_number(reader, app, number).await?);
    }
    if let Some(uuid) = AccountUuid::parse(typed) {
        found.extend(accounts::find_by_uuid(reader, app, uuid).await?);
    }
    let names = [
        Email::parse(typed).ok().map(|email| Identifier::email(&email)),
        Some(Identifier::preferred_username(typed)),
        Some(Identifier::nickname(typed)),
    ];
    for name in names.iter().flatten() {
        found.extend(accounts::find_by_identifier(reader, app, name).await?.map(|found| found.account));
    }
    if let Ok(number) = PhoneNumber::parse(typed, &call.app.policy.phone_region) {
        found.extend(accounts::find_by_phone_number(reader, app, number.e164(), MOST_SHARE).await?);
    }
    if let Some(key) = ProductKey::parse(typed)
        && let Some(Some(owner)) = product_keys::find_owner(reader, app, &key).await?
    {
        found.extend(accounts::find_by_uuid(reader, app, owner).await?);
    }
    Ok(found)
}
