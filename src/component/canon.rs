//! Canonical functions as core functions: `canon lower` to the host or to another component, and the built-ins.
//!
//! Follows "Canonical Definitions" of CanonicalABI.md. Everything a guest calls outside of its own core modules comes
//! through [`enter_host`].

use alloc::{boxed::Box, sync::Arc};

use super::{
    abi::{
        CALL_FUEL, Cx, Options,
        guest::arguments,
        lower::{lower_flat, store, store_fields},
        scalar,
    },
    func::{FEW_FLAT_PARAMS, FlatArgs},
    lowered::{BuiltinRef, Callee, Lowered, LoweredRef},
    plan::BuiltinKind,
    resource::{ResourceType, ResourceTypeId, ScopeId},
    signature::Signature,
    store::{Dtor, StoreContextMut, StoreData},
    task::Frame,
    typed::Check,
    types::{FlatTy, FuncDef, FuncTyId, MAX_FLAT_PARAMS, ResourceId, TypeTable},
    waiting::Wait,
};
use crate::{
    component::abi::source::Source as _,
    engine::{
        self, AsContextMut as _, Caller, CoreContextMut, CoreError, CoreFunc, CoreFuncType, CoreVal, CoreValType,
        Outcome,
    },
    error::{Error, Result, Trap},
};

/// What all functions of one instance have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) types: Arc<TypeTable>,
    /// The store's resource types for those of the plan.
    pub(crate) resources: Box<[ResourceTypeId]>,
    /// The host's types for those of the plan.
    pub(crate) host_resources: Box<[Option<ResourceType>]>,
}

/// What both sides of a call know of it.
#[derive(Debug)]
pub(crate) struct CallInfo {
    /// Of the import or the export, for messages.
    pub(crate) name: Arc<str>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) ty: FuncTyId,
    pub(crate) options: Options,
}

impl CallInfo {
    pub(crate) fn def(&self) -> &FuncDef {
        self.shared.types.func(self.ty)
    }

    pub(crate) fn cx<'a>(
        &'a self,
        guest: &'a mut dyn super::abi::Guest,
        scope: ScopeId,
        copier: Option<CoreFunc>,
    ) -> Cx<'a> {
        let Shared { types, resources, .. } = &*self.shared;
        Cx { guest, types, resources, options: &self.options, scope, copier, copied: 0 }
    }
}

/// A component function made of a core function: `canon lift`.
#[derive(Debug)]
pub(crate) struct Lifted {
    pub(crate) info: CallInfo,
    pub(crate) core: CoreFunc,
    /// The store it belongs to.
    pub(crate) store: u32,
    /// Whether its calls keep books: of lends, or of context slots.
    pub(crate) needs_scope: bool,
}

impl Lifted {
    /// The host's type behind a resource of the plan.
    pub(crate) fn host_resource(&self, id: ResourceId) -> Option<ResourceType> {
        self.info.shared.host_resources.get(id.0 as usize).copied().flatten()
    }
}

/// A function that the host gives to components.
pub(crate) struct HostFunc<T: 'static> {
    pub(crate) typecheck: Typecheck,
    pub(crate) call: HostCall<T>,
}

/// Whether a host function has the type that an import wants.
pub(crate) type Typecheck = Box<dyn Fn(&Check<'_>, &FuncDef) -> Result<()> + Send + Sync>;

/// The host's types behind the resources of a plan.
pub(crate) type ResourceNames<'a> = dyn Fn(ResourceId) -> Option<ResourceType> + 'a;

/// Lifts the arguments, runs the host's code, lowers the result.
pub(crate) type HostCall<T> = Box<
    dyn Fn(
            StoreContextMut<'_, T>,
            &LoweredRef<T>,
            &Lowered<T>,
            ScopeId,
            &[CoreVal],
            &mut [CoreVal],
        ) -> Result<HostFlow<T>>
        + Send
        + Sync,
>;

/// How a host function answered.
pub(crate) enum HostFlow<T: 'static> {
    Done,
    Wait(Pending<T>),
}

/// What a waiting host function waits for; then it gives the results of the core function.
pub(crate) type Pending<T> = Box<dyn Wait<T, Results>>;

/// The results of a core function of the host's. Canonical functions have at most one; without one the slot is not looked at.
pub(crate) type Results = [CoreVal; 1];

pub(crate) const NO_RESULTS: Results = [CoreVal::I32(0)];

/// The destructor of a host's resource: takes the representation.
pub(crate) type HostDtor<T> = Box<dyn Fn(StoreContextMut<'_, T>, u32) -> Result<HostFlow<T>> + Send + Sync>;

/// Whatever of the host a guest can call.
pub(crate) enum HostTarget<T: 'static> {
    Lowered(LoweredRef<T>),
    Builtin(BuiltinRef<T>),
    /// A destructor of the host's.
    Dtor,
}

impl<T> Clone for HostTarget<T> {
    fn clone(&self) -> Self {
        match self {
            HostTarget::Lowered(lowered) => HostTarget::Lowered(lowered.clone()),
            HostTarget::Builtin(builtin) => HostTarget::Builtin(builtin.clone()),
            HostTarget::Dtor => HostTarget::Dtor,
        }
    }
}

impl<T> HostTarget<T> {
    /// The result of the core function, if it has one; canonical functions have at most one.
    fn result(&self) -> Option<FlatTy> {
        match self {
            HostTarget::Lowered(lowered) => lowered.get()?.result(),
            HostTarget::Builtin(builtin) => Signature::builtin(builtin.kind()).result(),
            HostTarget::Dtor => None,
        }
    }

    pub(crate) fn result_count(&self) -> usize {
        usize::from(self.result().is_some())
    }

    pub(crate) fn zero_results(&self) -> Results {
        zero_results(self.result())
    }

    #[cold]
    pub(crate) fn failed(&self, error: Error) -> Error {
        match self {
            HostTarget::Lowered(lowered) => match lowered.get() {
                Some(lowered) => error.within(alloc::format!("import {}", lowered.info.name)),
                None => error,
            },
            HostTarget::Builtin(_) | HostTarget::Dtor => error,
        }
    }
}

pub(crate) fn zero_results(result: Option<FlatTy>) -> Results {
    result.map_or(NO_RESULTS, |ty| [scalar::zero(ty)])
}

/// Whether a host function has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Done,
    /// Frames lie in the store; the guest must be left.
    Suspended,
}

/// Calls whatever of the host a guest called.
#[inline]
pub(crate) fn enter_host<T>(
    target: &HostTarget<T>,
    store: &mut CoreContextMut<'_, StoreData<T>>,
    args: &[CoreVal],
    results: &mut [CoreVal],
    may_park: bool,
) -> Result<Flow> {
    match target {
        HostTarget::Lowered(at) => match at.get() {
            Some(lowered) => enter_lowered(target, at, lowered, store, args, results, may_park),
            // A shortcut of the plan: the slot on the way would be empty still.
            None => Err(engine::empty_slot()),
        },
        HostTarget::Builtin(builtin) => {
            // Some built-ins may be called from `post-return`, where nothing can wait.
            let state = &store.data().state;
            if may_park && state.parks && state.check_may_leave(builtin.component()).is_ok() {
                return Ok(park(target, store, args));
            }
            call_builtin(builtin, store, args, results)
        }
        HostTarget::Dtor => Err(Error::bug("a destructor of the host's is no core function")),
    }
}

#[inline]
fn enter_lowered<T>(
    target: &HostTarget<T>,
    at: &LoweredRef<T>,
    lowered: &Lowered<T>,
    store: &mut CoreContextMut<'_, StoreData<T>>,
    args: &[CoreVal],
    results: &mut [CoreVal],
    may_park: bool,
) -> Result<Flow> {
    store.data().state.check_may_leave(lowered.info.options.component)?;
    match &lowered.callee {
        Callee::Host(host) => {
            if may_park && store.data().state.parks {
                return Ok(park(target, store, args));
            }
            call_host(at, lowered, host, store, args, results)
                .map_err(|error| error.within(alloc::format!("import {}", lowered.info.name)))
        }
        Callee::Guest { lifted, arguments, .. } => call_guest(at, lowered, lifted, *arguments, store, args, results),
        Callee::Missing(refusal) => {
            Err(Error::trap(Trap::MissingImport, refusal(&store.data().host, &lowered.info.name)))
        }
    }
}

#[cold]
fn park<T>(target: &HostTarget<T>, store: &mut CoreContextMut<'_, StoreData<T>>, args: &[CoreVal]) -> Flow {
    store.data_mut().pending.push(Frame::Parked { target: target.clone(), args: args.into() });
    Flow::Suspended
}

#[inline]
fn call_host<T>(
    at: &LoweredRef<T>,
    lowered: &Lowered<T>,
    host: &HostFunc<T>,
    store: &mut CoreContextMut<'_, StoreData<T>>,
    args: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<Flow> {
    engine::charge(store, CALL_FUEL)?;
    if lowered.info.options.is_async {
        return Err(Error::trap(Trap::MissingImport, "calls lowered with the option async are not supported yet"));
    }
    let scope = match lowered.has_borrows {
        true => store.data_mut().state.resources.open_scope(),
        false => ScopeId::NONE,
    };
    let flow = (host.call)(StoreContextMut { core: store.as_context_mut() }, at, lowered, scope, args, results);
    match flow {
        Ok(HostFlow::Wait(pending)) => {
            let target = HostTarget::Lowered(at.clone());
            store.data_mut().pending.push(Frame::Wait { target, pending, scope });
            Ok(Flow::Suspended)
        }
        Ok(HostFlow::Done) => {
            store.data_mut().state.resources.close_scope(scope);
            Ok(Flow::Done)
        }
        Err(error) => {
            store.data_mut().state.resources.close_scope(scope);
            Err(error)
        }
    }
}

/// Ends a wait: the result for the guest.
pub(crate) fn finish_wait<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    pending: Pending<T>,
    scope: ScopeId,
) -> Result<Results> {
    let finished = pending.finish(StoreContextMut { core: store.as_context_mut() });
    store.data_mut().state.resources.close_scope(scope);
    finished
}

fn call_guest<T>(
    at: &LoweredRef<T>,
    lowered: &Lowered<T>,
    lifted: &Arc<Lifted>,
    copier: Option<CoreFunc>,
    store: &mut CoreContextMut<'_, StoreData<T>>,
    args: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<Flow> {
    engine::charge(store, CALL_FUEL)?;
    if lowered.info.options.is_async || lifted.info.options.is_async {
        return Err(Error::trap(
            Trap::MissingImport,
            "calls lifted or lowered with the option async are not supported yet",
        ));
    }
    let caller = lowered.info.options.component;
    let depth = store.data().state.depth;
    store.data_mut().state.enter(lifted.info.options.component, Some(caller))?;
    let scope = match lifted.needs_scope {
        true => store.data_mut().state.resources.open_scope(),
        false => ScopeId::NONE,
    };
    let def = lifted.info.def();
    let return_ptr = match (def.flat_results(), args.last()) {
        (None, Some(CoreVal::I32(ptr))) => Some(*ptr as u32),
        _ => None,
    };
    let mut few = [const { CoreVal::I32(0) }; FEW_FLAT_PARAMS];
    let mut many;
    let flat: &mut FlatArgs = if def.flat_param_count() <= FEW_FLAT_PARAMS {
        &mut few
    } else {
        many = [const { CoreVal::I32(0) }; MAX_FLAT_PARAMS];
        &mut many
    };
    let mut outcome = || {
        store.data_mut().state.descend()?;
        let count = pass_arguments(lowered, lifted, store, copier, scope, args, flat)?;
        let mut callee_results = [CoreVal::I32(0)];
        let callee_results = &mut callee_results[..lowered.callee_results()];
        let flat = flat.get(..count).unwrap_or_default();
        match engine::call_resumable(store, &lifted.core, flat, callee_results)? {
            Outcome::Finished => {
                let result = finish_guest(store, lowered, callee_results, return_ptr, scope)?;
                results.iter_mut().zip(result).for_each(|(slot, value)| *slot = value);
                Ok(Flow::Done)
            }
            Outcome::Paused(paused) => {
                let frame = Frame::Guest { lowered: at.clone(), paused, return_ptr, scope };
                store.data_mut().pending.push(frame);
                Ok(Flow::Suspended)
            }
        }
    };
    let outcome = outcome();
    store.data_mut().state.depth = depth;
    outcome.map_err(|error| lowered.failed(store, scope, error))
}

/// Lifts the arguments from the caller and lowers them into the callee; how many flat values they are.
fn pass_arguments<T>(
    lowered: &Lowered<T>,
    lifted: &Lifted,
    store: &mut CoreContextMut<'_, StoreData<T>>,
    copier: Option<CoreFunc>,
    scope: ScopeId,
    args: &[CoreVal],
    flat: &mut FlatArgs,
) -> Result<usize> {
    let def = lifted.info.def();
    let layout = &def.params_layout;
    let mut cx = lifted.info.cx(store, scope, copier);
    let is_flat = layout.flat.is_some();
    let source = arguments(&cx, &lowered.info.options, args, is_flat, layout.size, layout.align)?;
    match &layout.flat {
        Some(types) => {
            let mut at = 0;
            for (slot, ty) in flat.iter_mut().zip(types) {
                *slot = scalar::zero(*ty);
            }
            for (index, field) in def.params.fields.iter().enumerate() {
                let len = cx.types.flat_len(field.ty);
                let value = source.field(&mut cx, &def.params, true, index)?;
                let slots = flat.get_mut(at..at + len).unwrap_or_default();
                lower_flat(&mut cx, field.ty, value, slots)?;
                at += len;
            }
            Ok(types.len())
        }
        None => {
            let ptr = cx.alloc(layout.align, layout.size)?;
            store_fields(&mut cx, &def.params, true, source, ptr)?;
            flat[0] = CoreVal::I32(ptr as i32);
            Ok(1)
        }
    }
}

/// Lifts the result from the callee, lowers it into the caller, and runs `post-return`.
pub(crate) fn finish_guest<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    lowered: &Lowered<T>,
    callee_results: &[CoreVal],
    return_ptr: Option<u32>,
    scope: ScopeId,
) -> Result<[CoreVal; 1]> {
    let Callee::Guest { lifted, results: copier, .. } = &lowered.callee else {
        return Err(Error::bug("a host function has no callee"));
    };
    let def = lifted.info.def();
    store.data().state.resources.check_borrows(scope)?;
    let mut flat = [CoreVal::I32(0)];
    if let Some(ty) = def.result {
        let layout = &def.result_layout;
        let mut cx = lowered.info.cx(store, scope, *copier);
        let is_flat = def.flat_results().is_some();
        let source = arguments(&cx, &lifted.info.options, callee_results, is_flat, layout.size, layout.align)?;
        match def.flat_results() {
            Some(types) => {
                for (slot, ty) in flat.iter_mut().zip(types) {
                    *slot = scalar::zero(*ty);
                }
                lower_flat(&mut cx, ty, source, &mut flat)?;
            }
            None => {
                let ptr = return_ptr.ok_or_else(|| Error::bug("no return pointer"))?;
                cx.check_range("the caller gave", ptr, layout.align, layout.size)?;
                self::store(&mut cx, ty, source, ptr)?;
            }
        }
    }
    end_call(store, lifted, callee_results, Some(lowered.info.options.component), scope)?;
    Ok(flat)
}

/// Runs `post-return` and leaves the callee.
#[inline]
pub(crate) fn end_call<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    lifted: &Lifted,
    core_results: &[CoreVal],
    caller: Option<u32>,
    scope: ScopeId,
) -> Result<()> {
    let component = lifted.info.options.component;
    if let Some(post_return) = &lifted.info.options.post_return {
        store.data_mut().state.set_may_leave(component, false);
        engine::call_plain(store, post_return, core_results, &mut [])?;
        store.data_mut().state.set_may_leave(component, true);
    }
    let state = &mut store.data_mut().state;
    state.resources.close_scope(scope);
    state.leave(component, caller);
    Ok(())
}

fn call_builtin<T>(
    builtin: &BuiltinRef<T>,
    store: &mut CoreContextMut<'_, StoreData<T>>,
    args: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<Flow> {
    let component = builtin.component();
    let arg = args.first().map_or(0, scalar::bits);
    let result = match builtin.kind() {
        BuiltinKind::ContextGet { slot, .. } => {
            let scope = store.data_mut().state.resources.current_scope();
            scope.and_then(|scope| scope.context.get(*slot as usize).copied()).unwrap_or(0)
        }
        BuiltinKind::ContextSet { slot, .. } => {
            let scope = store.data_mut().state.resources.current_scope();
            if let Some(slot) = scope.and_then(|scope| scope.context.get_mut(*slot as usize)) {
                *slot = arg;
            }
            0
        }
        BuiltinKind::BackpressureInc => {
            let count = &mut store.data_mut().state.components[component as usize].backpressure;
            *count = count.checked_add(1).ok_or_else(|| Error::abi("backpressure counter overflow"))?;
            0
        }
        BuiltinKind::BackpressureDec => {
            let count = &mut store.data_mut().state.components[component as usize].backpressure;
            *count = count.checked_sub(1).ok_or_else(|| Error::abi("backpressure counter underflow"))?;
            0
        }
        BuiltinKind::ResourceRep(id) => {
            let ty = builtin.resource(*id)?;
            u64::from(store.data_mut().state.resources.rep(component, arg as u32, ty)?)
        }
        BuiltinKind::ResourceNew(id) => {
            let state = &mut store.data_mut().state;
            state.check_may_leave(component)?;
            u64::from(state.resources.insert(component, builtin.resource(*id)?, arg as u32, None)?)
        }
        BuiltinKind::ResourceDrop(id) => {
            let state = &mut store.data_mut().state;
            state.check_may_leave(component)?;
            let ty = builtin.resource(*id)?;
            let handle = state.resources.remove(component, arg as u32, ty, false)?;
            if handle.scope.is_some() {
                return Ok(Flow::Done);
            }
            return run_dtor(store, ty, handle.rep, Some(component));
        }
        BuiltinKind::Async { name, .. } => {
            store.data().state.check_may_leave(component)?;
            return Err(Error::trap(Trap::MissingImport, alloc::format!("{name} is not supported yet")));
        }
    };
    if let Some(slot) = results.first_mut() {
        scalar::set(slot, result);
    }
    Ok(Flow::Done)
}

/// Runs the destructor of a resource whose last owner is gone.
pub(crate) fn run_dtor<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    ty: ResourceTypeId,
    rep: u32,
    caller: Option<u32>,
) -> Result<Flow> {
    let owner = store.data().state.resources.ty(ty).owner;
    match store.data().dtor(ty) {
        Dtor::None => {
            // Entering a component that is being called is wrong even if there is nothing to run.
            if let Some(callee) = owner {
                store.data_mut().state.enter(callee, caller)?;
                store.data_mut().state.leave(callee, caller);
            }
            Ok(Flow::Done)
        }
        Dtor::Guest(dtor) => {
            let callee = owner.ok_or_else(|| Error::bug("a guest's destructor of a host's resource"))?;
            store.data_mut().state.enter(callee, caller)?;
            engine::charge(store, CALL_FUEL)?;
            let depth = store.data().state.depth;
            store.data_mut().state.descend()?;
            let outcome = engine::call_resumable(store, &dtor, &[CoreVal::I32(rep as i32)], &mut []);
            store.data_mut().state.depth = depth;
            match outcome? {
                Outcome::Finished => {
                    store.data_mut().state.leave(callee, caller);
                    Ok(Flow::Done)
                }
                Outcome::Paused(paused) => {
                    store.data_mut().pending.push(Frame::Dtor { paused, callee, caller });
                    Ok(Flow::Suspended)
                }
            }
        }
        Dtor::Host(dtor) => {
            engine::charge(store, CALL_FUEL)?;
            match dtor(StoreContextMut { core: store.as_context_mut() }, rep)? {
                HostFlow::Done => Ok(Flow::Done),
                HostFlow::Wait(pending) => {
                    let frame = Frame::Wait { target: HostTarget::Dtor, pending, scope: ScopeId::NONE };
                    store.data_mut().pending.push(frame);
                    Ok(Flow::Suspended)
                }
            }
        }
    }
}

/// Makes a core function of something of the host's.
///
/// Common signatures get a typed function, which the interpreter calls without allocating.
pub(crate) fn core_func<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    target: HostTarget<T>,
    signature: &Signature,
) -> CoreFunc {
    let params = signature.params();
    let is_small = params.len() <= 8 && params.iter().all(|ty| *ty == FlatTy::I32);
    if !is_small {
        return untyped(store, target, signature);
    }
    /// Expands to one typed function per number of parameters.
    macro_rules! typed {
        ($($count:literal: $($arg:ident)*;)*) => {
            match (params.len(), signature.result()) {
                $(
                    ($count, None) => CoreFunc::wrap(
                        store,
                        move |mut caller: Caller<'_, StoreData<T>> $(, $arg: i32)*| -> Result<(), CoreError> {
                            answer(&target, &mut caller, &[$(CoreVal::I32($arg)),*], &mut [])
                        },
                    ),
                    ($count, Some(FlatTy::I32)) => CoreFunc::wrap(
                        store,
                        move |mut caller: Caller<'_, StoreData<T>> $(, $arg: i32)*| -> Result<i32, CoreError> {
                            let mut results = [CoreVal::I32(0)];
                            answer(&target, &mut caller, &[$(CoreVal::I32($arg)),*], &mut results)?;
                            Ok(scalar::bits(&results[0]) as i32)
                        },
                    ),
                    ($count, Some(FlatTy::I64)) => CoreFunc::wrap(
                        store,
                        move |mut caller: Caller<'_, StoreData<T>> $(, $arg: i32)*| -> Result<i64, CoreError> {
                            let mut results = [CoreVal::I64(0)];
                            answer(&target, &mut caller, &[$(CoreVal::I32($arg)),*], &mut results)?;
                            Ok(scalar::bits(&results[0]) as i64)
                        },
                    ),
                )*
                _ => untyped(store, target, signature),
            }
        };
    }
    typed! {
        0: ;
        1: a;
        2: a b;
        3: a b c;
        4: a b c d;
        5: a b c d e;
        6: a b c d e f;
        7: a b c d e f g;
        8: a b c d e f g h;
    }
}

fn untyped<T>(store: &mut CoreContextMut<'_, StoreData<T>>, target: HostTarget<T>, signature: &Signature) -> CoreFunc {
    let params = signature.params().iter().map(|ty| core_type(*ty));
    let ty = CoreFuncType::new(params, signature.result().map(core_type));
    CoreFunc::new(store, ty, move |mut caller: Caller<'_, StoreData<T>>, args: &[CoreVal], results: &mut [CoreVal]| {
        answer(&target, &mut caller, args, results)
    })
}

#[inline]
fn answer<T>(
    target: &HostTarget<T>,
    caller: &mut Caller<'_, StoreData<T>>,
    args: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<(), CoreError> {
    match enter_host(target, &mut caller.as_context_mut(), args, results, true) {
        Ok(Flow::Done) => Ok(()),
        Ok(Flow::Suspended) => Err(engine::suspension()),
        Err(error) => Err(engine::host_failure(error)),
    }
}

/// The interpreter's name of a flat type.
pub(crate) fn core_type(ty: FlatTy) -> CoreValType {
    match ty {
        FlatTy::I32 => CoreValType::I32,
        FlatTy::I64 => CoreValType::I64,
        FlatTy::F32 => CoreValType::F32,
        FlatTy::F64 => CoreValType::F64,
    }
}
