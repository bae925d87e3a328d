//! Where uploaded files lie, as configured.

use daemun_files::{Files, Local};

use crate::config::{Config, FilesKind};
use crate::core::StartError;

/// The folder of files in the data folder.
const FOLDER: &str = "files";

/// Where files are kept.
///
/// # Errors
/// `Data` for a folder that cannot be written to.
pub fn of(config: &Config) -> Result<Files, StartError> {
    match config.files.kind {
        FilesKind::Local => {
            let path = config.files.folder.clone().unwrap_or_else(|| config.server.data.join(FOLDER));
            let local = Local::open(&path).map_err(|source| StartError::Data { path, source })?;
            Ok(Files::Local(local))
        }
    }
}
