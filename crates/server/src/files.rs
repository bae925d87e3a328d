//! Where uploaded files lie, as configured.

use daemun_files::s3::{self, S3Fault, Style};
use daemun_files::{Files, Local, S3};
use daemun_model::{Random, Timestamp};

use crate::config::{Config, FilesKind, FilesSection};
use crate::core::StartError;

/// The folder of files in the data folder.
const FOLDER: &str = "files";

/// Where files are kept. A bucket is asked for nothing yet.
///
/// # Errors
/// `Data` for a folder that cannot be written to, `Files` for settings that cannot be.
pub fn of(config: &Config) -> Result<Files, StartError> {
    match config.files.kind {
        FilesKind::Local => {
            let path = config.files.folder.clone().unwrap_or_else(|| config.server.data.join(FOLDER));
            let local = Local::open(&path).map_err(|source| StartError::Data { path, source })?;
            Ok(Files::Local(local))
        }
        FilesKind::S3 => Ok(Files::S3(S3::new(options(&config.files))?)),
    }
}

/// Tries a bucket before anybody depends on it. One that cannot be reached does not stop a server: members sign in without
/// their pictures, too.
///
/// # Errors
/// `Files` with what the service refuses.
pub async fn try_out(files: &Files, now: Timestamp, random: &dyn Random) -> Result<(), StartError> {
    let Files::S3(s3) = files else { return Ok(()) };
    match s3.check(now, random).await {
        Ok(()) => Ok(()),
        Err(fault @ S3Fault::Away(_)) => {
            tracing::warn!(
                cause = %fault,
                bucket = s3.address(),
                "uploads will not work until the file storage in [files] can be reached; everything else does"
            );
            Ok(())
        }
        Err(fault) => Err(fault.into()),
    }
}

fn options(files: &FilesSection) -> s3::Options {
    // The configuration was checked: what is needed is there.
    s3::Options {
        endpoint: files.endpoint.clone().unwrap_or_default(),
        region: files.region.clone(),
        bucket: files.bucket.clone().unwrap_or_default(),
        style: if files.path_style { Style::Path } else { Style::VirtualHost },
        access_key_id: files.access_key_id.clone().unwrap_or_default(),
        secret_access_key: files.secret_access_key.clone().unwrap_or_default(),
        prefix: files.prefix.clone(),
        public_url: files.public_url.clone(),
        connect_seconds: files.connect_seconds,
        timeout_seconds: files.timeout_seconds,
    }
}
