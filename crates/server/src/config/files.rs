//! `[files]`: where uploaded files lie.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::Faults;

/// Where uploaded files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesKind {
    /// In a folder of this machine.
    Local,
}

/// `[files]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesSection {
    /// Where they lie.
    pub kind: FilesKind,
    /// The folder: `files` in the data folder where it is left out.
    pub folder: Option<PathBuf>,
    /// Seconds that a permission to upload a file lasts.
    pub sign_seconds: i64,
    /// Seconds that a link to a file works that not everybody may see.
    pub link_seconds: i64,
}

impl FilesSection {
    /// What is wrong with the values.
    pub(super) fn check(&self, faults: &mut Faults) {
        let signed = "whoever has the URL has the permission";
        faults.between("files.sign_seconds", self.sign_seconds, 60, 3600, signed);
        faults.between("files.link_seconds", self.link_seconds, 30, 3600, signed);
    }
}
