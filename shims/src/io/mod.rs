//! `wasi:io`: errors, pollables and streams, and two streams that need no host.

pub mod error;
pub mod limited;
pub mod poll;
pub(crate) mod waiters;
pub mod streams;
pub mod pipe;
pub mod buffer;
