//! A file that a client sends to Daemun itself.

use std::convert::Infallible;
use std::io;

use daemun_files::local::ReceiveFault;
use daemun_files::{Arrived, Expected, Files, Local, Name, Unexpected};
use daemun_model::{Code, Failure, Reason};
use daemun_store::uploads::{self, NewUpload, Signed, StoredFile};
use futures_util::Stream;

use super::look;
use super::permit::Permit;
use crate::daemun::Daemun;

/// Takes the file that a permission is for: once.
///
/// # Errors
/// `not_found` for an upload that is no more, `already_exists` when its file has arrived or is on its way,
/// `body_too_large`, `unsupported_media_type` when the content is of another type, `invalid` on `size` when it is of
/// another size, `body_malformed` when it was cut off, `unavailable` when too many files arrive or the disk takes no more.
pub async fn receive<S, B, E>(daemun: &Daemun, permit: &Permit, body: S) -> Result<(), Failure>
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Into<bytes::Bytes>,
{
    let upload = find(daemun, permit).await?;
    let local = match &daemun.files {
        Files::Local(local) => local,
        // A permission from before files went to a bucket.
        Files::S3(_) => return Err(Code::NotFound.into()),
    };
    let max_bytes = u64::try_from(upload.max_bytes).unwrap_or_default();
    let expected = Expected { media: permit.media, size: permit.size, max_bytes };
    let name = Name::new(daemun.clock.now(), &*daemun.random);
    let body = futures_util::StreamExt::map(body, |chunk| chunk.map(Into::into));
    let arrived = local.receive(&permit.path, &name, expected, body).await.map_err(refusal)?;
    // A client that hangs up now must not leave a file of which nobody knows.
    let (daemun, local) = (daemun.clone(), local.clone());
    let noted = tokio::spawn(async move { note(&daemun, &local, &upload, (name, arrived)).await });
    noted.await.map_err(Failure::broken)?
}

/// Takes a whole file that came with a form, for an upload that was just made, and tells once it is kept.
///
/// # Errors
/// As [`receive`], and `unavailable` when the file storage cannot be used now.
pub(crate) async fn receive_whole(
    daemun: &Daemun,
    new: &NewUpload,
    content: bytes::Bytes,
) -> Result<(), Failure> {
    let s3 = match &daemun.files {
        Files::Local(_) => {
            let size = new.size.and_then(|size| u64::try_from(size).ok());
            let expires = new.expires_at.0.div_euclid(daemun_model::clock::MICROS);
            let permit = Permit { app: new.app, path: new.path.clone(), media: new.media, size, expires };
            let whole = futures_util::stream::once(std::future::ready(Ok::<_, Infallible>(content)));
            return receive(daemun, &permit, whole).await;
        }
        Files::S3(s3) => s3,
    };
    s3.send(daemun.clock.now(), &new.path, new.media, content).await.map_err(look::failure)?;
    let upload = uploads::find_signed(&mut daemun.reader(), &new.path).await?.ok_or(Code::NotFound)?;
    match look::file(daemun, &upload).await? {
        Some(_) => Ok(()),
        None => Err(Code::UnsupportedMediaType.into()),
    }
}

async fn find(daemun: &Daemun, permit: &Permit) -> Result<Signed, Failure> {
    let found = uploads::find_signed(&mut daemun.reader(), &permit.path).await?;
    let upload = found.filter(|upload| upload.app == permit.app).ok_or(Code::NotFound)?;
    if upload.file.is_some() {
        return Err(Code::AlreadyExists.into());
    }
    Ok(upload)
}

/// Notes in the database that the file is here; then it may stay. Where the outcome is unknown it is left as it is: the
/// job looks whether it was noted.
async fn note(
    daemun: &Daemun,
    local: &Local,
    upload: &Signed,
    (name, arrived): (Name, Arrived),
) -> Result<(), Failure> {
    let file = StoredFile {
        stored_as: name.as_str().to_owned(),
        size: i64::try_from(arrived.size).unwrap_or(i64::MAX),
        digest: arrived.digest,
    };
    let (app, path, now) = (upload.app, upload.path.clone(), daemun.clock.now());
    let first =
        daemun.db.write(async move |tx| Ok(uploads::arrive(tx, app, &path, &file, now).await?)).await?;
    let done = if first { local.settle(&name).await } else { local.remove(&name).await };
    if let Err(error) = done {
        tracing::warn!(cause = &error as &dyn std::error::Error, "a file that arrived waits for the job");
    }
    if first { Ok(()) } else { Err(Code::AlreadyExists.into()) }
}

fn refusal(fault: ReceiveFault) -> Failure {
    match fault {
        ReceiveFault::Unexpected(Unexpected::TooLarge) => Code::BodyTooLarge.into(),
        ReceiveFault::Unexpected(Unexpected::OtherSize) => Failure::invalid("size", Reason::Mismatch),
        ReceiveFault::Unexpected(Unexpected::OtherContent) => Code::UnsupportedMediaType.into(),
        ReceiveFault::UnderWay => Code::AlreadyExists.into(),
        ReceiveFault::Busy => Failure::Unavailable { retry_after: 5 },
        ReceiveFault::CutOff => Code::BodyMalformed.into(),
        ReceiveFault::Io(error) if has_no_room(&error) => {
            tracing::warn!(cause = &error as &dyn std::error::Error, "the folder of files takes no more");
            Failure::Unavailable { retry_after: NO_ROOM }
        }
        ReceiveFault::Io(error) => Failure::broken(error),
    }
}

/// Seconds after which there may be room again.
const NO_ROOM: u32 = 60;

/// Whether the disk takes nothing more, for which neither the client nor the program can do anything.
fn has_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_incident() {
        for kind in
            [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::ReadOnlyFilesystem]
        {
            let failure = refusal(ReceiveFault::Io(kind.into()));
            assert!(matches!(failure, Failure::Unavailable { retry_after: 60 }), "{kind}: {failure:?}");
        }
        let failure = refusal(ReceiveFault::Io(io::ErrorKind::PermissionDenied.into()));
        assert!(matches!(failure, Failure::Broken(_)), "a folder that is not ours is one: {failure:?}");
    }
}
