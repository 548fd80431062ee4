//! An app in a folder of the test's own.

#![expect(clippy::disallowed_methods, reason = "apps are made in folders of the test's own")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use nojit::{
    app,
    component::Engine,
    function::Functions,
    registry::{ContentHash, OsVariables, Registry},
};
use sha2::{Digest, Sha256};

/// An app folder that goes away with the test.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// An app of one definition file of the namespace `t` with these entries.
    pub(super) fn of(entries: &[&str]) -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("app-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        folder.with("_index.yaml", format!("namespace: t\nentries:\n{}", entries.concat()))
    }

    /// The same app with another file.
    pub(super) fn with(self, path: &str, contents: impl AsRef<[u8]>) -> Folder {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder for tests is writable");
        fs::write(path, contents).expect("so is the app's");
        self
    }

    /// The same app with the guest that answers by itself, as `http-server.wasm`.
    pub(super) fn with_http_server(self) -> Folder {
        self.with("http-server.wasm", http_server())
    }

    /// What the entry of that guest has as its hash.
    pub(super) fn http_server_hash() -> String {
        ContentHash::from_bytes(Sha256::digest(http_server()).into()).to_string()
    }

    pub(super) fn load(&self) -> (Registry, Functions) {
        self.try_load().expect("the app loads")
    }

    /// The app, or what is wrong with it.
    pub(super) fn try_load(&self) -> Result<(Registry, Functions), String> {
        let os = OsVariables::default();
        app::load(&self.0, &os, &Engine::default()).map_err(|problems| problems.to_string())
    }
}

fn http_server() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/http-server/http-server.wasm");
    fs::read(file).expect("the guest is there")
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
