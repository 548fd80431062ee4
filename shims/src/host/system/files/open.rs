//! Opening files and folders.

use std::{fs, path::Path, sync::Arc};

use cap_primitives::fs as cap;

use super::{dir::SystemDir, error_code, file::SystemFile, sys};
use crate::{
    filesystem::ErrorCode,
    host::{OpenOptions, Opened},
};

/// Opens what is at `path` below `dir`.
///
/// What makes or empties a file is done through a descriptor that may write. What does not ask to write may read, since
/// something has to be asked of the system.
pub(super) fn open(dir: &fs::File, path: &Path, options: OpenOptions) -> Result<Opened, ErrorCode> {
    let writes = options.write || options.create || options.truncate;
    let mut wanted = sys::reading();
    wanted.read(options.read || !options.write).write(writes).truncate(options.truncate);
    match options.create {
        true if options.exclusive => wanted.create_new(true),
        create => wanted.create(create),
    };
    follow_links(&mut wanted, options.follow);
    let file = cap::open(dir, path, &wanted).map_err(|error| error_code(&error))?;
    let is_dir = file.metadata().map_err(|error| error_code(&error))?.is_dir();
    match (is_dir, options.directory) {
        (true, _) if writes => Err(ErrorCode::IsDirectory),
        (true, _) => Ok(Opened::Dir(Arc::new(SystemDir::new(file)))),
        (false, true) => Err(ErrorCode::NotDirectory),
        (false, false) => Ok(Opened::File(Arc::new(SystemFile::new(file)))),
    }
}

/// Whether a link at the end of the path is followed.
///
/// The setter is public for the sake of `cap-fs-ext`, whose releases go with any of this major version, and hidden.
pub(super) fn follow_links(options: &mut cap::OpenOptions, follow: bool) {
    options._cap_fs_ext_follow(follow_symlinks(follow));
}

/// The flag as `cap-primitives` has it.
pub(super) fn follow_symlinks(follow: bool) -> cap::FollowSymlinks {
    if follow { cap::FollowSymlinks::Yes } else { cap::FollowSymlinks::No }
}
