//! The path of an endpoint: `/users/{id}/files/{path...}`.
//!
//! Its text is what a request has once escapes are decoded. Slashes are literal: `/a/` is not `/a`, it ends with an empty
//! segment. Knows no request.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::super::tree::quote;
use crate::Error;

/// The longest path that can be declared, in bytes.
const MAX_PATH_BYTES: usize = 4096;

/// The path of an endpoint: at least one segment, the names of its parameters unique.
///
/// `Display` writes it as it was declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutePath(Vec<Segment>);

/// What stands behind a slash of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// This text; empty only at the end of the path.
    Literal(String),
    /// `{name}`: one segment that is not empty.
    Param(String),
    /// `{name...}`: the rest of the path, at least one segment, which may be empty; only at the end of the path.
    Rest(String),
}

impl RoutePath {
    /// The path `/`.
    pub(crate) fn root() -> RoutePath {
        RoutePath(vec![Segment::Literal(String::new())])
    }

    /// Reads a path; the error is the end of a sentence that begins with the name of the field.
    pub(crate) fn parse(text: &str) -> Result<RoutePath, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("must begin with a slash, as /users/{{id}} does (found {})", quote(text)));
        };
        check_characters(text)?;
        let texts: Vec<&str> = rest.split('/').collect();
        let mut names = BTreeSet::new();
        let mut segments = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let is_last = index + 1 == texts.len();
            let segment = segment(text, is_last)?;
            if let Segment::Param(name) | Segment::Rest(name) = &segment
                && !names.insert(name.clone())
            {
                return Err(format!("has two parameters with the name {name}; rename one"));
            }
            segments.push(segment);
        }
        Ok(RoutePath(segments))
    }

    /// The segments, at least one; `/` is one that is empty.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The names of the parameters, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Param(name) | Segment::Rest(name) => Some(name.as_str()),
        })
    }

    /// `path` below this prefix, which has no parameters; a slash at its end is the one that `path` begins with.
    pub(crate) fn join(&self, path: &RoutePath) -> RoutePath {
        let mut segments = self.0.clone();
        segments.pop_if(|last| matches!(last, Segment::Literal(text) if text.is_empty()));
        segments.extend_from_slice(&path.0);
        RoutePath(segments)
    }

    /// The path without the names of its parameters: two paths of one shape match the same requests.
    pub fn shape(&self) -> String {
        let segment = |segment: &Segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Param(_) => "/{}".to_owned(),
            Segment::Rest(_) => "/{...}".to_owned(),
        };
        self.0.iter().map(segment).collect()
    }
}

impl fmt::Display for RoutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Literal(text) => write!(f, "/{text}"),
            Segment::Param(name) => write!(f, "/{{{name}}}"),
            Segment::Rest(name) => write!(f, "/{{{name}...}}"),
        })
    }
}

impl FromStr for RoutePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        RoutePath::parse(text).map_err(|why| Error::invalid(format!("a path {why}")))
    }
}

/// Refuses what the decoded path of a request never has, or what would be read in two ways.
fn check_characters(text: &str) -> Result<(), String> {
    if text.len() > MAX_PATH_BYTES {
        return Err(format!("is {} bytes long; at most {MAX_PATH_BYTES} are allowed", text.len()));
    }
    let is_refused = |c: &char| matches!(c, '%' | '?' | '#') || c.is_whitespace() || c.is_control();
    match text.chars().find(is_refused) {
        None => Ok(()),
        Some('%') => {
            Err(format!("must not contain %; write characters as they are, not as escapes (found {})", quote(text)))
        }
        Some('?') => Err("must not contain ?; the query of a request is no part of its path".to_owned()),
        Some('#') => Err("must not contain #; requests have no fragment".to_owned()),
        Some(_) => Err(format!("must not contain spaces or control characters (found {})", quote(text))),
    }
}

/// Reads one segment.
fn segment(text: &str, is_last: bool) -> Result<Segment, String> {
    match text {
        "" if !is_last => return Err("must not contain //; remove one of the slashes".to_owned()),
        "." | ".." => {
            return Err(format!("must not contain the segment {text}; clients take it out of what they ask for"));
        }
        _ => {}
    }
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        if text.contains(['{', '}']) {
            return Err(format!("has braces in {}; a parameter is a whole segment, as {{id}}", quote(text)));
        }
        return Ok(Segment::Literal(text.to_owned()));
    };
    match inner.strip_suffix("...") {
        Some(name) if is_last => Ok(Segment::Rest(self::name(name)?)),
        Some(_) => Err(format!("must end with {text}, which takes the rest of the path; remove what follows it")),
        None => Ok(Segment::Param(self::name(inner)?)),
    }
}

/// Reads the name of a parameter.
fn name(text: &str) -> Result<String, String> {
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if text.is_empty() || !is_word || text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!(
            "has a parameter with the name {}; use letters, digits and `_`, and do not begin with a digit",
            quote(text)
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_they_were_declared() {
        let check = |text: &str, shape: &str, names: &str| {
            let path = RoutePath::parse(text).expect("the path is well formed");
            assert_eq!(path.to_string(), text);
            assert_eq!(path.shape(), shape);
            assert_eq!(path.names().collect::<Vec<_>>().join(" "), names);
        };
        check("/", "/", "");
        check("/a", "/a", "");
        check("/a/", "/a/", "");
        check("/a/{id}", "/a/{}", "id");
        check("/{id}/{_rest2...}", "/{}/{...}", "id _rest2");
        check("/{all...}", "/{...}", "all");
        check("/@a/b:c/é/a,b;c=d/...", "/@a/b:c/é/a,b;c=d/...", "");
    }

    #[test]
    fn a_slash_at_the_end_is_an_empty_segment() {
        let segments = |text: &str| RoutePath::parse(text).map(|path| path.segments().len());
        assert_eq!((segments("/"), segments("/a"), segments("/a/")), (Ok(1), Ok(1), Ok(2)));
    }

    #[test]
    fn a_path_lies_below_a_prefix() {
        let check = |prefix: &str, path: &str, expected: &str| {
            let (prefix, path) = (RoutePath::parse(prefix), RoutePath::parse(path));
            let joined = prefix.and_then(|prefix| Ok(prefix.join(&path?).to_string()));
            assert_eq!(joined.as_deref(), Ok(expected));
        };
        check("/", "/", "/");
        check("/", "/a/{b}", "/a/{b}");
        check("/api", "/a", "/api/a");
        check("/api/", "/a", "/api/a");
        check("/api/v1", "/", "/api/v1/");
        check("/api", "/{rest...}", "/api/{rest...}");
    }

    #[test]
    fn what_no_request_has_is_refused() {
        let check = |text: &str, expected: &str| {
            assert_eq!(RoutePath::parse(text).map(|_| ()), Err(expected.to_owned()), "{text:?}");
        };
        check("", "must begin with a slash, as /users/{id} does (found \"\")");
        check("a", "must begin with a slash, as /users/{id} does (found \"a\")");
        check("/a%20b", "must not contain %; write characters as they are, not as escapes (found \"/a%20b\")");
        check("/a?b", "must not contain ?; the query of a request is no part of its path");
        check("/a#b", "must not contain #; requests have no fragment");
        check("/a b", "must not contain spaces or control characters (found \"/a b\")");
        check("/a\u{7f}", "must not contain spaces or control characters (found \"/a\\u{7f}\")");
        check("//", "must not contain //; remove one of the slashes");
        check("/a//b", "must not contain //; remove one of the slashes");
        check("/a/./b", "must not contain the segment .; clients take it out of what they ask for");
        check("/..", "must not contain the segment ..; clients take it out of what they ask for");
        check("/a{id}", "has braces in \"a{id}\"; a parameter is a whole segment, as {id}");
        check("/{id", "has braces in \"{id\"; a parameter is a whole segment, as {id}");
        check("/{a}/x/{a...}", "has two parameters with the name a; rename one");
        check("/{a...}/x", "must end with {a...}, which takes the rest of the path; remove what follows it");
        check("/{a...}/", "must end with {a...}, which takes the rest of the path; remove what follows it");
        let name = |name: &str| {
            format!(
                "has a parameter with the name {name:?}; use letters, digits and `_`, and do not begin with a digit"
            )
        };
        check("/{}", &name(""));
        check("/{...}", &name(""));
        check("/{1a}", &name("1a"));
        check("/{a-b}", &name("a-b"));
        check("/{{a}}", &name("{a}"));
        check("/{é}", &name("é"));
        let long = format!("/{}", "a".repeat(MAX_PATH_BYTES));
        check(&long, "is 4097 bytes long; at most 4096 are allowed");
    }
}
