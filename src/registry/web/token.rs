//! Names on the wire of HTTP: methods and fields, which are tokens (RFC 9110, section 5.6.2). Knows no entries.

use super::super::tree::quote;

/// Reads a method, in upper case; the error is the end of a sentence that begins with the name of the field.
pub(crate) fn method(text: &str) -> Result<String, String> {
    let method = text.to_ascii_uppercase();
    match method.as_str() {
        "*" | "ANY" | "ALL" => {
            Err(format!("must be one method, such as GET (found {}); declare an endpoint for each", quote(text)))
        }
        "CONNECT" => Err("must not be CONNECT, whose requests have no path".to_owned()),
        _ if is_token(&method) => Ok(method),
        _ => Err(format!("must be one method of HTTP, such as GET (found {})", quote(text))),
    }
}

/// Reads the name of a field, in lower case; the error is the end of a sentence that begins with where it is given.
pub(crate) fn field_name(text: &str) -> Result<String, String> {
    if is_token(text) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("must be the name of a header, such as content-type (found {})", quote(text)))
}

fn is_token(text: &str) -> bool {
    let is_mark = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_upper_case() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(method(text).ok().as_deref(), expected, "{text:?}");
        };
        check("GET", Some("GET"));
        check("delete", Some("DELETE"));
        check("M-SEARCH", Some("M-SEARCH"));
        for bad in ["", "*", "any", "connect", "GET,POST", "GET POST", "GÉT", "GET\n"] {
            check(bad, None);
        }
    }

    #[test]
    fn names_of_fields_are_lower_case() {
        assert_eq!(field_name("X-Request-ID").as_deref(), Ok("x-request-id"));
        for bad in ["", "a b", "a:", "a\r\n", "é"] {
            assert!(field_name(bad).is_err(), "{bad:?}");
        }
    }
}
