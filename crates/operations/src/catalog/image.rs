//! The pictures of a catalogue's items. They are files of no account: the catalogue has them as long as an item of it
//! shows them.

use bytes::Bytes;
use daemun_model::{AppId, Catalog, Failure, Faults, MediaType, Reason, Timestamp, UploadKind};
use daemun_store::catalogs::Kept;
use daemun_store::uploads::{self, NewUpload};
use daemun_store::{Tx, catalogs};

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::upload::sign::draft;
use crate::upload::{has_arrived, link_to, receive_whole};

/// The kind by which the pictures of a catalogue are kept. No contract can have a kind of such a name.
pub(super) const fn kind(catalog: Catalog) -> &'static str {
    match catalog {
        Catalog::Interests => "catalog.interests",
        Catalog::Professions => "catalog.professions",
    }
}

/// The kind of a path that has the form of a catalogue's pictures. An item of one catalogue may show a picture of another.
fn kind_of(path: &str) -> Option<&'static str> {
    Catalog::ALL.into_iter().find(|catalog| UploadKind::of_catalog(*catalog).has(path)).map(kind)
}

/// Keeps a permission that an operator has, and notes it.
pub(super) async fn insert(daemun: &Daemun, call: &Call, new: &NewUpload) -> Result<(), Failure> {
    let mut entry = audit::done(daemun, call, "catalog.sign_image", None);
    entry.detail = Some(new.path.clone());
    let new = new.clone();
    daemun
        .db
        .write(async move |tx| {
            uploads::insert(tx, &new).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await
}

/// Keeps a picture that came with an operator's form, and gives the path that makes it the `image` of an item. One that
/// no item shows within a day is deleted.
///
/// # Errors
/// `invalid` on `image`: `not_a_choice` when it is no JPEG, PNG or WebP by its content, `too_long` when it has more bytes than
/// it may have. `unavailable` when the file storage cannot be used now.
pub async fn keep(daemun: &Daemun, call: &Call, catalog: Catalog, content: Bytes) -> Result<String, Failure> {
    let of = UploadKind::of_catalog(catalog);
    let media =
        MediaType::of_content(&content).ok_or_else(|| Failure::invalid("image", Reason::NotAChoice))?;
    if content.len() as u64 > of.max_bytes {
        let max = usize::try_from(of.max_bytes).unwrap_or(usize::MAX);
        return Err(Failure::invalid("image", Reason::TooLong { max }));
    }
    let size = i64::try_from(content.len()).ok();
    let new = draft(daemun, call, (kind(catalog), &of), (media, size));
    insert(daemun, call, &new).await?;
    receive_whole(daemun, &new, content).await?;
    Ok(new.path)
}

/// A URL below the origin by which an operator sees the picture of an item for a short while, also before it is the item's:
/// none for a picture that was not uploaded for a catalogue of the app.
///
/// # Errors
/// When the database does not answer.
pub async fn preview(daemun: &Daemun, app: AppId, image: &str) -> Result<Option<String>, Failure> {
    let Some(kind) = kind_of(image) else { return Ok(None) };
    let found = uploads::find_signed(&mut daemun.reader(), image).await?;
    let ours = found.filter(|upload| upload.app == app && upload.kind == kind);
    Ok(ours.map(|upload| link_to(daemun, app, upload.path)))
}

/// Notes the items whose picture is a file that was never sent, or is another app's. A path that nobody ever asked to send
/// to is taken as it is.
pub(super) async fn check(daemun: &Daemun, app: AppId, items: &[Kept]) -> Result<Faults, Failure> {
    let mut faults = Faults::default();
    for (index, item) in items.iter().enumerate() {
        let Some(image) = item.item.image.as_deref() else { continue };
        let Some(kind) = kind_of(image) else { continue };
        let Some(upload) = uploads::find_signed(&mut daemun.reader(), image).await? else { continue };
        if upload.app != app || upload.kind != kind || !has_arrived(daemun, &upload).await? {
            faults.add(format!("items.{index}.image"), Reason::Unknown);
        }
    }
    Ok(faults)
}

/// Keeps an item, makes its picture the app's, and lets go of the one that it showed before. Tells whether its picture could
/// be had: one that is to be deleted cannot, and then nothing may be kept.
pub(super) async fn save(
    tx: &mut Tx,
    (app, catalog): (AppId, Catalog),
    item: &Kept,
    now: Timestamp,
) -> Result<bool, Failure> {
    let before = catalogs::find_image(tx, app, catalog, &item.item.id).await?;
    let image = item.item.image.as_deref();
    if let Some((path, kind)) = image.and_then(|path| Some((path, kind_of(path)?)))
        && !uploads::keep(tx, app, (kind, path), now).await?
        && uploads::is_signed(tx, path).await?
    {
        return Ok(false);
    }
    catalogs::save(tx, app, catalog, item).await?;
    if let Some(path) = before.filter(|path| image != Some(path) && kind_of(path).is_some()) {
        uploads::let_go(tx, app, &path, now).await?;
    }
    Ok(true)
}
