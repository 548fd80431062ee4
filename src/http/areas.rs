//! Below which prefix scripts of other origins may do what, for requests that no endpoint answers. Knows no endpoints.

use std::{collections::BTreeMap, sync::Arc};

use super::routes::segments;
use crate::registry::{Cors, RoutePath, Segment};

/// The prefixes of routers.
#[derive(Debug, Default)]
pub(super) struct Areas(BTreeMap<Vec<String>, Option<Arc<Cors>>>);

impl Areas {
    /// Adds what is below a prefix. Of two with one prefix the one with `cors` counts.
    pub(super) fn insert(&mut self, prefix: &RoutePath, cors: Option<&Arc<Cors>>) {
        let literals = prefix.segments().iter().filter_map(|segment| match segment {
            // A slash at the end is that of the paths below.
            Segment::Literal(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        });
        let area = self.0.entry(literals.collect()).or_default();
        if area.is_none() {
            *area = cors.cloned();
        }
    }

    /// What holds for a path: that of the longest prefix.
    pub(super) fn find(&self, path: &str) -> Option<&Cors> {
        let segments = segments(path)?.ok()?;
        let longest = self.0.keys().map(Vec::len).max()?.min(segments.len());
        let mut prefixes = (0..=longest).rev().filter_map(|len| segments.get(..len));
        prefixes.find_map(|prefix| self.0.get(prefix))?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_counts() {
        let cors = |origin: &str| {
            let origins = vec![origin.to_owned()];
            let (headers, expose) = (Vec::new(), Vec::new());
            Arc::new(Cors { origins, methods: None, headers, expose, credentials: false, max_age: None })
        };
        let mut areas = Areas::default();
        for (prefix, origin) in
            [("/a", Some("a")), ("/a/b/", None), ("/a/b/c", Some("c")), ("/", None), ("/", Some("all"))]
        {
            let origin = origin.map(cors);
            areas.insert(&prefix.parse().expect("a prefix"), origin.as_ref());
        }
        for (path, expected) in [
            ("/a", "a"),
            ("/a/x", "a"),
            ("/%61/x", "a"),
            ("/a/b", "none"),
            ("/a/b/x", "none"),
            ("/a/b/c/d", "c"),
            ("/ab", "all"),
            ("/", "all"),
            ("/a/%zz", "none"),
            ("*", "none"),
        ] {
            let found = areas.find(path).map_or("none", |cors| cors.origins[0].as_str());
            assert_eq!(found, expected, "{path}");
        }
    }
}
