//! The apps under `examples/`, called and asked as their READMEs say, in a simulated world.

mod calls;
mod given;
mod requests;
mod stage;

use std::{fs, path::PathBuf};

use nojit::{app, component::Engine, registry::OsVariables};

/// The folders of the examples, sorted.
#[expect(clippy::disallowed_methods, reason = "the test looks for examples")]
fn folders() -> Vec<PathBuf> {
    let examples = fs::read_dir(stage::folder("")).expect("there are examples");
    let mut folders: Vec<_> = examples.map(|entry| entry.expect("it can be read").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

#[test]
fn every_example_loads_and_is_explained() {
    let folders = folders();
    assert!(folders.len() >= 10, "{folders:?}");
    for folder in folders {
        let loaded = app::load(&folder, &OsVariables::default(), &Engine::default());
        let (registry, functions) = loaded.map_err(|problems| problems.to_string()).expect("it has no problems");
        assert!(registry.entries().len() > 0 && functions.iter().len() > 0, "{}", folder.display());
        assert!(folder.join("README.md").is_file(), "{} has no README.md", folder.display());
    }
}

#[test]
fn every_function_is_named_in_its_readme() {
    for folder in folders() {
        let loaded = app::load(&folder, &OsVariables::default(), &Engine::default());
        let (_, functions) = loaded.map_err(|problems| problems.to_string()).expect("it has no problems");
        let readme = readme(&folder);
        for (id, _) in functions.iter() {
            let name = id.as_str().rsplit(':').next().unwrap_or_default();
            assert!(readme.contains(name), "the README.md of {} does not name {id}", folder.display());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the test reads an example")]
fn readme(folder: &std::path::Path) -> String {
    fs::read_to_string(folder.join("README.md")).expect("there is a README.md")
}
