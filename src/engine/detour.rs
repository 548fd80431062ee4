//! The detour that toolchains make guests take to their imports, whose options name the guest's own memory: a module whose
//! functions call what a table has, and another that fills the table when the guest is there.
//!
//! Knows what the modules are. That a component uses them for nothing else is for the plan to see.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use wasmparser::{
    ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload, RefType, TableInit,
    TypeRef,
};

/// Modules that are longer are not looked at: these are short.
const MAX_BYTES: usize = 1 << 16;

/// What a module has of the detour.
#[derive(Clone, Debug)]
pub(crate) enum Detour {
    Calls(Calls),
    Fills(Fills),
}

/// A module whose functions give their arguments to what is in a slot of its only table, and that has nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    /// The export that is the table.
    pub(crate) table: Box<str>,
    /// Slots of the table.
    pub(crate) size: u64,
    /// Slot and type of each function, by the names they are exported under.
    pub(crate) funcs: BTreeMap<Box<str>, (u32, FuncType)>,
}

/// A module that puts functions it imports into slots of a table it imports, and has nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fills {
    /// The field of the import that is the table.
    pub(crate) table: Box<str>,
    /// Field and type of the function in each slot.
    pub(crate) funcs: BTreeMap<u32, (Box<str>, FuncType)>,
}

impl Detour {
    /// What a module is that was validated; none if it is something else.
    pub(crate) fn read(bytes: &[u8]) -> Option<Detour> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        let mut sections = Sections::default();
        for payload in Parser::new(0).parse_all(bytes) {
            sections.add(payload.ok()?)?;
        }
        match sections {
            Sections { imports, table: None, exports, segment: Some(segment), .. } if exports.is_empty() => {
                fills(imports, segment).map(Detour::Fills)
            }
            Sections { imports, table: Some(size), exports, segment: None, slots, .. } if imports.is_empty() => {
                calls(size, exports, &slots).map(Detour::Calls)
            }
            _ => None,
        }
    }
}

/// What there is in a module; another section, and it is none of the two.
#[derive(Default)]
struct Sections {
    types: Vec<FuncType>,
    imports: Vec<(Box<str>, Import)>,
    /// Types of the functions.
    funcs: Vec<u32>,
    /// The size of the table.
    table: Option<u64>,
    exports: Vec<(Box<str>, ExternalKind, u32)>,
    /// Offset, and functions.
    segment: Option<(u32, Vec<u32>)>,
    /// The slots that the functions call, with the type.
    slots: Vec<(u32, FuncType)>,
}

enum Import {
    Func(FuncType),
    Table,
}

impl Sections {
    fn add(&mut self, payload: Payload<'_>) -> Option<()> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty.ok()?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.ok()?;
                    let item = match import.ty {
                        TypeRef::Func(ty) => Import::Func(self.types.get(ty as usize)?.clone()),
                        TypeRef::Table(_) => Import::Table,
                        _ => return None,
                    };
                    self.imports.push((import.name.into(), item));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.funcs.push(ty.ok()?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let table = table.ok()?;
                    let is_plain =
                        table.ty.element_type == RefType::FUNCREF && matches!(table.init, TableInit::RefNull);
                    (is_plain && self.table.replace(table.ty.initial).is_none()).then_some(())?;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    self.exports.push((export.name.into(), export.kind, export.index));
                }
            }
            Payload::ElementSection(section) => {
                for segment in section {
                    let segment = segment.ok()?;
                    let ElementKind::Active { table_index: None | Some(0), offset_expr } = segment.kind else {
                        return None;
                    };
                    let ElementItems::Functions(items) = segment.items else { return None };
                    let mut offset = offset_expr.get_operators_reader();
                    let Operator::I32Const { value } = offset.read().ok()? else { return None };
                    let Operator::End = offset.read().ok()? else { return None };
                    let items = items.into_iter().collect::<Result<_, _>>().ok()?;
                    self.segment.replace((value as u32, items)).is_none().then_some(())?;
                }
            }
            Payload::CodeSectionEntry(body) => {
                let ty = self.types.get(*self.funcs.get(self.slots.len())? as usize)?;
                let slot = called_slot(&body, ty, &self.types)?;
                self.slots.push((slot, ty.clone()));
            }
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            _ => return None,
        }
        Some(())
    }
}

/// The slot of the first table that a function of type `ty` calls with its parameters; none if it does anything else.
fn called_slot(body: &FunctionBody<'_>, ty: &FuncType, types: &[FuncType]) -> Option<u32> {
    let has_locals = body.get_locals_reader().ok()?.get_count() > 0;
    let mut operators = body.get_operators_reader().ok()?;
    for param in 0..ty.params().len() as u32 {
        let Operator::LocalGet { local_index } = operators.read().ok()? else { return None };
        (local_index == param).then_some(())?;
    }
    let Operator::I32Const { value: slot } = operators.read().ok()? else { return None };
    let Operator::CallIndirect { type_index, table_index: 0 } = operators.read().ok()? else { return None };
    let Operator::End = operators.read().ok()? else { return None };
    (!has_locals && types.get(type_index as usize) == Some(ty)).then_some(slot as u32)
}

fn calls(size: u64, exports: Vec<(Box<str>, ExternalKind, u32)>, slots: &[(u32, FuncType)]) -> Option<Calls> {
    let mut calls = Calls { size, ..Calls::default() };
    let mut has_table = false;
    for (name, kind, index) in exports {
        match kind {
            ExternalKind::Func => {
                calls.funcs.insert(name, slots.get(index as usize)?.clone());
            }
            ExternalKind::Table if !has_table => (calls.table, has_table) = (name, true),
            _ => return None,
        }
    }
    has_table.then_some(calls)
}

fn fills(imports: Vec<(Box<str>, Import)>, (offset, items): (u32, Vec<u32>)) -> Option<Fills> {
    let mut fills = Fills::default();
    let mut funcs: Vec<(Box<str>, FuncType)> = Vec::new();
    let mut has_table = false;
    for (name, import) in imports {
        // Two of one name could not be told apart.
        let is_known = funcs.iter().any(|(known, _)| *known == name) || has_table && fills.table == name;
        match import {
            _ if is_known => return None,
            Import::Func(ty) => funcs.push((name, ty)),
            Import::Table if !has_table => (fills.table, has_table) = (name, true),
            Import::Table => return None,
        }
    }
    for (at, item) in items.into_iter().enumerate() {
        fills.funcs.insert(offset.checked_add(at as u32)?, funcs.get(item as usize)?.clone());
    }
    has_table.then_some(fills)
}

#[cfg(all(test, feature = "wrap"))]
mod tests {
    use super::Detour;

    fn read(text: &str) -> Option<Detour> {
        Detour::read(&wat::parse_str(text).expect("it is WAT"))
    }

    #[test]
    fn what_only_calls_slots_is_found() {
        let Some(Detour::Calls(calls)) = read(
            r#"(module
                (type $a (func (param i32 i64) (result i32))) (type $b (func))
                (func $x (type $a) local.get 0 local.get 1 i32.const 1 call_indirect (type $a))
                (func $y (type $b) i32.const 0 call_indirect (type $b))
                (table 2 2 funcref)
                (export "x" (func $x)) (export "y" (func $y)) (export "$imports" (table 0)))"#,
        ) else {
            panic!("it is one");
        };
        let slots: Vec<(&str, u32)> = calls.funcs.iter().map(|(name, (slot, _))| (&**name, *slot)).collect();
        assert_eq!((&*calls.table, &slots[..]), ("$imports", &[("x", 1), ("y", 0)][..]));
    }

    #[test]
    fn what_only_fills_slots_is_found() {
        let Some(Detour::Fills(fills)) = read(
            r#"(module
                (import "" "1" (func $one)) (import "" "$imports" (table 3 3 funcref)) (import "" "0" (func $zero))
                (elem (i32.const 1) func $zero $one))"#,
        ) else {
            panic!("it is one");
        };
        let slots: Vec<(u32, &str)> = fills.funcs.iter().map(|(slot, (name, _))| (*slot, &**name)).collect();
        assert_eq!((&*fills.table, &slots[..]), ("$imports", &[(1, "0"), (2, "1")][..]));
    }

    #[test]
    fn what_does_anything_else_is_none() {
        const TYPE: &str = "(type $t (func (param i32)))";
        for text in [
            // It calls with other arguments, or another type, or does more.
            "(func (export \"f\") (param i32) i32.const 7 i32.const 0 call_indirect (type $t))",
            "(func (export \"f\") (param i32) (local i32) local.get 0 i32.const 0 call_indirect (type $t))",
            "(func (export \"f\") (param i32) local.get 0 i32.const 0 call_indirect (type $t) nop)",
            "(func (export \"f\") (param i32) local.get 0 local.get 0 call_indirect (type $t))",
            "(func (export \"f\") (param i32 i32) local.get 0 i32.const 0 call_indirect (type $t))",
            "(func (export \"f\") (param i32) local.get 0 i32.const 0 return_call_indirect (type $t))",
            // It keeps something besides.
            "(func (export \"f\") (param i32) local.get 0 i32.const 0 call_indirect (type $t)) (global i32 (i32.const 0))",
            "(func (export \"f\") (param i32) local.get 0 i32.const 0 call_indirect (type $t)) (memory 1)",
            "(func $f (export \"f\") (param i32) local.get 0 i32.const 0 call_indirect (type $t)) (elem (i32.const 0) $f)",
        ] {
            let module = format!("(module {TYPE} (table (export \"t\") 1 1 funcref) {text})");
            assert!(read(&module).is_none(), "{module}");
        }
        for text in [
            // It has a function of its own, passes one on, counts on, or begins.
            "(func) (elem (i32.const 0) func 0)",
            "(export \"g\" (func 0)) (elem (i32.const 0) func 0)",
            "(import \"\" \"i\" (global i32)) (elem (offset global.get 0) func 0)",
            "(start 0) (elem (i32.const 0) func 0)",
            "(elem func 0)",
            "(elem (i32.const 0) func 0) (elem (i32.const 1) func 0)",
        ] {
            let module = format!(r#"(module (import "" "f" (func)) (import "" "t" (table 2 2 funcref)) {text})"#);
            assert!(read(&module).is_none(), "{module}");
        }
    }
}
