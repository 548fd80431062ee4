//! The value types of `wasi:http`: methods, schemes, and what is wrong with a field.

/// `method`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `CONNECT`
    Connect,
    /// `OPTIONS`
    Options,
    /// `TRACE`
    Trace,
    /// `PATCH`
    Patch,
    /// Another one.
    Other(String),
}

/// `scheme`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
    /// Another one.
    Other(String),
}

crate::values::named! {
    /// `header-error`: why a field is not set.
    pub enum HeaderError {
        /// The name is no token, or the value has bytes that no value has.
        InvalidSyntax = "invalid-syntax",
        /// The host alone sets this field.
        Forbidden = "forbidden",
        /// These fields belong to a message.
        Immutable = "immutable",
    }
}

impl From<&http::Method> for Method {
    fn from(method: &http::Method) -> Self {
        match method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "DELETE" => Method::Delete,
            "CONNECT" => Method::Connect,
            "OPTIONS" => Method::Options,
            "TRACE" => Method::Trace,
            "PATCH" => Method::Patch,
            other => Method::Other(other.to_owned()),
        }
    }
}

impl Method {
    /// The method on the wire; none if it is no token.
    pub fn to_http(&self) -> Option<http::Method> {
        Some(match self {
            Method::Get => http::Method::GET,
            Method::Head => http::Method::HEAD,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Delete => http::Method::DELETE,
            Method::Connect => http::Method::CONNECT,
            Method::Options => http::Method::OPTIONS,
            Method::Trace => http::Method::TRACE,
            Method::Patch => http::Method::PATCH,
            Method::Other(other) => http::Method::from_bytes(other.as_bytes()).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_go_to_the_wire_and_back() {
        for name in ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PURGE"] {
            let method: http::Method = name.parse().unwrap();
            assert_eq!(Method::from(&method).to_http(), Some(method), "{name}");
        }
        assert_eq!(Method::Other("two words".to_owned()).to_http(), None);
        assert_eq!(Method::Other(String::new()).to_http(), None);
    }
}
