//! Finds the core export for each function that a world exports, and renames it to what the encoder looks for.

use std::collections::BTreeMap;

use wasm_encoder::{ExportKind, ExportSection, SectionId};
use wasmparser::ValType;
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function as WitFunction, TypeDefKind, WorldItem, WorldKey};

use super::edit::{Editor, content};
use super::module::{Function, Module, Signature};
use super::name::snake;
use super::preview1;
use super::world::World;
use crate::error::{Error, Result};

/// Names of `realloc` that are accepted, the first before the others.
const REALLOCS: [&str; 3] = ["cabi_realloc", "canonical_abi_realloc", "realloc"];
const REALLOC: &str = "cabi_realloc";
const POST_RETURN: &str = "cabi_post_";
const INITIALIZE: &str = "_initialize";

/// Replaces the exports of `module` by those that the encoder needs for `world`.
pub(super) fn bind(module: &Module<'_>, world: &World, editor: &mut Editor<'_>) -> Result<()> {
    let mut exports = ExportSection::new();
    let mut needs_memory = false;
    let mut needs_realloc = false;
    let uses = count_names(world);
    for (interface, wit) in world.exports() {
        let target = Target::new(world, interface, wit, uses.get(wit.name.as_str()) == Some(&1));
        if wit.kind.is_async() {
            return Err(target.error("async functions are not supported in core modules: give a component"));
        }
        let abi = world.resolve.wasm_signature(AbiVariant::GuestExport, wit);
        let core = target.find(module, &Signature::of_wit(&abi))?;
        exports.export(&target.name, ExportKind::Func, core.index);
        if let Some(post) = target.find_post_return(module, core)? {
            exports.export(&format!("{POST_RETURN}{}", target.name), ExportKind::Func, post.index);
        }
        let has_pointers = abi.params.iter().any(|ty| matches!(ty, WasmType::Pointer | WasmType::PointerOrI64));
        let takes_pointers = has_pointers && !takes_only_a_rep(&abi, wit);
        if takes_pointers || abi.retptr {
            target.require_memory(module)?;
        }
        if takes_pointers {
            target.require_realloc(module)?;
        }
        needs_memory |= takes_pointers || abi.retptr;
        needs_realloc |= takes_pointers;
    }
    bind_destructors(module, world, &mut exports);
    bind_rest(module, world, needs_memory, needs_realloc, &mut exports);
    editor.replace(SectionId::Export, content(&exports));
    Ok(())
}

/// How many exported functions have a name, whatever interface they are in.
fn count_names(world: &World) -> BTreeMap<&str, usize> {
    let mut uses = BTreeMap::new();
    for (_, function) in world.exports() {
        *uses.entry(function.name.as_str()).or_insert(0) += 1;
    }
    uses
}

/// Whether the only pointer that a method takes is the representation of its resource.
fn takes_only_a_rep(abi: &WasmSignature, wit: &WitFunction) -> bool {
    let is_pointer = |ty: &WasmType| matches!(ty, WasmType::Pointer | WasmType::PointerOrI64);
    !abi.indirect_params
        && wit.kind.resource().is_some()
        && !abi.params.iter().skip(1).any(is_pointer)
        && wit.name.starts_with("[method]")
}

/// A function that the component is to export.
struct Target {
    /// What the encoder calls its core export.
    name: String,
    /// What the core module may call it.
    candidates: Vec<String>,
}

impl Target {
    /// `is_unique` says that no other interface has a function of that name.
    fn new(world: &World, interface: Option<&WorldKey>, wit: &WitFunction, is_unique: bool) -> Self {
        let function = wit.name.as_str();
        let mut candidates = Vec::new();
        let mut name = function.to_owned();
        if let Some(key) = interface {
            let full = world.interface_name(key);
            let without_version = full.split('@').next().unwrap_or(&full).to_owned();
            let short = without_version.rsplit('/').next().unwrap_or(&full).to_owned();
            name = format!("{full}#{function}");
            for interface in [&full, &without_version, &short, &snake(&short)] {
                candidates.push(format!("{interface}#{function}"));
                candidates.push(format!("{interface}#{}", snake(function)));
            }
        }
        if interface.is_none() || is_unique {
            candidates.push(function.to_owned());
            candidates.push(snake(function));
        }
        let mut known = Vec::with_capacity(candidates.len());
        candidates.retain(|candidate| {
            let is_new = !known.contains(candidate);
            known.push(candidate.clone());
            is_new
        });
        Target { name, candidates }
    }

    fn error(&self, what: impl Into<String>) -> Error {
        Error::invalid(what.into()).at(format_args!("function `{}`", self.name))
    }

    fn find<'m, 'a>(&self, module: &'m Module<'a>, expected: &Signature) -> Result<&'m Function<'a>> {
        let Some(found) = self.candidates.iter().find_map(|name| module.function(name)) else {
            let names: Vec<_> = self.candidates.iter().map(|name| format!("`{name}`")).collect();
            return Err(self.error(format!(
                "no core export {} as {expected}; {}",
                names.join(" or "),
                module.export_list()
            )));
        };
        if found.signature != *expected {
            return Err(self.error(format!(
                "core export `{}` is {}, but the signature in `wit` needs {expected}; {}",
                found.name,
                found.signature,
                module.export_list()
            )));
        }
        Ok(found)
    }

    fn find_post_return<'m, 'a>(
        &self,
        module: &'m Module<'a>,
        core: &Function<'a>,
    ) -> Result<Option<&'m Function<'a>>> {
        let names = self.candidates.iter().map(String::as_str).chain([core.name]);
        let Some(found) = names.into_iter().find_map(|name| module.function(&format!("{POST_RETURN}{name}"))) else {
            return Ok(None);
        };
        let expected = Signature { params: core.signature.results.clone(), results: Vec::new() };
        if found.signature != expected {
            return Err(
                self.error(format!("its post-return `{}` is {}, but must be {expected}", found.name, found.signature))
            );
        }
        Ok(Some(found))
    }

    fn require_memory(&self, module: &Module<'_>) -> Result<()> {
        match module.memory {
            None => Err(self.error(
                "strings, lists and large values pass through memory: export the memory of the module as `memory`",
            )),
            Some((_, memory)) if memory.memory64 => {
                Err(self.error("`memory` is 64-bit, and values pass through 32-bit memories only"))
            }
            Some((_, memory)) if memory.shared => {
                Err(self.error("`memory` is shared, and values pass through unshared memories only"))
            }
            Some(_) => Ok(()),
        }
    }

    fn require_realloc(&self, module: &Module<'_>) -> Result<()> {
        if realloc(module).is_some() {
            return Ok(());
        }
        let found = REALLOCS.iter().find_map(|name| module.function(name));
        let found = found.map_or_else(String::new, |found| format!(" (`{}` is {})", found.name, found.signature));
        Err(self.error(format!(
            "strings, lists and many parameters are put into the module's memory: export an allocator `{REALLOC}` as {}, \
             taking old pointer, old size, alignment and new size{found}",
            realloc_signature()
        )))
    }
}

fn realloc_signature() -> Signature {
    Signature { params: vec![ValType::I32; 4], results: vec![ValType::I32] }
}

/// The exported function that allocates, if one has the signature for it.
fn realloc<'m, 'a>(module: &'m Module<'a>) -> Option<&'m Function<'a>> {
    let mut known = REALLOCS.iter().filter_map(|name| module.function(name));
    known.find(|function| function.signature == realloc_signature())
}

/// Exports the destructors of resources that interfaces of the world define.
fn bind_destructors(module: &Module<'_>, world: &World, exports: &mut ExportSection) {
    for (key, item) in &world.resolve.worlds[world.id].exports {
        let WorldItem::Interface { id, .. } = item else { continue };
        let full = world.interface_name(key);
        let short = full.split('@').next().and_then(|path| path.rsplit('/').next()).unwrap_or(&full);
        for (name, ty) in &world.resolve.interfaces[*id].types {
            if !matches!(world.resolve.types[*ty].kind, TypeDefKind::Resource) {
                continue;
            }
            let target = format!("{full}#[dtor]{name}");
            let found = module.function(&target).or_else(|| module.function(&format!("{short}#[dtor]{name}")));
            if let Some(found) = found {
                exports.export(&target, ExportKind::Func, found.index);
            }
        }
    }
}

/// Exports what belongs to no function: memory, allocator, initializer.
fn bind_rest(module: &Module<'_>, world: &World, memory: bool, allocator: bool, exports: &mut ExportSection) {
    let has_imports = !world.resolve.worlds[world.id].imports.is_empty()
        || module.imports.iter().any(|import| preview1::is_adapted(import.module));
    if let Some((index, _)) = module.memory.filter(|_| memory || has_imports) {
        exports.export("memory", ExportKind::Memory, index);
    }
    if let Some(realloc) = realloc(module).filter(|_| allocator || has_imports) {
        exports.export(REALLOC, ExportKind::Func, realloc.index);
    }
    bind_initializer(module, exports);
}

/// Exports the function that prepares a library module, which the encoder has called before anything else.
pub(super) fn bind_initializer(module: &Module<'_>, exports: &mut ExportSection) {
    let nothing = Signature { params: Vec::new(), results: Vec::new() };
    if let Some(initialize) = module.function(INITIALIZE).filter(|function| function.signature == nothing) {
        exports.export(INITIALIZE, ExportKind::Func, initialize.index);
    }
}

impl Signature {
    /// The core signature that the canonical ABI demands.
    pub(super) fn of_wit(abi: &WasmSignature) -> Self {
        let core = |types: &[WasmType]| types.iter().map(|ty| core_type(*ty)).collect();
        Signature { params: core(&abi.params), results: core(&abi.results) }
    }
}

fn core_type(ty: WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}
