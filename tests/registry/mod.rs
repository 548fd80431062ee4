//! Apps in folders, and what loading them says.

#![expect(clippy::disallowed_methods, reason = "apps are made in folders of the test's own")]

mod faults;
mod folders;
mod loads;
mod mutations;
mod variables;
mod web;
mod web_faults;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nojit::registry::Registry;

/// An app folder that goes away with the test.
struct App(PathBuf);

impl App {
    /// An app of these files: path and text.
    fn new(files: &[(&str, &str)]) -> App {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("registry-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let app = App(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        fs::create_dir_all(&app.0).expect("the folder for tests is writable");
        for (path, text) in files {
            app.write(path, text.as_bytes());
        }
        app
    }

    /// An app of one `_index.yaml` and a folder `wasm`.
    fn of(text: &str) -> App {
        App::new(&[("_index.yaml", text), ("wasm/empty.wasm", "")])
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the app folder is writable");
        fs::write(path, bytes).expect("the app folder is writable");
    }

    /// The IDs in order of start, or the problems.
    fn load(&self) -> String {
        match Registry::load(&self.0) {
            Ok(registry) => registry.order().map(|entry| entry.id().as_str()).collect::<Vec<_>>().join(" "),
            Err(problems) => problems.to_string(),
        }
    }

    fn registry(&self) -> Registry {
        Registry::load(&self.0).expect("the app loads")
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
