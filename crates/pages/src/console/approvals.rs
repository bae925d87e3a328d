//! Who waits to be let in: one applicant at a time, with everything that was sent. After a decision the next one is there
//! at once; a decision can be taken back; of two moderators who decide on one applicant, the later is told who was first.

mod decide;

use daemun_model::{Account, Code, Failure, Permission, Relation, Relations, Status};
use daemun_operations::account::find;
use daemun_operations::approval::{list, reasons};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::accounts::{decision, face, files, title_of};
use super::answer::Answer;
use super::page::Page;
use super::visit::Visit;
use decide::Verdict;

/// Who is shown as coming next.
const COMING: i64 = 8;
/// How far into the queue an applicant is sought who was opened by name, to go on after them.
const SOUGHT: i64 = 100;
/// The most reasons that have a number on the keyboard.
const NUMBERED: usize = 9;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) if visit.given("status").is_some() => decided(visit).await,
        (false, []) => queue(visit).await,
        (false, [account]) => one(visit, account).await,
        (true, [account, verdict]) => {
            let verdict = Verdict::from_name(verdict).ok_or(Code::RouteNotFound)?;
            decide::run(visit, account, verdict).await
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// An applicant, with what was decided, and how the queue goes on.
struct Applicant {
    found: find::Output,
    /// The cursor of who comes after; none where the queue begins anew.
    then: Option<String>,
    /// How many wait.
    waiting: i64,
}

/// Applicants of a status, the longest waiting first.
async fn listed(
    visit: &Visit<'_>,
    status: Status,
    (cursor, limit): (Option<String>, Option<i64>),
) -> Result<list::Output, Failure> {
    let call = visit.call(Permission::ApprovalsRead)?;
    let input = list::Input { status: Some(status.as_str().to_owned()), cursor, limit };
    list::list(visit.daemun(), call, input).await
}

/// The next who waits: after the one that was skipped or decided, else from the beginning.
async fn queue(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let cursor = visit.given("cursor");
    let first = |cursor| listed(visit, Status::Pending, (cursor, Some(1)));
    let mut found = match first(cursor.clone()).await {
        // A cursor of another time, or of another's making.
        Err(Failure::Invalid(_)) => first(None).await?,
        other => other?,
    };
    if found.applications.is_empty() && cursor.is_some() {
        found = first(None).await?;
    }
    let Some(next) = found.applications.pop() else {
        let values = context! {
            undo => undo(visit).await?,
            late => late(visit).await?,
            path => visit.path("/approvals"),
            tab => "pending",
        };
        return Ok(visit.page(Page::new("console/approvals-done.html", "section-approvals", values)));
    };
    let found_account = read(visit, &next.account.uuid.to_string()).await?;
    let applicant = Applicant { found: found_account, then: found.page.next, waiting: found.total };
    show(visit, applicant).await
}

/// One applicant, whatever has been decided.
async fn one(visit: &Visit<'_>, account: &str) -> Result<Answer, Failure> {
    let found = read(visit, account).await?;
    let first = listed(visit, Status::Pending, (None, Some(SOUGHT))).await?;
    let place = first.applications.iter().position(|one| one.account.uuid == found.account.uuid);
    let place = place.and_then(|place| i64::try_from(place + 1).ok());
    let then = match (visit.given("then"), place) {
        (Some(then), _) => Some(then),
        // A page of the queue that ends with this applicant tells how it goes on.
        (None, Some(place)) => listed(visit, Status::Pending, (None, Some(place))).await?.page.next,
        (None, None) => None,
    };
    show(visit, Applicant { found, then, waiting: first.total }).await
}

/// An account with what was decided on it and what an applicant tells of themselves.
async fn read(visit: &Visit<'_>, account: &str) -> Result<find::Output, Failure> {
    let mut call = visit.call(Permission::AccountsRead)?;
    call.relations = [Relation::Organization, Relation::Interests, Relation::Profession]
        .into_iter()
        .fold(Relations::default(), Relations::with);
    find::find(visit.daemun(), call, find::Input { account: Some(account.to_owned()) }).await
}

/// Somebody of the queue, as a link.
#[derive(Serialize)]
struct Coming {
    who: String,
    href: String,
}

async fn show(visit: &Visit<'_>, applicant: Applicant) -> Result<Answer, Failure> {
    let Applicant { found, then, waiting } = applicant;
    let account = &found.account;
    let uuid = account.uuid.to_string();
    let files = files(visit, &uuid).await?;
    let pictures: Vec<String> = files.iter().filter_map(|file| file.url.clone()).collect();
    let name = title_of(account);
    let others = waiting > i64::from(account.status == Status::Pending);
    let values = context! {
        account => Value::from(Serde(account)),
        who => &name,
        face => face(account, &files),
        files => Value::from(Serde(&files)),
        reasons => reasons_for(visit, account).await?,
        waiting,
        next => Value::from(Serde(&coming(visit, account, then.clone()).await?)),
        skip => others.then(|| onward(visit, then.as_deref(), &[("back", &uuid)])),
        back => back(visit),
        then,
        decides => visit.may(Permission::ApprovalsWrite),
        whole => visit.path(&format!("/accounts/{uuid}")),
        decision => decision(visit, &found).await?,
        late => late(visit).await?,
        undo => undo(visit).await?,
        path => visit.path("/approvals"),
        here => visit.path(&format!("/approvals/{uuid}")),
        tab => account.status.as_str(),
    };
    let page = Page::new("console/approval.html", "section-approvals", values).titled(name);
    Ok(visit.page(page.showing(pictures.iter().map(String::as_str))))
}

/// The queue from a cursor on, and what is remembered on the way.
fn onward(visit: &Visit<'_>, then: Option<&str>, more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(then.map(|then| ("cursor", then))).extend_pairs(more);
    visit.path(&format!("/approvals?{}", query.finish()))
}

/// The way back to who was skipped: after them comes who is here now.
fn back(visit: &Visit<'_>) -> Option<String> {
    let skipped = visit
        .given("back")
        .filter(|uuid| uuid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(visit.given("cursor").map(|cursor| ("then", cursor)));
    Some(visit.path(&format!("/approvals/{skipped}?{}", query.finish())))
}

/// Who comes after this one.
async fn coming(visit: &Visit<'_>, here: &Account, then: Option<String>) -> Result<Vec<Coming>, Failure> {
    let found = match listed(visit, Status::Pending, (then, Some(COMING))).await {
        Err(Failure::Invalid(_)) => return Ok(Vec::new()),
        other => other?,
    };
    let others = found.applications.into_iter().filter(|one| one.account.uuid != here.uuid);
    let coming = others.map(|one| Coming {
        who: title_of(&one.account),
        href: visit.path(&format!("/approvals/{}", one.account.uuid)),
    });
    Ok(coming.collect())
}

/// The reasons that are offered, in the applicant's language.
async fn reasons_for(visit: &Visit<'_>, account: &Account) -> Result<Vec<String>, Failure> {
    let input = reasons::Input { language: account.locale.clone() };
    let call = visit.call(Permission::ApprovalsRead)?;
    let mut offered = reasons::reasons(visit.daemun(), call, input).await?.reasons;
    offered.truncate(NUMBERED);
    Ok(offered)
}

/// The decision that was made just now, which can be taken back.
async fn undo(visit: &Visit<'_>) -> Result<Option<Value>, Failure> {
    let (Some(account), Some(verdict)) = (visit.given("decided"), visit.given("verdict")) else {
        return Ok(None);
    };
    let Some(verdict) = Verdict::from_name(&verdict).filter(|_| visit.may(Permission::ApprovalsWrite)) else {
        return Ok(None);
    };
    let Ok(found) = read(visit, &account).await else { return Ok(None) };
    // Somebody else may have taken it back by now.
    if found.account.status != verdict.to() {
        return Ok(None);
    }
    Ok(Some(context! {
        who => title_of(&found.account),
        verdict => verdict.name(),
        href => visit.path(&format!("/approvals/{}/reopen", found.account.uuid)),
    }))
}

/// What somebody else had decided before, on the applicant whom one decided on too late.
async fn late(visit: &Visit<'_>) -> Result<Option<Value>, Failure> {
    let Some(account) = visit.given("late") else { return Ok(None) };
    let Ok(found) = read(visit, &account).await else { return Ok(None) };
    Ok(Some(context! {
        who => title_of(&found.account),
        status => found.account.status.as_str(),
        decision => decision(visit, &found).await?,
        href => visit.path(&format!("/approvals/{}", found.account.uuid)),
    }))
}

/// Applicants of a status as a list: those who were let in, who were turned away, or who wait.
async fn decided(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let status = match visit.given("status").as_deref() {
        Some("approved") => Status::Approved,
        Some("pending") => Status::Pending,
        _ => Status::Rejected,
    };
    let found = listed(visit, status, (visit.given("cursor"), None)).await?;
    let mut rows = Vec::with_capacity(found.applications.len());
    for one in &found.applications {
        let by = match &one.decided_by {
            Some(by) => Some(visit.name_of(by).await?),
            None => None,
        };
        rows.push(context! {
            account => Value::from(Serde(&one.account)),
            who => title_of(&one.account),
            at => Value::from(Serde(&one.decided_at)),
            by,
            reason => &one.reason,
        });
    }
    let first = visit.path(&format!("/approvals?status={}", status.as_str()));
    let values = context! {
        rows,
        total => found.total,
        next => found.page.next.map(|cursor| format!("{first}&cursor={cursor}")),
        first => visit.given("cursor").map(|_| first.clone()),
        path => visit.path("/approvals"),
        // The queue has a tab of its own.
        tab => if status == Status::Pending { "list" } else { status.as_str() },
    };
    Ok(visit.page(Page::new("console/approvals-rejected.html", "section-approvals", values)))
}
