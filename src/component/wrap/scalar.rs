//! Core modules that no WIT types: each exported function gets the type that its core signature has.
//!
//! The canonical ABI returns one flat value and passes sixteen; what is more goes through memory. Functions beyond that get
//! a stub beside them which moves the values, with a memory of its own that nothing else touches.

use std::fmt::Write;

use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function as Body, FunctionSection, InstructionSink, MemArg, MemArgTarget,
    MemorySection, MemoryType, SectionId, TypeSection, ValType as EncoderType,
};
use wasmparser::ValType;

use super::edit::{Editor, content};
use super::exports::bind_initializer;
use super::imports;
use super::module::{Function, Module, Signature};
use super::name::{self, Labels};
use super::preview1::Adapter;
use super::world::World;
use crate::error::{Error, Result};

/// Flat values that the canonical ABI passes without memory.
const MAX_FLAT_PARAMS: usize = 16;
/// Flat values that it returns without memory.
const MAX_FLAT_RESULTS: usize = 1;
/// Where stubs put results; a function has at most 1,000 of 8 bytes.
const RESULTS: i32 = 0;
/// Where the allocator of the stubs has parameters put.
const PARAMS: i32 = 8192;
/// Exports that serve the canonical ABI and are no functions of the component.
const NOT_FUNCTIONS: [&str; 4] = ["cabi_", "canonical_abi_", "_initialize", "cm32p2"];

/// Makes a component of `module` by its core signatures.
pub(super) fn to_component(module: &Module<'_>, adapter: Adapter) -> Result<Vec<u8>> {
    let functions = callable(module)?;
    let mut text = "package local:exports; world module {".to_owned();
    for (label, function) in &functions {
        // Writing to a string cannot fail.
        let _ = write!(text, " export %{label}: {};", wit(&function.signature));
    }
    text.push_str(" }");
    let mut world = World::generate(&text)?;
    let mut editor = Editor::new(module);
    imports::bind(module, &mut world, &mut editor)?;
    Stubs::new(module).export(module, &functions, adapter, &mut editor)?;
    super::embed(editor.finish(), &world, adapter)
}

/// The type of `signature` in WIT: `func(p0: s32) -> s64`.
pub(super) fn wit(signature: &Signature) -> String {
    let types = |types: &[ValType]| types.iter().map(|ty| word(*ty).unwrap_or("unknown")).collect::<Vec<_>>();
    let params = types(&signature.params);
    let params: Vec<_> = params.iter().enumerate().map(|(index, ty)| format!("p{index}: {ty}")).collect();
    let results = types(&signature.results);
    let result = match results.as_slice() {
        [] => String::new(),
        [one] => format!(" -> {one}"),
        many => format!(" -> tuple<{}>", many.join(", ")),
    };
    format!("func({}){result}", params.join(", "))
}

/// Why an import of this signature cannot be typed by it.
pub(super) fn why_not_import(signature: &Signature) -> Option<String> {
    if signature.results.len() > MAX_FLAT_RESULTS {
        return Some(format!("{signature} has several results, which imports have only through memory"));
    }
    if signature.params.len() > MAX_FLAT_PARAMS {
        return Some(format!("{signature} has more than {MAX_FLAT_PARAMS} parameters"));
    }
    why_not(signature)
}

fn why_not(signature: &Signature) -> Option<String> {
    let mut types = signature.params.iter().chain(&signature.results);
    types.find(|ty| word(**ty).is_none()).map(|ty| format!("{ty} has no component type"))
}

fn word(ty: ValType) -> Option<&'static str> {
    match ty {
        ValType::I32 => Some("s32"),
        ValType::I64 => Some("s64"),
        ValType::F32 => Some("f32"),
        ValType::F64 => Some("f64"),
        ValType::V128 | ValType::Ref(_) => None,
    }
}

/// The exported functions that have a component type, each with a label of its own.
fn callable<'m, 'a>(module: &'m Module<'a>) -> Result<Vec<(String, &'m Function<'a>)>> {
    let mut left_out = Vec::new();
    let mut named = Vec::new();
    let mut labels = Labels::default();
    for function in &module.functions {
        if NOT_FUNCTIONS.iter().any(|start| function.name.starts_with(start)) {
            continue;
        }
        match (why_not(&function.signature), name::label(function.name)) {
            (Some(reason), _) => left_out.push(format!("`{}`: {reason}", function.name)),
            (None, None) => left_out.push(format!("`{}`: the name cannot be made a label", function.name)),
            // Names that are labels are taken before any is made.
            (None, Some(label)) if label == function.name && labels.take(&label) => named.push((Some(label), function)),
            (None, Some(_)) => named.push((None, function)),
        }
    }
    if named.is_empty() {
        let reasons = if left_out.is_empty() { module.export_list() } else { left_out.join(", ") };
        return Err(Error::malformed(format!("nothing in the core module can be called ({reasons})")));
    }
    let made = |function: &Function<'_>| name::label(function.name).unwrap_or_default();
    let mut label = |known: Option<String>, function| known.unwrap_or_else(|| labels.take_numbered(made(function)));
    Ok(named.into_iter().map(|(known, function)| (label(known, function), function)).collect())
}

/// What is added to a module for the functions that need memory.
struct Stubs {
    /// Index of the next type, of the next function, and of the stubs' memory.
    next_type: u32,
    next_function: u32,
    memory: u32,
    types: TypeSection,
    functions: FunctionSection,
    bodies: CodeSection,
    needs_allocator: bool,
}

impl Stubs {
    fn new(module: &Module<'_>) -> Self {
        Stubs {
            next_type: module.type_count,
            next_function: module.function_count,
            memory: module.memory_count,
            types: TypeSection::new(),
            functions: FunctionSection::new(),
            bodies: CodeSection::new(),
            needs_allocator: false,
        }
    }

    /// Exports `functions`, those that need it through stubs.
    fn export(
        mut self,
        module: &Module<'_>,
        functions: &[(String, &Function<'_>)],
        adapter: Adapter,
        editor: &mut Editor<'_>,
    ) -> Result<()> {
        let mut exports = ExportSection::new();
        for (label, function) in functions {
            let signature = &function.signature;
            let is_flat = signature.params.len() <= MAX_FLAT_PARAMS && signature.results.len() <= MAX_FLAT_RESULTS;
            let index = if is_flat { function.index } else { self.stub(function) };
            exports.export(label, ExportKind::Func, index);
        }
        bind_initializer(module, &mut exports);
        if let (true, Some((memory, _))) = (adapter != Adapter::None, module.memory) {
            // The adapter works on the memory that is called so, which the stubs would need for themselves.
            if !self.functions.is_empty() {
                return Err(Error::malformed(
                    "a module that imports preview 1 exports a function with several results or more than 16 parameters: \
                     give its signature in `wit`",
                ));
            }
            exports.export("memory", ExportKind::Memory, memory);
        }
        if self.needs_allocator {
            let mut body = Body::new([]);
            body.instructions().i32_const(PARAMS).end();
            let index = self.define(&[ValType::I32; 4], &[ValType::I32], &body);
            exports.export("cabi_realloc", ExportKind::Func, index);
        }
        if !self.functions.is_empty() {
            let mut memory = MemorySection::new();
            let one_page =
                MemoryType { minimum: 1, maximum: Some(1), memory64: false, shared: false, page_size_log2: None };
            memory.memory(one_page);
            exports.export("memory", ExportKind::Memory, self.memory);
            editor.append(SectionId::Type, &content(&self.types));
            editor.append(SectionId::Function, &content(&self.functions));
            editor.append(SectionId::Memory, &content(&memory));
            editor.append(SectionId::Code, &content(&self.bodies));
        }
        editor.replace(SectionId::Export, content(&exports));
        Ok(())
    }

    /// Defines a function that takes parameters and gives results of `function` as the canonical ABI does.
    fn stub(&mut self, function: &Function<'_>) -> u32 {
        let Signature { params, results } = &function.signature;
        let params_in_memory = params.len() > MAX_FLAT_PARAMS;
        let results_in_memory = results.len() > MAX_FLAT_RESULTS;
        let stub_params = if params_in_memory { &[ValType::I32][..] } else { params };
        let stub_results = if results_in_memory { &[ValType::I32][..] } else { results };
        let locals: &[ValType] = if results_in_memory { results } else { &[] };
        let mut body = Body::new_with_locals_types(locals.iter().map(|ty| encoder_type(*ty)));
        let mut code = body.instructions();
        if params_in_memory {
            for (ty, offset) in layout(params) {
                load(code.local_get(0), ty, self.at(offset));
            }
        } else {
            for (local, _) in (0..).zip(params) {
                code.local_get(local);
            }
        }
        code.call(function.index);
        if results_in_memory {
            let places: Vec<_> =
                (0..).map(|local: u32| local + stub_params.len() as u32).zip(layout(results)).collect();
            for (local, _) in places.iter().rev() {
                code.local_set(*local);
            }
            for (local, (ty, offset)) in places {
                store(code.i32_const(RESULTS).local_get(local), ty, self.at(offset));
            }
            code.i32_const(RESULTS);
        }
        code.end();
        self.needs_allocator |= params_in_memory;
        self.define(stub_params, stub_results, &body)
    }

    /// Adds a function and returns its index.
    fn define(&mut self, params: &[ValType], results: &[ValType], body: &Body) -> u32 {
        let encoder_types = |types: &[ValType]| types.iter().map(|ty| encoder_type(*ty)).collect::<Vec<_>>();
        self.types.ty().function(encoder_types(params), encoder_types(results));
        self.functions.function(self.next_type);
        self.bodies.function(body);
        self.next_type += 1;
        self.next_function += 1;
        self.next_function - 1
    }

    fn at(&self, offset: u64) -> MemArg {
        MemArg { offset, align: 2, target: MemArgTarget::Memory(self.memory), ordering: None }
    }
}

/// Each type with its offset in a tuple, as "Element Size" of CanonicalABI.md has it.
fn layout(types: &[ValType]) -> impl Iterator<Item = (ValType, u64)> {
    types.iter().scan(0_u64, |next, ty| {
        let size = match ty {
            ValType::I64 | ValType::F64 => 8,
            _ => 4,
        };
        let offset = next.next_multiple_of(size);
        *next = offset + size;
        Some((*ty, offset))
    })
}

fn load(code: &mut InstructionSink<'_>, ty: ValType, at: MemArg) {
    match ty {
        ValType::I64 => code.i64_load(at),
        ValType::F32 => code.f32_load(at),
        ValType::F64 => code.f64_load(at),
        _ => code.i32_load(at),
    };
}

fn store(code: &mut InstructionSink<'_>, ty: ValType, at: MemArg) {
    match ty {
        ValType::I64 => code.i64_store(at),
        ValType::F32 => code.f32_store(at),
        ValType::F64 => code.f64_store(at),
        _ => code.i32_store(at),
    };
}

/// Only for the four types that have a component type.
fn encoder_type(ty: ValType) -> EncoderType {
    match ty {
        ValType::I64 => EncoderType::I64,
        ValType::F32 => EncoderType::F32,
        ValType::F64 => EncoderType::F64,
        _ => EncoderType::I32,
    }
}
