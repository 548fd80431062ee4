//! Which endpoint answers which request: a tree of the segments of paths. Knows no endpoints and no servers.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::escapes::{self, Malformed};
use crate::registry::{RoutePath, Segment};

/// What is found by paths and methods.
#[derive(Debug)]
pub(super) struct Routes<T> {
    root: Node,
    targets: Vec<T>,
}

/// What paths that begin alike have in common.
#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<String, Node>,
    param: Option<Box<Node>>,
    /// Of paths that end here with a name for the rest.
    rest: Methods,
    /// Of paths that end here.
    here: Methods,
}

/// By method: which target, and what the path calls its parameters.
type Methods = BTreeMap<String, (usize, Vec<String>)>;

/// What there is for a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a, T> {
    /// A target, and the parameters of its path: names and values.
    Target(&'a T, Vec<(String, String)>),
    /// The path is there, for these methods only.
    Methods(BTreeSet<&'a str>),
    /// No such path.
    Nothing,
    /// The path has an escape that is none, or is not UTF-8 behind its escapes.
    Malformed,
}

impl<T> Routes<T> {
    /// None.
    pub(super) fn new() -> Self {
        Routes { root: Node::default(), targets: Vec::new() }
    }

    /// Adds a target. Of two with one method and one shape of path the first counts.
    pub(super) fn insert(&mut self, method: &str, path: &RoutePath, target: T) {
        let mut node = &mut self.root;
        let mut has_rest = false;
        for segment in path.segments() {
            match segment {
                Segment::Literal(text) => node = node.literals.entry(text.clone()).or_default(),
                Segment::Param(_) => node = node.param.get_or_insert_default(),
                Segment::Rest(_) => has_rest = true,
            }
        }
        let methods = if has_rest { &mut node.rest } else { &mut node.here };
        let names = path.names().map(str::to_owned).collect();
        methods.entry(method.to_owned()).or_insert((self.targets.len(), names));
        self.targets.push(target);
    }

    /// The target for a request: of paths that fit, the one whose first difference is a literal segment before a parameter
    /// before the rest, among those that have the method. HEAD is answered by GET.
    pub(super) fn find(&self, method: &str, path: &str) -> Found<'_, T> {
        let segments = match segments(path) {
            Some(Ok(segments)) => segments,
            Some(Err(_)) => return Found::Malformed,
            None => return Found::Nothing,
        };
        let mut search = Search { method, methods: BTreeSet::new() };
        if let Some((index, names, values)) = search.find(&self.root, &segments)
            && let Some(target) = self.targets.get(index)
        {
            return Found::Target(target, names.iter().cloned().zip(values).collect());
        }
        if search.methods.is_empty() { Found::Nothing } else { Found::Methods(search.methods) }
    }

    /// All targets.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.targets.iter()
    }
}

/// The segments of the path of a request, without escapes; none if it is no path.
pub(super) fn segments(path: &str) -> Option<Result<Vec<String>, Malformed>> {
    let path = path.strip_prefix('/')?;
    Some(path.split('/').map(|segment| escapes::undo(segment).map(Cow::into_owned)).collect())
}

/// A search for one request. It visits a node once at most, as a node has one depth.
struct Search<'a, 'r> {
    method: &'r str,
    /// Those of paths that fit and do not have the method.
    methods: BTreeSet<&'a str>,
}

impl<'a> Search<'a, '_> {
    fn find(&mut self, node: &'a Node, segments: &[String]) -> Option<(usize, &'a [String], Vec<String>)> {
        let Some((first, others)) = segments.split_first() else {
            return self.take(&node.here, Vec::new());
        };
        if let Some(next) = node.literals.get(first)
            && let Some(found) = self.find(next, others)
        {
            return Some(found);
        }
        if let Some(next) = node.param.as_deref().filter(|_| !first.is_empty())
            && let Some((index, names, mut values)) = self.find(next, others)
        {
            values.insert(0, first.clone());
            return Some((index, names, values));
        }
        if node.rest.is_empty() {
            return None;
        }
        self.take(&node.rest, vec![segments.join("/")])
    }

    /// The target for the method, with the value of the rest if there is one.
    fn take(&mut self, methods: &'a Methods, values: Vec<String>) -> Option<(usize, &'a [String], Vec<String>)> {
        let get = || methods.get("GET").filter(|_| self.method == "HEAD");
        match methods.get(self.method).or_else(get) {
            Some((index, names)) => Some((*index, names, values)),
            None => {
                self.methods.extend(methods.keys().map(String::as_str));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What routes of `METHOD path` lines find for a request, as `line name=value ..`, `405 methods`, `404` or `400`.
    fn find(routes: &[&str], method: &str, path: &str) -> String {
        let mut table = Routes::new();
        for line in routes {
            let (method, path) = line.split_once(' ').expect("a method and a path");
            table.insert(method, &RoutePath::parse(path).expect("a path"), *line);
        }
        match table.find(method, path) {
            Found::Target(line, params) => {
                params.iter().fold((*line).to_owned(), |text, (name, value)| format!("{text} {name}={value}"))
            }
            Found::Methods(methods) => format!("405 {}", methods.into_iter().collect::<Vec<_>>().join(", ")),
            Found::Nothing => "404".to_owned(),
            Found::Malformed => "400".to_owned(),
        }
    }

    #[test]
    fn literals_come_before_parameters_and_these_before_the_rest() {
        let routes =
            ["GET /", "GET /u/{id}", "GET /u/me", "GET /u/{id}/posts", "GET /{all...}", "GET /u/me/{what}/end"];
        for (path, expected) in [
            ("/", "GET /"),
            ("/u/me", "GET /u/me"),
            ("/u/you", "GET /u/{id} id=you"),
            ("/u/me/posts", "GET /u/{id}/posts id=me"),
            ("/u/me/x/end", "GET /u/me/{what}/end what=x"),
            ("/u/me/x/other", "GET /{all...} all=u/me/x/other"),
            ("/u/", "GET /{all...} all=u/"),
            ("/u", "GET /{all...} all=u"),
            ("/u/a%20b%2Fc", "GET /u/{id} id=a b/c"),
            ("/%75/me", "GET /u/me"),
            ("/u/%zz", "400"),
            ("/u/%f", "400"),
            ("/u/%", "400"),
            ("/u/%ff", "400"),
            ("*", "404"),
        ] {
            assert_eq!(find(&routes, "GET", path), expected, "{path}");
        }
    }

    #[test]
    fn methods_are_told_if_none_fits() {
        let routes = ["GET /a", "POST /a", "PUT /{x}", "GET /b/{rest...}", "OPTIONS /o", "GET /o"];
        for (method, path, expected) in [
            ("DELETE", "/a", "405 GET, POST, PUT"),
            ("HEAD", "/a", "GET /a"),
            ("PUT", "/a", "PUT /{x} x=a"),
            ("OPTIONS", "/a", "405 GET, POST, PUT"),
            ("OPTIONS", "/o", "OPTIONS /o"),
            ("POST", "/b/", "405 GET"),
            ("GET", "/b/", "GET /b/{rest...} rest="),
            ("GET", "/b", "405 PUT"),
            ("GET", "/c/d", "404"),
        ] {
            assert_eq!(find(&routes, method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_long_path_is_searched_once() {
        let routes: Vec<String> = (0..64).map(|n| format!("GET /{}x", "a/".repeat(n))).collect();
        let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
        assert_eq!(find(&routes, "GET", &"/a".repeat(10_000)), "404");
    }
}
