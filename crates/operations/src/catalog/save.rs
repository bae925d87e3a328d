//! `catalog.save`: an operator fills a catalogue.

use daemun_model::{App, Catalog, CatalogItem, Code, Failure, Faults, Permission, Random, Reason, ids, text};
use daemun_store::catalogs::{self, Kept};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choices::is_id;
use super::image;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::idempotency;
use crate::operation::Operation;

/// The most items that one call saves.
const MOST_ITEMS: usize = 1000;
/// The most code points of a name.
const LONGEST_NAME: usize = 100;
/// The most code points of an emoji: a family with skin tones has eleven.
const LONGEST_EMOJI: usize = 16;
/// The most code points of an image's path or URL.
const LONGEST_IMAGE: usize = 500;

/// Which catalogue, and what is in it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `interests` or `professions`.
    #[schemars(required, extend("enum" = Catalog::ALL.map(Catalog::as_str)))]
    pub kind: Option<String>,
    /// The items: each takes the place of the one with its id. Those that are not named stay as they are.
    #[schemars(required)]
    pub items: Option<Vec<Item>>,
}

/// One item.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// 1 to 64 letters, digits, `-` and `_`. Left out, one is made.
    pub id: Option<String>,
    /// What members read: 1 to 100 characters.
    #[schemars(required)]
    pub name: Option<String>,
    /// At most 16 characters.
    pub emoji: Option<String>,
    /// The stored path or the URL of a picture: at most 500 characters. One that was uploaded by the permission of
    /// `catalog.sign_image` is deleted when no item shows it any more.
    pub image: Option<String>,
    /// Where it stands: the smallest first. Left out, the items stand in the order of the call.
    pub position: Option<i64>,
    /// Whether it is neither listed nor chosen anew. Whoever has it keeps it.
    pub retired: Option<bool>,
}

/// The catalogue as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Every item, in order.
    pub items: Vec<Saved>,
}

/// An item as it is kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Saved {
    /// Its identifier.
    pub id: String,
    /// One character of picture writing.
    pub emoji: Option<String>,
    /// What members read.
    pub name: String,
    /// The stored path or the URL of its picture.
    pub image: Option<String>,
    /// Where it stands.
    pub position: i64,
    /// Whether it is neither listed nor chosen anew.
    pub retired: bool,
}

impl From<Kept> for Saved {
    fn from(Kept { item, position, retired }: Kept) -> Self {
        let CatalogItem { id, emoji, name, image } = item;
        Self { id, emoji, name, image, position, retired }
    }
}

pub(crate) fn operation() -> Operation {
    Operation::new("catalog.save", "Fill a catalogue that members choose from", save)
        .needs(Permission::CatalogWrite)
        .fails(&[Code::Invalid])
}

/// Fill a catalogue that members choose from. All items are saved, or none.
///
/// # Errors
/// Those of [`operation`].
pub async fn save(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (catalog, items) = read(&daemun, &call, input)?;
    image::check(&daemun, call.app.id, &items).await?.finish()?;
    let mut entry = audit::done(&daemun, &call, "catalog.save", None);
    entry.detail = Some(format!("{} {}", catalog.as_str(), items.len()));
    let (app, core, now) = (call.app.id, daemun.clone(), daemun.clock.now());
    daemun
        .db
        .write(async move |tx| {
            let mut faults = Faults::default();
            for (index, item) in items.iter().enumerate() {
                if !image::save(tx, (app, catalog), item, now).await? {
                    faults.add(format!("items.{index}.image"), Reason::Unknown);
                }
            }
            faults.finish()?;
            daemun_store::audit::insert(tx, &entry).await?;
            let kept = catalogs::list(tx, app, catalog).await?;
            let output = Output { items: kept.into_iter().map(Saved::from).collect() };
            idempotency::keep(tx, (&core, &call), &output).await?;
            Ok(output)
        })
        .await
}

/// A whole catalogue, for an operator.
///
/// # Errors
/// When the database does not answer.
pub async fn all(daemun: &Daemun, app: &App, catalog: Catalog) -> Result<Vec<Saved>, Failure> {
    let kept = catalogs::list(&mut daemun.reader(), app.id, catalog).await?;
    Ok(kept.into_iter().map(Saved::from).collect())
}

fn read(daemun: &Daemun, call: &Call, input: Input) -> Result<(Catalog, Vec<Kept>), Failure> {
    let mut faults = call.faults.clone();
    let kind = faults.require("kind", input.kind.as_deref());
    let catalog =
        kind.and_then(|kind| faults.take("kind", Catalog::from_name(kind).ok_or(Reason::NotAChoice)));
    faults.require("items", input.items.as_ref());
    let items = input.items.unwrap_or_default();
    if items.len() > MOST_ITEMS {
        faults.add("items", Reason::TooLong { max: MOST_ITEMS });
        return Err(faults.into());
    }
    let mut kept: Vec<Kept> = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let read = read_item(&*daemun.random, index, item, &mut faults);
        if let Some(read) = read {
            if kept.iter().any(|other| other.item.id == read.item.id) {
                faults.add(format!("items.{index}.id"), Reason::Taken);
            }
            kept.push(read);
        }
    }
    faults.finish()?;
    Ok((catalog.ok_or_else(|| Failure::invalid("kind", Reason::Required))?, kept))
}

fn read_item(random: &dyn Random, index: usize, item: Item, faults: &mut Faults) -> Option<Kept> {
    let field = |name: &str| format!("items.{index}.{name}");
    let id = match item.id {
        None => Some(ids::to_short(random.uuid_v4())),
        Some(id) => faults.take(&field("id"), if is_id(&id) { Ok(id) } else { Err(Reason::Malformed) }),
    };
    let name = faults.require(&field("name"), item.name.as_deref());
    let name = name.and_then(|name| faults.take(&field("name"), text::line(name, 1, LONGEST_NAME)));
    let mut line = |name: &str, typed: Option<String>, most| {
        let typed = typed.filter(|typed| !typed.trim().is_empty());
        typed.and_then(|typed| faults.take(&field(name), text::line(&typed, 1, most)))
    };
    let emoji = line("emoji", item.emoji, LONGEST_EMOJI);
    let image = line("image", item.image, LONGEST_IMAGE);
    let place = i64::try_from(index).unwrap_or(i64::MAX);
    Some(Kept {
        item: CatalogItem { id: id?, emoji, name: name?, image },
        position: item.position.unwrap_or(place),
        retired: item.retired.unwrap_or(false),
    })
}
