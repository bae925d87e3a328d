//! What an administrator is called, for who reads what they did.

use daemun_model::Failure;
use daemun_store::administrators;
use uuid::Uuid;

use crate::daemun::Daemun;

/// The name of whoever `operator` is in the audit and in decisions, where it is an administrator who is still known.
///
/// # Errors
/// When the database does not answer.
pub async fn name_of(daemun: &Daemun, operator: &str) -> Result<Option<String>, Failure> {
    let uuid = operator.strip_prefix("administrator:").and_then(|uuid| Uuid::try_parse(uuid).ok());
    let Some(uuid) = uuid else { return Ok(None) };
    let found = administrators::find(&mut daemun.reader(), uuid).await?;
    Ok(found.map(|administrator| administrator.name))
}
