//! How long and how often things are measured.

use std::time::Duration;

/// Connections that load is sent over.
pub const CONNECTIONS: usize = 32;
/// Sign-ins that wait in a queue while profiles are read.
pub const QUEUED: usize = 200;

/// One run of the bench.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many slices there are of what costs microseconds, the limit's just before or after the product's.
    pub slices: usize,
    /// How long such a slice is: short, so that what disturbs the machine disturbs both.
    pub slice: Duration,
    /// How many slices there are of what costs password hashes or commits.
    pub long_slices: usize,
    /// How long such a slice is.
    pub long_slice: Duration,
    /// How often the server is started.
    pub starts: usize,
}

impl Plan {
    /// What the README's table comes from.
    pub const fn full() -> Self {
        Self {
            slices: 11,
            slice: Duration::from_secs(1),
            long_slices: 7,
            long_slice: Duration::from_secs(3),
            starts: 15,
        }
    }

    /// A first look.
    pub const fn quick() -> Self {
        Self {
            slices: 3,
            slice: Duration::from_secs(1),
            long_slices: 3,
            long_slice: Duration::from_secs(2),
            starts: 5,
        }
    }
}
