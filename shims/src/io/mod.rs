//! `wasi:io`: errors, pollables and streams, and three kinds of streams that need no host: a pipe, an output that keeps what is
//! written, and one that takes only so many bytes.
//!
//! Of the packages above this one only the error codes are known here: [`mod@error`] carries them.

pub mod error;
pub mod limited;
pub mod poll;
pub(crate) mod waiters;
pub mod streams;
pub mod pipe;
pub mod buffer;
pub mod lines;
