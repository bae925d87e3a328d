//! The members of an app: finding them, seeing what happened to one, and helping or stopping them.

mod acts;
mod show;

use daemun_model::{Account, Code, Failure, Permission, Status};
use daemun_operations::account::list;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::page::Page;
use super::visit::Visit;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, [account]) => show::show(visit, account).await,
        (false, [account, "files", place]) => show::file(visit, account, place).await,
        (acts, [account, act]) => {
            let act = acts::Act::from_name(act).ok_or(Code::RouteNotFound)?;
            if acts { acts::run(visit, account, act).await } else { acts::ask(visit, account, act).await }
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// Accounts that somebody looks for, or the latest.
async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let sought = visit.given("q");
    let status = visit.given("status");
    let found = match &sought {
        Some(text) => search(visit, text, status.as_deref()).await?,
        None => {
            let input = list::Input {
                status: status.clone(),
                cursor: visit.given("cursor"),
                ..list::Input::default()
            };
            list::list(visit.daemun(), visit.call(Permission::AccountsRead)?, input).await?
        }
    };
    // Who looks for one account and finds it wants to see it.
    if let (Some(_), [only]) = (&sought, found.accounts.as_slice())
        && visit.given("status").is_none()
    {
        return Ok(Answer::Go(visit.path(&format!("/accounts/{}", only.uuid))));
    }
    let next = found.page.next.map(|cursor| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(status.iter().map(|status| ("status", status.as_str())));
        visit.path(&format!("/accounts?{}", query.append_pair("cursor", &cursor).finish()))
    });
    let values = context! {
        accounts => Value::from(Serde(&found.accounts)),
        next,
        first => visit.given("cursor").map(|_| visit.path("/accounts")),
        q => sought,
        status,
        statuses => [Status::Pending, Status::Approved, Status::Rejected, Status::Suspended].map(Status::as_str),
        path => visit.path("/accounts"),
    };
    Ok(visit.page(Page::new("console/accounts.html", "section-accounts", values)))
}

/// Whoever has this text as a name, whichever kind of name it is.
async fn search(visit: &Visit<'_>, text: &str, status: Option<&str>) -> Result<list::Output, Failure> {
    let by_name = async |input: list::Input| {
        list::list(
            visit.daemun(),
            visit.call(Permission::AccountsRead)?,
            list::Input { status: status.map(str::to_owned), ..input },
        )
        .await
    };
    let owned = || Some(text.to_owned());
    let inputs = [
        list::Input { email: owned(), ..list::Input::default() },
        list::Input { phone_number: owned(), ..list::Input::default() },
        list::Input { preferred_username: owned(), ..list::Input::default() },
        list::Input { nickname: owned(), ..list::Input::default() },
    ];
    let mut found = find(visit, text, status).await?;
    for input in inputs {
        if found.as_ref().is_some_and(|output| !output.accounts.is_empty()) {
            break;
        }
        match by_name(input).await {
            Ok(output) => found = Some(output),
            // It is no address, no number.
            Err(Failure::Invalid(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    found.ok_or_else(|| Code::Internal.into())
}

/// The account of a number or a uuid.
async fn find(visit: &Visit<'_>, text: &str, status: Option<&str>) -> Result<Option<list::Output>, Failure> {
    let account = match read(visit, text).await {
        Ok(account) => account,
        Err(failure @ (Failure::Broken(_) | Failure::Unavailable { .. })) => return Err(failure),
        Err(_) => return Ok(None),
    };
    let fits = status.is_none_or(|status| account.status.as_str() == status);
    let page = daemun_operations::cursor::CursorPage { next: None, size: 1 };
    Ok(Some(list::Output { accounts: if fits { vec![account] } else { Vec::new() }, page }))
}

/// The account that a path or a search names, as it is now.
async fn read(visit: &Visit<'_>, account: &str) -> Result<Account, Failure> {
    let input = daemun_operations::account::find::Input { account: Some(account.to_owned()) };
    Ok(daemun_operations::account::find::find(visit.daemun(), visit.call(Permission::AccountsRead)?, input)
        .await?
        .account)
}
