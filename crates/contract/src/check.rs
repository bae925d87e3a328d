//! What is checked beyond the form of single values.

pub(crate) mod failures;
pub(crate) mod messages;
pub(crate) mod needs;
pub(crate) mod routes;
