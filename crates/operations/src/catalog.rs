//! Catalogues: what members of an app choose from.

pub(crate) mod choices;
pub mod image;
pub mod interests;
pub mod list;
pub mod order;
pub mod professions;
pub mod save;
pub mod sign_image;

use daemun_model::{AppId, Catalog, CatalogItem, Failure};
use daemun_store::catalogs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::daemun::Daemun;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct NoInput {}

/// What can be chosen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Offered {
    /// The items in the operator's order.
    pub items: Vec<CatalogItem>,
}

async fn offered(daemun: &Daemun, app: AppId, catalog: Catalog) -> Result<Offered, Failure> {
    let kept = catalogs::list(&mut daemun.reader(), app, catalog).await?;
    let items = kept.into_iter().filter(|kept| !kept.retired).map(|kept| kept.item);
    Ok(Offered { items: items.collect() })
}
