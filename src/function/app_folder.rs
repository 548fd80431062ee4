//! The app folder as the host of a guest has it. No link leads out of it: all paths are opened through it.
//!
//! Knows no guest and what none is given.

use std::{path::Path, sync::Arc};

use nojit_shims::{
    filesystem::ErrorCode,
    host::{Dir, Host, OpenOptions, Opened},
};

use crate::registry::{FsDirectory, MAX_FILE_BYTES};

/// Bytes that are asked for at once.
const PIECE_BYTES: usize = 64 << 10;

/// The app folder, opened at each ask.
pub(crate) struct AppFolder<'a> {
    host: &'a dyn Host,
    path: &'a Path,
}

impl<'a> AppFolder<'a> {
    pub(crate) fn new(host: &'a dyn Host, path: &'a Path) -> Self {
        AppFolder { host, path }
    }

    /// The folder of an entry, made if it is to be made.
    pub(crate) fn directory(&self, folder: &FsDirectory) -> Result<Arc<dyn Dir>, ErrorCode> {
        let app = self.open()?;
        let path = text(&folder.directory)?;
        if path.is_empty() {
            return Ok(app);
        }
        let options = OpenOptions { follow: true, directory: true, read: true, ..OpenOptions::default() };
        let opened = match app.open(path, options) {
            Err(ErrorCode::NoEntry) if folder.auto_init => {
                let whole = self.path.join(path);
                self.host.files().make_directory(text(&whole)?, folder.mode)?;
                app.open(path, options)
            }
            opened => opened,
        };
        match opened? {
            Opened::Dir(dir) => Ok(dir),
            Opened::File(_) => Err(ErrorCode::NotDirectory),
        }
    }

    /// Makes an empty file, and the folders that it is to be in, if it does not exist.
    pub(crate) fn make_file(&self, path: &Path, file_mode: u32, dir_mode: u32) -> Result<(), ErrorCode> {
        let whole = self.path.join(path);
        let files = self.host.files();
        if let Some(folder) = whole.parent() {
            files.make_directory(text(folder)?, dir_mode)?;
        }
        files.make_file(text(&whole)?, file_mode)
    }

    /// The bytes of a file, at most [`MAX_FILE_BYTES`]; none if there is none.
    ///
    /// # Errors
    ///
    /// The end of a sentence that begins with its path.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let options = OpenOptions { follow: true, read: true, ..OpenOptions::default() };
        let opened = self.open().and_then(|app| app.open(text(path)?, options));
        let file = match opened {
            Ok(Opened::File(file)) if file.has_offsets() => file,
            Ok(_) => return Err("is not a file".to_owned()),
            Err(ErrorCode::NoEntry) => return Ok(None),
            Err(ErrorCode::NotPermitted) => return Err("leads out of the app folder".to_owned()),
            Err(code) => return Err(format!("cannot be read: {}", code.name())),
        };
        let mut bytes = Vec::new();
        loop {
            let piece = file.read(PIECE_BYTES, bytes.len() as u64);
            let piece = piece.map_err(|code| format!("cannot be read: {}", code.name()))?;
            if piece.is_empty() {
                return Ok(Some(bytes));
            }
            bytes.extend(piece);
            if bytes.len() as u64 > MAX_FILE_BYTES {
                return Err(format!("is larger than {} MiB", MAX_FILE_BYTES >> 20));
            }
        }
    }

    fn open(&self) -> Result<Arc<dyn Dir>, ErrorCode> {
        self.host.files().open_directory(text(self.path)?)
    }
}

fn text(path: &Path) -> Result<&str, ErrorCode> {
    path.to_str().ok_or(ErrorCode::IllegalByteSequence)
}
