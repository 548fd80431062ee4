//! The head of a request, made ready for hyper, and that of a response, looked at before the guest sees it.

use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version,
    header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
};
use http_body::Body;

use super::{
    Failure,
    body::{OutgoingBody, RequestBody},
    target::Target,
};

/// Where a request goes, and the request as it is sent there: the path alone, with a `host`, with a body of the length that
/// it declares.
///
/// # Errors
///
/// If it says nowhere to go to, or of the body what cannot be.
pub(super) fn prepared(
    request: Request<OutgoingBody>,
    is_tls: bool,
) -> Result<(Target, Request<RequestBody>), Failure> {
    let (mut head, body) = request.into_parts();
    let target = Target::of(&head.uri, is_tls)?;
    if !head.headers.contains_key(HOST) {
        head.headers.insert(HOST, host(&head.uri)?);
    }
    let declared = declared_len(&head.headers)?;
    if declared.is_some_and(|len| len > 0) && body.is_end_stream() {
        return Err(Failure::HttpRequestBodySize(Some(0)));
    }
    head.uri = head.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from);
    head.version = Version::HTTP_11;
    Ok((target, Request::from_parts(head, RequestBody::new(body, declared))))
}

/// Host and port as the URI has them, without a user.
fn host(uri: &Uri) -> Result<HeaderValue, Failure> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    HeaderValue::from_str(host).map_err(|_| Failure::HttpRequestUriInvalid)
}

/// The length that a request declares. Chunks have none, whatever it says besides.
fn declared_len(headers: &HeaderMap) -> Result<Option<u64>, Failure> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Ok(None);
    }
    let mut declared = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let len: u64 = digits.and_then(|digits| digits.parse().ok()).ok_or(Failure::HttpProtocolError)?;
        if declared.is_some_and(|other| other != len) {
            return Err(Failure::HttpProtocolError);
        }
        declared = Some(len);
    }
    Ok(declared)
}

/// Refuses a response that could not be understood.
///
/// # Errors
///
/// If it is a change of protocol, which nobody asked for, or has a coding other than chunks.
pub(super) fn check<B>(response: &Response<B>) -> Result<(), Failure> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Failure::HttpUpgradeFailed);
    }
    let codings = response.headers().get_all(TRANSFER_ENCODING);
    let codings: Vec<_> = codings.iter().map(|coding| String::from_utf8_lossy(coding.as_bytes())).collect();
    let codings = codings.join(", ");
    if codings.is_empty() || codings.trim().eq_ignore_ascii_case("chunked") {
        return Ok(());
    }
    Err(Failure::HttpResponseTransferCoding(Some(codings)))
}

#[cfg(test)]
mod tests {
    use http_body_util::{Empty, Full};

    use super::*;
    use crate::http::client::body::outgoing;

    fn head(request: http::request::Builder) -> Result<String, Failure> {
        let request = request.body(outgoing(Full::from("abc"))).unwrap();
        let (_, request) = prepared(request, false)?;
        let host = request.headers().get(HOST).unwrap().to_str().unwrap();
        Ok(format!("{} {} {:?} {host}", request.method(), request.uri(), request.version()))
    }

    #[test]
    fn a_request_names_its_host_and_asks_for_the_path() {
        let cases = [
            ("http://example.com", "GET / HTTP/1.1 example.com"),
            ("http://example.com:80/a?b=c", "GET /a?b=c HTTP/1.1 example.com:80"),
            ("http://ana@[::1]:8080/a", "GET /a HTTP/1.1 [::1]:8080"),
        ];
        for (uri, expected) in cases {
            assert_eq!(head(Request::get(uri).version(Version::HTTP_2)).as_deref(), Ok(expected));
        }
        let own = Request::get("http://example.com/").header(HOST, "other");
        assert_eq!(head(own).as_deref(), Ok("GET / HTTP/1.1 other"));
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        let with = |values: &[&str]| {
            values.iter().fold(Request::post("http://a/"), |request, value| request.header(CONTENT_LENGTH, *value))
        };
        for values in [&["x"][..], &["+3"], &["3", "4"], &["3, 3"], &["18446744073709551616"], &[""]] {
            assert_eq!(head(with(values)), Err(Failure::HttpProtocolError), "{values:?}");
        }
        assert!(head(with(&["3", "3"])).is_ok());
        let none = prepared(with(&["3"]).body(outgoing(Empty::new())).unwrap(), false);
        assert_eq!(none.err(), Some(Failure::HttpRequestBodySize(Some(0))));
    }

    #[test]
    fn a_response_has_chunks_or_nothing() {
        let with = |values: &[&str]| {
            let response =
                values.iter().fold(Response::builder(), |head, value| head.header(TRANSFER_ENCODING, *value));
            check(&response.body(()).unwrap())
        };
        assert_eq!(with(&[]), Ok(()));
        assert_eq!(with(&["Chunked"]), Ok(()));
        let refused = |text: &str| Err(Failure::HttpResponseTransferCoding(Some(text.to_owned())));
        assert_eq!(with(&["gzip, chunked"]), refused("gzip, chunked"));
        assert_eq!(with(&["gzip", "chunked"]), refused("gzip, chunked"));
        assert_eq!(with(&["identity"]), refused("identity"));
    }
}
