//! A core module as the interpreter gets it: what wasmi does not do as we want it is taken out and given from outside.
//!
//! Copies sections and appends to two of them; function bodies are not looked at, and no index changes. Knows modules that were
//! validated, and not why they are changed.

use alloc::vec::Vec;

use wasm_encoder::RawSection;
use wasmparser::{BinaryReader, BinaryReaderError, Parser};

/// The name under which a start function is exported; no valid export of a toolchain is named so.
pub(crate) const START_EXPORT: &str = "\u{0}nojit:start";
/// Module and field of the memory that a module would have made.
const MEMORY_IMPORT: [&str; 2] = ["\u{0}nojit", "memory"];

const IMPORT_SECTION: u8 = 2;
const MEMORY_SECTION: u8 = 5;
const EXPORT_SECTION: u8 = 7;
const START_SECTION: u8 = 8;

/// What is changed.
#[derive(Default)]
pub(super) struct Edits {
    /// This function is exported under [`START_EXPORT`] and is no start function.
    pub(super) start: Option<u32>,
    /// The memory is imported. The module has one, makes it itself, and imports none.
    pub(super) imports_memory: bool,
}

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.start.is_none() && !self.imports_memory
    }

    /// The module with these edits.
    pub(super) fn apply(&self, bytes: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
        let mut sections = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            if let Some((id @ 1.., range)) = payload?.as_section() {
                // The parser's ranges lie within what it parses.
                let data = bytes.get(range.start as usize..range.end as usize).unwrap_or_default();
                sections.push((id, data));
            }
        }
        let mut module = wasm_encoder::Module::new();
        let mut import = if self.imports_memory { memory_import(&sections)? } else { None };
        let mut export = self.start.map(start_export);
        for (id, data) in sections {
            // Sections stand in the order of what they are, not of their numbers.
            if id > IMPORT_SECTION
                && let Some(entry) = import.take()
            {
                module.section(&RawSection { id: IMPORT_SECTION, data: &one(&entry) });
            }
            let appended = match id {
                IMPORT_SECTION => import.take().map(|entry| append(data, &entry)).transpose()?,
                EXPORT_SECTION => export.take().map(|entry| append(data, &entry)).transpose()?,
                MEMORY_SECTION if self.imports_memory => continue,
                START_SECTION if self.start.is_some() => {
                    if let Some(entry) = export.take() {
                        module.section(&RawSection { id: EXPORT_SECTION, data: &one(&entry) });
                    }
                    continue;
                }
                _ => None,
            };
            module.section(&RawSection { id, data: appended.as_deref().unwrap_or(data) });
        }
        Ok(module.finish())
    }
}

/// The entry of the import section for the memory that the memory section has.
fn memory_import(sections: &[(u8, &[u8])]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
    let Some((_, data)) = sections.iter().find(|(id, _)| *id == MEMORY_SECTION) else { return Ok(None) };
    let (_, ty) = counted(data)?;
    let mut entry = Vec::new();
    MEMORY_IMPORT.iter().for_each(|name| push_name(&mut entry, name));
    entry.push(0x02);
    entry.extend_from_slice(ty);
    Ok(Some(entry))
}

/// The entry of the export section for a function.
fn start_export(func: u32) -> Vec<u8> {
    let mut entry = Vec::new();
    push_name(&mut entry, START_EXPORT);
    entry.push(0x00);
    push_u32(&mut entry, func);
    entry
}

/// A section of one entry.
fn one(entry: &[u8]) -> Vec<u8> {
    let mut data = alloc::vec![1];
    data.extend_from_slice(entry);
    data
}

/// A section with one entry more.
fn append(data: &[u8], entry: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let (count, entries) = counted(data)?;
    let mut appended = Vec::with_capacity(data.len() + entry.len() + 1);
    push_u32(&mut appended, count + 1);
    appended.extend_from_slice(entries);
    appended.extend_from_slice(entry);
    Ok(appended)
}

/// The number of entries of a section, and the entries.
fn counted(data: &[u8]) -> Result<(u32, &[u8]), BinaryReaderError> {
    let mut reader = BinaryReader::new(data, 0);
    let count = reader.read_var_u32()?;
    Ok((count, reader.read_bytes(reader.bytes_remaining())?))
}

/// Names here are short.
fn push_name(out: &mut Vec<u8>, name: &str) {
    push_u32(out, name.len() as u32);
    out.extend_from_slice(name.as_bytes());
}

fn push_u32(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
