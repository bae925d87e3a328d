//! One account: who it is, and what happened to it.

use daemun_model::{Account, Code, Failure, Permission, Relation, Relations, Status};
use daemun_operations::account::{find, list_sessions};
use daemun_operations::{audit, outbox, point, upload};
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::super::answer::Answer;
use super::super::listing;
use super::super::page::Page;
use super::super::visit::Visit;
use super::acts::Act;
use super::trouble::{self, Known};

/// The lines of each list on the page: what is older stands on a screen of its own.
const LINES: i64 = 20;

pub(super) async fn show(visit: &Visit<'_>, account: &str) -> Result<Answer, Failure> {
    let mut call = visit.call(Permission::AccountsRead)?;
    call.relations = Relation::ALL.into_iter().fold(Relations::default(), Relations::with);
    let input = find::Input { account: Some(account.to_owned()) };
    let found = find::find(visit.daemun(), call, input).await?;
    let account = &found.account;
    let uuid = account.uuid.to_string();
    let files = files(visit, &uuid).await?;
    let pictures: Vec<String> = files.iter().filter_map(|file| file.url.clone()).collect();
    let name = title_of(account);
    let (messages, trail) = (messages(visit, &uuid).await?, trail(visit, &uuid).await?);
    let known = Known { found: &found, messages: messages.as_deref(), trail: trail.as_deref() };
    let values = context! {
        account => Value::from(Serde(account)),
        who => &name,
        face => face(account, &files),
        troubles => Value::from(Serde(&trouble::of(visit, &known))),
        files => Value::from(Serde(&files)),
        reads_files => visit.may(Permission::ApprovalsRead),
        sessions => sessions(visit, &uuid).await?,
        messages => messages.as_ref().map(|messages| Value::from(Serde(messages))),
        retries => visit.may(Permission::OutboxWrite),
        ledger => ledger(visit, &uuid).await?,
        audit => trail.as_ref().map(|lines| Value::from(Serde(lines))),
        acts => acts(visit, &found),
        has_password => found.has_password,
        approval => decision(visit, &found).await?,
        edits => visit.may(Permission::AccountsWrite),
        path => visit.path(&format!("/accounts/{uuid}")),
        base => visit.path(""),
    };
    let page = Page::new("console/account.html", "section-accounts", values).titled(name);
    Ok(visit.page(page.showing(pictures.iter().map(String::as_str))))
}

/// What an account is called: the most human name it has.
pub(in super::super) fn title_of(account: &Account) -> String {
    let names = [
        &account.name,
        &account.nickname,
        &account.preferred_username,
        &account.email,
        &account.phone_number,
    ];
    let name = names.into_iter().flatten().find(|name| !name.trim().is_empty());
    name.cloned().unwrap_or_else(|| format!("#{}", account.id))
}

/// A file of an account, with a link that works for a while where it has arrived.
#[derive(serde::Serialize)]
pub(in super::super) struct File {
    pub(in super::super) path: String,
    kind: String,
    place: i64,
    public: bool,
    arrived: bool,
    size: Option<i64>,
    claimed_at: daemun_model::Timestamp,
    pub(in super::super) url: Option<String>,
}

/// The files of an account, for who may review them.
pub(in super::super) async fn files(visit: &Visit<'_>, account: &str) -> Result<Vec<File>, Failure> {
    if !visit.may(Permission::ApprovalsRead) {
        return Ok(Vec::new());
    }
    let input = upload::list::Input { account: Some(account.to_owned()) };
    let listed =
        upload::list::list(visit.daemun(), visit.call(Permission::ApprovalsRead)?, input).await?.uploads;
    let mut files = Vec::with_capacity(listed.len());
    for one in listed {
        let url = if one.arrived { link(visit, &one.path).await? } else { None };
        files.push(File {
            path: one.path,
            kind: one.kind,
            place: one.order,
            public: one.public,
            arrived: one.arrived,
            size: one.size,
            claimed_at: one.claimed_at,
            url,
        });
    }
    Ok(files)
}

/// A link to a file; none where it is gone by now.
async fn link(visit: &Visit<'_>, path: &str) -> Result<Option<String>, Failure> {
    let input = upload::link::Input { path: Some(path.to_owned()) };
    match upload::link::link(visit.daemun(), visit.call(Permission::ApprovalsRead)?, input).await {
        Ok(link) => Ok(Some(link.url)),
        Err(Failure::Refused { code: Code::NotFound, .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The picture of an account, where it is one of its files: a picture that lies elsewhere would tell whoever keeps it
/// that somebody looks.
pub(in super::super) fn face(account: &Account, files: &[File]) -> Option<String> {
    let picture = account.picture.as_deref()?;
    files
        .iter()
        .find(|file| picture == file.path || picture.ends_with(&format!("/{}", file.path)))?
        .url
        .clone()
}

/// Shows a file, by a link that is made now: the one on the page may be too old.
pub(super) async fn file(visit: &Visit<'_>, account: &str, place: &str) -> Result<Answer, Failure> {
    if !visit.may(Permission::ApprovalsRead) {
        return Err(Code::Forbidden.into());
    }
    let input = upload::list::Input { account: Some(account.to_owned()) };
    let listed =
        upload::list::list(visit.daemun(), visit.call(Permission::ApprovalsRead)?, input).await?.uploads;
    let one = place.parse::<usize>().ok().and_then(|place| listed.get(place)).ok_or(Code::NotFound)?;
    link(visit, &one.path).await?.map(Answer::Go).ok_or_else(|| Code::NotFound.into())
}

async fn sessions(visit: &Visit<'_>, account: &str) -> Result<Value, Failure> {
    let input = list_sessions::Input { account: Some(account.to_owned()) };
    let listed =
        list_sessions::list_sessions(visit.daemun(), visit.call(Permission::AccountsRead)?, input).await?;
    Ok(Value::from(Serde(&listed.sessions)))
}

async fn messages(visit: &Visit<'_>, account: &str) -> Result<Option<Vec<outbox::search::Found>>, Failure> {
    if !visit.may(Permission::OutboxRead) {
        return Ok(None);
    }
    let input = outbox::search::Input {
        account: Some(account.to_owned()),
        limit: Some(LINES),
        ..outbox::search::Input::default()
    };
    let found = outbox::search::search(visit.daemun(), visit.call(Permission::OutboxRead)?, input).await?;
    Ok(Some(found.messages))
}

async fn ledger(visit: &Visit<'_>, account: &str) -> Result<Option<Value>, Failure> {
    if !visit.may(Permission::PointsRead) {
        return Ok(None);
    }
    let input = point::ledger::Input {
        account: Some(account.to_owned()),
        limit: Some(LINES),
        ..point::ledger::Input::default()
    };
    let found = point::ledger::ledger(visit.daemun(), visit.call(Permission::PointsRead)?, input).await?;
    Ok(Some(Value::from(Serde(&found))))
}

async fn trail(visit: &Visit<'_>, account: &str) -> Result<Option<Vec<audit::search::Line>>, Failure> {
    if !visit.may(Permission::AuditRead) {
        return Ok(None);
    }
    let input = audit::search::Input {
        account: Some(account.to_owned()),
        limit: Some(LINES),
        ..audit::search::Input::default()
    };
    let mut found = audit::search::search(visit.daemun(), visit.call(Permission::AuditRead)?, input).await?;
    let actors = found.lines.iter().filter_map(|line| line.actor.clone()).collect();
    let names = listing::names(visit, actors).await?;
    for line in &mut found.lines {
        if let Some(name) = line.actor.as_ref().and_then(|actor| names.get(actor)) {
            line.actor = Some(name.clone());
        }
    }
    Ok(Some(found.lines))
}

/// What was decided when the member asked to be let in.
pub(in super::super) async fn decision(
    visit: &Visit<'_>,
    found: &find::Output,
) -> Result<Option<Value>, Failure> {
    let Some(approval) = &found.approval else { return Ok(None) };
    let by = visit.name_of(&approval.by).await?;
    Ok(Some(context! { at => Value::from(Serde(&approval.at)), by, reason => &approval.reason }))
}

/// What the administrator may do to the account as it is.
fn acts(visit: &Visit<'_>, found: &find::Output) -> Vec<&'static str> {
    let (account, wrong) = (&found.account, &found.wrong_passwords);
    let fits = |act: &Act| match act {
        Act::Suspend => account.status == Status::Approved,
        Act::Restore => account.status == Status::Suspended,
        Act::SendReset => account.email.is_some(),
        Act::OpenSignIn => wrong.closed || !wrong.waits.is_empty(),
        Act::EndSessions | Act::Delete => true,
    };
    Act::ALL.into_iter().filter(|act| visit.may(act.needs()) && fits(act)).map(Act::name).collect()
}
