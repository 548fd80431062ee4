//! Paths as text: no path that was normalised here leads upwards. Touches no file; links are the matter of `source`.

use std::path::{Component, Path, PathBuf};

/// The path `text` from the folder `base`, both below the app folder, without `.` and `..`.
///
/// The error is the end of a sentence that begins with the field or the path.
pub(crate) fn below_app(base: &Path, text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("is empty; name a path relative to the app folder".to_owned());
    }
    if Path::new(text).has_root() || text.contains('\0') {
        return Err("must be a relative path, for it may not leave the app folder".to_owned());
    }
    let mut path = base.to_owned();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." if path.pop() => {}
            ".." => return Err("leads out of the app folder; remove `..`".to_owned()),
            name if is_plain(name) => path.push(name),
            _ => return Err("must be a relative path with `/` between names".to_owned()),
        }
    }
    Ok(path)
}

/// Whether `name` is one name in a path on this system too.
fn is_plain(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
}

/// The absolute path `text` of a guest, normalised as POSIX does: without `.`, `..`, doubled and trailing slashes.
pub(crate) fn guest_absolute(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err("must be an absolute path, such as /data".to_owned());
    }
    if text.contains('\0') {
        return Err("must not contain a NUL character".to_owned());
    }
    let mut names: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            // Above the root is the root.
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    Ok(format!("/{}", names.join("/")))
}

/// The path `text` within a file system entry, with or without a leading slash, as the same without.
pub(crate) fn within_entry(text: &str) -> Result<String, String> {
    let mut names: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." if names.pop().is_some() => {}
            ".." => return Err("leads out of its file system entry; remove `..`".to_owned()),
            name if is_plain(name) && !name.contains('\0') => names.push(name),
            _ => return Err("must be a path with `/` between names".to_owned()),
        }
    }
    if names.is_empty() {
        Err("names no file; write a path such as /module.wasm".to_owned())
    } else {
        Ok(names.join("/"))
    }
}

/// `path` with `/` between names, for messages.
pub(crate) fn display(path: &Path) -> String {
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_app_stay_below_it() {
        let check = |base: &str, text: &str, expected: Result<&str, &str>| {
            let found = below_app(Path::new(base), text).map(|path| display(&path));
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{base:?} {text:?}");
        };
        check("", "./wasm", Ok("wasm"));
        check("src", "a//b/../c/", Ok("src/a/c"));
        check("src", "../lib", Ok("lib"));
        check("src", ".", Ok("src"));
        check("src", "../..", Err("leads out of the app folder; remove `..`"));
        check("", "a/../../b", Err("leads out of the app folder; remove `..`"));
        check("", "/etc", Err("must be a relative path, for it may not leave the app folder"));
        check("", "", Err("is empty; name a path relative to the app folder"));
    }

    #[test]
    fn guest_paths_are_absolute_and_normal() {
        let check = |text: &str, expected: Result<&str, &str>| {
            assert_eq!(guest_absolute(text).as_deref().map_err(String::as_str), expected, "{text:?}");
        };
        check("/", Ok("/"));
        check("//data/./x/../y/", Ok("/data/y"));
        check("/..", Ok("/"));
        check("data", Err("must be an absolute path, such as /data"));
    }

    #[test]
    fn paths_within_an_entry_name_a_file() {
        assert_eq!(within_entry("/a/./compute.wasm").as_deref(), Ok("a/compute.wasm"));
        assert!(within_entry("/../x").is_err());
        assert!(within_entry("/").is_err());
    }
}
