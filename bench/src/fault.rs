//! What can go wrong: a text for who runs the bench.

use std::error::Error;

/// A result, or why the bench cannot go on.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
