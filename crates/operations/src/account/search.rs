//! `account.search`: the members of an app, a page at a time.

use daemun_model::{Card, Code, Day, Email, Failure, Faults, Page, Period, Reason, Status};
use daemun_store::identifiers::Identifier;
use daemun_store::ranking::{self, Scored, Window};
use daemun_store::search::{self, Hits, Order, Part};
use daemun_store::{accounts, directory};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::account::cards;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};
use crate::page;

/// The longest keyword, in code points: longer than any name.
const LONGEST_KEYWORD: usize = 200;
/// The accounts of a page where nobody says.
const PAGE_SIZE: i64 = 20;

/// By what a list is sorted. Where two are equal, the account that came first is first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    /// By points in the period, the most first; then those who have none.
    #[default]
    Point,
    /// By name.
    Name,
    /// By when they signed up, the first one first.
    DateJoined,
}

/// Which accounts, and in which order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// A part of a name, or a whole e-mail address: up to 200 characters. Letter case, width and white space make no
    /// difference. Left out or blank, it means everybody.
    #[schemars(extend("maxLength" = LONGEST_KEYWORD))]
    pub keyword: Option<String>,
    /// `point` (where it is left out), `name` or `date_joined`.
    #[schemars(extend("enum" = ["point", "name", "date_joined", null]))]
    pub order_by: Option<String>,
    /// The period in which points count: `day`, `week`, `month`, `year` or `all` (where it is left out), in the time zone of
    /// the app.
    #[schemars(extend("enum" = ["day", "week", "month", "year", "all", null]))]
    pub period: Option<String>,
    /// The page, from 1.
    pub page: Option<i64>,
    /// The accounts of a page: 1 to 100, 20 where it is left out.
    pub size: Option<i64>,
}

/// A page of approved accounts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The accounts: what the caller may see of each, with its points in the period.
    pub accounts: Vec<Card>,
    /// Which page it is, and how many accounts there are; where a keyword finds more than 10,000, they are not counted.
    pub page: Page,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.search", "List and find accounts", search)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid])
}

/// List and find accounts.
///
/// # Errors
/// Those of [`operation`].
pub async fn search(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (wanted, page) = read(&daemun, &call, input)?;
    let hits = wanted.find(&daemun, page).await?;
    let mut reader = daemun.reader();
    let scored = ranking::accounts(&mut reader, call.app.id, wanted.period, &hits.accounts).await?;
    let with_points = |Scored { mut account, points }: Scored| {
        account.points = Some(points);
        account
    };
    let accounts = cards::of_all(&daemun, &call, scored.into_iter().map(with_points).collect()).await?;
    Ok(Output { accounts, page: Page { total: hits.total, ..page } })
}

/// What is looked for.
struct Wanted {
    app: daemun_model::AppId,
    whom: Whom,
    order_by: OrderBy,
    /// The number of the period.
    period: i64,
}

enum Whom {
    Everybody,
    Email(Email),
    Named(Part),
}

fn read(daemun: &Daemun, call: &Call, input: Input) -> Result<(Wanted, Page), Failure> {
    let mut faults = call.faults.clone();
    let page = page::read(&mut faults, input.page, input.size, PAGE_SIZE);
    let whom = read_keyword(&mut faults, input.keyword.as_deref().unwrap_or_default());
    let period: Period = choice(&mut faults, "period", input.period);
    let order_by: OrderBy = choice(&mut faults, "order_by", input.order_by);
    faults.finish()?;
    let today = Day::of(daemun.clock.now(), call.app.timezone);
    let period = period.number(today);
    Ok((Wanted { app: call.app.id, whom, order_by, period }, page))
}

/// One of the words of a list; the first of them where nothing is said.
fn choice<T: DeserializeOwned + Default>(faults: &mut Faults, field: &str, typed: Option<String>) -> T {
    let Some(typed) = typed else { return T::default() };
    let read = serde_json::from_value(serde_json::Value::String(typed)).map_err(|_| Reason::NotAChoice);
    faults.take(field, read).unwrap_or_default()
}

fn read_keyword(faults: &mut Faults, typed: &str) -> Whom {
    if typed.chars().take(LONGEST_KEYWORD + 1).count() > LONGEST_KEYWORD {
        faults.add("keyword", Reason::TooLong { max: LONGEST_KEYWORD });
        return Whom::Everybody;
    }
    match (Email::parse(typed.trim()), Part::parse(typed)) {
        (Ok(email), _) => Whom::Email(email),
        (Err(_), Some(part)) => Whom::Named(part),
        (Err(_), None) => Whom::Everybody,
    }
}

impl Wanted {
    async fn find(&self, daemun: &Daemun, page: Page) -> Result<Hits, Failure> {
        let mut reader = daemun.reader();
        let window = Window { offset: page.offset(), limit: page.size };
        if let Whom::Email(email) = &self.whom {
            let name = Identifier::email(email);
            let found = accounts::find_by_identifier(&mut reader, self.app, &name).await?;
            let member = found.map(|found| found.account).filter(|a| a.status == Status::Approved);
            let total = i64::from(member.is_some());
            let accounts = member.filter(|_| window.offset == 0).map(|account| account.id);
            return Ok(Hits { accounts: accounts.into_iter().collect(), total: Some(total) });
        }
        let members = directory::count(&mut reader, self.app, Status::Approved).await?;
        if let Whom::Named(part) = &self.whom {
            let order = match self.order_by {
                OrderBy::Point => Order::Points(self.period),
                OrderBy::Name => Order::Name,
                OrderBy::DateJoined => Order::Date,
            };
            return Ok(search::find(&mut reader, self.app, part, order, (window, members)).await?);
        }
        let accounts = match self.order_by {
            _ if window.offset >= members => Vec::new(),
            OrderBy::Point => ranking::by_points(&mut reader, self.app, self.period, window).await?,
            OrderBy::Name => ranking::by_name(&mut reader, self.app, window).await?,
            OrderBy::DateJoined => ranking::by_date(&mut reader, self.app, window).await?,
        };
        Ok(Hits { accounts, total: Some(members) })
    }
}
