//! Files that members upload: a permission to send one, the file itself, whose it is, and who may see it.

pub(crate) mod claim;
mod given;
pub mod link;
pub mod list;
mod look;
mod permit;
mod receive;
pub mod sign;
mod tidy;

pub use claim::{UploadChange, UploadInput};
pub use given::{Asked, Given, InBucket, Source, find};
pub use permit::{Permit, Shown};
pub use receive::receive;
pub(crate) use receive::receive_whole;
pub use tidy::{Tidied, tidy};

use daemun_model::{App, AppId, Failure};
use daemun_store::uploads::Signed;

use crate::daemun::Daemun;

/// The path on the server below which files are, whatever the app.
pub const MEDIA: &str = "/media/";

/// Whether the file of an upload is here.
///
/// # Errors
/// `unavailable` when that cannot be known now.
pub(crate) async fn has_arrived(daemun: &Daemun, upload: &Signed) -> Result<bool, Failure> {
    Ok(look::file(daemun, upload).await?.is_some())
}

/// The URL, below the origin, by which a file of an app is seen for a short while. Who asks for it was asked before.
pub(crate) fn link_to(daemun: &Daemun, app: AppId, path: String) -> String {
    let seconds = daemun.settings.upload_link_lifetime;
    let expires = daemun.clock.now().plus_seconds(seconds).0.div_euclid(daemun_model::clock::MICROS);
    let shown = Shown { app, path, expires };
    format!("{MEDIA}{}?{}", shown.path, shown.query(daemun))
}

/// The absolute URL of a path below [`MEDIA`]: at the origin of the app's public URL.
fn media_url(app: &App, path: &str) -> String {
    let url = app.public_url.as_str();
    let host = url.find("://").map_or(0, |colon| colon + 3);
    let origin = url[host..].find('/').map_or(url, |slash| &url[..host + slash]);
    format!("{origin}{MEDIA}{path}")
}
