//! Files and folders of the operating system.
//!
//! Paths are resolved by `cap-primitives`, which cannot leave a folder: by `openat2` where there is one, elsewhere name by
//! name with every folder held open. What differs between systems is in `unix` and `portable`, which have the same
//! functions. Disks are not waited for: a read or write of a file runs on the thread of its guest.

mod dir;
mod entries;
mod error;
mod file;
mod metadata;
mod open;
#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

use std::{path::Path, sync::Arc};

#[cfg(not(unix))]
use portable as sys;
#[cfg(unix)]
use unix as sys;

use crate::{
    filesystem::ErrorCode,
    host::{Dir, Files},
};
use dir::SystemDir;
#[cfg(unix)]
pub(super) use error::errno_code;
pub(super) use error::error_code;

/// The folders of the operating system. A relative path begins at the working directory of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFiles;

impl Files for SystemFiles {
    fn open_directory(&self, path: &str) -> Result<Arc<dyn Dir>, ErrorCode> {
        let opened = cap_primitives::fs::open_ambient_dir(Path::new(path), cap_primitives::ambient_authority());
        let dir = opened.map_err(|error| error_code(&error))?;
        Ok(Arc::new(SystemDir::new(dir)))
    }

    fn make_directory(&self, path: &str, mode: u32) -> Result<(), ErrorCode> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
        #[cfg(not(unix))]
        let _no_permissions = mode;
        builder.create(path).map_err(|error| error_code(&error))
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the operating system is asked")]
    fn make_file(&self, path: &str, mode: u32) -> Result<(), ErrorCode> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _no_permissions = mode;
        match options.open(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error_code(&error)),
            _ => Ok(()),
        }
    }
}
