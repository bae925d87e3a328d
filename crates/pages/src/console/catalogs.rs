//! What members choose from: the items of each catalogue, in the order in which they are offered.

use std::collections::BTreeMap;

use daemun_model::{Catalog, Code, Failure, Permission, Reason};
use daemun_operations::catalog::image;
use daemun_operations::catalog::save::{self, Item, Saved};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::answer::Answer;
use super::page::Page;
use super::refused;
use super::visit::Visit;
use crate::texts;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    let catalog = match rest.first() {
        None => Catalog::Interests,
        Some(name) => Catalog::from_name(name).ok_or(Code::RouteNotFound)?,
    };
    let rest = rest.get(1..).unwrap_or_default();
    if (visit.acts() || !rest.is_empty()) && !visit.may(Permission::CatalogWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::CatalogWrite));
    }
    match (visit.acts(), rest) {
        (false, []) => index(visit, catalog).await,
        (false, ["new"]) => form(visit, catalog, None, None).await,
        (true, ["new"]) => keep(visit, catalog, None).await,
        (acts, [id]) => {
            let found = items(visit, catalog).await?.into_iter().find(|item| item.id == *id);
            let found = found.ok_or(Code::NotFound)?;
            if acts {
                keep(visit, catalog, Some(&found)).await
            } else {
                form(visit, catalog, Some(&found), None).await
            }
        }
        (true, [id, "up"]) => step(visit, catalog, id, Step::Up).await,
        (true, [id, "down"]) => step(visit, catalog, id, Step::Down).await,
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// Where an item goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Up,
    Down,
}

async fn items(visit: &Visit<'_>, catalog: Catalog) -> Result<Vec<Saved>, Failure> {
    save::all(&visit.daemun(), visit.app()?, catalog).await
}

fn base(visit: &Visit<'_>, catalog: Catalog) -> String {
    visit.path(&format!("/catalogs/{}", catalog.as_str()))
}

/// Where an item's picture is seen, if it lies here: one that lies elsewhere would tell whoever keeps it that somebody
/// looks.
fn preview(public_url: &str, image: Option<&str>) -> Option<String> {
    let image = image?.trim_start_matches('/');
    let here = url::Url::parse(public_url).ok()?;
    // What is a path stays below the folder of files, whatever is in it.
    let path = image.strip_prefix("media/").unwrap_or(image);
    let found = match url::Url::parse(image) {
        Ok(whole) => whole,
        Err(_) => here.join("/media/").ok()?.join(&format!("./{path}")).ok()?,
    };
    let files = found.origin() == here.origin() && found.path().starts_with("/media/");
    files.then(|| found.into())
}

/// Where the picture of an item is seen: also one that was uploaded here and is not kept yet.
async fn seen_at(visit: &Visit<'_>, image: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(image) = image else { return Ok(None) };
    let app = visit.app()?;
    let uploaded = image::preview(&visit.daemun(), app.id, image).await?;
    Ok(uploaded.or_else(|| preview(&app.public_url, Some(image))))
}

/// An item as its row shows it.
#[derive(Serialize)]
struct Row<'i> {
    #[serde(flatten)]
    item: &'i Saved,
    preview: Option<String>,
}

async fn index(visit: &Visit<'_>, catalog: Catalog) -> Result<Answer, Failure> {
    let kinds = [Catalog::Interests, Catalog::Professions].map(|kind| {
        context! { name => kind.as_str(), href => base(visit, kind), here => kind == catalog }
    });
    let items = items(visit, catalog).await?;
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(items.len());
    for item in &items {
        rows.push(Row { item, preview: seen_at(visit, item.image.as_deref()).await? });
    }
    let pictures: Vec<&str> = rows.iter().filter_map(|row| row.preview.as_deref()).collect();
    let values = context! {
        kinds,
        items => Value::from(Serde(&rows)),
        writes => visit.may(Permission::CatalogWrite),
        path => base(visit, catalog),
    };
    let page = Page::new("console/catalog.html", "section-catalogs", values);
    Ok(visit.page(page.showing(pictures.iter().copied())))
}

/// A form, with what could not be kept of it.
struct Refused {
    failure: Failure,
    /// The path of the picture that came with it and is uploaded already, or of the one that was typed.
    image: Option<String>,
}

async fn form(
    visit: &Visit<'_>,
    catalog: Catalog,
    item: Option<&Saved>,
    refused: Option<Refused>,
) -> Result<Answer, Failure> {
    let image = match (&refused, item) {
        (Some(refused), _) => refused.image.clone(),
        (None, item) => item.and_then(|item| item.image.clone()),
    };
    let typed = match (item, &refused) {
        (Some(item), None) => Value::from(Serde(item)),
        _ => visit.typed(),
    };
    let preview = seen_at(visit, image.as_deref()).await?;
    let values = context! {
        preview => &preview,
        item => item.map(|item| Value::from(Serde(item))),
        kind => catalog.as_str(),
        typed,
        image,
        faults => refused.as_ref().map_or(context! {}, |refused| faults(visit, &refused.failure)),
        base => base(visit, catalog),
    };
    let page = match item {
        None => Page::new("console/catalog-item.html", "catalog-new-title", values),
        Some(item) => Page::new("console/catalog-item.html", "section-catalogs", values).titled(&item.name),
    };
    let page = page.showing(preview.as_deref());
    Ok(visit.page(page.status(refused.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST))))
}

/// The form has one item: `items.0.name` is its `name`, and what is wrong with its picture is told in words of its own.
fn faults(visit: &Visit<'_>, failure: &Failure) -> Value {
    let Failure::Invalid(found) = failure else { return visit.faults(failure) };
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for fault in found.iter() {
        let field = fault.field.strip_prefix("items.0.").unwrap_or(&fault.field);
        let (field, text) = match (field, &fault.reason) {
            ("picture", Reason::TooLong { .. }) => {
                ("picture", texts::text(visit.language(), "catalog-picture-large"))
            }
            ("picture", _) => ("picture", texts::text(visit.language(), "catalog-picture-other")),
            ("image", Reason::Unknown) => ("image", texts::text(visit.language(), "catalog-image-gone")),
            (field, reason) => (field, texts::fault(visit.language(), field, reason)),
        };
        told.entry(field.to_owned()).or_default().push(text);
    }
    Value::from(Serde(&told))
}

/// Keeps the item of the form; a new one is the last.
async fn keep(visit: &Visit<'_>, catalog: Catalog, before: Option<&Saved>) -> Result<Answer, Failure> {
    let image = match picture(visit, catalog).await {
        Ok(uploaded) => uploaded.or_else(|| visit.given("image")),
        Err(failure @ Failure::Invalid(_)) => {
            let refused = Refused { failure, image: visit.given("image") };
            return form(visit, catalog, before, Some(refused)).await;
        }
        Err(failure) => return Err(failure),
    };
    let last = items(visit, catalog).await?.iter().map(|item| item.position).max();
    let item = Item {
        id: before.map(|item| item.id.clone()).or_else(|| visit.given("id")),
        name: visit.given("name"),
        emoji: visit.given("emoji"),
        image: image.clone(),
        position: Some(before.map_or(last.map_or(0, |last| last.saturating_add(1)), |item| item.position)),
        retired: Some(visit.given("retired").is_some()),
    };
    match write(visit, catalog, vec![item]).await {
        Ok(()) => Ok(visit.done(&format!("/catalogs/{}", catalog.as_str()), "catalog-save")),
        Err(failure @ Failure::Invalid(_)) => {
            form(visit, catalog, before, Some(Refused { failure, image })).await
        }
        Err(failure) => Err(failure),
    }
}

/// Uploads the picture that was chosen, if one was, and gives its path.
async fn picture(visit: &Visit<'_>, catalog: Catalog) -> Result<Option<String>, Failure> {
    let Some(content) = visit.asked.file("picture") else { return Ok(None) };
    let call = visit.call(Permission::CatalogWrite)?;
    match image::keep(&visit.daemun(), &call, catalog, content).await {
        Ok(path) => Ok(Some(path)),
        Err(Failure::Invalid(faults)) => {
            let reason = faults.iter().next().map_or(Reason::Malformed, |fault| fault.reason.clone());
            Err(Failure::invalid("picture", reason))
        }
        Err(failure) => Err(failure),
    }
}

async fn write(visit: &Visit<'_>, catalog: Catalog, items: Vec<Item>) -> Result<(), Failure> {
    let input = save::Input { kind: Some(catalog.as_str().to_owned()), items: Some(items) };
    save::save(visit.daemun(), visit.call(Permission::CatalogWrite)?, input).await.map(drop)
}

/// Lets an item change places with its neighbour. Items that stood at one place get places of their own.
async fn step(visit: &Visit<'_>, catalog: Catalog, id: &str, step: Step) -> Result<Answer, Failure> {
    let mut items = items(visit, catalog).await?;
    let place = items.iter().position(|item| item.id == id).ok_or(Code::NotFound)?;
    let other = match step {
        Step::Up => place.checked_sub(1),
        Step::Down => Some(place + 1).filter(|other| *other < items.len()),
    };
    if let Some(other) = other {
        items.swap(place, other);
    }
    let moved: Vec<Item> = items
        .into_iter()
        .zip(0_i64..)
        .filter(|(item, position)| item.position != *position)
        .map(|(item, position)| Item {
            id: Some(item.id),
            name: Some(item.name),
            emoji: item.emoji,
            image: item.image,
            position: Some(position),
            retired: Some(item.retired),
        })
        .collect();
    if !moved.is_empty() {
        write(visit, catalog, moved).await?;
    }
    // The browser stays where the item is.
    Ok(Answer::Go(format!("{}#item-{id}", base(visit, catalog))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_seen_where_it_lies_here_and_nowhere_else() {
        const APP: &str = "https://id.example.com/shop";
        let seen = |image: &str| preview(APP, Some(image));
        let here = Some("https://id.example.com/media/images/a.png".to_owned());
        for image in [
            "images/a.png",
            "/images/a.png",
            "/media/images/a.png",
            "https://id.example.com/media/images/a.png",
        ] {
            assert_eq!(seen(image), here, "{image}");
        }
        for image in [
            "https://evil.example/media/a.png",
            "//evil.example/a.png",
            "../console/me",
            "data:image/png,x",
            "https://id.example.com/x.png",
        ] {
            let found = seen(image);
            assert!(
                found.as_ref().is_none_or(|url| url.starts_with("https://id.example.com/media/")),
                "{image}: {found:?}"
            );
        }
        assert_eq!(
            (seen("https://evil.example/media/a.png"), seen("../console/me"), preview(APP, None)),
            (None, None, None)
        );
    }
}
