//! What this machine can do: each limit is the least that an answer of the product has to do.

pub mod argon;
pub mod by_hand;
pub mod http;
pub mod postgres;
pub mod sqlite;
