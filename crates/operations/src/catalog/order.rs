//! `catalog.order`: an operator puts a catalogue in order.

use daemun_model::{Catalog, Code, Failure, Permission, Reason};
use daemun_store::catalogs::{self, Kept};
use schemars::JsonSchema;
use serde::Deserialize;

use super::save::{Output, Saved};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which catalogue, and its order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `interests` or `professions`.
    #[schemars(required, extend("enum" = Catalog::ALL.map(Catalog::as_str)))]
    pub kind: Option<String>,
    /// The ids of items, the first first. Those that are not named come after them, in the order in which they are.
    #[schemars(required)]
    pub ids: Option<Vec<String>>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("catalog.order", "Put a catalogue in order", order)
        .needs(Permission::CatalogWrite)
        .fails(&[Code::Invalid])
}

/// Put a catalogue in order.
///
/// # Errors
/// Those of [`operation`].
pub async fn order(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let kind = faults.require("kind", input.kind.as_deref());
    let kind = kind.and_then(|kind| faults.take("kind", Catalog::from_name(kind).ok_or(Reason::NotAChoice)));
    faults.require("ids", input.ids.as_ref());
    faults.finish()?;
    let kind = kind.ok_or_else(|| Failure::invalid("kind", Reason::Required))?;
    let ids = input.ids.unwrap_or_default();
    let mut entry = audit::done(&daemun, &call, "catalog.order", None);
    entry.detail = Some(kind.as_str().to_owned());
    let app = call.app.id;
    let kept = daemun
        .db
        .write(async move |tx| {
            let mut items = catalogs::list(tx, app, kind).await?;
            if ids.iter().any(|id| !items.iter().any(|kept| kept.item.id == *id)) {
                return Err(Failure::invalid("ids", Reason::Unknown));
            }
            let place = |kept: &Kept| ids.iter().position(|id| kept.item.id == *id).unwrap_or(ids.len());
            // What is not named stays as it was among itself.
            items.sort_by_key(place);
            for (place, kept) in items.iter_mut().enumerate() {
                kept.position = i64::try_from(place).unwrap_or(i64::MAX);
                catalogs::save(tx, app, kind, kept).await?;
            }
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(items)
        })
        .await?;
    Ok(Output { items: kept.into_iter().map(Saved::from).collect() })
}
