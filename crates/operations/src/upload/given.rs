//! A file that is given out.

use daemun_files::Files;
use daemun_files::local::{Name, Opened};
use daemun_model::upload::Visibility;
use daemun_model::{Code, Failure, MediaType};
use daemun_store::uploads::{self, Signed, StoredFile};

use super::permit::Shown;
use crate::daemun::Daemun;

/// A file that whoever asked may see.
#[derive(Debug)]
pub struct Given {
    /// Its type.
    pub media: MediaType,
    /// What its content is known by.
    pub digest: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// The last part of its path.
    pub name: String,
    /// The file itself.
    pub content: Opened,
}

/// The file of a path: one of a public kind that an account has, or, by a permission, any that has arrived.
///
/// # Errors
/// `not_found` for everything else: whether there is such a file is nobody's business.
pub async fn find(daemun: &Daemun, path: &str, by: Option<&Shown>) -> Result<Given, Failure> {
    let upload = uploads::find_signed(&mut daemun.reader(), path).await?.ok_or(Code::NotFound)?;
    let may = match by {
        Some(shown) => shown.app == upload.app && shown.path == upload.path,
        None => upload.account.is_some() && upload.visibility == Visibility::Public,
    };
    let file = upload.file.clone().filter(|_| may).ok_or(Code::NotFound)?;
    open(daemun, upload, file).await
}

async fn open(daemun: &Daemun, upload: Signed, file: StoredFile) -> Result<Given, Failure> {
    let Files::Local(local) = &daemun.files;
    let name = Name::parse(&file.stored_as).ok_or(Code::NotFound)?;
    let Some(content) = local.read(&name).await.map_err(Failure::broken)? else {
        tracing::error!(path = upload.path, "a file that arrived is not in the folder of files");
        return Err(Code::NotFound.into());
    };
    Ok(Given {
        media: upload.media,
        digest: file.digest,
        visibility: upload.visibility,
        name: upload.path.rsplit('/').next().unwrap_or_default().to_owned(),
        content,
    })
}
