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
pub use tidy::{Tidied, tidy};

use daemun_model::App;

/// The path on the server below which files are, whatever the app.
pub const MEDIA: &str = "/media/";

/// The absolute URL of a path below [`MEDIA`]: at the origin of the app's public URL.
fn media_url(app: &App, path: &str) -> String {
    let url = app.public_url.as_str();
    let host = url.find("://").map_or(0, |colon| colon + 3);
    let origin = url[host..].find('/').map_or(url, |slash| &url[..host + slash]);
    format!("{origin}{MEDIA}{path}")
}
