//! The ID of an entry: `namespace:name`.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Error;

/// The longest namespace or name, in bytes.
const MAX_PART_BYTES: usize = 255;

/// The ID of an entry, `namespace:name`; both parts may contain dots.
///
/// Ordered by its text, which is also the order of everything that has no better one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Arc<str>);

impl Id {
    /// The ID of `name` in `namespace`.
    ///
    /// # Errors
    ///
    /// A sentence that says which of the two is no valid part of an ID.
    pub fn new(namespace: &str, name: &str) -> Result<Id, Error> {
        Id::join(namespace, name).map_err(Error::invalid)
    }

    /// The namespace: what stands before the colon.
    pub fn namespace(&self) -> &str {
        self.0.split_once(':').map_or("", |(namespace, _)| namespace)
    }

    /// The name within the namespace: what stands behind the colon.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, name)| name)
    }

    /// The whole ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What `reference` means within `namespace`: itself when it has a colon, else a name of that namespace.
    pub(crate) fn resolve(reference: &str, namespace: &str) -> Result<Id, String> {
        match reference.split_once(':') {
            Some((namespace, name)) => Id::join(namespace, name),
            None => Id::join(namespace, reference),
        }
    }

    pub(crate) fn join(namespace: &str, name: &str) -> Result<Id, String> {
        check_part(namespace).map_err(|why| format!("namespace {why}"))?;
        check_part(name).map_err(|why| format!("name {why}"))?;
        Ok(Id([namespace, ":", name].concat().into()))
    }
}

/// Checks one part of an ID; the error is the end of a sentence that begins with the name of the part.
pub(crate) fn check_part(text: &str) -> Result<(), String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() {
        return Err("is empty; an ID is namespace:name".to_owned());
    }
    if text.len() > MAX_PART_BYTES {
        return Err(format!("is {} bytes long; at most {MAX_PART_BYTES} are allowed", text.len()));
    }
    if let Some(c) = text.chars().find(|&c| !is_word(c) && c != '.' && c != '-') {
        return Err(format!("{text:?} contains {c:?}; use letters, digits, `_`, `-` and `.`"));
    }
    if !text.starts_with(is_word) || !text.ends_with(is_word) || text.contains("..") {
        return Err(format!("{text:?} must begin and end with a letter, a digit or `_`, with single dots between"));
    }
    Ok(())
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Id, Error> {
        match text.split_once(':') {
            Some((namespace, name)) => Id::new(namespace, name),
            None => Err(Error::invalid(format!("{text:?} is not an ID; write namespace:name"))),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_may_contain_dots() {
        let id: Id = "app.users:get.one".parse().expect("a valid ID");
        assert_eq!((id.namespace(), id.name(), id.to_string().as_str()), ("app.users", "get.one", "app.users:get.one"));
    }

    #[test]
    fn a_reference_without_a_colon_means_its_own_namespace() {
        assert_eq!(Id::resolve("b", "a").map(|id| id.0).as_deref(), Ok("a:b"));
        assert_eq!(Id::resolve("x:b", "a").map(|id| id.0).as_deref(), Ok("x:b"));
    }

    #[test]
    fn malformed_ids_say_what_to_write() {
        let check = |text: &str, expected: &str| {
            assert_eq!(text.parse::<Id>().map_err(|error| error.to_string()), Err(expected.to_owned()), "{text:?}");
        };
        check("plain", "\"plain\" is not an ID; write namespace:name");
        check(":x", "namespace is empty; an ID is namespace:name");
        check("a:", "name is empty; an ID is namespace:name");
        check("a:b:c", "name \"b:c\" contains ':'; use letters, digits, `_`, `-` and `.`");
        check("a:.b", "name \".b\" must begin and end with a letter, a digit or `_`, with single dots between");
    }
}
