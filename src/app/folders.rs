//! What entries say is to be made in the app folder before the app starts. Knows no guests.

use nojit_shims::{filesystem::ErrorCode, host::Host};

use crate::{
    function::AppFolder,
    registry::{Entry, EnvStorage, Problem, Problems, Registry, Spec},
};

/// Makes folders with `auto_init` and files of variables with `auto_create`, where they do not exist.
///
/// # Errors
///
/// Those that cannot be made.
pub(super) fn prepare(registry: &Registry, host: &dyn Host) -> Result<(), Problems> {
    let folder = AppFolder::new(host, registry.app_dir());
    let mut problems = Problems::new();
    for entry in registry.entries() {
        let made = match entry.spec() {
            Spec::FsDirectory(fs) if fs.auto_init => {
                folder.directory(fs).map(drop).map_err(|code| refused(entry, "directory", code))
            }
            Spec::EnvStorage(EnvStorage::File { path, auto_create: true, file_mode, dir_mode }) => {
                folder.make_file(path, *file_mode, *dir_mode).map_err(|code| refused(entry, "file_path", code))
            }
            _ => Ok(()),
        };
        if let Err(problem) = made {
            problems.push(problem);
        }
    }
    problems.into_result()
}

fn refused(entry: &Entry, field: &str, code: ErrorCode) -> Problem {
    entry.problem(field, format!("{field} cannot be made: {}", code.name()))
}
