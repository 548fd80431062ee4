//! What scripts of other origins may do: the CORS protocol of the Fetch standard. Knows no endpoints.

use std::collections::BTreeSet;

use ::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

use crate::registry::Cors;

/// What a request says of the script that sends it.
#[derive(Clone, Debug)]
pub(super) struct Sharing {
    /// None of a request that comes from no script, or from one of the same origin. Caches may give what is answered to others.
    origin: Option<HeaderValue>,
    method: Option<HeaderValue>,
}

impl Sharing {
    /// By the fields of a request.
    pub(super) fn asked(fields: &HeaderMap) -> Sharing {
        let field = |name| fields.get(name).cloned();
        Sharing { origin: field(ORIGIN), method: field(ACCESS_CONTROL_REQUEST_METHOD) }
    }

    /// The method that is asked for before the request itself.
    pub(super) fn method(&self) -> Option<&str> {
        self.method.as_ref()?.to_str().ok()
    }

    /// Says in the fields of a response what its reader may do.
    pub(super) fn answer(&self, cors: &Cors, fields: &mut HeaderMap) {
        if self.allow_origin(cors, fields) && !cors.expose.is_empty() {
            set(fields, ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose.join(", "));
        }
    }

    /// Says before a request what it may be, where endpoints have `methods`.
    pub(super) fn answer_preflight(&self, cors: &Cors, methods: &BTreeSet<&str>, fields: &mut HeaderMap) {
        if !self.allow_origin(cors, fields) || self.method.is_none() {
            return;
        }
        let methods = match &cors.methods {
            Some(methods) => methods.join(", "),
            None => methods.iter().copied().collect::<Vec<_>>().join(", "),
        };
        set(fields, ACCESS_CONTROL_ALLOW_METHODS, &methods);
        if !cors.headers.is_empty() {
            set(fields, ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers.join(", "));
        }
        if let Some(max_age) = cors.max_age {
            set(fields, ACCESS_CONTROL_MAX_AGE, &max_age.as_secs().to_string());
        }
    }

    /// Whether the origin may read the answer, which then says so.
    fn allow_origin(&self, cors: &Cors, fields: &mut HeaderMap) -> bool {
        if cors.origins.iter().any(|origin| origin == "*") {
            put(fields, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            return true;
        }
        // The answer for one origin is not that for another, also where it is not allowed.
        let _full = fields.try_append(VARY, HeaderValue::from_static("origin"));
        let Some(asked) = &self.origin else { return false };
        if !cors.origins.iter().any(|origin| origin.as_bytes() == asked.as_bytes()) {
            return false;
        }
        put(fields, ACCESS_CONTROL_ALLOW_ORIGIN, asked.clone());
        if cors.credentials {
            put(fields, ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

/// Sets a field; names and methods of an entry are tokens, so that each is a value.
fn set(fields: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        put(fields, name, value);
    }
}

/// Sets a field, unless a guest's response has as many as there can be.
fn put(fields: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    let _full = fields.try_insert(name, value);
}
