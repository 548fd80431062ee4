//! The resources `outgoing-request`, `outgoing-response` and `request-options`: what they are at first and can be set to.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::Check;
use wasip2_http::outgoing_handler::handle;
use wasip2_http::types::{Fields, Method, OutgoingRequest, OutgoingResponse, RequestOptions, Scheme};

const METHODS: &[(&str, &str)] = &[
    ("PURGE", "ok"),
    ("M-SEARCH", "ok"),
    ("", "err"),
    ("A B", "err"),
    ("A\n", "err"),
    ("A:B", "err"),
    ("\u{e4}", "err"),
];

const PATHS: &[(&str, &str)] = &[
    ("/", "ok"),
    ("/a/b?c=d&e", "ok"),
    ("/%20", "ok"),
    ("?a", "ok"),
    ("a", "err"),
    ("/a b", "err"),
    ("/a\r\nb: c", "err"),
    ("/\0", "err"),
];

const SCHEMES: &[(&str, &str)] =
    &[("ftp", "ok"), ("a+b-c.1", "ok"), ("", "err"), ("a b", "err"), ("a:", "err"), ("\u{e4}", "err")];

const AUTHORITIES: &[(&str, &str)] = &[
    ("example.com", "ok"),
    ("example.com:443", "ok"),
    ("127.0.0.1:0", "ok"),
    ("[::]:443", "ok"),
    ("[2001:db8::1]", "ok"),
    ("", "err"),
    ("a b", "err"),
    ("a\n", "err"),
    ("http://a", "err"),
    ("a/b", "err"),
    ("example.com:65536", "err"),
    ("example.com:x", "err"),
    ("[::1", "err"),
];

pub fn run(check: &mut Check) -> Option<()> {
    let request = OutgoingRequest::new(Fields::new());
    check.that("GET at first", matches!(request.method(), Method::Get));
    check.that("nothing at first", request.path_with_query().is_none() && request.authority().is_none());
    check.that("no scheme at first", request.scheme().is_none());
    for (method, expected) in METHODS {
        let set = request.set_method(&Method::Other(String::from(*method)));
        check.show(&format!("set-method {method:?}"), name(set), expected);
    }
    for (path, expected) in PATHS {
        let set = request.set_path_with_query(Some(path));
        check.show(&format!("set-path-with-query {path:?}"), name(set), expected);
        check.that("is read back", set.is_err() || request.path_with_query().as_deref() == Some(*path));
    }
    for (scheme, expected) in SCHEMES {
        let set = request.set_scheme(Some(&Scheme::Other(String::from(*scheme))));
        check.show(&format!("set-scheme {scheme:?}"), name(set), expected);
    }
    for (authority, expected) in AUTHORITIES {
        let set = request.set_authority(Some(authority));
        check.show(&format!("set-authority {authority:?}"), name(set), expected);
        check.that("is read back", set.is_err() || request.authority().as_deref() == Some(*authority));
    }
    let unset = (request.set_path_with_query(None), request.set_scheme(None), request.set_authority(None));
    check.equal("unset", unset, (Ok(()), Ok(()), Ok(())));
    check.that("and none", request.path_with_query().is_none() && request.authority().is_none());
    statuses(check);
    options(check);
    unsent(check)
}

fn statuses(check: &mut Check) {
    let response = OutgoingResponse::new(Fields::new());
    check.equal("200 at first", response.status_code(), 200);
    for (status, expected) in [(404, "ok"), (599, "ok"), (0, "err"), (99, "err"), (1000, "err"), (u16::MAX, "err")] {
        check.show(&format!("set-status-code {status}"), name(response.set_status_code(status)), expected);
    }
    check.equal("the last that was good", response.status_code(), 599);
}

fn options(check: &mut Check) {
    let options = RequestOptions::new();
    check.equal("connect-timeout at first", options.connect_timeout(), None);
    check.equal("first-byte-timeout at first", options.first_byte_timeout(), None);
    check.equal("between-bytes-timeout at first", options.between_bytes_timeout(), None);
    for value in [Some(0), Some(1), Some(u64::MAX), None] {
        let set = options
            .set_connect_timeout(value)
            .and_then(|()| options.set_first_byte_timeout(value))
            .and_then(|()| options.set_between_bytes_timeout(value));
        check.show(&format!("timeouts {value:?}"), name(set), "ok");
        check.equal("connect-timeout", options.connect_timeout(), value);
        check.equal("first-byte-timeout", options.first_byte_timeout(), value);
        check.equal("between-bytes-timeout", options.between_bytes_timeout(), value);
    }
}

/// Requests that cannot be sent: refused at once, or by the response.
fn unsent(check: &mut Check) -> Option<()> {
    let ftp = OutgoingRequest::new(Fields::new());
    ftp.set_scheme(Some(&Scheme::Other("ftp".into()))).ok()?;
    ftp.set_authority(Some("127.0.0.1:1")).ok()?;
    let nowhere = OutgoingRequest::new(Fields::new());
    nowhere.set_scheme(Some(&Scheme::Http)).ok()?;
    for (request, what) in [(ftp, "ftp"), (nowhere, "without an authority")] {
        let refused = match handle(request, None) {
            Err(_) => true,
            Ok(future) => {
                future.subscribe().block();
                matches!(future.get(), Some(Ok(Err(_))))
            }
        };
        check.show(&format!("handle {what}"), if refused { "fails" } else { "ok" }, "fails");
    }
    Some(())
}

fn name(result: Result<(), ()>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(()) => "err",
    }
}
