//! `wasi:http`: messages as guests see them, requests that guests send, and requests that they answer.
//!
//! [`types`] has the resources and their rules. Bodies are [`http_body::Body`]s on the side of the host: one that comes in
//! is given as [`BoxBody`], one that goes out is an [`OutgoingHttpBody`]. The resources and
//! bodies know no sockets, [`client`] and [`server`] know no resources; [`GrantedHttp`] joins them by a guest's policy.

mod error_code;
mod values;
mod body;
pub mod types;
pub mod outgoing_handler;
pub mod client;
mod granted;
mod secure;
pub mod server;

use std::pin::Pin;

use bytes::Bytes;
use http_body::Body;

pub use body::{BODY_BUFFER_BYTES, OutgoingHttpBody};
pub use error_code::{DnsErrorPayload, ErrorCode, FieldSizePayload, TlsAlertReceivedPayload};
pub use granted::GrantedHttp;
pub use outgoing_handler::OutgoingHttp;
pub use types::{fields::Fields, request_options::RequestOptions};
pub use values::{HeaderError, Method, Scheme};

/// A body that comes in.
pub type BoxBody = Pin<Box<dyn Body<Data = Bytes, Error = ErrorCode> + Send>>;

/// What an operation on messages answers.
pub type HttpResult<V> = Result<V, ErrorCode>;
