//! WASI preview 1: modules that import `wasi_snapshot_preview1` get the official adapter, which is made of WASI 0.2.
//!
//! A module that exports `_start` is a command and becomes `wasi:cli/run`; any other one is a reactor, whose exports are
//! typed as without preview 1.
//!
//! The adapter ends a program by `wasi:cli/exit#exit`, which knows success and failure only. So that a program's exit code
//! is what it says, its import `proc_exit` goes to `exit-with-code` instead of to the adapter.

use super::edit::{Editor, content};
use super::module::{Item, Module};
use super::world::World;
use crate::error::{Error, Result};
use wasi_preview1_component_adapter_provider as provider;
use wasm_encoder::{EntityType, ImportSection, SectionId};

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

/// What a command imports besides what the adapter does. All of the interface, as it is merged with the adapter's.
const EXIT_WORLD: &str = "package local:command; world module { import wasi:cli/exit@0.2.12; } \
    package wasi:cli@0.2.12 { interface exit { exit: func(status: result); exit-with-code: func(status-code: u8); } }";

/// Makes a component of a command without metadata of its own.
pub(super) fn to_command(module: &Module<'_>) -> Result<Vec<u8>> {
    let world = World::generate(EXIT_WORLD)?;
    let mut editor = Editor::new(module);
    let mut section = ImportSection::new();
    for import in &module.imports {
        let Item::Function { type_index, .. } = &import.item else {
            return Err(Error::bug("an import that is no function got past the check for foreign imports"));
        };
        let (from, field) = match (import.module, import.field) {
            (PREVIEW_1, "proc_exit") => ("wasi:cli/exit@0.2.12", "exit-with-code"),
            names => names,
        };
        section.import(from, field, EntityType::Function(*type_index));
    }
    editor.replace(SectionId::Import, content(&section));
    super::embed(editor.finish(), &world, Adapter::Command)
}

/// Whether the adapter provides what is imported from `module`.
pub(super) fn is_adapted(module: &str) -> bool {
    module == PREVIEW_1
}
