//! WASI preview 1: modules that import `wasi_snapshot_preview1` get the official adapter, which is made of WASI 0.2.
//!
//! A module that exports `_start` is a command and becomes `wasi:cli/run`; any other one is a reactor, whose exports are
//! typed as without preview 1.

use wasi_preview1_component_adapter_provider as provider;
use super::module::Module;
use crate::error::{Error, Result};

/// The module name of preview 1.
const PREVIEW_1: &str = provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
/// The module name of what was before it.
const PREVIEW_0: &str = "wasi_unstable";

/// What stands between a module and WASI 0.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adapter {
    /// Nothing: the module does not import preview 1.
    None,
    /// Preview 1, and `_start` as `wasi:cli/run`.
    Command,
    /// Preview 1.
    Reactor,
}

impl Adapter {
    /// What `module` needs.
    ///
    /// # Errors
    ///
    /// If it imports an older preview, or exports no memory for the adapter to work on.
    pub(super) fn of(module: &Module<'_>) -> Result<Adapter> {
        if module.imports.iter().any(|import| import.module == PREVIEW_0) {
            return Err(Error::malformed(format!(
                "imports {PREVIEW_0}, which is older than preview 1: build it with a newer toolchain"
            )));
        }
        if !module.imports.iter().any(|import| is_adapted(import.module)) {
            return Ok(Adapter::None);
        }
        if module.memory.is_none() {
            return Err(Error::malformed(format!("imports {PREVIEW_1}, and exports no `memory` for it to work on")));
        }
        let is_command = module.function("_start").is_some();
        Ok(if is_command { Adapter::Command } else { Adapter::Reactor })
    }

    /// Name and binary of the adapter.
    pub(super) fn module(self) -> Option<(&'static str, &'static [u8])> {
        match self {
            Adapter::None => None,
            Adapter::Command => Some((PREVIEW_1, provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)),
            Adapter::Reactor => Some((PREVIEW_1, provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)),
        }
    }
}

/// Whether the adapter provides what is imported from `module`.
pub(super) fn is_adapted(module: &str) -> bool {
    module == PREVIEW_1
}
