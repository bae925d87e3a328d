//! Looking whether a file has arrived in a bucket, where clients send it without our knowing. With a folder of our own there
//! is nothing to look at: what arrived was noted as it did.

use daemun_files::s3::{Look, Place, S3Fault};
use daemun_files::{Expected, Files, Name, S3};
use daemun_model::{AccountUuid, AppId, Failure};
use daemun_store::uploads::{self, Signed, StoredFile};

use crate::daemun::Daemun;

/// Seconds after which a client may ask again when the bucket cannot be used.
const RETRY_AFTER: u32 = 5;

/// The file of an upload, when it has arrived.
///
/// # Errors
/// `unavailable` when that cannot be known now.
pub(super) async fn file(daemun: &Daemun, upload: &Signed) -> Result<Option<StoredFile>, Failure> {
    match (&upload.file, &daemun.files) {
        (Some(file), _) => Ok(Some(file.clone())),
        (None, Files::Local(_)) => Ok(None),
        (None, Files::S3(s3)) => look(daemun, s3, upload).await,
    }
}

/// Looks for every file of an account that is not known to have arrived.
///
/// # Errors
/// `unavailable` when that cannot be known now.
pub(super) async fn all_of(daemun: &Daemun, app: AppId, account: AccountUuid) -> Result<(), Failure> {
    let Files::S3(s3) = &daemun.files else { return Ok(()) };
    let missing = uploads::list_missing(&mut daemun.reader(), app, account).await?;
    let looks = missing.iter().map(|upload| look(daemun, s3, upload));
    futures_util::future::try_join_all(looks).await?;
    Ok(())
}

/// Looks for a file, and notes in the database that it is here. Of two who look at the same time one notes it, and what the
/// other one kept is removed.
pub(super) async fn look(daemun: &Daemun, s3: &S3, upload: &Signed) -> Result<Option<StoredFile>, Failure> {
    let place = Place { path: &upload.path, visibility: upload.visibility };
    let size = upload.size.and_then(|size| u64::try_from(size).ok());
    let max_bytes = u64::try_from(upload.max_bytes).unwrap_or_default();
    let expected = Expected { media: upload.media, size, max_bytes };
    let name = Name::new(daemun.clock.now(), &*daemun.random);
    let arrived = match s3.look(daemun.clock.now(), place, &name, expected).await.map_err(failure)? {
        Look::Arrived(arrived) => arrived,
        Look::Absent => return noted(daemun, upload).await,
        Look::Unexpected(why) => {
            tracing::info!(kind = upload.kind, %why, "an uploaded file is not what was signed, and is deleted");
            return noted(daemun, upload).await;
        }
    };
    let file = StoredFile {
        stored_as: name.as_str().to_owned(),
        size: i64::try_from(arrived.size).unwrap_or(i64::MAX),
        digest: arrived.digest,
    };
    let (app, path, now, seen) = (upload.app, upload.path.clone(), daemun.clock.now(), file.clone());
    let first =
        daemun.db.write(async move |tx| Ok(uploads::arrive(tx, app, &path, &seen, now).await?)).await?;
    if first {
        s3.drop_incoming(now, &upload.path).await.map_err(failure)?;
        return Ok(Some(file));
    }
    s3.drop_stored(now, place, &name).await.map_err(failure)?;
    noted(daemun, upload).await
}

/// What somebody else noted meanwhile, who looked at the same time.
async fn noted(daemun: &Daemun, upload: &Signed) -> Result<Option<StoredFile>, Failure> {
    let found = uploads::find_signed(&mut daemun.reader(), &upload.path).await?;
    Ok(found.and_then(|upload| upload.file))
}

/// What a client is told, and, where it will not pass by itself, the log.
pub(super) fn failure(fault: S3Fault) -> Failure {
    match fault {
        S3Fault::Away(_) => {
            tracing::warn!(cause = &fault as &dyn std::error::Error, "files cannot be reached");
            Failure::Unavailable { retry_after: RETRY_AFTER }
        }
        S3Fault::Setting(_) | S3Fault::Refused { .. } | S3Fault::Strange { .. } => Failure::broken(fault),
    }
}
