//! The job that deletes files nobody has: those that no account named in time, those of deleted accounts, those that
//! were replaced. Every node may run it at any time, and whoever dies in the middle leaves what the next one finishes.

use daemun_files::s3::Place;
use daemun_files::{Files, Local, Name, S3};
use daemun_model::Failure;
use daemun_store::uploads::{self, Doomed};

use super::look::{failure, look};
use crate::daemun::Daemun;

/// Rows that go in one transaction.
const AT_ONCE: i64 = 100;
/// Files in `incoming/` that are looked at in one run.
const UNSETTLED: usize = 1000;
/// Seconds after which a file that arrived must have been noted: far longer than a request may take.
const NOTED_AFTER: i64 = 600;

/// Seconds after the end of a permission when a file that was begun before has arrived.
const SENT_AFTER: i64 = 600;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Uploads that no account named in time.
    pub unclaimed: u64,
    /// Uploads that are deleted, with their files.
    pub deleted: u64,
    /// Uploads in a bucket that were looked at for the last time.
    pub looked: u64,
    /// Files that were left behind by a process that died, settled or removed, and those that lie in a bucket for nobody.
    pub leftovers: u64,
}

/// Deletes what is to be deleted.
///
/// # Errors
/// When the database does not answer or a file cannot be removed; what was done before that stays done.
pub async fn tidy(daemun: &Daemun) -> Result<Tidied, Failure> {
    let now = daemun.clock.now();
    let before = now.plus_seconds(-daemun.settings.keep_unclaimed);
    let mut tidied = Tidied::default();
    if let Files::S3(s3) = &daemun.files {
        tidied.looked = look_at_last(daemun, s3).await?;
    }
    loop {
        let doomed = daemun
            .db
            .write(async move |tx| Ok(uploads::doom_unclaimed(tx, before, now, AT_ONCE).await?))
            .await?;
        tidied.unclaimed += doomed;
        if doomed == 0 {
            break;
        }
    }
    loop {
        let doomed = uploads::list_doomed(&mut daemun.reader(), AT_ONCE).await?;
        if doomed.is_empty() {
            break;
        }
        for upload in doomed {
            remove(daemun, &upload).await?;
            daemun.db.write(async move |tx| Ok(uploads::delete(tx, &upload).await?)).await?;
            tidied.deleted += 1;
        }
    }
    tidied.leftovers = match &daemun.files {
        Files::Local(local) => settle_leftovers(daemun, local).await?,
        Files::S3(s3) => s3.sweep(now, before).await.map_err(failure)?,
    };
    Ok(tidied)
}

/// Looks a last time for every file that nobody may send any more, and tells of how many. What is not there then never
/// arrives: it is deleted, or, where an account has it, is from now on a path for which there was no permission.
async fn look_at_last(daemun: &Daemun, s3: &S3) -> Result<u64, Failure> {
    let mut looked = 0;
    loop {
        let now = daemun.clock.now();
        let ended = now.plus_seconds(-SENT_AFTER);
        let unlooked = uploads::list_unlooked(&mut daemun.reader(), ended, AT_ONCE).await?;
        if unlooked.is_empty() {
            return Ok(looked);
        }
        for upload in unlooked {
            if look(daemun, s3, &upload).await?.is_none() {
                let (app, path) = (upload.app, upload.path);
                daemun.db.write(async move |tx| Ok(uploads::give_up(tx, app, &path, now).await?)).await?;
            }
            looked += 1;
        }
    }
}

/// Removes the file of an upload. That it is not there is as good.
async fn remove(daemun: &Daemun, upload: &Doomed) -> Result<(), Failure> {
    match (&daemun.files, upload.stored_as.as_deref().and_then(Name::parse)) {
        (Files::Local(local), Some(name)) => local.remove(&name).await.map_err(Failure::broken),
        (Files::Local(_), None) => Ok(()),
        (Files::S3(s3), _) => {
            let place = Place { path: &upload.path, visibility: upload.visibility };
            s3.remove(daemun.clock.now(), place).await.map_err(failure)
        }
    }
}

/// What lies in `incoming/` for long was noted, and then it is settled, or was not, and then it is nobody's.
async fn settle_leftovers(daemun: &Daemun, local: &Local) -> Result<u64, Failure> {
    let before = daemun.clock.now().plus_seconds(-NOTED_AFTER).0;
    let names = local.unsettled(before, UNSETTLED).await.map_err(Failure::broken)?;
    let mut count = 0;
    for name in names {
        let noted = uploads::is_stored(&mut daemun.reader(), name.as_str()).await?;
        let done = if noted { local.settle(&name).await } else { local.remove(&name).await };
        done.map_err(Failure::broken)?;
        count += 1;
    }
    Ok(count)
}
