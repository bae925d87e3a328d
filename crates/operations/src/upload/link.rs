//! `upload.link`: a link by which an operator sees a file, for a short while.

use daemun_model::{Code, Failure, Permission, Reason};
use daemun_store::uploads;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::permit::Shown;
use super::{look, media_url};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Its path.
    #[schemars(required)]
    pub path: Option<String>,
}

/// The link.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The absolute URL.
    pub url: String,
    /// Seconds until it stops working.
    pub expires_in: i64,
    /// The type of the file.
    pub content_type: String,
}

pub(crate) fn operation() -> Operation {
    Operation::new("upload.link", "Make a link to a file that works for a short while", link)
        .needs(Permission::ApprovalsRead)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Make a link to a file that works for a short while. It is noted who asked for it.
///
/// # Errors
/// Those of [`operation`]: `not_found` for a path of another app, and for one whose file has not arrived.
pub async fn link(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    call.faults.clone().finish()?;
    let path = input.path.ok_or_else(|| Failure::invalid("path", Reason::Required))?;
    let found = uploads::find_signed(&mut daemun.reader(), &path).await?;
    let upload = found.filter(|upload| upload.app == call.app.id).ok_or(Code::NotFound.on("path"))?;
    if look::file(&daemun, &upload).await?.is_none() {
        return Err(Code::NotFound.on("path"));
    }
    let mut entry = audit::done(&daemun, &call, "upload.link", upload.account);
    entry.detail = Some(upload.kind.clone());
    daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &entry).await?)).await?;

    let expires_in = daemun.settings.upload_link_lifetime;
    let expires = daemun.clock.now().plus_seconds(expires_in).0.div_euclid(daemun_model::clock::MICROS);
    // Also what lies in a bucket is given out here: with our headers, and by nobody who was not asked.
    let shown = Shown { app: call.app.id, path, expires };
    let url = format!("{}?{}", media_url(&call.app, &shown.path), shown.query(&daemun));
    Ok(Output { url, expires_in, content_type: upload.media.mime().to_owned() })
}
