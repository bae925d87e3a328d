//! The rows of a demo: what an app needs so that the requests of its document work at once. They lie beside the
//! contract, in `NAME.demo.yaml`.

use std::net::Ipv4Addr;
use std::sync::Arc;

use daemun_model::{App, Catalog, Failure, Permissions};
use daemun_operations::catalog::save::{self, Item};
use daemun_operations::organization::{self, Row};
use daemun_operations::{Call, Client, Daemun, Operator, product_key};
use serde::Deserialize;

use crate::apps::Source;
use crate::core::StartError;

/// Who acts, in the audit log.
const OPERATOR: &str = "demo";

/// The rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rows {
    organizations: Vec<Row>,
    product_keys: Vec<String>,
    interests: Vec<Item>,
    professions: Vec<Item>,
}

/// Fills the app's tables that are empty.
///
/// # Errors
/// `Apps`, when the rows are wrong; `Broken` when the database does not answer.
pub async fn fill(daemun: &Daemun, app: &Arc<App>, source: &Source) -> Result<(), StartError> {
    let rows = read(source)?;
    let wrong = |failure: Failure| match failure {
        Failure::Invalid(_) | Failure::Refused { .. } => {
            StartError::Apps(vec![format!("{}: {failure}", source.file)])
        }
        other => StartError::Broken(other),
    };
    let call = call(daemun, app);
    organizations(daemun, &call, rows.organizations).await.map_err(wrong)?;
    product_keys(daemun, &call, rows.product_keys).await.map_err(wrong)?;
    items(daemun, &call, Catalog::Interests, rows.interests).await.map_err(wrong)?;
    items(daemun, &call, Catalog::Professions, rows.professions).await.map_err(wrong)
}

fn read(source: &Source) -> Result<Rows, StartError> {
    let json = daemun_contract::yaml::read_json(&source.file, &source.text)
        .map_err(|faults| StartError::Apps(faults.iter().map(ToString::to_string).collect()))?;
    serde_json::from_value(json).map_err(|error| StartError::Apps(vec![format!("{}: {error}", source.file)]))
}

fn call(daemun: &Daemun, app: &Arc<App>) -> Call {
    let client = Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: None };
    let mut call = Call::new(Arc::clone(app), client, daemun.random.uuid_v4().simple().to_string());
    call.operator = Some(Operator { name: OPERATOR.to_owned(), may: Permissions::all() });
    call
}

async fn organizations(daemun: &Daemun, call: &Call, rows: Vec<Row>) -> Result<(), Failure> {
    let there = organization::list::list(daemun.clone(), call.clone(), organization::list::Input {}).await?;
    if rows.is_empty() || !there.organizations.is_empty() {
        return Ok(());
    }
    let input = organization::import::Input { organizations: Some(rows), ..Default::default() };
    organization::import::import(daemun.clone(), call.clone(), input).await?;
    Ok(())
}

async fn product_keys(daemun: &Daemun, call: &Call, keys: Vec<String>) -> Result<(), Failure> {
    let first = product_key::list::Input { limit: Some(1), ..Default::default() };
    let there = product_key::list::list(daemun.clone(), call.clone(), first).await?;
    if keys.is_empty() || !there.product_keys.is_empty() {
        return Ok(());
    }
    product_key::import::import(
        daemun.clone(),
        call.clone(),
        product_key::import::Input { keys: Some(keys) },
    )
    .await?;
    Ok(())
}

async fn items(daemun: &Daemun, call: &Call, catalog: Catalog, items: Vec<Item>) -> Result<(), Failure> {
    if items.is_empty() || !save::all(daemun, &call.app, catalog).await?.is_empty() {
        return Ok(());
    }
    let input = save::Input { kind: Some(catalog.as_str().to_owned()), items: Some(items) };
    save::save(daemun.clone(), call.clone(), input).await?;
    Ok(())
}
