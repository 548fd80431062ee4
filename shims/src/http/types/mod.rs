//! `wasi:http/types`: messages and their parts. One file per resource, which has the functions of the resource.
//!
//! The fields of a message cannot be changed while it has them; what a message shows of itself is its child, and so are the
//! streams of a body. Methods that give a part of a message give it once.

pub mod fields;
pub mod incoming_request;
pub mod outgoing_request;
pub mod request_options;
pub mod response_outparam;
pub mod incoming_response;
pub mod incoming_body;
pub mod future_trailers;
pub mod outgoing_response;
pub mod outgoing_body;
pub mod future_incoming_response;

use crate::{Handle, Trap, Wasi, http::ErrorCode, io::error::Error};

/// `http-error-code: func(err: borrow<io-error>) -> option<error-code>`
///
/// # Errors
///
/// If there is no such error.
pub fn http_error_code(wasi: &Wasi, err: Handle<Error>) -> Result<Option<ErrorCode>, Trap> {
    Ok(wasi.table.get(err)?.http().cloned())
}

#[cfg(test)]
mod tests;
