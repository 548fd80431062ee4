//! Small core modules that are generated because the interpreter or safe Rust cannot do a thing directly.

use alloc::vec::Vec;

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, MemoryType, Module,
    TypeSection, ValType,
};

use super::CoreValType;

/// A module that imports `"" "f"` and exports `"f"`, a function that does nothing but call it.
///
/// A suspended host function that was reached by `return_call`, or that is called directly as an export, loses its
/// result or does not suspend; behind a core function it behaves.
pub(crate) fn trampoline(params: &[CoreValType], results: &[CoreValType]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function(params.iter().map(val_type), results.iter().map(val_type));
    let mut imports = ImportSection::new();
    imports.import("", "f", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 1);
    let mut body = Function::new([]);
    for index in 0..params.len() {
        body.instructions().local_get(index as u32);
    }
    body.instructions().call(0).end();
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    module.finish()
}

/// A module that imports two memories, `"" "from"` and `"" "to"`, and exports `"f"`: `(to, from, len)` copies bytes
/// between them.
///
/// Safe Rust cannot borrow two memories of one store; through a buffer the same copy takes twice as long.
pub(crate) fn copy_helper() -> Vec<u8> {
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 3], []);
    let mut imports = ImportSection::new();
    imports.import("", "from", memory).import("", "to", memory);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut body = Function::new([]);
    body.instructions().local_get(0).local_get(1).local_get(2).memory_copy(1, 0).end();
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    module.finish()
}

fn val_type(ty: &CoreValType) -> ValType {
    match ty {
        CoreValType::I64 => ValType::I64,
        CoreValType::F32 => ValType::F32,
        CoreValType::F64 => ValType::F64,
        // Canonical functions have no other types.
        _ => ValType::I32,
    }
}
