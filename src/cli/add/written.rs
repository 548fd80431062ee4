//! What was written, so that it can be undone. Knows no entries.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use nojit_shims::host::{Host as _, system::SystemHost};

use super::super::{failure::Failure, terminal};
use super::home::{Home, canonical};
use crate::registry::DEFAULT_MODE;

/// Files and folders that were made, in this order.
#[derive(Default)]
pub(super) struct Written {
    app_dir: PathBuf,
    made: Vec<Made>,
}

enum Made {
    Folder(PathBuf),
    File(PathBuf),
}

impl Written {
    /// Writes the file that is added, if it is not there already, and its definition file; nothing if that fails.
    pub(super) fn write(home: &Home, bytes: &[u8], definition: &str) -> Result<Written, Failure> {
        let mut written = Written { app_dir: home.app_dir.clone(), made: Vec::new() };
        match written.write_all(home, bytes, definition) {
            Ok(()) => Ok(written),
            Err(failure) => {
                written.undo();
                Err(failure)
            }
        }
    }

    /// The files, relative to the app folder.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.made.iter().filter_map(|made| match made {
            Made::File(path) => Some(path.strip_prefix(&self.app_dir).unwrap_or(path)),
            Made::Folder(_) => None,
        })
    }

    /// Removes it all.
    #[expect(clippy::disallowed_methods, reason = "what was just made is removed again")]
    pub(super) fn undo(self) {
        for made in self.made.into_iter().rev() {
            let (path, removed) = match made {
                Made::File(path) => (path.clone(), fs::remove_file(path)),
                Made::Folder(path) => (path.clone(), fs::remove_dir(path)),
            };
            if let Err(error) = removed {
                terminal::remark(&format!("cannot remove {}: {}", path.display(), error.kind()));
            }
        }
    }

    fn write_all(&mut self, home: &Home, bytes: &[u8], definition: &str) -> Result<(), Failure> {
        if !home.is_there {
            let folder = self.app_dir.join(&home.folder);
            self.folder(&folder, home.fs.as_ref().map_or(DEFAULT_MODE, |fs| fs.mode))?;
            self.file(&folder.join(&home.path), bytes)?;
        }
        let path = self.app_dir.join(&home.definition);
        self.file(&path, definition.as_bytes())
    }

    /// Makes a folder of the app and those that it is in, as far as they are not there.
    fn folder(&mut self, path: &Path, mode: u32) -> Result<(), Failure> {
        let missing: Vec<&Path> = path.ancestors().take_while(|path| !path.exists()).collect();
        for path in missing.into_iter().rev() {
            let text = path.to_str().ok_or_else(|| refused(path, &io::ErrorKind::InvalidInput.into()))?;
            let made = SystemHost::new().files().make_directory(text, mode);
            made.map_err(|code| Failure::usage(format!("cannot make {text}: {}", code.name())))?;
            self.made.push(Made::Folder(path.to_owned()));
        }
        match canonical(path) {
            Ok(real) if real.starts_with(&self.app_dir) => Ok(()),
            Ok(_) => Err(Failure::usage(format!("{} leads out of the app folder by a link", path.display()))),
            Err(error) => Err(refused(path, &error)),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the user asks for these files")]
    fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
        let written = file.and_then(|mut file| {
            self.made.push(Made::File(path.to_owned()));
            file.write_all(bytes)
        });
        written.map_err(|error| refused(path, &error))
    }
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot make {}: {}", path.display(), error.kind()))
}
