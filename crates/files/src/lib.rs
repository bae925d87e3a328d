//! Where uploaded files lie. What a file is, whose it is and who may see it stands in the database; this crate keeps
//! bytes under names that nobody chooses.

pub mod local;

pub use local::Local;

use daemun_model::MediaType;

/// Where files are kept.
#[derive(Clone, Debug)]
pub enum Files {
    /// In a folder of this machine: clients send their files to Daemun.
    Local(Local),
}

/// What a file that arrives must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its type.
    pub media: MediaType,
    /// Its size in bytes, where the client named one.
    pub size: Option<u64>,
    /// The most bytes it may have.
    pub max_bytes: u64,
}

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its size in bytes.
    pub size: u64,
    /// What its content is known by: equal for equal contents only.
    pub digest: String,
}
