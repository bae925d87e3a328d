//! `[files]`: where uploaded files lie.

use std::path::PathBuf;

use daemun_files::s3::{check_prefix, check_url};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::rules::Faults;

/// Where uploaded files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesKind {
    /// In a folder of this machine.
    Local,
    /// In a bucket of an S3-compatible service.
    S3,
}

/// `[files]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesSection {
    /// Where they lie.
    pub kind: FilesKind,
    /// The folder: `files` in the data folder where it is left out.
    pub folder: Option<PathBuf>,
    /// S3: the service.
    pub endpoint: Option<String>,
    /// S3: its region.
    pub region: String,
    /// S3: the bucket.
    pub bucket: Option<String>,
    /// S3: whether the bucket stands in the path of a URL, not in its host.
    pub path_style: bool,
    /// S3: the key to sign in with.
    pub access_key_id: Option<String>,
    /// S3: that key's secret.
    #[schemars(with = "Option<String>")]
    pub secret_access_key: Option<SecretString>,
    /// S3: what every object's key begins with.
    pub prefix: String,
    /// S3: where everybody can read what everybody may see.
    pub public_url: Option<String>,
    /// S3: seconds to connect.
    pub connect_seconds: u64,
    /// S3: seconds that it may say nothing.
    pub timeout_seconds: u64,
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
        let waits = "a request waits for it";
        faults.between("files.connect_seconds", self.connect_seconds, 1, 30, waits);
        faults.between("files.timeout_seconds", self.timeout_seconds, 1, 60, waits);
        match self.kind {
            FilesKind::Local => {}
            FilesKind::S3 => self.check_s3(faults),
        }
    }

    fn check_s3(&self, faults: &mut Faults) {
        let secret = self.secret_access_key.as_ref().map(|secret| secret.expose_secret().to_owned());
        let needed = [
            ("endpoint", &self.endpoint, "such as https://s3.ap-northeast-2.amazonaws.com"),
            ("bucket", &self.bucket, "the name of a bucket that is there"),
            ("access_key_id", &self.access_key_id, "the half of a key that is no secret"),
            ("secret_access_key", &secret, "it is best set as DAEMUN__FILES__SECRET_ACCESS_KEY"),
        ];
        for (key, value, hint) in needed {
            if value.as_deref().is_none_or(|text| text.trim().is_empty()) {
                faults.hint(&format!("files.{key}"), "is needed for kind = \"s3\"", hint);
            }
        }
        for (key, url) in [("endpoint", &self.endpoint), ("public_url", &self.public_url)] {
            if let Some(Err(why)) = url.as_deref().map(check_url) {
                faults.add(&format!("files.{key}"), why);
            }
        }
        if let Err(why) = check_prefix(&self.prefix) {
            faults.add("files.prefix", why);
        }
    }
}
