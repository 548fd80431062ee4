//! Core modules, and what has to be known of one before it runs.
//!
//! wasmi runs a start function by a plain call, which cannot be paused: here it is an export, so that instantiation can call it
//! like any other. A module's own memory is made by us, with room to grow (`memory.rs`).

use alloc::{boxed::Box, string::String, vec::Vec};

use wasmparser::{BinaryReader, ExternalKind, MemoryType, Operator, Parser, Payload, TypeRef};

use super::{Detour, Engine, edit::Edits, memory::OwnMemory};
use crate::error::{Error, Result};

/// Longer modules keep their memory: they would be copied for it when they are loaded.
const MAX_COPIED_BYTES: usize = 4 << 20;

/// A core module, translated as it is used.
#[derive(Clone, Debug)]
pub(crate) struct CoreModule {
    module: wasmi::Module,
    facts: Facts,
    own_memory: Option<OwnMemory>,
    detour: Option<Detour>,
}

/// What a module's sections tell.
#[derive(Clone, Debug, Default)]
struct Facts {
    start: Option<u32>,
    imported_funcs: u32,
    imported_tables: u32,
    /// The only memory, if the module makes it.
    own_memory: Option<MemoryType>,
    /// Names of exports that are imported functions.
    reexports: Vec<Box<str>>,
    has_table_grow: bool,
}

impl CoreModule {
    /// Reads a module that was validated.
    ///
    /// # Errors
    ///
    /// If the interpreter does not take it.
    pub(crate) fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        let facts = Facts::read(bytes).map_err(malformed)?;
        let own_memory = facts.own_memory.filter(|_| bytes.len() <= MAX_COPIED_BYTES).and_then(|ty| {
            let import = facts.imported_funcs + facts.imported_tables;
            OwnMemory::new(ty, import as usize)
        });
        let edits = Edits { start: facts.start, imports_memory: own_memory.is_some() };
        let module = match edits.is_empty() {
            true => wasmi::Module::new(engine.wasmi(), bytes),
            false => wasmi::Module::new(engine.wasmi(), edits.apply(bytes).map_err(malformed)?),
        };
        let module = module.map_err(|error| {
            Error::malformed(alloc::format!("the interpreter does not take a core module: {error}")).with_source(error)
        })?;
        Ok(CoreModule { module, facts, own_memory, detour: Detour::read(bytes) })
    }

    pub(super) fn wasmi(&self) -> &wasmi::Module {
        &self.module
    }

    /// Module and field of every import, in the order in which the interpreter wants them (by kind, then as declared).
    pub(crate) fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.own_memory.as_ref().map(|memory| memory.import);
        let others = self.module.imports().enumerate().filter(move |(at, _)| own != Some(*at));
        others.map(|(_, import)| (import.module(), import.name()))
    }

    /// The memory that is to be made for it.
    pub(super) fn own_memory(&self) -> Option<&OwnMemory> {
        self.own_memory.as_ref()
    }

    /// What it has of a detour, if it is nothing else.
    pub(crate) fn detour(&self) -> Option<&Detour> {
        self.detour.as_ref()
    }

    pub(crate) fn has_start(&self) -> bool {
        self.facts.start.is_some()
    }

    /// Whether an export is a function that the module itself imports.
    pub(crate) fn is_reexport(&self, name: &str) -> bool {
        self.facts.reexports.iter().any(|export| &**export == name)
    }

    /// Whether the module grows a table: wasmi repeats instructions when that runs out of fuel and is resumed.
    pub(crate) fn has_table_grow(&self) -> bool {
        self.facts.has_table_grow
    }
}

fn malformed(error: wasmparser::BinaryReaderError) -> Error {
    Error::malformed(String::from(error.message())).with_source(error)
}

impl Facts {
    fn read(bytes: &[u8]) -> Result<Facts, wasmparser::BinaryReaderError> {
        let mut facts = Facts::default();
        let (mut tables, mut has_growable_table) = (0, false);
        let mut imported_memories = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => facts.imported_funcs += 1,
                            TypeRef::Table(_) => {
                                facts.imported_tables += 1;
                                (tables, has_growable_table) = (tables + 1, true);
                            }
                            TypeRef::Memory(_) => imported_memories += 1,
                            _ => {}
                        }
                    }
                }
                Payload::MemorySection(section) if section.count() == 1 && imported_memories == 0 => {
                    facts.own_memory = section.into_iter().next().transpose()?;
                }
                Payload::TableSection(section) => {
                    tables += section.count();
                    for table in section {
                        let ty = table?.ty;
                        has_growable_table |= ty.maximum != Some(ty.initial);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func && export.index < facts.imported_funcs {
                            facts.reexports.push(export.name.into());
                        }
                    }
                }
                Payload::StartSection { func, .. } => facts.start = Some(func),
                Payload::CodeSectionEntry(body)
                    if has_growable_table && !facts.has_table_grow && may_grow_table(body.as_bytes(), tables) =>
                {
                    let mut operators = body.get_operators_reader()?;
                    while !operators.eof() && !facts.has_table_grow {
                        facts.has_table_grow = matches!(operators.read()?, Operator::TableGrow { .. });
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}

/// Whether a function body can have a `table.grow` in it: `0xfc`, then 15, then the index of one of `tables`. Decoding every
/// body of a large module takes longer than everything else that is done to load it.
fn may_grow_table(body: &[u8], tables: u32) -> bool {
    memchr::memchr_iter(0xfc, body).any(|at| {
        let mut numbers = BinaryReader::new(body.get(at + 1..).unwrap_or_default(), 0);
        matches!(numbers.read_var_u32(), Ok(15)) && numbers.read_var_u32().is_ok_and(|index| index < tables)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_grows_a_table_is_found_however_its_numbers_are_written() {
        for (body, expected) in [
            (&[0xfc, 0x0f, 0x00][..], true),
            (&[0x41, 0x01, 0xfc, 0x0f, 0x01, 0x0b], true),
            (&[0xfc, 0x8f, 0x80, 0x00, 0x81, 0x00], true),
            // An offset of 2044 before a local, before an operator, and at the end.
            (&[0x28, 0x02, 0xfc, 0x0f, 0x20, 0x00], false),
            (&[0x28, 0x02, 0xfc, 0x0f, 0xa0, 0x0b], false),
            (&[0x28, 0x02, 0xfc, 0x0f], false),
            // Other operators of the same kind, and another table than there is.
            (&[0xfc, 0x10, 0x00], false),
            (&[0xfc, 0x0f, 0x02], false),
            (&[0xfc], false),
            (&[], false),
        ] {
            assert_eq!(may_grow_table(body, 2), expected, "{body:x?}");
        }
    }
}
