//! The interpreter: the only module that names `wasmi`.
//!
//! What the component layer needs of a core engine and nothing more: a configured [`Engine`], modules with their start
//! sections made callable, metered execution in slices, calls that can be paused and resumed, and memory. Knows no
//! components, no clock and no host interface.
//!
//! What wasmi does not do is answered here, each answer in the file that the table in ARCHITECTURE.md names.

mod config;
mod detour;
mod edit;
mod fuel;
mod glue;
mod limits;
mod memory;
mod module;
mod run;

pub use config::{Config, Engine};
pub(crate) use config::{component_features, core_features};
pub(crate) use detour::{Calls, Detour, Fills};
pub(crate) use edit::START_EXPORT;
pub(crate) use fuel::{Meter, Metered, charge, consumed, grant, reclaim, reclaim_slice};
pub(crate) use glue::{copy_helper, trampoline};
pub(crate) use limits::{Limited, Limiter};
pub(crate) use module::CoreModule;
pub(crate) use run::{
    Outcome, Paused, call_plain, call_resumable, empty_slot, host_failure, instantiate_core, resume, resume_with,
    suspension,
};

/// What a host function returns to the interpreter when it fails.
pub(crate) use wasmi::Error as CoreError;
#[doc(hidden)]
pub use wasmi::Val as CoreVal;
/// The parts of wasmi that the component layer handles as they are.
pub(crate) use wasmi::{
    AsContext, AsContextMut, Caller, Extern as CoreExtern, Func as CoreFunc, FuncType as CoreFuncType,
    Instance as CoreInstance, Memory as CoreMemory, Store as CoreStore, StoreContextMut as CoreContextMut,
    ValType as CoreValType,
};
/// Floats by their bits, as they cross the interpreter's boundary.
pub(crate) use wasmi::{F32, F64};
