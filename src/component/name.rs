//! Extern names: `ns:package/interface@1.2.3`, and which version satisfies which.
//!
//! A host's `@0.2.12` serves a guest that imports any `0.2.y`, a host's `1.4.0` any `1.y.z`: the part of a version that
//! must be equal is its *track*.

use alloc::string::String;

/// A name taken apart at its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExternName<'a> {
    /// What stands before `@`.
    pub(crate) base: &'a str,
    /// What stands behind it.
    pub(crate) version: Option<&'a str>,
}

impl<'a> ExternName<'a> {
    pub(crate) fn parse(name: &'a str) -> Self {
        match name.split_once('@') {
            Some((base, version)) => ExternName { base, version: Some(version) },
            None => ExternName { base: name, version: None },
        }
    }

    /// The part of the version that two compatible versions share; none for pre-releases and odd versions, which match
    /// only themselves.
    fn track(&self) -> Option<(u64, Option<u64>, Option<u64>)> {
        let version = self.version?;
        if version.contains('-') {
            return None;
        }
        let mut parts = version.split('+').next()?.split('.').map(|part| part.parse::<u64>().ok());
        let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        Some(match (major, minor) {
            (0, 0) => (0, Some(0), Some(patch)),
            (0, minor) => (0, Some(minor), None),
            (major, _) => (major, None, None),
        })
    }

    /// The name under which compatible versions meet: `wasi:io/poll@0.2` for `wasi:io/poll@0.2.3`.
    pub(crate) fn alternate(&self) -> Option<String> {
        let track = self.track()?;
        Some(match track {
            (major, None, _) => alloc::format!("{}@{major}", self.base),
            (major, Some(minor), None) => alloc::format!("{}@{major}.{minor}", self.base),
            (major, Some(minor), Some(patch)) => alloc::format!("{}@{major}.{minor}.{patch}", self.base),
        })
    }
}

/// Whether `found` can stand for `wanted`: equal, or of the same track.
pub(crate) fn is_compatible(wanted: &str, found: &str) -> bool {
    if wanted == found {
        return true;
    }
    let (wanted, found) = (ExternName::parse(wanted), ExternName::parse(found));
    wanted.base == found.base && wanted.track().is_some() && wanted.track() == found.track()
}

/// Whether `found` is what a person means by `wanted`: version, package and case style may be left out.
pub(crate) fn is_meant(wanted: &str, found: &str) -> bool {
    if is_compatible(wanted, found) {
        return true;
    }
    let (wanted_name, found_name) = (ExternName::parse(wanted), ExternName::parse(found));
    if wanted_name.version.is_some() {
        return false;
    }
    let short = found_name.base.rsplit_once('/').map_or(found_name.base, |(_, interface)| interface);
    let same = |name: &str| name == wanted || name.bytes().eq(wanted.bytes().map(|b| if b == b'_' { b'-' } else { b }));
    same(found_name.base) || same(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_track_are_compatible() {
        for (wanted, found, compatible) in [
            ("wasi:io/poll@0.2.3", "wasi:io/poll@0.2.12", true),
            ("wasi:io/poll@0.2.12", "wasi:io/poll@0.2.0", true),
            ("wasi:io/poll@0.3.0", "wasi:io/poll@0.2.0", false),
            ("a:b/c@1.2.3", "a:b/c@1.9.0", true),
            ("a:b/c@1.2.3", "a:b/c@2.0.0", false),
            ("a:b/c@0.0.1", "a:b/c@0.0.2", false),
            ("a:b/c@0.2.0-rc-1", "a:b/c@0.2.0", false),
            ("a:b/c", "a:b/c@1.0.0", false),
            ("a:b/c@1.0.0", "a:b/d@1.0.0", false),
        ] {
            assert_eq!(is_compatible(wanted, found), compatible, "{wanted} and {found}");
        }
    }

    #[test]
    fn people_may_leave_out_package_and_version() {
        for (wanted, found, meant) in [
            ("test-sleep", "ns:pkg/test-sleep@1.2.3", true),
            ("ns:pkg/test-sleep", "ns:pkg/test-sleep@1.2.3", true),
            ("test_sleep", "test-sleep", true),
            ("sleep", "ns:pkg/test-sleep@1.2.3", false),
            ("test-sleep@1.2.3", "ns:pkg/test-sleep@1.2.3", false),
        ] {
            assert_eq!(is_meant(wanted, found), meant, "{wanted} and {found}");
        }
    }
}
