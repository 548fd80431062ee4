//! The variables of this process, for apps that declare that they read them. Knows no app.

use std::ffi::OsString;

use crate::registry::OsVariables;

/// The variables of this process that are text: what entries of kind `env.storage.os` read.
#[expect(clippy::disallowed_methods, reason = "the app declares that it reads them")]
pub(super) fn variables() -> OsVariables {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).collect()
}
