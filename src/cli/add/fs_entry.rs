//! The entry of the folder that binaries go to: one that the app has, or a new one. Touches no file.

use std::path::PathBuf;

use super::super::failure::Failure;
use crate::registry::{DEFAULT_MODE, Damage, Entry, FsDirectory, Id, Registry, Spec};

/// The name and the folder of the entry of an app that has none.
const NAME: &str = "wasm";

/// An entry of kind `fs.directory`.
pub(super) struct Fs {
    pub(super) id: Id,
    /// Whether it is to be declared.
    pub(super) is_new: bool,
    /// Its folder, relative to the app folder.
    pub(super) directory: PathBuf,
    /// The permissions of the folder if it is made.
    pub(super) mode: u32,
}

impl Fs {
    /// The entry that is asked for, the only one, or the only one with the usual name; a new one if there is none.
    pub(super) fn find(
        asked: Option<&str>,
        namespace: &str,
        registry: &Registry,
        damage: &Damage,
    ) -> Result<Fs, Failure> {
        let id = match asked {
            Some(asked) => {
                let id = if asked.contains(':') { asked.to_owned() } else { format!("{namespace}:{asked}") };
                registry.find(&id).map_err(|error| Failure::unusable(&error))?.id()
            }
            None => match only(registry)? {
                Some(id) => id,
                None => return Fs::new(namespace, registry),
            },
        };
        match registry.entry(id).map(Entry::spec) {
            Some(Spec::FsDirectory(_)) if !damage.spares(id, &["directory"]) => {
                Err(Failure::usage(format!("the folder of {id} cannot be used"))
                    .with_hint("nojit check says why; --fs ID names another"))
            }
            Some(Spec::FsDirectory(FsDirectory { directory, mode, .. })) => {
                Ok(Fs { id: id.clone(), is_new: false, directory: directory.clone(), mode: *mode })
            }
            _ => Err(Failure::usage(format!("{id} is no entry of kind fs.directory"))),
        }
    }

    fn new(namespace: &str, registry: &Registry) -> Result<Fs, Failure> {
        let id = Id::new(namespace, NAME).map_err(|error| Failure::unusable(&error))?;
        match registry.entry(&id) {
            None => Ok(Fs { id, is_new: true, directory: PathBuf::from(NAME), mode: DEFAULT_MODE }),
            Some(entry) => {
                let message = format!("the app has no entry of kind fs.directory, and {id} is a {}", entry.kind());
                Err(Failure::usage(message).with_hint("declare one, and name it: --fs ID"))
            }
        }
    }
}

/// The only entry of a folder, or the only one with the usual name; none if there is none at all.
fn only(registry: &Registry) -> Result<Option<&Id>, Failure> {
    let folders = registry.entries().filter(|entry| matches!(entry.spec(), Spec::FsDirectory(_)));
    let folders: Vec<&Id> = folders.map(Entry::id).collect();
    let usual: Vec<&Id> = folders.iter().copied().filter(|id| id.name() == NAME).collect();
    match (folders.as_slice(), usual.as_slice()) {
        ([], _) => Ok(None),
        ([only], _) | (_, [only]) => Ok(Some(only)),
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
            Err(Failure::usage(format!("the app has the folders {}", names.join(", ")))
                .with_hint("name the one for the binary: --fs ID"))
        }
    }
}
