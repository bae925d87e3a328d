//! Product keys: making them, bringing them in and taking them out, and who uses which.

use daemun_model::{Code, Failure, ListedKey, Permission, Reason};
use daemun_operations::csv;
use daemun_operations::product_key::{export, generate, import, list};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::listing::{self, pager};
use super::page::Page;
use super::refused;
use super::visit::Visit;

/// Keys that a file takes from the database at a time.
const PORTION: i64 = 1000;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    let writes = matches!(rest, ["generate" | "import"]);
    if writes && !visit.may(Permission::ProductKeysWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::ProductKeysWrite));
    }
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["export"]) => take_out(visit),
        (false, ["generate"]) => Ok(generate_form(visit, StatusCode::OK, context! {})),
        (true, ["generate"]) => make(visit).await,
        (false, ["import"]) => Ok(import_form(visit, StatusCode::OK, context! {}, &[])),
        (true, ["import"]) => bring_in(visit).await,
        _ => Err(Code::RouteNotFound.into()),
    }
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let input = list::Input {
        state: visit.given("state"),
        cursor: visit.given("cursor"),
        limit: Some(100),
        ..list::Input::default()
    };
    let found = list::list(visit.daemun(), visit.call(Permission::ProductKeysRead)?, input).await?;
    let filters = listing::filters(visit);
    let values = context! {
        keys => Value::from(Serde(&found.product_keys)),
        pages => pager(visit, "/product-keys", found.page.next),
        state => visit.given("state"),
        writes => visit.may(Permission::ProductKeysWrite),
        path => visit.path("/product-keys"),
        accounts => visit.path("/accounts"),
        export => visit.path(&format!("/product-keys/export?{filters}")),
    };
    Ok(visit.page(Page::new("console/product-keys.html", "section-product-keys", values)))
}

fn take_out(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) = visit.confirm(&format!("/product-keys/export?{}", listing::filters(visit))) {
        return Ok(answer);
    }
    let call = visit.call(Permission::ProductKeysRead)?;
    let state = visit.given("state");
    if state.as_deref().is_some_and(|state| !matches!(state, "free" | "used")) {
        return Err(Failure::invalid("state", Reason::NotAChoice));
    }
    let daemun = visit.daemun();
    let head = csv::line(&["key", "state", "account", "registered_at", "created_at"]);
    Ok(listing::table(listing::file_name(visit, "product-keys"), head, move |cursor| {
        let (daemun, call) = (daemun.clone(), call.clone());
        let input = export::Input { state: state.clone(), cursor, limit: Some(PORTION) };
        async move {
            let found = export::export(daemun, call, input).await?;
            Ok((found.product_keys.iter().map(row).collect(), found.page.next))
        }
    }))
}

fn row(key: &ListedKey) -> String {
    csv::line(&[
        &key.key,
        if key.account.is_some() { "used" } else { "free" },
        &key.account.map(|account| account.to_string()).unwrap_or_default(),
        &key.registered_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
        &key.created_at.to_rfc3339(),
    ])
}

fn generate_form(visit: &Visit<'_>, status: StatusCode, faults: Value) -> Answer {
    let values = context! { faults, typed => visit.typed(), base => visit.path("/product-keys") };
    let page = Page::new("console/product-keys-generate.html", "product-keys-generate-title", values);
    visit.page(page.status(status))
}

/// Makes keys, and shows them by themselves: among the others nobody finds them.
async fn make(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let call = visit.call(Permission::ProductKeysWrite)?;
    let count = visit.given("count").map(|count| count.parse::<i64>());
    let made = match count {
        Some(Ok(count)) => {
            generate::generate(visit.daemun(), call, generate::Input { count: Some(count) }).await
        }
        Some(Err(_)) => Err(Failure::invalid("count", Reason::Malformed)),
        None => Err(Failure::invalid("count", Reason::Required)),
    };
    match made {
        Ok(made) => {
            let keys = made.product_keys;
            let values = context! {
                count => keys.len(),
                text => keys.join("\n"),
                rows => keys.len().clamp(2, 20),
                base => visit.path("/product-keys"),
            };
            Ok(visit.page(Page::new("console/product-keys-made.html", "product-keys-made-title", values)))
        }
        Err(failure @ Failure::Invalid(_)) => {
            Ok(generate_form(visit, StatusCode::BAD_REQUEST, visit.faults(&failure)))
        }
        Err(failure) => Err(failure),
    }
}

/// A line that is no key.
#[derive(serde::Serialize)]
struct Wrong<'t> {
    line: usize,
    text: &'t str,
}

fn import_form(visit: &Visit<'_>, status: StatusCode, faults: Value, wrong: &[Wrong<'_>]) -> Answer {
    let values = context! {
        faults,
        wrong => Value::from(Serde(&wrong)),
        typed => visit.typed(),
        base => visit.path("/product-keys"),
    };
    let page = Page::new("console/product-keys-import.html", "product-keys-import-title", values);
    visit.page(page.status(status))
}

async fn bring_in(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let call = visit.call(Permission::ProductKeysWrite)?;
    let typed = visit.asked.form.get("keys").unwrap_or_default();
    let lines: Vec<(usize, &str)> = typed
        .lines()
        .enumerate()
        .map(|(place, line)| (place + 1, csv::unescaped(line.trim()).trim_end_matches([',', ';'])))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let keys = lines.iter().map(|(_, line)| (*line).to_owned()).collect();
    match import::import(visit.daemun(), call, import::Input { keys: Some(keys) }).await {
        Ok(done) => {
            let values = context! {
                imported => done.imported,
                known => done.known,
                base => visit.path("/product-keys"),
            };
            let page = Page::new("console/product-keys-imported.html", "product-keys-imported-title", values);
            Ok(visit.page(page))
        }
        Err(failure @ Failure::Invalid(_)) => {
            let Failure::Invalid(faults) = &failure else { return Err(failure) };
            let wrong: Vec<Wrong<'_>> = listing::places(faults.iter())
                .into_iter()
                .filter_map(|place| lines.get(place))
                .map(|(line, text)| Wrong { line: *line, text })
                .collect();
            let told = if wrong.is_empty() {
                visit.faults(&failure)
            } else {
                context! {}
            };
            Ok(import_form(visit, StatusCode::BAD_REQUEST, told, &wrong))
        }
        Err(failure) => Err(failure),
    }
}
