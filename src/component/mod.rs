//! The component model on the engine. Knows nothing of WASI, YAML or HTTP.
//!
//! The names are those of `wasmtime::component`. The files follow the path of a component: [`decode`](Component::new),
//! plan, types, linker, instance, func, and below a call: canon, abi, task.
//!
//! ```
//! use nojit::component::{Component, Config, Engine, Linker, Store};
//!
//! # fn main() -> nojit::Result<()> {
//! let engine = Engine::new(&Config::new())?;
//! # #[cfg(feature = "wrap")] {
//! let component = Component::new(&engine, r#"
//!     (component
//!       (core module $m (func (export "add") (param i32 i32) (result i32)
//!         (i32.add (local.get 0) (local.get 1))))
//!       (core instance $i (instantiate $m))
//!       (func (export "add") (param "a" s32) (param "b" s32) (result s32) (canon lift (core func $i "add"))))
//! "#)?;
//! let mut store = Store::new(&engine, ());
//! let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
//! let add = instance.get_typed_func::<(i32, i32), (i32,)>(&mut store, "add")?;
//! assert_eq!(add.call(&mut store, (2, 40))?, (42,));
//! # }
//! # Ok(())
//! # }
//! ```

mod decode;
mod plan;
pub mod types;
mod matching;
mod name;
pub(crate) mod value;
mod typed;
#[cfg(feature = "wasi")]
pub(crate) mod bytes;
mod linker;
mod lowered;
mod instance;
mod func;
mod canon;
pub(crate) mod abi;
pub(crate) mod resource;
mod signature;
mod store;
mod task;
mod waiting;
#[cfg(feature = "wrap")]
pub mod wrap;
#[doc(hidden)]
pub mod internals;
mod macros;

use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

pub use crate::engine::{Config, Engine};
pub use func::{Func, TypedFunc};
pub use instance::Instance;
pub use linker::{Answer, InstancePre, Linker, LinkerInstance, Module, Waiting};
pub use resource::{Resource, ResourceAny, ResourceType};
pub use store::{AsContextMut, SliceHook, Store, StoreContextMut};
pub use task::interrupted;
pub use typed::{ComponentType, Fields, Lift, LiftFields, Lower, LowerFields};
pub use types::{FuncType, Type};
pub use value::Val;

use crate::error::Result;
use decode::Validation;
use plan::{ExportItem, Exports, ImportKind, Plan};

/// A component: decoded, validated and planned. Cheap to clone; instances share its code.
#[derive(Clone)]
pub struct Component {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    plan: Plan,
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").finish_non_exhaustive()
    }
}

/// Something that a component imports or exports.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExternItem {
    /// A function.
    Func(FuncType),
    /// An instance: names and items, in order.
    Instance(Vec<(String, ExternItem)>),
    /// A value type.
    Type(Type),
    /// A resource type.
    Resource,
    /// A core module.
    Module,
    /// Anything else: a component, or a type that is no value type.
    Other,
}

impl Component {
    /// Loads a component from a binary, or from text if the feature `wrap` is on.
    ///
    /// # Errors
    ///
    /// If it is malformed or invalid (with the offset), if it is a core module (see `wrap`), or if it needs something
    /// that cannot be given to it.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        let bytes = bytes.as_ref();
        #[cfg(feature = "wrap")]
        let text;
        #[cfg(feature = "wrap")]
        let bytes = if bytes.starts_with(b"\0asm") {
            bytes
        } else {
            text = wat::parse_bytes(bytes).map_err(|error| {
                crate::Error::malformed(alloc::format!("neither a binary nor text of a component: {error}"))
            })?;
            &text
        };
        let validation = match engine.validates_lazily(bytes.len()) {
            true => Validation::WithoutBodies,
            false => Validation::Full,
        };
        let decoded = decode::decode(bytes, validation)?;
        let plan = plan::build(engine, &decoded)?;
        Ok(Component { inner: Arc::new(Inner { engine: engine.clone(), plan }) })
    }

    /// The engine this component belongs to.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Whether this is a clone of `other`.
    pub(crate) fn is_same(&self, other: &Component) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    /// What the component exports, in order.
    pub fn exports(&self) -> Vec<(String, ExternItem)> {
        self.items(&self.plan().exports)
    }

    /// The functions, resources and modules that the component imports: the path of names to each, and what it is.
    pub fn imports(&self) -> Vec<(Vec<String>, ExternItem)> {
        let plan = self.plan();
        let item = |kind| match kind {
            ImportKind::Func(id) => ExternItem::Func(FuncType { table: plan.types.clone(), id }),
            ImportKind::Resource => ExternItem::Resource,
            ImportKind::Module => ExternItem::Module,
        };
        plan.imports.iter().map(|import| (import.path.clone(), item(import.kind))).collect()
    }

    /// The exported function that `name` means (see [`Instance::get_func`]): its full name and type.
    ///
    /// # Errors
    ///
    /// If there is no such function, or several are meant; the error lists them.
    pub fn find_func(&self, name: &str) -> Result<(String, FuncType)> {
        let (full, func) = instance::find(&self.plan().exports, name)?;
        let plan = self.plan();
        let id = match func {
            plan::FuncRef::Lift(index) => plan.lifts.get(index as usize).map(|lift| lift.ty),
            plan::FuncRef::Import(index) => plan.imports.get(index as usize).and_then(|import| match import.kind {
                ImportKind::Func(id) => Some(id),
                _ => None,
            }),
        };
        let id = id.ok_or_else(|| crate::Error::bug("an export without a type"))?;
        Ok((full, FuncType { table: plan.types.clone(), id }))
    }

    /// The full names of all exported functions.
    pub fn function_names(&self) -> Vec<String> {
        instance::function_names(&self.plan().exports)
    }

    fn items(&self, exports: &Exports) -> Vec<(String, ExternItem)> {
        let types = &self.plan().types;
        let item = |item: &ExportItem| match item {
            ExportItem::Func(_, id) => ExternItem::Func(FuncType { table: types.clone(), id: *id }),
            ExportItem::Instance(exports) => ExternItem::Instance(self.items(exports)),
            ExportItem::Type(ty) => ExternItem::Type(Type::new(types, *ty)),
            ExportItem::Resource => ExternItem::Resource,
            ExportItem::Module => ExternItem::Module,
            ExportItem::Opaque => ExternItem::Other,
        };
        exports.items.iter().map(|(name, export)| (name.clone(), item(export))).collect()
    }
}

#[doc(hidden)]
pub use decode::fuzz as fuzz_decode;

/// Decodes, validates and plans anything; a fuzz target.
#[doc(hidden)]
pub fn fuzz_plan(bytes: &[u8]) {
    let engine = Engine::default();
    if let Ok(decoded) = decode::decode(bytes, Validation::Full) {
        let _ = plan::build(&engine, &decoded);
    }
}

/// Lifts a made-up value from a made-up memory; a fuzz target.
#[doc(hidden)]
#[cfg(feature = "wrap")]
pub fn fuzz_lift(bytes: &[u8]) {
    abi::bed::fuzz_lift(bytes);
}

/// Passes a string of made-up bytes between two guests; a fuzz target.
#[doc(hidden)]
#[cfg(feature = "wrap")]
pub fn fuzz_transcode(bytes: &[u8]) {
    abi::bed::fuzz_transcode(bytes);
}
