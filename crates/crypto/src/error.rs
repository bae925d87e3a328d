//! What can go wrong with keys and tokens. No text here ever holds a secret.

use std::path::PathBuf;

use daemun_model::Failure;

/// The machinery failed, or was given a key that it cannot use.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The master key is too weak to protect anything.
    #[error("the master key is too weak: {0}")]
    WeakMasterKey(&'static str),
    /// The master key's file could not be read or written.
    #[error("the master key file {path}: {source}")]
    MasterKeyFile {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The master key's file can be read by others than its owner.
    #[error("the master key file {path} can be read by others: run `chmod 600 {path}`")]
    OpenMasterKeyFile {
        /// Which file.
        path: PathBuf,
    },
    /// What was sealed does not open: another master key, another purpose, or it was changed.
    #[error("a sealed secret does not open: another master key, or it was changed")]
    Sealed,
    /// A signing key that is no Ed25519 key in PKCS #8.
    #[error("a signing key cannot be read: {0}")]
    SigningKey(&'static str),
    /// Claims that are no JSON object.
    #[error("claims cannot be written as JSON: {0}")]
    Claims(String),
    /// Costs that argon2id does not have.
    #[error("password hashing cannot run with these settings: {0}")]
    HasherOptions(String),
    /// The hashing threads could not be started, or one ended in the middle of its work.
    #[error("password hashing stopped: {0}")]
    Hasher(String),
    /// The cryptographic library refused without saying why.
    #[error("{0} failed")]
    Library(&'static str),
}

impl From<CryptoError> for Failure {
    fn from(error: CryptoError) -> Self {
        Self::broken(error)
    }
}

/// Why a token is not accepted. A client learns none of it: all four are `unauthenticated` or `token_invalid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is no JWT of the one form we make (RFC 7515 section 7.1, RFC 8725 section 3).
    #[error("the token is malformed")]
    Malformed,
    /// It is not signed by the key it is checked with.
    #[error("the token's signature is wrong")]
    Signature,
    /// Its time is over or has not come (RFC 7519 sections 4.1.4 to 4.1.6).
    #[error("the token is outside its time")]
    Expired,
    /// It is signed by us for another purpose, app or issuer.
    #[error("the token is for something else")]
    Foreign,
}
