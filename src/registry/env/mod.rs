//! The kinds `env.storage.*` and `env.variable`: where the values of variables come from.
//!
//! Nothing here asks the operating system for its variables: whoever does hands over what it found ([`OsVariables`]).

mod lines;
mod lookup;
mod names;
mod storage;
mod variable;

pub use lookup::{Lookup, OsVariables};
pub use storage::{DEFAULT_ENV_DIR_MODE, DEFAULT_ENV_FILE_MODE, EnvStorage};
pub use variable::EnvVariable;

pub(crate) use names::Names;
pub(crate) use variable::refuse_shared_names;

use super::EntryKind;

/// The kinds of storages.
const STORAGES: &[EntryKind] = &[
    EntryKind::EnvStorageOs,
    EntryKind::EnvStorageMemory,
    EntryKind::EnvStorageStatic,
    EntryKind::EnvStorageFile,
    EntryKind::EnvStorageRouter,
];
