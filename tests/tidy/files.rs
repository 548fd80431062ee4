//! How files are named, how long they are and how they begin.

use super::tree::{File, assert_none, rust_files};

/// Lines after which a reader finds a file long.
const MAX_LINES: usize = 800;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "misc", "shared", "stuff"];

fn headless(file: &File) -> Vec<String> {
    let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.starts_with("//! ") { Vec::new() } else { vec![format!("{}: must open with `//!`", file.path)] }
}

fn badly_named(file: &File) -> Vec<String> {
    let mut segments = file.path.trim_end_matches(".rs").split('/');
    let bad = segments.find(|segment| EMPTY_NAMES.contains(segment));
    bad.map(|name| format!("{}: `{name}` names no contents", file.path)).into_iter().collect()
}

fn long(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines > MAX_LINES { vec![format!("{}: {lines} lines", file.path)] } else { Vec::new() }
}

#[test]
fn every_module_opens_with_its_documentation() {
    assert_none("modules without `//!`", &rust_files().iter().flat_map(headless).collect::<Vec<_>>());
}

#[test]
fn names_say_what_is_inside() {
    assert_none("empty names", &rust_files().iter().flat_map(badly_named).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long_to_read() {
    assert_none("more than 800 lines", &rust_files().iter().flat_map(long).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_module_without_documentation_is_found() {
        assert_eq!(headless(&file("src/a.rs", "use core::fmt;\n//! late")).len(), 1);
        assert_eq!(headless(&file("src/a.rs", "")).len(), 1);
        assert_eq!(headless(&file("src/a.rs", "//!\n")).len(), 1);
        assert_eq!(headless(&file("src/a.rs", "//! What it does.\n")).len(), 0);
    }

    #[test]
    fn an_empty_name_is_found() {
        assert_eq!(badly_named(&file("src/component/util.rs", "")).len(), 1);
        assert_eq!(badly_named(&file("tests/helpers/mod.rs", "")).len(), 1);
        assert_eq!(badly_named(&file("src/component/utility_of_it.rs", "")).len(), 0);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(long(&file("src/a.rs", &"x\n".repeat(MAX_LINES + 1))), ["src/a.rs: 801 lines"]);
        assert_eq!(long(&file("src/a.rs", &"x\n".repeat(MAX_LINES))).len(), 0);
    }
}
