//! The kind `http.endpoint`. Compares it with no other.

use super::super::decode::{Cx, Fields};
use super::super::meta::Meta;
use super::super::{EntryKind, Id};
use super::{RoutePath, token};

/// `http.endpoint`: a function that answers requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpEndpoint {
    /// The router or service that `meta.router` names; none when the entry leaves it to be found.
    pub router: Option<Id>,
    /// The method, in upper case: a token of RFC 9110, and not `CONNECT`.
    pub method: String,
    /// The path below the prefix of its router.
    pub path: RoutePath,
    /// The function, whose transport is `wasi-http`.
    pub func: Id,
}

impl HttpEndpoint {
    pub(crate) fn decode(fields: &mut Fields<'_>, meta: &mut Meta<'_>, cx: &mut Cx<'_>) -> Option<HttpEndpoint> {
        const PARENTS: &[EntryKind] = &[EntryKind::HttpRouter, EntryKind::HttpService];
        const FUNCTIONS: &[EntryKind] = &[EntryKind::FunctionWat, EntryKind::FunctionWasm];
        let router = meta.optional("router", cx).and_then(|field| field.reference(cx, PARENTS));
        let method = fields.required("method", cx).and_then(|field| field.parsed(cx, token::method));
        let path = fields.required("path", cx).and_then(|field| field.parsed(cx, RoutePath::parse));
        let func = fields.required("func", cx).and_then(|field| field.reference(cx, FUNCTIONS));
        Some(HttpEndpoint { router, method: method?, path: path?, func: func? })
    }
}
