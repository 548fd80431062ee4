//! From bytes to an instance, with a component of a real toolchain.

use nojit::component::{Component, Engine, InstancePre, Linker, Store};
use wasmi::{
    CompilationMode, Extern, ExternType, Func, FuncType, Global, Instance, Memory, Module, Mutability, Ref, Table, Val,
};
use wasmparser::{Parser, Payload};

use super::{
    raw,
    row::{Batch, Result, Row, batch, batch_with},
};

const MAPPER: &[u8] = include_bytes!("../../../examples/pipeline/wasm/mapper.wasm");

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![
        Row {
            name: "instantiate mapper",
            operations: 1,
            ours: instantiate()?,
            theirs: Some(raw_instantiate()?),
            bound: Some(1.5),
        },
        Row { name: "load mapper", operations: 1, ours: load(), theirs: Some(raw_load()?), bound: Some(3.0) },
    ])
}

fn link(engine: &Engine) -> Result<InstancePre<()>> {
    let component = Component::new(engine, MAPPER)?;
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(&component);
    Ok(linker.instantiate_pre(&component)?)
}

fn instantiate() -> Result<Batch> {
    let engine = Engine::default();
    let pre = link(&engine)?;
    Ok(batch(move || {
        let mut store = Store::new(&engine, ());
        pre.instantiate(&mut store)?;
        Ok(())
    }))
}

fn load() -> Batch {
    batch_with(Engine::default, |engine| link(engine).map(|_| ()))
}

/// The core modules of the component, in order.
fn core_modules() -> Result<Vec<&'static [u8]>> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(MAPPER) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            let module = MAPPER.get(unchecked_range.start as usize..unchecked_range.end as usize);
            modules.push(module.ok_or("a core module lies within its component")?);
        }
    }
    Ok(modules)
}

fn raw_load() -> Result<Batch> {
    let modules = core_modules()?;
    Ok(batch_with(
        || raw::engine(CompilationMode::LazyTranslation),
        move |engine| {
            for module in &modules {
                Module::new(engine, module)?;
            }
            Ok(())
        },
    ))
}

/// Where an import comes from.
enum Given {
    /// An export of a module that was instantiated before.
    Export(usize, String),
    /// A function that does nothing.
    Func(FuncType),
    /// A zero.
    Other(ExternType),
}

fn raw_instantiate() -> Result<Batch> {
    let engine = raw::engine(CompilationMode::Lazy);
    let mut modules: Vec<(Module, Vec<Given>)> = Vec::new();
    for bytes in core_modules()? {
        let module = Module::new(&engine, bytes)?;
        let mut imports = Vec::new();
        for import in module.imports() {
            let earlier = modules.iter().position(|(module, _)| fits(module.get_export(import.name()), import.ty()));
            imports.push(match (earlier, import.ty()) {
                (Some(earlier), _) => Given::Export(earlier, import.name().to_owned()),
                (None, ExternType::Func(ty)) => Given::Func(ty.clone()),
                (None, ty) => Given::Other(ty.clone()),
            });
        }
        modules.push((module, imports));
    }
    Ok(batch(move || {
        let mut store = raw::store(&engine)?;
        let mut instances: Vec<Instance> = Vec::new();
        for (module, imports) in &modules {
            let mut externs = Vec::new();
            for given in imports {
                externs.push(give(&mut store, &instances, given)?);
            }
            instances.push(Instance::new(&mut store, module, &externs)?);
        }
        Ok(())
    }))
}

/// Whether an export can be what an import asks for; limits are left to the instantiation.
fn fits(export: Option<ExternType>, import: &ExternType) -> bool {
    match (export, import) {
        (Some(ExternType::Func(export)), ExternType::Func(import)) => export == *import,
        (Some(ExternType::Global(export)), ExternType::Global(import)) => export == *import,
        (Some(ExternType::Table(_)), ExternType::Table(_)) | (Some(ExternType::Memory(_)), ExternType::Memory(_)) => {
            true
        }
        _ => false,
    }
}

fn give(store: &mut wasmi::Store<()>, instances: &[Instance], given: &Given) -> Result<Extern> {
    Ok(match given {
        Given::Export(index, name) => {
            let instance = instances.get(*index).ok_or("a module is instantiated before those that need it")?;
            instance.get_export(&*store, name).ok_or("the export was seen in the module")?
        }
        Given::Func(ty) => Extern::Func(Func::new(store, ty.clone(), |_, _, _| Ok(()))),
        Given::Other(ExternType::Memory(ty)) => Extern::Memory(Memory::new(store, *ty)?),
        Given::Other(ExternType::Table(ty)) => {
            Extern::Table(Table::new(store, *ty, Ref::default_for_ty(ty.element()))?)
        }
        Given::Other(ExternType::Global(ty)) => {
            let mutability = if ty.mutability().is_mut() { Mutability::Var } else { Mutability::Const };
            Extern::Global(Global::new(store, Val::default_for_ty(ty.content()), mutability))
        }
        Given::Other(ExternType::Func(_)) => return Err("functions are given as such".into()),
    })
}
