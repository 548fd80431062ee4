//! The transport `wasi-http` of functions that are no handlers of `wasi:http`: from a request to arguments, and from what a
//! call answered to a response.
//!
//! A [`Mapping`] is decided when the app is loaded, from the type of the function. Nothing here waits, reads a file or a
//! clock, or knows a socket: a request comes as what was [`Asked`], a response goes as an [`Answer`]. What the client did wrong
//! is found before the call and is a [`BadRequest`]; whatever fails later is not the client's fault.
//!
//! ```
//! use http::{HeaderMap, StatusCode};
//! use nojit::{component::Engine, function::{Function, Outcome, Source}, http::transport::{Asked, Mapping}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let wat = r#"(module (func (export "double") (param i32) (result i32)
//!     (i32.mul (local.get 0) (i32.const 2))))"#;
//! let source = Source::new(&Engine::default(), wat.as_bytes(), Some("double: func(number: u32) -> u32;"))?;
//! let mapping = Mapping::of(&Function::new("example", &source, "double")?)?;
//!
//! let headers = HeaderMap::new();
//! let asked = |query| Asked { method: "GET", path: "/", query, headers: &headers, params: &[], body: Vec::new() };
//! assert_eq!(mapping.arguments(asked(Some("number=21"))), Ok(vec![21.into()]));
//! let wrong = mapping.arguments(asked(Some("number=x"))).expect_err("not a number");
//! assert_eq!(wrong.message, r#"query parameter number: expected u32, found "x""#);
//!
//! let answer = mapping.response(Outcome::Value(Some(42.into())));
//! assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"42"[..]));
//! # Ok(())
//! # }
//! ```

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

pub use answer::{Answer, bad_request, failure, too_large, too_many};
pub use mapping::{Asked, BadRequest, Mapping};
