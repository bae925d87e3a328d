//! A file that is given out.

use std::ops::Range;

use daemun_files::local::Opened;
use daemun_files::s3::{Link, Object, Place};
use daemun_files::{Files, Name, S3};
use daemun_model::upload::Visibility;
use daemun_model::{Code, Failure, MediaType};
use daemun_store::uploads::{self, Signed, StoredFile};

use super::look;
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
    /// Its size in bytes.
    pub size: u64,
    /// The file itself.
    pub source: Source,
}

/// Where a file that is given out is.
#[derive(Debug)]
pub enum Source {
    /// Here.
    File(Opened),
    /// In a bucket.
    Bucket(InBucket),
}

/// A file in a bucket.
#[derive(Debug)]
pub struct InBucket {
    s3: S3,
    path: String,
    visibility: Visibility,
    stored_as: Name,
    size: u64,
}

impl InBucket {
    /// Where a client reads it, when everybody may; `for_head` is for its headers only.
    pub fn link(&self, daemun: &Daemun, asked: Asked) -> Link {
        let method = match asked {
            Asked::Content => daemun_files::s3::Method::Get,
            Asked::Headers => daemun_files::s3::Method::Head,
        };
        self.s3.link(daemun.clock.now(), self.place(), &self.stored_as, method)
    }

    /// Opens a part of it.
    ///
    /// # Errors
    /// `not_found` when it is not there, `unavailable` when the bucket cannot be used now.
    pub async fn open(&self, daemun: &Daemun, part: Range<u64>) -> Result<Object, Failure> {
        let reading = self.s3.read(daemun.clock.now(), self.place(), &self.stored_as, part, self.size);
        let found = reading.await.map_err(look::failure)?;
        found.ok_or_else(|| lost(&self.path))
    }

    fn place(&self) -> Place<'_> {
        Place { path: &self.path, visibility: self.visibility }
    }
}

/// What is asked of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Content,
    /// What is known about it.
    Headers,
}

/// The file of a path: one of a public kind that an account or a catalogue has, or, by a permission, any that has arrived.
///
/// # Errors
/// `not_found` for everything else: whether there is such a file is nobody's business. `unavailable` when files cannot
/// be reached.
pub async fn find(daemun: &Daemun, path: &str, by: Option<&Shown>) -> Result<Given, Failure> {
    let upload = uploads::find_signed(&mut daemun.reader(), path).await?.ok_or(Code::NotFound)?;
    let may = match by {
        Some(shown) => shown.app == upload.app && shown.path == upload.path,
        None => is_had(&upload) && upload.visibility == Visibility::Public,
    };
    if !may {
        return Err(Code::NotFound.into());
    }
    let file = look::file(daemun, &upload).await?.ok_or(Code::NotFound)?;
    open(daemun, upload, file).await
}

/// Whether an account or a catalogue has it.
const fn is_had(upload: &Signed) -> bool {
    upload.account.is_some() || upload.kept_at.is_some()
}

async fn open(daemun: &Daemun, upload: Signed, file: StoredFile) -> Result<Given, Failure> {
    let name = Name::parse(&file.stored_as).ok_or(Code::NotFound)?;
    let (source, size) = match &daemun.files {
        Files::Local(local) => {
            let found = local.read(&name).await.map_err(Failure::broken)?;
            let opened = found.ok_or_else(|| lost(&upload.path))?;
            let size = opened.size;
            (Source::File(opened), size)
        }
        Files::S3(s3) => {
            let size = u64::try_from(file.size).unwrap_or_default();
            let (s3, path) = (s3.clone(), upload.path.clone());
            let found = InBucket { s3, path, visibility: upload.visibility, stored_as: name, size };
            (Source::Bucket(found), size)
        }
    };
    Ok(Given {
        media: upload.media,
        digest: file.digest,
        visibility: upload.visibility,
        name: upload.path.rsplit('/').next().unwrap_or_default().to_owned(),
        size,
        source,
    })
}

fn lost(path: &str) -> Failure {
    tracing::error!(path, "a file that arrived is not where files are");
    Code::NotFound.into()
}
