//! What every door needs of HTTP: who the client is, the request's id, the one log line of a request, the
//! headers that protect a browser, and answers for requests that reach no app.

pub mod answer;
mod body;
mod count;
pub mod edge;
mod gather;
pub mod headers;
pub mod log;
pub mod proxies;
pub mod request_id;
mod trace;
mod within;

pub use edge::{Edge, Front, FrontOptions};
pub use gather::{Ungathered, gather};
pub use log::Logged;
pub use proxies::TrustedProxies;
pub use within::within;
