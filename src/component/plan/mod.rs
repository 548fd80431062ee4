//! The plan: a component with everything nested in it, flattened into a list of small steps.
//!
//! Instantiation runs the list; it parses nothing and resolves no component-level name. Building a plan is running the
//! component's definitions with everything known but the root's imports ([`build`]); follows "Instance Definitions",
//! "Alias Definitions" and "Import and Export Definitions" of Explainer.md.

mod build;
mod scope;
mod shortcut;
mod types;

use alloc::{string::String, sync::Arc, vec::Vec};

pub(crate) use build::build;

use super::{
    signature::Signature,
    types::{FlatTy, FuncTyId, ResourceId, Ty, TypeTable},
};
use crate::engine::CoreModule;

/// Everything that instantiating a component does, in order.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) types: Arc<TypeTable>,
    pub(crate) modules: Vec<CoreModule>,
    pub(crate) imports: Vec<Import>,
    pub(crate) steps: Vec<Step>,
    /// The component instances that are made, each with the one it is nested in; the root is the first.
    pub(crate) components: Vec<Option<u32>>,
    pub(crate) resources: Vec<ResourceDef>,
    pub(crate) lifts: Vec<Lift>,
    pub(crate) lowers: Vec<Lower>,
    /// Of lifts and lowers, each once: most have the same.
    pub(crate) options: Vec<OptionsDef>,
    pub(crate) builtins: Vec<Builtin>,
    pub(crate) exports: Exports,
    /// Copies between the memories of two components; there if a component calls another.
    pub(crate) copy_module: Option<CoreModule>,
    /// Host functions are called through core trampolines: a guest may reach them by `return_call`.
    pub(crate) needs_trampolines: bool,
    /// A core module grows tables, so that the guest cannot be sliced.
    pub(crate) has_table_grow: bool,
}

/// Something the root takes from its host.
#[derive(Debug)]
pub(crate) struct Import {
    /// The import's name, then the names of exports within it.
    pub(crate) path: Vec<String>,
    /// `wasi:io/poll@0.2.0#poll`, or just the name of a root import.
    pub(crate) name: Arc<str>,
    pub(crate) kind: ImportKind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ImportKind {
    Func(FuncTyId),
    Resource,
    Module,
}

/// One step of an instantiation.
#[derive(Debug)]
pub(crate) enum Step {
    /// Makes the next core instance and runs its start function, on behalf of a component instance.
    Instantiate { module: ModuleRef, args: Args, component: u32 },
    /// Makes a core function that calls a component function.
    Lower(u32),
    /// Makes a core function of a canonical built-in.
    Builtin(u32),
    /// Makes core functions of lowers whose steps follow, in place of a core instance that would pass calls on.
    Promise(Vec<u32>),
    /// From here on these can be called, in place of a core instance that would have connected them.
    Keep(Vec<u32>),
    /// Makes a component function of a core function.
    Lift(u32),
    /// Makes a resource type; what it needs is in [`Plan::resources`].
    Resource(ResourceId),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ModuleRef {
    /// Of [`Plan::modules`].
    Static(u32),
    /// Of [`Plan::imports`].
    Imported(u32),
}

/// What a core module is instantiated with.
#[derive(Debug)]
pub(crate) enum Args {
    /// For a known module: its imports in order.
    Resolved(Vec<CoreDef>),
    /// For a module that the host gives: by the names its imports will ask for.
    Named(Vec<(String, CoreInstanceDef)>),
}

/// A core instance: one that a step makes, or a bag of definitions.
#[derive(Clone, Debug)]
pub(crate) enum CoreInstanceDef {
    /// Counted over the steps.
    Made {
        index: u32,
        module: ModuleRef,
    },
    Bag(Arc<alloc::collections::BTreeMap<String, CoreDef>>),
}

/// A core function, memory, table or global.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CoreDef {
    Export { instance: u32, name: Arc<str>, is_reexport: bool },
    Lower(u32),
    Builtin(u32),
}

impl CoreDef {
    /// Whether this is, as a function, one of the host's and not one of a core module.
    pub(crate) fn is_host_func(&self) -> bool {
        match self {
            CoreDef::Export { is_reexport, .. } => *is_reexport,
            CoreDef::Lower(_) | CoreDef::Builtin(_) => true,
        }
    }
}

/// How a string lies in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StringEncoding {
    #[default]
    Utf8,
    Utf16,
    /// Latin-1, or UTF-16 where the tag bit of the length is set.
    CompactUtf16,
}

/// Canonical options of functions of a component instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OptionsDef {
    pub(crate) component: u32,
    pub(crate) encoding: StringEncoding,
    pub(crate) memory: Option<CoreDef>,
    pub(crate) realloc: Option<CoreDef>,
    pub(crate) post_return: Option<CoreDef>,
    pub(crate) is_async: bool,
}

impl OptionsDef {
    /// Those of functions that name none.
    fn of(component: u32) -> Self {
        let encoding = StringEncoding::default();
        OptionsDef { component, encoding, memory: None, realloc: None, post_return: None, is_async: false }
    }
}

/// `canon lift`.
#[derive(Debug)]
pub(crate) struct Lift {
    pub(crate) core: CoreDef,
    pub(crate) ty: FuncTyId,
    /// Of [`Plan::options`].
    pub(crate) options: u32,
    /// For messages.
    pub(crate) name: Arc<str>,
}

/// `canon lower`.
#[derive(Debug)]
pub(crate) struct Lower {
    pub(crate) func: FuncRef,
    pub(crate) ty: FuncTyId,
    /// Of [`Plan::options`].
    pub(crate) options: u32,
    /// Of the core function.
    pub(crate) signature: Signature,
}

/// A component function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FuncRef {
    /// Of [`Plan::lifts`].
    Lift(u32),
    /// Of [`Plan::imports`].
    Import(u32),
}

/// A core function of the component model itself.
#[derive(Debug)]
pub(crate) struct Builtin {
    pub(crate) kind: BuiltinKind,
    pub(crate) component: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum BuiltinKind {
    ResourceNew(ResourceId),
    ResourceDrop(ResourceId),
    ResourceRep(ResourceId),
    ContextGet {
        ty: FlatTy,
        slot: u32,
    },
    ContextSet {
        ty: FlatTy,
        slot: u32,
    },
    BackpressureInc,
    BackpressureDec,
    /// Component-model async: links, and traps by name when it is called.
    Async {
        name: &'static str,
        params: Vec<FlatTy>,
        results: Vec<FlatTy>,
    },
}

/// A resource type that instantiation makes or is given.
#[derive(Clone, Debug)]
pub(crate) enum ResourceDef {
    Imported(u32),
    Defined { component: u32, dtor: Option<CoreDef> },
}

/// What a component or instance exports, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exports {
    pub(crate) items: Vec<(String, ExportItem)>,
}

impl Exports {
    pub(crate) fn get(&self, name: &str) -> Option<&ExportItem> {
        self.items.iter().find(|(export, _)| export == name).map(|(_, item)| item)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum ExportItem {
    Func(FuncRef, FuncTyId),
    Instance(Exports),
    Type(Ty),
    Resource,
    Module,
    /// A component, or a type that is no value type: nothing that can be used from outside today.
    Opaque,
}
