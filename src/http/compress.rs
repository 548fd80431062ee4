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
        if response.status() == StatusCode::NOT_MODIFIED {
            // It speaks of the response that there would be, as its head would (RFC 9110, section 15.4.5).
            vary(response.headers_mut());
            if self.coding.is_some() {
                weaken(response.headers_mut());
            }
            return response;
        }
        let len = self.body_len(&response);
        if !is_eligible(&response) || len.is_some_and(|len| len < self.options.min_length) {
            return response;
        }
        vary(response.headers_mut());
        // Of a body that is not sent, and of which nothing is said, it is not known whether it is long enough.
        let is_unknown = self.is_head && len.is_none() && response.body().is_end_stream();
        let (Some(coding), false) = (self.coding, is_unknown) else { return response };
        let Some(place) = Place::take(&self.at_once) else { return response };
        if !describe(coding, response.headers_mut()) {
            return response;
        }
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
    let has_whole_body =
        !matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT);
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

/// Changes what a head says of the bytes, which will be others; unless it has as many fields as there can be.
fn describe(coding: Coding, fields: &mut HeaderMap) -> bool {
    if fields.try_insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name())).is_err() {
        return false;
    }
    fields.remove(CONTENT_LENGTH);
    // Of ranges of these bytes there are none.
    fields.remove(ACCEPT_RANGES);
    weaken(fields);
    true
}

/// Makes a strong tag weak, for that stands for the same bytes each time (RFC 9110, section 8.8.1).
fn weaken(fields: &mut HeaderMap) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A response with these `name: value` lines and a body of so many bytes.
    fn response(status: u16, fields: &str, len: usize) -> Response {
        let mut response = Response::new(OutgoingHttpBody::full("x".repeat(len)));
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        for line in fields.lines() {
            let (name, value) = line.split_once(": ").expect("a field");
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            response.headers_mut().append(name, value.parse().expect("a value"));
        }
        response
    }

    fn offer(method: &str, accept: &str) -> Offer {
        let fields = HeaderMap::from_iter([(::http::header::ACCEPT_ENCODING, accept.parse().expect("a value"))]);
        let (coding, at_once) = (Coding::liked(&fields), Arc::default());
        Offer { options: Compress::default(), at_once, coding, is_head: method == "HEAD" }
    }

    /// The fields of the head as lines, and the length of the body if it is known.
    fn shown(response: &Response) -> String {
        let fields = response.headers().iter();
        let fields = fields.map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text")));
        let len = response.body().size_hint().exact().map_or("unknown".to_owned(), |len| len.to_string());
        fields.collect::<String>() + &len
    }

    #[test]
    fn heads_say_what_was_done() {
        let check = |method: &str, fields: &str, len: usize, expected: &str| {
            let response = offer(method, "gzip").apply(response(200, fields, len));
            assert_eq!(shown(&response), expected, "{method} {fields} {len}");
        };
        let text = "content-type: text/plain";
        let same = |method: &str, fields: &str, len: usize, known: &str| {
            check(method, fields, len, &format!("{fields}\n{known}"))
        };
        let done = "vary: accept-encoding\ncontent-encoding: gzip\nunknown";
        check("GET", text, 1024, &format!("{text}\n{done}"));
        same("GET", text, 1023, "1023");
        // What is taken out of a head leaves its place to the last field.
        let swapped = format!("{text}\ncontent-encoding: gzip\nvary: accept-encoding\nunknown");
        let fields = format!("{text}\ncontent-length: 1024\naccept-ranges: bytes");
        check("GET", &fields, 1024, &swapped);
        for (tag, expected) in [("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\"")] {
            check("GET", &format!("{text}\netag: {tag}"), 2000, &format!("{text}\netag: {expected}\n{done}"));
        }
        let not_modified = |accept| {
            let tagged = response(304, "etag: \"a\"\nvary: origin", 0);
            shown(&offer("GET", accept).apply(tagged))
        };
        assert_eq!(not_modified("gzip"), "etag: W/\"a\"\nvary: origin\nvary: accept-encoding\n0");
        assert_eq!(not_modified(""), "etag: \"a\"\nvary: origin\nvary: accept-encoding\n0");
        for vary in ["Accept-Encoding", "origin, ACCEPT-ENCODING", "*"] {
            let fields = format!("{text}\nvary: {vary}");
            check("GET", &fields, 2000, &format!("{fields}\ncontent-encoding: gzip\nunknown"));
        }
        check("GET", &format!("{text}\nvary: origin"), 2000, &format!("{text}\nvary: origin\n{done}"));
        // What would be sent for GET is known from the body, or from what is said of it; or not.
        check("HEAD", text, 1024, &format!("{text}\n{done}"));
        same("HEAD", text, 1023, "1023");
        check("HEAD", &format!("{text}\ncontent-length: 1024"), 0, &swapped);
        same("HEAD", &format!("{text}\ncontent-length: 1023"), 0, "0");
        check("HEAD", text, 0, &format!("{text}\nvary: accept-encoding\n0"));
        same("GET", text, 0, "0");
    }

    #[test]
    fn what_must_stay_as_it_is_does() {
        let is_compressed = |status: u16, fields: &str| {
            let fields = format!("content-type: text/plain\n{fields}");
            let before = response(status, &fields, 2000);
            let (expected, after) = (shown(&before), offer("GET", "gzip").apply(before));
            let is_compressed = after.headers().contains_key(CONTENT_ENCODING) && after.headers().contains_key(VARY);
            assert!(is_compressed || shown(&after) == expected, "{fields}");
            is_compressed
        };
        for fields in [
            "content-encoding: br",
            "content-encoding: identity",
            "content-range: bytes 0-1999/4000",
            "cache-control: no-transform",
            "cache-control: public,No-Transform , max-age=5",
            "cache-control: public\ncache-control: no-transform",
            "content-digest: sha-256=:x:",
            "repr-digest: sha-256=:x:",
            "digest: x",
            "content-md5: x",
        ] {
            assert!(!is_compressed(200, fields), "{fields}");
        }
        for fields in ["", "cache-control: no-cache, max-age=5", "last-modified: x"] {
            assert!(is_compressed(200, fields), "{fields}");
        }
        for (status, expected) in
            [(200, true), (201, true), (204, false), (205, false), (206, false), (404, true), (503, true)]
        {
            assert_eq!(is_compressed(status, ""), expected, "{status}");
        }
    }

    #[test]
    fn texts_are_compressed_and_what_is_compressed_already_is_not() {
        for (content_type, expected) in [
            ("text/plain", true),
            ("Text/HTML; charset=utf-8", true),
            ("text/event-stream", true),
            ("application/json", true),
            ("application/json ;charset=utf-8", true),
            ("application/problem+json", true),
            ("application/atom+xml", true),
            ("image/svg+xml", true),
            ("application/wasm", true),
            ("font/ttf", true),
            ("font/woff2", false),
            ("image/png", false),
            ("image/jpeg", false),
            ("audio/ogg", false),
            ("video/mp4", false),
            ("application/zip", false),
            ("application/gzip", false),
            ("application/pdf", false),
            ("application/octet-stream", false),
            ("multipart/byteranges; boundary=text/", false),
            ("textual/plain", false),
            ("", false),
        ] {
            assert_eq!(is_compressible(content_type), expected, "{content_type:?}");
        }
        let unknown = offer("GET", "gzip").apply(response(200, "", 2000));
        assert_eq!(shown(&unknown), "2000");
    }

    #[test]
    fn clients_that_take_no_coding_are_told_that_others_do() {
        for accept in ["", "br", "gzip;q=0", "identity"] {
            let response = offer("GET", accept).apply(response(200, "content-type: text/css", 2000));
            assert_eq!(shown(&response), "content-type: text/css\nvary: accept-encoding\n2000", "{accept:?}");
        }
    }

    #[test]
    fn no_more_are_compressed_at_once_than_there_may_be() {
        let at_once = Arc::default();
        let apply = || {
            let offer = Offer { at_once: Arc::clone(&at_once), ..offer("GET", "gzip") };
            offer.apply(response(200, "content-type: text/css", 2000))
        };
        let is_compressed = |response: &Response| response.headers().contains_key(CONTENT_ENCODING);
        let mut open: Vec<_> = (0..MAX_AT_ONCE).map(|_| apply()).collect();
        assert!(open.iter().all(is_compressed));
        assert_eq!(shown(&apply()), "content-type: text/css\nvary: accept-encoding\n2000");
        open.pop();
        assert!(is_compressed(&apply()) && is_compressed(&apply()));
    }
}
