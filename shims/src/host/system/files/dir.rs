//! Folders.

use std::{any::Any, fs, io, path::Path, sync::Arc};

use cap_primitives::fs as cap;

use super::{entries::SystemEntries, error_code, metadata::metadata, open::open, sys};
use crate::{
    filesystem::ErrorCode,
    host::{Dir, Entries, Metadata, OpenOptions, Opened, Times},
};

/// The folder itself, as a path.
const SELF: &str = ".";

/// An open folder. It need not be open for reading: to be a beginning of paths is enough.
#[derive(Clone)]
pub(super) struct SystemDir {
    dir: Arc<fs::File>,
}

impl SystemDir {
    pub(super) fn new(dir: fs::File) -> Self {
        SystemDir { dir: Arc::new(dir) }
    }

    /// Runs `work` on this folder and on another one of this host.
    fn with_other(
        &self,
        other: &dyn Dir,
        work: impl FnOnce(&fs::File, &fs::File) -> io::Result<()>,
    ) -> Result<(), ErrorCode> {
        let other = (other as &dyn Any).downcast_ref::<SystemDir>().ok_or(ErrorCode::CrossDevice)?;
        coded(work(&self.dir, &other.dir))
    }
}

/// The result in the words of `wasi:filesystem`.
fn coded<V>(result: io::Result<V>) -> Result<V, ErrorCode> {
    result.map_err(|error| error_code(&error))
}

/// `path` without the slashes at its end, which ask for a folder.
fn without_slashes(path: &str) -> &Path {
    let stripped = path.trim_end_matches('/');
    Path::new(if stripped.is_empty() { path } else { stripped })
}

impl Dir for SystemDir {
    fn open(&self, path: &str, options: OpenOptions) -> Result<Opened, ErrorCode> {
        open(&self.dir, Path::new(path), options)
    }

    fn metadata(&self) -> Result<Metadata, ErrorCode> {
        coded(cap::Metadata::from_file(&self.dir)).map(|found| metadata(&found))
    }

    fn metadata_at(&self, path: &str, follow: bool) -> Result<Metadata, ErrorCode> {
        coded(sys::stat(&self.dir, Path::new(path), follow)).map(|found| metadata(&found))
    }

    fn set_times(&self, times: Times) -> Result<(), ErrorCode> {
        self.set_times_at(SELF, false, times)
    }

    fn set_times_at(&self, path: &str, follow: bool, times: Times) -> Result<(), ErrorCode> {
        sys::set_times_at(&self.dir, Path::new(path), follow, times)
    }

    fn entries(&self) -> Result<Box<dyn Entries>, ErrorCode> {
        let names = coded(cap::read_base_dir(&self.dir))?;
        Ok(Box::new(SystemEntries::new(self.dir.clone(), names)))
    }

    fn create_directory(&self, path: &str) -> Result<(), ErrorCode> {
        coded(cap::create_dir(&self.dir, Path::new(path), &cap::DirOptions::new()))
    }

    fn remove_directory(&self, path: &str) -> Result<(), ErrorCode> {
        // With the slashes it would be `.` below the folder that is removed, and no system removes that.
        coded(cap::remove_dir(&self.dir, without_slashes(path)))
    }

    fn unlink_file(&self, path: &str) -> Result<(), ErrorCode> {
        let path = Path::new(path);
        coded(sys::remove_file(&self.dir, path)).map_err(|code| match code {
            // What Linux calls `is-directory` is an operation that is not permitted elsewhere.
            ErrorCode::NotPermitted | ErrorCode::Access if is_directory(&self.dir, path) => ErrorCode::IsDirectory,
            code => code,
        })
    }

    fn link(&self, old_path: &str, new_dir: &dyn Dir, new_path: &str) -> Result<(), ErrorCode> {
        let (old_path, new_path) = (Path::new(old_path), Path::new(new_path));
        self.with_other(new_dir, |old, new| cap::hard_link(old, old_path, new, new_path))
    }

    fn rename(&self, old_path: &str, new_dir: &dyn Dir, new_path: &str) -> Result<(), ErrorCode> {
        // A slash behind the new name asks for a folder as one behind the old name does, and only the latter is heard.
        let asks_for_folder = new_path.ends_with('/') && !old_path.ends_with('/');
        let old_path = if asks_for_folder { format!("{old_path}/") } else { old_path.to_owned() };
        self.with_other(new_dir, |old, new| cap::rename(old, Path::new(&old_path), new, Path::new(new_path)))
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), ErrorCode> {
        coded(sys::symlink(Path::new(target), &self.dir, Path::new(path)))
    }

    fn read_link(&self, path: &str) -> Result<String, ErrorCode> {
        let target = coded(cap::read_link(&self.dir, Path::new(path)))?;
        target.into_os_string().into_string().map_err(|_| ErrorCode::IllegalByteSequence)
    }

    fn sync(&self, data_only: bool) -> Result<(), ErrorCode> {
        // A folder that is only a beginning of paths cannot be synced.
        let dir = coded(cap::open(&self.dir, Path::new(SELF), &sys::reading()))?;
        sys::sync(&dir, data_only)
    }
}

fn is_directory(dir: &fs::File, path: &Path) -> bool {
    sys::stat(dir, path, false).is_ok_and(|found| found.is_dir())
}
