//! The middleware `compress`: which responses are compressed, and what their heads say then. Compresses no byte itself.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ::http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, VARY},
};
use flate2::Compression as Level;
use http_body::Body;
use nojit_shims::http::{OutgoingHttpBody, server::Received};

use super::{answering::Response, codings::Coding, compressed::Compressed};
use crate::registry::{Compress, CompressLevel};

/// Bodies of one router that are compressed at once, each with a window and tables of a few hundred KiB. Beyond that they go as
/// they are.
const MAX_AT_ONCE: usize = 256;

/// Media types that are texts, or other bytes that compress well. What is not among them is compressed already, or unknown.
/// All of `text/` is, and all that ends like [`SUFFIXES`].
const MEDIA_TYPES: [&str; 21] = [
    "application/ecmascript",
    "application/graphql",
    "application/javascript",
    "application/json",
    "application/jsonl",
    "application/ndjson",
    "application/rtf",
    "application/sql",
    "application/toml",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/yaml",
    "font/otf",
    "font/ttf",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "image/x-icon",
];

/// Ends of media types that say what they are written in (RFC 6839), `image/svg+xml` among them.
const SUFFIXES: [&str; 3] = ["+json", "+xml", "+yaml"];

/// Fields that hold for the bytes as they are.
const BYTES_AS_THEY_ARE: [HeaderName; 6] = [
    CONTENT_ENCODING,
    CONTENT_RANGE,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
];

/// The middleware of one router.
pub(super) struct Compression {
    options: Compress,
    /// Bodies that are compressed now.
    at_once: Arc<AtomicUsize>,
}

/// What is to be done with the response to one request.
pub(super) struct Offer {
    options: Compress,
    at_once: Arc<AtomicUsize>,
    /// What the client likes.
    coding: Option<Coding>,
    /// The response has no body, whatever its head says.
    is_head: bool,
}

impl Compression {
    pub(super) fn new(options: Compress) -> Compression {
        Compression { options, at_once: Arc::default() }
    }

    pub(super) fn offer(&self, received: &Received) -> Offer {
        Offer {
            options: self.options,
            at_once: self.at_once.clone(),
            coding: Coding::liked(received.request.headers()),
            is_head: received.request.method() == Method::HEAD,
        }
    }
}

impl Offer {
    /// The response of a function as the client gets it.
    pub(super) fn apply(self, mut response: Response) -> Response {
        let len = self.body_len(&response);
        if !is_eligible(&response) || len.is_some_and(|len| len < self.options.min_length) {
            return response;
        }
        vary(response.headers_mut());
        // Of a body that is not sent, and of which nothing is said, it is not known whether it is long enough.
        let is_unknown = self.is_head && len.is_none() && response.body().is_end_stream();
        let (Some(coding), false) = (self.coding, is_unknown) else { return response };
        let Some(place) = Place::take(&self.at_once) else { return response };
        describe(coding, response.headers_mut());
        let level = match self.options.level {
            CompressLevel::Fast => Level::fast(),
            CompressLevel::Default => Level::default(),
            CompressLevel::Best => Level::best(),
        };
        response.map(|body| OutgoingHttpBody::made(Compressed::new(body, coding, level, place)))
    }

    /// The length of the body that the response has, or would have for GET; none if it is not known.
    fn body_len(&self, response: &Response) -> Option<u64> {
        let declared = response.headers().get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
        let is_left_out = self.is_head && response.body().is_end_stream();
        declared.or_else(|| response.body().size_hint().exact().filter(|_| !is_left_out))
    }
}

/// Whether the body may be compressed, if it is long enough.
fn is_eligible(response: &Response) -> bool {
    let (status, fields) = (response.status(), response.headers());
    let has_whole_body = !matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
    );
    has_whole_body
        && !BYTES_AS_THEY_ARE.iter().any(|name| fields.contains_key(name))
        && !elements(fields, &CACHE_CONTROL).any(|element| element.eq_ignore_ascii_case("no-transform"))
        && fields.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_compressible)
}

/// Whether what has this content type compresses well.
fn is_compressible(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || MEDIA_TYPES.contains(&essence.as_str())
        || SUFFIXES.iter().any(|suffix| essence.ends_with(suffix))
}

/// Says that the answer depends on what the client takes.
fn vary(fields: &mut HeaderMap) {
    let is_said =
        elements(fields, &VARY).any(|element| element == "*" || element.eq_ignore_ascii_case("accept-encoding"));
    if !is_said {
        let _full = fields.try_append(VARY, HeaderValue::from_static("accept-encoding"));
    }
}

/// Changes what a head says of the bytes, which will be others.
fn describe(coding: Coding, fields: &mut HeaderMap) {
    fields.remove(CONTENT_LENGTH);
    // Of ranges of these bytes there are none.
    fields.remove(ACCEPT_RANGES);
    let _full = fields.try_insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    // A strong tag stands for the same bytes each time (RFC 9110, section 8.8.1).
    if let Some(tag) = fields.get_mut(ETAG)
        && !tag.as_bytes().starts_with(b"W/")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        *tag = weak;
    }
}

/// The elements of the lists that fields of one name are.
fn elements<'f>(fields: &'f HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'f str> {
    let values = fields.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// One of the bodies that are compressed at once, given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>) -> Option<Place> {
        let place = Place(taken.clone());
        (taken.fetch_add(1, Ordering::Relaxed) < MAX_AT_ONCE).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
