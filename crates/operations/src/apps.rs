//! Apps as the database knows them: a number for a name.

use daemun_model::{AppId, Failure};
use daemun_store::apps;

use crate::daemun::Daemun;

/// The number of the app of this name, which is given to it the first time.
///
/// # Errors
/// When the database does not answer.
pub async fn ensure(daemun: &Daemun, name: &str) -> Result<AppId, Failure> {
    if let Some(id) = apps::find_by_name(&mut daemun.reader(), name).await? {
        return Ok(id);
    }
    let now = daemun.clock.now();
    let name = name.to_owned();
    daemun
        .db
        .write(async move |tx| {
            apps::insert(tx, &name, now).await?;
            apps::find_by_name(tx, &name)
                .await?
                .ok_or_else(|| Failure::broken("an app was added and is gone"))
        })
        .await
}
