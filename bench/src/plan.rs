//! How long and how often things are measured.

use std::time::Duration;

/// Connections that load is sent over.
pub const CONNECTIONS: usize = 32;
/// Sign-ins that wait in a queue while profiles are read.
pub const QUEUED: usize = 200;

/// One run of the bench.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often each figure is measured, its limit just before or after it.
    pub rounds: usize,
    /// How long requests are sent that cost microseconds.
    pub fast: Duration,
    /// How long requests are sent that cost a password hash.
    pub hashing: Duration,
    /// How long single-row commits are made.
    pub commits: Duration,
    /// How often the server is started.
    pub starts: usize,
}

impl Plan {
    /// What the README's table comes from.
    pub const fn full() -> Self {
        Self {
            rounds: 3,
            fast: Duration::from_secs(4),
            hashing: Duration::from_secs(8),
            commits: Duration::from_secs(3),
            starts: 15,
        }
    }

    /// A first look.
    pub const fn quick() -> Self {
        Self {
            rounds: 1,
            fast: Duration::from_secs(3),
            hashing: Duration::from_secs(6),
            commits: Duration::from_secs(2),
            starts: 7,
        }
    }
}
