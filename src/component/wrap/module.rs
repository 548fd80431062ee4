//! What wrapping needs to know of a core module: its sections, imports, exported functions and signatures.
//!
//! Function bodies are not validated here; whoever compiles the component does that.

use std::collections::BTreeMap;
use std::fmt;

use wasmparser::types::TypesRef;
use wasmparser::{Export as RawExport, Import as RawImport, WasmFeatures};
use wasmparser::{ExternalKind, FuncType, MemoryType, Parser, Payload, TypeRef, ValType, ValidPayload, Validator};

use crate::error::{Error, Result};

/// Names that a message lists before it only counts the rest.
const MAX_LISTED: usize = 20;

/// A core module, examined.
pub(super) struct Module<'a> {
    pub(super) sections: Vec<Section<'a>>,
    /// In the order of the module.
    pub(super) imports: Vec<Import<'a>>,
    /// Exported functions, in the order of the module.
    pub(super) functions: Vec<Function<'a>>,
    function_by_name: BTreeMap<&'a str, usize>,
    /// The memory exported as `memory`, with its index.
    pub(super) memory: Option<(u32, MemoryType)>,
    /// Size of the type index space.
    pub(super) type_count: u32,
    /// Imported and defined functions.
    pub(super) function_count: u32,
    /// Imported and defined memories.
    pub(super) memory_count: u32,
}

/// A section as it stands in the binary.
pub(super) struct Section<'a> {
    pub(super) id: u8,
    pub(super) content: &'a [u8],
    /// Whether it is the metadata of a binding generator.
    pub(super) is_metadata: bool,
}

/// An import of a core module.
pub(super) struct Import<'a> {
    pub(super) module: &'a str,
    pub(super) field: &'a str,
    pub(super) item: Item,
}

/// What a core module imports.
pub(super) enum Item {
    /// A function.
    Function { type_index: u32, signature: Signature },
    /// Something that only another core module can provide.
    Core(&'static str),
}

/// An exported core function.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) index: u32,
    pub(super) signature: Signature,
}

/// The type of a core function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
}

impl<'a> Module<'a> {
    /// Reads the core module `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::examine(bytes).map_err(|error| Error::malformed(format!("not a valid core module: {error}")))
    }

    fn examine(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let mut module = Module {
            sections: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            function_by_name: BTreeMap::new(),
            memory: None,
            type_count: 0,
            function_count: 0,
            memory_count: 0,
        };
        let mut imports: Vec<RawImport<'a>> = Vec::new();
        let mut exports: Vec<RawExport<'a>> = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let ValidPayload::End(types) = validator.payload(&payload)? {
                module.take_items(&imports, &exports, types.as_ref());
                break;
            }
            module.sections.extend(Section::of(&payload, bytes));
            match payload {
                Payload::ImportSection(section) => {
                    imports = section.into_imports().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ExportSection(section) => {
                    exports = section.into_iter().collect::<wasmparser::Result<_>>()?;
                }
                _ => {}
            }
        }
        Ok(module)
    }

    fn take_items(&mut self, imports: &[RawImport<'a>], exports: &[RawExport<'a>], types: TypesRef<'_>) {
        self.type_count = types.core_type_count_in_module();
        self.function_count = types.function_count();
        self.memory_count = types.memory_count();
        for import in imports {
            let item = match import.ty {
                TypeRef::Func(type_index) | TypeRef::FuncExact(type_index) => Item::Function {
                    type_index,
                    signature: Signature::of(types[types.core_type_at_in_module(type_index)].unwrap_func()),
                },
                TypeRef::Table(_) => Item::Core("table"),
                TypeRef::Memory(_) => Item::Core("memory"),
                TypeRef::Global(_) => Item::Core("global"),
                TypeRef::Tag(_) => Item::Core("tag"),
            };
            self.imports.push(Import { module: import.module, field: import.name, item });
        }
        for export in exports {
            match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    let signature = Signature::of(types[types.core_function_at(export.index)].unwrap_func());
                    self.function_by_name.insert(export.name, self.functions.len());
                    self.functions.push(Function { name: export.name, index: export.index, signature });
                }
                ExternalKind::Memory if export.name == "memory" => {
                    self.memory = Some((export.index, types.memory_at(export.index)));
                }
                _ => {}
            }
        }
    }

    /// The exported function `name`.
    pub(super) fn function(&self, name: &str) -> Option<&Function<'a>> {
        self.functions.get(*self.function_by_name.get(name)?)
    }

    /// Whether a binding generator left its types in this module.
    pub(super) fn has_metadata(&self) -> bool {
        self.sections.iter().any(|section| section.is_metadata)
    }

    /// Refuses imports that no component can provide.
    pub(super) fn refuse_foreign_imports(&self) -> Result<()> {
        for import in &self.imports {
            if let Item::Core(what) = import.item {
                return Err(Error::malformed(format!(
                    "imports the {what} `{}` `{}`, which only another core module can provide: define it in this module, \
                     or link both modules in a component",
                    import.module, import.field
                )));
            }
        }
        Ok(())
    }

    /// The names of the exported functions, for messages.
    pub(super) fn export_list(&self) -> String {
        if self.functions.is_empty() {
            return "the module exports no functions".to_owned();
        }
        let listed: Vec<_> = self.functions.iter().take(MAX_LISTED).map(|f| format!("`{}`", f.name)).collect();
        let more = match self.functions.len().saturating_sub(MAX_LISTED) {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        format!("the module exports the functions {}{more}", listed.join(", "))
    }
}

impl<'a> Section<'a> {
    fn of(payload: &Payload<'_>, bytes: &'a [u8]) -> Option<Self> {
        let (id, range) = payload.as_section()?;
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        let is_metadata = match payload {
            Payload::CustomSection(custom) => custom.name().starts_with("component-type"),
            _ => false,
        };
        Some(Section { id, content: bytes.get(range)?, is_metadata })
    }
}

impl Signature {
    fn of(ty: &FuncType) -> Self {
        Signature { params: ty.params().to_vec(), results: ty.results().to_vec() }
    }
}

/// `func(i32, i32) -> i32`
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "func({})", list(&self.params))?;
        match self.results.as_slice() {
            [] => Ok(()),
            [one] => write!(f, " -> {one}"),
            many => write!(f, " -> ({})", list(many)),
        }
    }
}
