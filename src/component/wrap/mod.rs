//! Bytes in, component out: WAT text, core modules and components become one thing, so that one path executes everything.
//!
//! A core module is typed by WIT text, by the `component-type` metadata that binding generators leave in it, or by its core
//! signatures. Its exports and imports are then renamed to what the canonical ABI's build-time names demand
//! (BuildTargets.md of the component model, and the older names that toolchains emit) and `wit-component` encodes the rest.
//!
//! Knows nothing of engines, linking or definition files, and of WASI only which adapter makes preview 1 of it.

mod edit;
mod exports;
mod imports;
mod module;
mod name;
mod preview1;
mod scalar;
mod text;
mod view;
mod world;

pub use view::wit_of;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmparser::Parser;
use wit_component::{ComponentEncoder, StringEncoding};

use crate::error::{Error, Result};
use edit::Editor;
use module::Module;
use preview1::Adapter;
use world::World;

/// Longest WIT text that [`wrap`] reads, in bytes.
pub const MAX_WIT_BYTES: usize = 1 << 20;
/// Most functions that a wrapped core module exports, and most that it imports; encoding takes the square of it.
pub const MAX_FUNCTIONS: usize = 4096;

/// Makes a component of `bytes`, which are WAT text or a binary, a core module or a component.
///
/// A component is returned as it is. A core module is typed by `wit`: bare functions, types with functions, interfaces, or
/// a document with one world. Bare functions become exports of the component's root under their names, an interface
/// becomes an instance of its name (`local:module/name` where interfaces use each other's types), a world says itself what
/// it exports and imports. A core export is found for each function by its name, its `snake_case` form or
/// `interface#function`; strings and lists need the exports `memory` and `cabi_realloc`, and `cabi_post_<name>` becomes
/// `post-return`.
///
/// Without `wit`, metadata left by a binding generator counts; without that, each exported core function is typed from its
/// core signature: i32 is s32, i64 s64, several results are a tuple, parameters are `p0`, `p1`, ... A name that is no kebab-case
/// label is made one (`add_two` is `add-two`, `addTwo` too); where that name is taken, `-2`, `-3`, ... follows it. Functions
/// with v128 or references, and names that cannot be made labels, are left out.
///
/// A module that imports WASI preview 1 gets the official adapter, so that the component imports WASI 0.2; one that exports
/// `_start` exports `wasi:cli/run` then, unless there is `wit`.
///
/// A core import that no WIT types becomes an import of an instance named as the core module name, its function typed from
/// the core signature in the same way.
///
/// # Errors
///
/// Kind `Invalid`, fault `Config` if `wit` is wrong, does not fit the module, or is given with a component; fault `Guest` if
/// `bytes` are neither text nor binary of WebAssembly, if nothing in the module can be called, or if it imports a memory, a
/// table or a global. A message about a place of the text begins with `wat:LINE:COLUMN:`, one about `wit`
/// with `wit:` or `wit:LINE:COLUMN:`; see [`in_named`].
pub fn wrap(bytes: &[u8], wit: Option<&str>) -> Result<Vec<u8>> {
    guarded(|| to_component(bytes, wit))
}

/// Whether `bytes` are a component already, which [`wrap`] would only copy.
#[must_use]
pub fn is_component(bytes: &[u8]) -> bool {
    Parser::is_component(bytes)
}

/// A message of [`wrap`] with the names of what was wrapped and of its WIT, if the message is about a place in one of them.
#[must_use]
pub fn in_named(message: &str, wat: &str, wit: &str) -> Option<String> {
    let named = |word: &str, name: &str| message.strip_prefix(word).map(|rest| format!("{name}{rest}"));
    named("wat:", &format!("{wat}:")).or_else(|| named("wit:", &format!("{wit}:")))
}

fn to_component(bytes: &[u8], wit: Option<&str>) -> Result<Vec<u8>> {
    let binary = binary_of(bytes)?;
    if Parser::is_component(&binary) {
        return match wit {
            None => Ok(binary.into_owned()),
            Some(_) => Err(Error::invalid(
                "`wit` is the signature of a core module, and this is a component, which has its own: remove `wit`",
            )),
        };
    }
    let module = Module::parse(&binary)?;
    module.refuse_foreign_imports()?;
    let adapter = Adapter::of(&module)?;
    match wit {
        Some(text) => {
            let adapter = if adapter == Adapter::Command { Adapter::Reactor } else { adapter };
            to_world(&module, world::parse(text)?, adapter)
        }
        None if module.has_metadata() => encode(&binary, adapter),
        None if adapter == Adapter::Command => preview1::to_command(&module),
        None => scalar::to_component(&module, adapter),
    }
}

fn check_count(what: &str, count: usize) -> Result<()> {
    if count > MAX_FUNCTIONS {
        return Err(Error::malformed(format!("the core module {what} more than {MAX_FUNCTIONS} functions")));
    }
    Ok(())
}

/// Runs `work`, in which libraries that assert what they believe of WIT see input of unknown origin.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::malformed(format!("its WIT is beyond what can be read: {}", text.unwrap_or("no reason given"))))
    })
}

/// The binary form of WAT text or of a binary.
fn binary_of(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    if bytes.is_empty() {
        return Err(Error::malformed("empty: neither WebAssembly text nor a binary"));
    }
    if !bytes.starts_with(b"\0asm") && core::str::from_utf8(bytes).is_err() {
        return Err(Error::malformed("neither WebAssembly text (not UTF-8) nor a binary (no `\\0asm` at the start)"));
    }
    wat::parse_bytes(bytes).map_err(|error| Error::malformed(place_first(error.to_string().trim())))
}

/// A message of the WAT parser with the place before the sentence, as in all other messages, and not on a line of its own.
fn place_first(message: &str) -> String {
    let lines = || message.lines().map(|line| (line, line.trim_start().strip_prefix("--> <anon>:")));
    let Some(place) = lines().find_map(|(_, place)| place) else { return message.to_owned() };
    let rest: Vec<&str> = lines().filter(|(_, place)| place.is_none()).map(|(line, _)| line).collect();
    format!("wat:{place}: {}", rest.join("\n"))
}

/// Makes the exports and imports of `module` those of `world`.
fn to_world(module: &Module<'_>, mut world: World, adapter: Adapter) -> Result<Vec<u8>> {
    let mut editor = Editor::new(module);
    imports::bind(module, &mut world, &mut editor)?;
    exports::bind(module, &world, &mut editor)?;
    embed(editor.finish(), &world, adapter)
}

/// Embeds `world` into the core module `binary` and encodes the component.
fn embed(mut binary: Vec<u8>, world: &World, adapter: Adapter) -> Result<Vec<u8>> {
    check_count("exports", world.exports().take(MAX_FUNCTIONS + 1).count())?;
    wit_component::embed_component_metadata(&mut binary, &world.resolve, world.id, StringEncoding::UTF8, false)
        .map_err(|error| Error::invalid(format!("wit: {error:#}")))?;
    encode(&binary, adapter)
}

/// Encodes the component that the metadata in the core module `binary` describes.
fn encode(binary: &[u8], adapter: Adapter) -> Result<Vec<u8>> {
    let refused = |error| Error::malformed(format!("the module cannot be made a component: {error:#}"));
    let mut encoder = ComponentEncoder::default();
    encoder.validate(false).module(binary).map_err(refused)?;
    if let Some((name, adapter)) = adapter.module() {
        encoder.adapter(name, adapter).map_err(refused)?;
    }
    encoder.encode().map_err(refused)
}

#[cfg(test)]
mod tests;
