//! `wasi:http`: requests that guests send and answer.

pub mod client;
