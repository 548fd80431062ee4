//! The transport `wasi-http` of functions that are no handlers of `wasi:http`: from a request to arguments, and from what a
//! call answered to a response.
//!
//! A [`Mapping`] is decided when the app is loaded, from the type of the function. Nothing here waits, reads a file or a
//! clock, or knows a socket: a request comes as what was [`Asked`], a response goes as an [`Answer`]. What the client did wrong
//! is found before the call and is a [`BadRequest`]; whatever fails later is not the client's fault.

mod mapping;
mod named;
mod request;
mod text;
mod query;
mod pairs;
mod response;
mod answer;
#[cfg(test)]
mod tests;

pub(super) use answer::{Answer, bad_request, failure, too_large};
pub(super) use mapping::{Asked, BadRequest, Mapping};
