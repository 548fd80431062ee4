//! [`Func`] and [`TypedFunc`]: calling what an instance exports.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    task::{Context, Poll, Waker},
};

use super::{
    abi::{
        CALL_FUEL, Cx, ValSink,
        guest::{GuestSource, arguments},
        lift::lift,
        lower::{lower_flat, store},
        path::in_argument,
        scalar,
        source::{Sink, Source},
    },
    canon::{Flow, Lifted, end_call, run_dtor},
    resource::{ResourceAny, ScopeId},
    store::{AsContextMut, StoreData},
    task::{Mode, Task},
    typed::{Check, LiftFields, LowerFields, check_params, check_results, lift_result},
    types::{FlatTy, FuncDef, FuncType, MAX_FLAT_PARAMS},
    value::Val,
};
use crate::{
    engine::{self, CoreContextMut, CoreVal},
    error::{Error, Fault, Result},
};

/// The flat arguments of a call: room for as many as there can be.
pub(crate) type FlatArgs = [CoreVal];

/// Most calls have no more flat arguments than this, and clearing more costs as much as a call.
pub(crate) const FEW_FLAT_PARAMS: usize = 4;

/// A function that a component instance exports.
#[derive(Clone)]
pub struct Func {
    pub(crate) lifted: Arc<Lifted>,
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.lifted.info.name, self.ty())
    }
}

impl Func {
    /// The type of this function.
    pub fn ty(&self) -> FuncType {
        FuncType { table: self.lifted.info.shared.types.clone(), id: self.lifted.info.ty }
    }

    /// The name it is exported under; `interface#function` in an instance.
    pub fn name(&self) -> &str {
        &self.lifted.info.name
    }

    /// This function with its types known at compile time: `typed::<(u32, String), (bool,)>()`.
    ///
    /// # Errors
    ///
    /// If the function does not have that type.
    pub fn typed<P: LowerFields, R: LiftFields>(&self) -> Result<TypedFunc<P, R>> {
        let info = &self.lifted.info;
        let check = Check { types: &info.shared.types, resources: &|id| self.lifted.host_resource(id) };
        let checked = check_params::<P>(&check, info.def()).and_then(|()| check_results::<R>(&check, info.def()));
        checked.map_err(|error| error.at(alloc::format!("{} is {}", self.name(), self.ty())))?;
        Ok(TypedFunc { func: self.clone(), types: PhantomData })
    }

    /// Calls this function with `params` and writes its result, if it has one, to `results`.
    ///
    /// # Errors
    ///
    /// [`Fault::Config`] if number or types of the values are wrong; the error names the path. [`Fault::Guest`] if the
    /// guest traps or breaks the canonical ABI, [`Fault::Host`] if an import fails or has to wait (see
    /// [`Func::call_async`]); then the instance cannot be entered again.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        self.check_counts(params.len(), results.len())?;
        let lower =
            |cx: &mut Cx<'_>, def: &FuncDef, flat: &mut FlatArgs| lower_values(cx, def, flat, |index| &params[index]);
        let value = call_sync(&mut store.as_context_mut().core, &self.lifted, lower, lift_val)?;
        write_result(results, value);
        Ok(())
    }

    /// As [`Func::call`]; an import that waits suspends the guest, not the thread.
    ///
    /// # Errors
    ///
    /// As [`Func::call`].
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped while the guest waits, the instance cannot be entered again.
    pub async fn call_async<C: AsContextMut>(&self, store: C, params: &[Val], results: &mut [Val]) -> Result<()> {
        self.check_counts(params.len(), results.len())?;
        let lower =
            |cx: &mut Cx<'_>, def: &FuncDef, flat: &mut FlatArgs| lower_values(cx, def, flat, |index| &params[index]);
        let value = call_async(store, &self.lifted, lower, lift_val).await?;
        write_result(results, value);
        Ok(())
    }

    /// Calls this function with values of any source; the result as any sink builds it.
    #[cfg_attr(not(feature = "registry"), expect(dead_code, reason = "the callers with other forms are features"))]
    pub(crate) async fn call_from<C: AsContextMut, S: Source, K: Sink>(
        &self,
        store: C,
        params: &[S],
        mut sink: impl FnMut() -> K,
    ) -> Result<Option<K::Value>> {
        self.check_counts(params.len(), usize::from(self.lifted.info.def().result.is_some()))?;
        let lower =
            |cx: &mut Cx<'_>, def: &FuncDef, flat: &mut FlatArgs| lower_values(cx, def, flat, |index| params[index]);
        let mut lift_any =
            |cx: &mut Cx<'_>, def: &FuncDef, results: &[CoreVal]| lift_value(cx, def, results, &mut sink());
        call_async(store, &self.lifted, lower, &mut lift_any).await
    }

    fn check_counts(&self, params: usize, results: usize) -> Result<()> {
        let def = self.lifted.info.def();
        let wanted = def.params.fields.len();
        if params != wanted {
            let names: Vec<&str> = def.params.fields.iter().map(|field| &*field.name).collect();
            let names = if names.is_empty() { String::new() } else { alloc::format!(" ({})", names.join(", ")) };
            let plural = if wanted == 1 { "" } else { "s" };
            return Err(Error::invalid(alloc::format!(
                "{} takes {wanted} argument{plural}{names}, got {params}",
                self.name()
            )));
        }
        let wanted = usize::from(def.result.is_some());
        if results != wanted {
            return Err(Error::invalid(alloc::format!("{} has {wanted} results, got room for {results}", self.name())));
        }
        Ok(())
    }
}

fn write_result(results: &mut [Val], value: Option<Val>) {
    if let (Some(slot), Some(value)) = (results.first_mut(), value) {
        *slot = value;
    }
}

/// A function whose parameters and result are Rust types.
pub struct TypedFunc<P, R> {
    func: Func,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        TypedFunc { func: self.func.clone(), types: PhantomData }
    }
}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.func, f)
    }
}

impl<P: LowerFields, R: LiftFields> TypedFunc<P, R> {
    /// The function without its Rust types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls this function with `params` and returns its result.
    ///
    /// Arguments are lowered with the guest's `realloc`, the core function runs, the result is lifted and `post-return`
    /// runs.
    ///
    /// # Errors
    ///
    /// As [`Func::call`], but that the types are right.
    #[expect(clippy::needless_pass_by_value, reason = "parameters are passed as a tuple, by value as in a call")]
    pub fn call(&self, mut store: impl AsContextMut, params: P) -> Result<R> {
        let lower = |cx: &mut Cx<'_>, def: &FuncDef, flat: &mut FlatArgs| lower_typed(cx, def, flat, &params);
        call_sync(&mut store.as_context_mut().core, &self.func.lifted, lower, lift_result)
    }

    /// As [`TypedFunc::call`]; an import that waits suspends the guest, not the thread.
    ///
    /// # Errors
    ///
    /// As [`TypedFunc::call`].
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped while the guest waits, the instance cannot be entered again.
    pub async fn call_async<C: AsContextMut>(&self, store: C, params: P) -> Result<R> {
        let lower = |cx: &mut Cx<'_>, def: &FuncDef, flat: &mut FlatArgs| lower_typed(cx, def, flat, &params);
        call_async(store, &self.func.lifted, lower, lift_result).await
    }
}

/// What a call has while it runs.
struct Running<T: 'static> {
    task: Option<Task<T>>,
    results: [CoreVal; 1],
    scope: ScopeId,
}

#[inline]
fn call_sync<T, R>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    lifted: &Lifted,
    lower: impl FnOnce(&mut Cx<'_>, &FuncDef, &mut FlatArgs) -> Result<usize>,
    lift: impl FnMut(&mut Cx<'_>, &FuncDef, &[CoreVal]) -> Result<R>,
) -> Result<R> {
    let mut running = begin(store, lifted, lower)?;
    if let Some(task) = &mut running.task {
        let finished = task.finish_sync(store, core_results(lifted, &mut running.results));
        finished.map_err(|error| failed(store, lifted, running.scope, error))?;
    }
    finish(store, lifted, &mut running, lift)
}

async fn call_async<C: AsContextMut, R>(
    mut store: C,
    lifted: &Lifted,
    lower: impl FnOnce(&mut Cx<'_>, &FuncDef, &mut FlatArgs) -> Result<usize>,
    mut lift: impl FnMut(&mut Cx<'_>, &FuncDef, &[CoreVal]) -> Result<R>,
) -> Result<R> {
    let mut running = begin(&mut store.as_context_mut().core, lifted, lower)?;
    poll_fn(|cx| poll(&mut store.as_context_mut().core, lifted, &mut running, cx, &mut lift)).await
}

fn poll<T, R>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    lifted: &Lifted,
    running: &mut Running<T>,
    cx: &mut Context<'_>,
    lift: impl FnMut(&mut Cx<'_>, &FuncDef, &[CoreVal]) -> Result<R>,
) -> Poll<Result<R>> {
    if let Some(task) = &mut running.task {
        match task.poll(store, core_results(lifted, &mut running.results), cx, Mode::Async) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(failed(store, lifted, running.scope, error))),
        }
    }
    Poll::Ready(finish(store, lifted, running, lift))
}

/// The slots for the core function's results: at most one.
#[inline]
fn core_results<'a>(lifted: &Lifted, slots: &'a mut [CoreVal; 1]) -> &'a mut [CoreVal] {
    if lifted.info.def().result_layout.size == 0 && lifted.info.def().result.is_none() { &mut [] } else { slots }
}

#[inline]
fn begin<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    lifted: &Lifted,
    lower: impl FnOnce(&mut Cx<'_>, &FuncDef, &mut FlatArgs) -> Result<usize>,
) -> Result<Running<T>> {
    let component = lifted.info.options.component;
    let state = &mut store.data_mut().state;
    if lifted.store != state.id {
        return Err(Error::invalid(alloc::format!("function {} belongs to another store", lifted.info.name)));
    }
    if lifted.info.options.is_async {
        return Err(Error::new(
            Fault::Guest,
            crate::Kind::Unavailable,
            alloc::format!("{} is lifted with the option async, which is not supported yet", lifted.info.name),
        ));
    }
    state.enter(component, None).map_err(|error| error.within(alloc::format!("export {}", lifted.info.name)))?;
    let scope = if lifted.needs_scope { state.resources.open_scope() } else { ScopeId::NONE };
    let mut has_begun = false;
    let start = || {
        engine::charge(store, CALL_FUEL)?;
        let mut few = [const { CoreVal::I32(0) }; FEW_FLAT_PARAMS];
        let mut many;
        let flat: &mut FlatArgs = if lifted.info.def().flat_param_count() <= FEW_FLAT_PARAMS {
            &mut few
        } else {
            many = [const { CoreVal::I32(0) }; MAX_FLAT_PARAMS];
            &mut many
        };
        let count = lower(&mut lifted.info.cx(store, scope, None), lifted.info.def(), flat)?;
        has_begun = true;
        let mut results = [CoreVal::I32(0)];
        let args = flat.get(..count).unwrap_or_default();
        let task = Task::begin(store, &lifted.core, args, core_results(lifted, &mut results))?;
        Ok(Running { task, results, scope })
    };
    let started: Result<Running<T>> = start();
    started.map_err(|error| {
        if has_begun || error.fault() != Fault::Config {
            return failed(store, lifted, scope, error);
        }
        // The arguments were wrong: the guest did nothing.
        store.data_mut().state.resources.close_scope(scope);
        store.data_mut().state.leave(component, None);
        error
    })
}

#[inline]
fn finish<T, R>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    lifted: &Lifted,
    running: &mut Running<T>,
    mut lift: impl FnMut(&mut Cx<'_>, &FuncDef, &[CoreVal]) -> Result<R>,
) -> Result<R> {
    let results = core_results(lifted, &mut running.results);
    let scope = running.scope;
    let mut end = || {
        if scope != ScopeId::NONE {
            store.data().state.resources.check_borrows(scope)?;
        }
        let result = lift(&mut lifted.info.cx(store, scope, None), lifted.info.def(), results)?;
        end_call(store, lifted, results, None, scope)?;
        Ok(result)
    };
    let ended = end();
    ended.map_err(|error| failed(store, lifted, scope, error))
}

#[cold]
fn failed<T>(store: &mut CoreContextMut<'_, StoreData<T>>, lifted: &Lifted, scope: ScopeId, error: Error) -> Error {
    store.data_mut().state.resources.close_scope(scope);
    error.within(alloc::format!("export {}", lifted.info.name))
}

/// Sets flat slots to zeros of their types.
#[inline]
pub(crate) fn prepare(slots: &mut [CoreVal], types: &[FlatTy]) {
    for (slot, ty) in slots.iter_mut().zip(types) {
        *slot = scalar::zero(*ty);
    }
}

/// Lowers arguments of any source: flat, or through memory when there are too many.
fn lower_values<S: Source>(
    cx: &mut Cx<'_>,
    def: &FuncDef,
    flat: &mut FlatArgs,
    get: impl Fn(usize) -> S,
) -> Result<usize> {
    match &def.params_layout.flat {
        Some(types) => {
            prepare(flat, types);
            let mut at = 0;
            for (index, field) in def.params.fields.iter().enumerate() {
                let len = cx.types.flat_len(field.ty);
                let slots = flat.get_mut(at..at + len).unwrap_or_default();
                lower_flat(cx, field.ty, get(index), slots).map_err(|error| in_argument(error, index, &field.name))?;
                at += len;
            }
            Ok(types.len())
        }
        None => {
            let ptr = cx.alloc(def.params_layout.align, def.params_layout.size)?;
            for (index, field) in def.params.fields.iter().enumerate() {
                store(cx, field.ty, get(index), ptr + field.offset)
                    .map_err(|error| in_argument(error, index, &field.name))?;
            }
            flat[0] = CoreVal::I32(ptr as i32);
            Ok(1)
        }
    }
}

#[inline]
fn lower_typed<P: LowerFields>(cx: &mut Cx<'_>, def: &FuncDef, flat: &mut FlatArgs, params: &P) -> Result<usize> {
    if P::ARE_SCALARS {
        return params.lower_scalars(flat);
    }
    match &def.params_layout.flat {
        Some(types) => {
            prepare(flat, types);
            params.lower_flat_fields(cx, &def.params.fields, flat)?;
            Ok(types.len())
        }
        None => {
            let ptr = cx.alloc(def.params_layout.align, def.params_layout.size)?;
            params.store_fields(cx, &def.params.fields, ptr)?;
            flat[0] = CoreVal::I32(ptr as i32);
            Ok(1)
        }
    }
}

fn lift_val(cx: &mut Cx<'_>, def: &FuncDef, results: &[CoreVal]) -> Result<Option<Val>> {
    lift_value(cx, def, results, &mut ValSink)
}

fn lift_value<K: Sink>(cx: &mut Cx<'_>, def: &FuncDef, results: &[CoreVal], sink: &mut K) -> Result<Option<K::Value>> {
    let Some(ty) = def.result else { return Ok(None) };
    let source = result_source(cx, def, results)?;
    lift(cx, ty, source, sink).map(Some)
}

/// Where a function's result is.
#[inline]
pub(crate) fn result_source<'s, 'c: 's>(cx: &Cx<'c>, def: &FuncDef, results: &'s [CoreVal]) -> Result<GuestSource<'s>> {
    let layout = &def.result_layout;
    arguments(cx, cx.options, results, def.flat_results().is_some(), layout.size, layout.align)
}

impl ResourceAny {
    /// Drops a resource that the host owns: its destructor runs.
    ///
    /// # Errors
    ///
    /// If the handle was given away or dropped before; if the destructor traps, or waits.
    pub fn resource_drop(self, mut store: impl AsContextMut) -> Result<()> {
        let store = &mut store.as_context_mut().core;
        match self.begin_drop(store)? {
            Some(mut task) => match task.poll(store, &mut [], &mut Context::from_waker(Waker::noop()), Mode::Sync) {
                Poll::Ready(result) => result,
                Poll::Pending => Err(Error::bug("a destructor that must not wait waits")),
            },
            None => Ok(()),
        }
    }

    /// As [`ResourceAny::resource_drop`]; a destructor that waits suspends the guest, not the thread.
    ///
    /// # Errors
    ///
    /// As [`ResourceAny::resource_drop`].
    pub async fn resource_drop_async<C: AsContextMut>(self, mut store: C) -> Result<()> {
        let Some(mut task) = self.begin_drop(&mut store.as_context_mut().core)? else { return Ok(()) };
        poll_fn(|cx| task.poll(&mut store.as_context_mut().core, &mut [], cx, Mode::Async)).await
    }

    fn begin_drop<T>(self, store: &mut CoreContextMut<'_, StoreData<T>>) -> Result<Option<Task<T>>> {
        let handle = store.data_mut().state.resources.remove_host(self)?;
        if handle.scope.is_some() {
            // A borrow ends with its call.
            return Ok(None);
        }
        engine::grant(store, 0)?;
        match run_dtor(store, handle.ty, handle.rep, None)? {
            Flow::Done => Ok(None),
            Flow::Suspended => Ok(Some(Task::pending(store))),
        }
    }
}
