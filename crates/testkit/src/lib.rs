//! A real server in a test: a port of its own, a database of its own, time that stands still, randomness from a
//! seed, cheap hashes, messages to look at.
//!
//! ```no_run
//! # async fn example() {
//! use daemun_testkit::{Answered, TestServer};
//! use serde_json::json;
//!
//! let server = TestServer::with_contract("bookshop", "contract: bookshop\n…").await;
//! let answer = server.post("/bookshop/members").json(&json!({ "email": "a@example.com" })).answer().await;
//! assert_eq!((answer.status, answer.json()), (201, json!({ "id": 1 })));
//! server.advance(60);
//! server.stop().await;
//! # }
//! ```
//!
//! The engine is that of `DAEMUN_TEST_DATABASE`, as in every test (see `daemun-testpg`).

mod answer;
mod browser;
mod bucket;
mod console;
mod server;

pub use answer::{Answer, Answered};
pub use browser::Browser;
pub use bucket::TestBucket;
pub use console::{Administrator, CLUB};
pub use server::{Setup, TestServer};
