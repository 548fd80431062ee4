//! What the core functions of one instance call that are not of a core module: lowered functions and built-ins.
//!
//! An instance imports dozens of functions, and most calls use a few: nothing is made of one before it is called. Knows the
//! plan and what was resolved for it; runs nothing.

use alloc::{boxed::Box, sync::Arc};
use core::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use spin::Once;

use super::{
    abi::Options,
    canon::{CallInfo, HostFunc, Lifted, Results, Shared, zero_results},
    linker::{InstancePre, Refusal, Resolved},
    plan::{BuiltinKind, FuncRef},
    resource::{ResourceTypeId, ScopeId},
    signature::lowered_result,
    store::StoreData,
    types::{FlatTy, ResourceId},
};
use crate::{
    engine::{CoreContextMut, CoreFunc},
    error::{Error, Result},
};

/// What the core functions of one instance call, by the lowers and built-ins of the plan. Core functions may be made of lowers
/// that may not be called yet.
pub(crate) struct InstanceFuncs<T: 'static> {
    pre: InstancePre<T>,
    pub(super) shared: Arc<Shared>,
    /// The store's index of the root component instance; nested ones follow in the order of the plan.
    pub(super) first_component: u32,
    /// Those of the plan, from when one function with them may be called.
    pub(super) options: Box<[Once<Options>]>,
    lowered: Box<[Slot<T>]>,
}

/// A lower of the plan.
struct Slot<T: 'static> {
    /// A function of the host's may be called: if it was not made yet, it can be.
    may_make: AtomicBool,
    lowered: Once<Lowered<T>>,
}

impl<T> InstanceFuncs<T> {
    /// None of the lowers may be called yet.
    pub(super) fn new(pre: InstancePre<T>, shared: Arc<Shared>, first_component: u32) -> Self {
        let plan = pre.component().plan();
        let options = plan.options.iter().map(|_| Once::new()).collect();
        let slot = || Slot { may_make: AtomicBool::new(false), lowered: Once::new() };
        let lowered = plan.lowers.iter().map(|_| slot()).collect();
        InstanceFuncs { pre, shared, first_component, options, lowered }
    }

    /// From here on a lower can be called that is of the host; its options are there.
    pub(super) fn keep_host(&self, index: u32) {
        self.lowered[index as usize].may_make.store(true, Ordering::Relaxed);
    }

    /// From here on a lower can be called that is of another component.
    pub(super) fn keep_guest(&self, index: u32, lowered: Lowered<T>) {
        self.lowered[index as usize].lowered.call_once(|| lowered);
    }

    /// Makes what is called for the first time; none if it may not be called yet.
    #[cold]
    fn make(&self, index: u32) -> Option<&Lowered<T>> {
        let slot = self.lowered.get(index as usize).filter(|slot| slot.may_make.load(Ordering::Relaxed))?;
        let plan = self.pre.component().plan();
        let def = plan.lowers.get(index as usize)?;
        let options = *self.options.get(def.options as usize)?.get()?;
        let FuncRef::Import(import) = def.func else { return None };
        let callee = match self.pre.imports().get(import as usize)? {
            Resolved::Func(func) => Callee::Host(func.clone()),
            Resolved::Missing(message) => Callee::Missing(message.clone()),
            _ => return None,
        };
        let name = plan.imports.get(import as usize)?.name.clone();
        let info = CallInfo { name, shared: self.shared.clone(), ty: def.ty, options };
        Some(slot.lowered.call_once(|| Lowered::new(info, callee)))
    }
}

/// A core function made of a component function: `canon lower`.
pub(crate) struct Lowered<T: 'static> {
    pub(crate) info: CallInfo,
    pub(crate) callee: Callee<T>,
    /// Whether calls of the host keep books of lends.
    pub(crate) has_borrows: bool,
}

/// What a lowered function calls.
pub(crate) enum Callee<T: 'static> {
    Host(Arc<HostFunc<T>>),
    Guest {
        lifted: Arc<Lifted>,
        /// Copies from the caller's memory to the callee's.
        arguments: Option<CoreFunc>,
        /// Copies from the callee's memory to the caller's.
        results: Option<CoreFunc>,
    },
    /// Nothing: traps, and says why.
    Missing(Arc<Refusal<T>>),
}

impl<T> Lowered<T> {
    pub(super) fn new(info: CallInfo, callee: Callee<T>) -> Self {
        let has_borrows = info.def().has_borrows;
        Lowered { info, callee, has_borrows }
    }

    /// The result of the core function, if it has one.
    pub(super) fn result(&self) -> Option<FlatTy> {
        lowered_result(self.info.def(), self.info.options.is_async)
    }

    /// How many results the core function has that a component calls.
    pub(crate) fn result_count(&self) -> usize {
        usize::from(self.result().is_some())
    }

    pub(crate) fn zero_results(&self) -> Results {
        zero_results(self.result())
    }

    /// How many results the core function behind it has.
    pub(crate) fn callee_results(&self) -> usize {
        usize::from(self.info.def().result_layout.flat.as_ref().is_none_or(|flat| !flat.is_empty()))
    }

    /// Ends a call that failed, and names it in the error.
    #[cold]
    pub(crate) fn failed(&self, store: &mut CoreContextMut<'_, StoreData<T>>, scope: ScopeId, error: Error) -> Error {
        store.data_mut().state.resources.close_scope(scope);
        let name = match &self.callee {
            Callee::Guest { lifted, .. } => &lifted.info.name,
            Callee::Host(_) | Callee::Missing(_) => &self.info.name,
        };
        error.within(alloc::format!("component function {name}"))
    }
}

impl<T> fmt::Debug for Lowered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lowered").field("name", &self.info.name).finish_non_exhaustive()
    }
}

/// A lowered function of an instance.
pub(crate) struct LoweredRef<T: 'static> {
    pub(crate) all: Arc<InstanceFuncs<T>>,
    pub(crate) index: u32,
}

impl<T> Clone for LoweredRef<T> {
    fn clone(&self) -> Self {
        LoweredRef { all: self.all.clone(), index: self.index }
    }
}

impl<T> LoweredRef<T> {
    /// The function, if it may be called.
    #[inline]
    pub(crate) fn get(&self) -> Option<&Lowered<T>> {
        match self.all.lowered.get(self.index as usize)?.lowered.get() {
            Some(lowered) => Some(lowered),
            None => self.all.make(self.index),
        }
    }

    /// The function, which was called and so is there.
    pub(crate) fn called(&self) -> Result<&Lowered<T>> {
        self.get().ok_or_else(|| Error::bug("a function that was called is not there"))
    }
}

/// A built-in of an instance.
pub(crate) struct BuiltinRef<T: 'static> {
    pub(crate) all: Arc<InstanceFuncs<T>>,
    pub(crate) index: u32,
}

impl<T> Clone for BuiltinRef<T> {
    fn clone(&self) -> Self {
        BuiltinRef { all: self.all.clone(), index: self.index }
    }
}

impl<T> BuiltinRef<T> {
    pub(crate) fn kind(&self) -> &BuiltinKind {
        &self.all.pre.component().plan().builtins[self.index as usize].kind
    }

    /// The component instance it is of, counted over the store.
    pub(crate) fn component(&self) -> u32 {
        self.all.first_component + self.all.pre.component().plan().builtins[self.index as usize].component
    }

    /// The store's type for a resource of the plan.
    pub(crate) fn resource(&self, id: ResourceId) -> Result<ResourceTypeId> {
        let ty = self.all.shared.resources.get(id.0 as usize).copied();
        ty.ok_or_else(|| Error::bug("a built-in without its resource type"))
    }
}
