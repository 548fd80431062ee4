//! Bytes to definitions: a component is validated and its sections are collected in order, nested components within.
//!
//! Follows Binary.md. What a definition means is the plan's business.

use alloc::{boxed::Box, string::String, vec::Vec};

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentImport, ComponentInstance, ComponentType, Encoding,
    FromReader, Instance, Parser, Payload, SectionLimited, Validator, WasmFeatures,
};

use crate::{
    engine::{component_features, core_features},
    error::{Error, Result},
};

/// A component's definitions, in the order of its binary; they index each other by kind and count.
#[derive(Debug, Default)]
pub(crate) struct Definitions<'a> {
    pub(crate) items: Vec<Definition<'a>>,
}

/// One definition.
#[derive(Debug)]
pub(crate) enum Definition<'a> {
    CoreModule(&'a [u8]),
    CoreInstance(Instance<'a>),
    /// Core types are looked at by validation only.
    CoreType,
    Component(Box<Definitions<'a>>),
    Instance(ComponentInstance<'a>),
    Alias(ComponentAlias<'a>),
    Type(ComponentType<'a>),
    Canon(CanonicalFunction),
    Import(ComponentImport<'a>),
    Export(ComponentExport<'a>),
}

/// Components within components, at most.
const MAX_NESTING: usize = 100;

/// A validated component.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    pub(crate) root: Definitions<'a>,
    /// Whether any core module may use tail calls.
    pub(crate) has_tail_calls: bool,
}

/// How much of a binary is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validation {
    /// Everything.
    Full,
    /// Everything but the bodies of functions, which the interpreter validates when they are first called.
    WithoutBodies,
}

/// Validates a binary and collects its definitions.
///
/// # Errors
///
/// If the binary is malformed or invalid, with the offset in bytes where it is so; if it is a core module.
pub(crate) fn decode(bytes: &[u8], validation: Validation) -> Result<Decoded<'_>> {
    if Parser::is_core_wasm(bytes) {
        return Err(Error::malformed("this is a core module, not a component; wrap it first"));
    }
    let features = core_features() | component_features();
    let has_tail_calls = match validation {
        Validation::Full => {
            // Tail calls need trampolines in front of host functions, and few modules have any: ask without them first.
            let has_tail_calls = validate(bytes, features.difference(WasmFeatures::TAIL_CALL)).is_err();
            if has_tail_calls {
                validate(bytes, features)?;
            }
            has_tail_calls
        }
        Validation::WithoutBodies => {
            validate_sections(bytes, features)?;
            // Nobody has looked.
            true
        }
    };
    Ok(Decoded { root: collect(bytes)?, has_tail_calls })
}

fn validate(bytes: &[u8], features: WasmFeatures) -> Result<()> {
    Validator::new_with_features(features).validate_all(bytes).map(|_| ()).map_err(malformed)
}

fn validate_sections(bytes: &[u8], features: WasmFeatures) -> Result<()> {
    let mut validator = Validator::new_with_features(features);
    for payload in Parser::new(0).parse_all(bytes) {
        // What it returns for a body is the work that is left out.
        validator.payload(&payload.map_err(malformed)?).map_err(malformed)?;
    }
    Ok(())
}

/// A refusal of the parser or the validator.
pub(crate) fn malformed(error: wasmparser::BinaryReaderError) -> Error {
    let more = match error.message() {
        // Exceptions and garbage collection, which toolchains can be told to do without.
        message if message.contains(" feature") => "; the interpreter does not have it",
        message if message.contains("unexpected end-of-file") => "; part of it is missing: copy or build it again",
        _ => "",
    };
    let message = alloc::format!("{} (at offset {:#x}){more}", error.message(), error.offset());
    Error::malformed(message).with_source(error)
}

fn collect(bytes: &[u8]) -> Result<Definitions<'_>> {
    let mut open: Vec<Definitions<'_>> = Vec::new();
    let mut parser = Parser::new(0);
    let mut parents: Vec<Parser> = Vec::new();
    let mut rest = bytes;
    loop {
        let (consumed, payload) = match parser.parse(rest, true).map_err(malformed)? {
            wasmparser::Chunk::Parsed { consumed, payload } => (consumed, payload),
            wasmparser::Chunk::NeedMoreData(_) => return Ok(open.pop().unwrap_or_default()),
        };
        rest = rest.get(consumed..).unwrap_or_default();
        let Some(current) = open.last_mut() else {
            if let Payload::Version { encoding: Encoding::Component, .. } = payload {
                open.push(Definitions::default());
            }
            continue;
        };
        let items = &mut current.items;
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                let len = (unchecked_range.end - unchecked_range.start) as usize;
                let (module, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                items.push(Definition::CoreModule(module));
                rest = after;
            }
            Payload::ComponentSection { parser: nested, .. } => {
                if parents.len() >= MAX_NESTING {
                    return Err(Error::malformed(alloc::format!("components nest deeper than {MAX_NESTING}")));
                }
                parents.push(core::mem::replace(&mut parser, nested));
                open.push(Definitions::default());
            }
            Payload::InstanceSection(section) => extend(items, section, Definition::CoreInstance)?,
            Payload::CoreTypeSection(section) => extend(items, section, |_| Definition::CoreType)?,
            Payload::ComponentInstanceSection(section) => extend(items, section, Definition::Instance)?,
            Payload::ComponentAliasSection(section) => extend(items, section, Definition::Alias)?,
            Payload::ComponentTypeSection(section) => extend(items, section, Definition::Type)?,
            Payload::ComponentCanonicalSection(section) => extend(items, section, Definition::Canon)?,
            Payload::ComponentImportSection(section) => extend(items, section, Definition::Import)?,
            Payload::ComponentExportSection(section) => extend(items, section, Definition::Export)?,
            Payload::End(_) => {
                let Some(parent) = parents.pop() else { return Ok(open.pop().unwrap_or_default()) };
                parser = parent;
                let nested = open.pop().unwrap_or_default();
                if let Some(outer) = open.last_mut() {
                    outer.items.push(Definition::Component(Box::new(nested)));
                }
            }
            _ => {}
        }
    }
}

/// Appends the definitions of a section.
fn extend<'a, D: FromReader<'a>>(
    items: &mut Vec<Definition<'a>>,
    section: SectionLimited<'a, D>,
    definition: fn(D) -> Definition<'a>,
) -> Result<()> {
    for item in section {
        items.push(definition(item.map_err(malformed)?));
    }
    Ok(())
}

/// Validates and decodes anything; a fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let _ = decode(bytes, Validation::Full).map_err(|error| String::from(error.message()));
}
