//! The files that the checks read, and what a failing check prints.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A text file of the project.
pub(super) struct File {
    /// The path from the root of the project, with `/` between folders.
    pub(super) path: String,
    pub(super) text: String,
}

/// The folders that hold Rust code.
const CODE: [&str; 7] =
    ["src", "shims/src", "shims/tests", "conformance/src", "conformance/benches", "tests", "examples"];

/// Folders within them that hold no code of ours: sources of guests follow the rules of their own languages.
const NOT_OURS: [&str; 2] = ["tests/guests", "tests/fixtures"];

/// All Rust files of the project, sorted.
pub(super) fn rust_files() -> Vec<File> {
    let mut paths = Vec::new();
    for folder in CODE {
        collect(folder, &mut paths);
    }
    paths.sort();
    paths.into_iter().map(read).collect()
}

/// The manifests of the packages.
pub(super) fn manifests() -> Vec<File> {
    ["Cargo.toml", "shims/Cargo.toml", "conformance/Cargo.toml"].into_iter().map(|path| read(path.to_owned())).collect()
}

/// Fails with all findings, one a line.
#[track_caller]
pub(super) fn assert_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n  {}\n", findings.join("\n  "));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, clippy::panic, reason = "the checks read the tree, or fail")]
fn read(path: String) -> File {
    let text = fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    File { path, text }
}

/// Adds the Rust files below a folder; none if it does not exist.
#[expect(clippy::disallowed_methods, clippy::panic, reason = "the checks read the tree, or fail")]
fn collect(folder: &str, paths: &mut Vec<String>) {
    if NOT_OURS.contains(&folder) || !root().join(folder).is_dir() {
        return;
    }
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("{folder}: {error}")).path();
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let path = format!("{folder}/{name}");
        if entry.is_dir() {
            collect(&path, paths);
        } else if Path::new(name).extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

#[test]
fn the_tree_is_where_the_checks_look() {
    let files = rust_files();
    for path in ["src/lib.rs", "src/error.rs", "shims/src/lib.rs", "conformance/src/lib.rs", "tests/main.rs"] {
        assert!(files.iter().any(|file| file.path == path), "{path} is not among the files that are checked");
    }
}
