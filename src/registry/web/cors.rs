//! The options of the middleware `cors`: what scripts of other origins may do (Fetch standard, section CORS protocol).
//! Knows no requests.

use std::time::Duration;

use super::super::decode::{Cx, Field};
use super::super::tree::quote;
use super::token;

/// What scripts of other origins may do with the endpoints of a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// The origins, at least one, as browsers send them: `scheme://host[:port]` in lower case; or `*` alone for all.
    pub origins: Vec<String>,
    /// The methods, in upper case; none: those that the router's endpoints have.
    pub methods: Option<Vec<String>>,
    /// The headers that requests may have beyond those that are always allowed, in lower case; `*` for all.
    pub headers: Vec<String>,
    /// The headers of responses that scripts may read beyond those that they always may, in lower case; `*` for all.
    pub expose: Vec<String>,
    /// Whether requests may have cookies and other credentials; no list has `*` then.
    pub credentials: bool,
    /// For how long a browser may keep what it was told, in whole seconds; none: as the browser likes.
    pub max_age: Option<Duration>,
}

impl Cors {
    pub(crate) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Cors> {
        let mut fields = field.fields(cx)?;
        let origins_field = fields.required("origins", cx);
        let origins = origins_field.as_ref().and_then(|field| origins(field, cx));
        let methods = fields.optional("methods").map(|field| (list(&field, cx, token::method), field));
        if let Some((Some(methods), field)) = &methods
            && methods.is_empty()
        {
            field.report(cx, "must name a method; leave it out to allow those of the endpoints");
        }
        let headers_field = fields.optional("headers");
        let headers = headers_field.as_ref().map(|field| list(field, cx, token::field_name));
        let expose_field = fields.optional("expose");
        let expose = expose_field.as_ref().map(|field| list(field, cx, token::field_name));
        let credentials = fields.optional("credentials").and_then(|field| field.boolean(cx)).unwrap_or(false);
        let max_age = fields.optional("max_age").and_then(|field| max_age(&field, cx));
        fields.finish(cx);
        let (headers, expose) = (headers.flatten().unwrap_or_default(), expose.flatten().unwrap_or_default());
        if credentials {
            let origins = origins.as_deref().unwrap_or_default();
            for (field, values) in [(&origins_field, origins), (&headers_field, &headers), (&expose_field, &expose)] {
                if let Some(field) = field
                    && values.iter().any(|value| value == "*")
                {
                    field.report(
                        cx,
                        "must not be * with credentials: true, which browsers do not accept; name each one",
                    );
                }
            }
        }
        Some(Cors {
            origins: origins?,
            methods: methods.and_then(|(methods, _)| methods),
            headers,
            expose,
            credentials,
            max_age,
        })
    }
}

/// The items of a list of texts, each read by `read`; none if one of them is faulty.
fn list(field: &Field<'_>, cx: &mut Cx<'_>, read: fn(&str) -> Result<String, String>) -> Option<Vec<String>> {
    let items = field.list(cx)?;
    // All of them are read before the first fault counts.
    let values: Vec<_> = items.iter().map(|item| item.parsed(cx, read)).collect();
    values.into_iter().collect()
}

fn origins(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Vec<String>> {
    let origins = list(field, cx, origin)?;
    if origins.is_empty() {
        field.report(cx, "must name an origin, or * for all");
        return None;
    }
    if origins.len() > 1 && origins.iter().any(|origin| origin == "*") {
        field.report(cx, "has * and others; remove the others, or name each one");
        return None;
    }
    Some(origins)
}

/// Reads an origin; the error is the end of a sentence that begins with where it is given.
pub(crate) fn origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let form = || format!("must be *, or an origin such as https://example.com (found {})", quote(text));
    let lower = text.to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://").ok_or_else(form)?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if authority.contains(['/', '?', '#', '@']) {
        return Err(format!("must end with the host or its port, for an origin has no path (found {})", quote(text)));
    }
    // The colons of an IPv6 address stand within its brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.contains('*') {
        return Err(format!("must be * alone or name its host in full (found {})", quote(text)));
    }
    let port = port.map(|port| port_number(port).ok_or_else(form)).transpose()?;
    if !is_scheme || !is_host(host) {
        return Err(form());
    }
    // Browsers leave out the usual port.
    match (scheme, port) {
        ("http", Some(80)) | ("https", Some(443)) | (_, None) => Ok(format!("{scheme}://{host}")),
        (_, Some(port)) => Ok(format!("{scheme}://{host}:{port}")),
    }
}

fn port_number(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Whether `text` is a host as browsers write it: names of other letters come as ASCII.
fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    }
}

fn max_age(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Duration> {
    let max_age = field.duration(cx, Duration::ZERO)?;
    if max_age.subsec_nanos() > 0 {
        field.report(cx, format!("must be whole seconds (found {max_age:?})"));
        return None;
    }
    Some(max_age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_send_them() {
        let check = |text: &str, expected: &str| assert_eq!(origin(text).as_deref(), Ok(expected));
        check("*", "*");
        check("https://Example.com", "https://example.com");
        check("http://localhost:3000", "http://localhost:3000");
        check("https://a.b:443", "https://a.b");
        check("http://[::1]:80", "http://[::1]");
        check("http://[::1]", "http://[::1]");
        check("https://xn--bcher-kva.example", "https://xn--bcher-kva.example");
        check("capacitor://localhost", "capacitor://localhost");
    }

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        let check = |text: &str, expected: &str| {
            assert_eq!(origin(text), Err(format!("{expected} (found {text:?})")));
        };
        let form = "must be *, or an origin such as https://example.com";
        for bad in ["", "null", "example.com", "://a", "1a://b", "http://", "http://:1", "http://a:", "http://a:+1"] {
            check(bad, form);
        }
        for bad in
            ["http://a:99999", "http://bücher.example", "http://a b", "http://[::x]", "http://[::1", "http://::1:80"]
        {
            check(bad, form);
        }
        let path = "must end with the host or its port, for an origin has no path";
        for bad in ["http://a/", "http://a/b", "http://a?b", "http://u@a"] {
            check(bad, path);
        }
        check("https://*.example.com", "must be * alone or name its host in full");
    }
}
