//! [`Store`]: everything that instances have, the host's data with it.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Poll},
};

use super::{
    abi::Guest,
    canon::HostDtor,
    resource::{ResourceTypeId, Resources},
    task::Frame,
};
use crate::{
    engine::{
        self, AsContextMut as _, CoreContextMut, CoreFunc, CoreMemory, CoreStore, CoreVal, Engine, Limited, Limiter,
        Meter, Metered,
    },
    error::{Error, Result, Trap},
};

/// Instances, their memories and handles, the fuel they may use, and data of the host's own.
///
/// One guest of a store runs at a time; stores are independent of each other. `Send` when `T` is.
pub struct Store<T: 'static> {
    core: CoreStore<StoreData<T>>,
    engine: Engine,
}

/// What lies beside the guests.
pub(crate) struct StoreData<T: 'static> {
    pub(crate) host: T,
    pub(crate) state: State,
    /// Frames that suspended while the interpreter is being left, innermost first.
    pub(crate) pending: Vec<Frame<T>>,
    pub(crate) hook: Option<Box<dyn SliceHook>>,
    /// What runs when the last owner of a resource drops it, by resource type.
    pub(crate) dtors: Vec<Dtor<T>>,
}

/// The destructor of a resource type.
pub(crate) enum Dtor<T: 'static> {
    None,
    Guest(CoreFunc),
    Host(Arc<HostDtor<T>>),
}

impl<T> Clone for Dtor<T> {
    fn clone(&self) -> Self {
        match self {
            Dtor::None => Dtor::None,
            Dtor::Guest(func) => Dtor::Guest(*func),
            Dtor::Host(func) => Dtor::Host(func.clone()),
        }
    }
}

/// The part of a store that does not depend on its data.
#[derive(Debug)]
pub(crate) struct State {
    /// Tells this store from all others of the process.
    pub(crate) id: u32,
    pub(crate) meter: Meter,
    pub(crate) limiter: Limiter,
    pub(crate) resources: Resources,
    pub(crate) components: Vec<ComponentState>,
    /// Bytes that one host call may copy out of guests.
    pub(crate) max_copy_bytes: u64,
    /// Every host function suspends once before it answers.
    pub(crate) parks: bool,
    /// A guest grows tables, which cannot be interrupted.
    pub(crate) unsliced: bool,
    slice: Option<u64>,
    /// How many calls from component to component are open now.
    pub(crate) depth: u32,
}

/// Calls from component to component that may be open at once: each takes a part of the thread's own stack.
const MAX_CALL_DEPTH: u32 = 64;

/// A component instance.
#[derive(Debug)]
pub(crate) struct ComponentState {
    parent: Option<u32>,
    may_leave: bool,
    may_enter: bool,
    pub(crate) backpressure: u16,
}

/// Asked at the end of each slice of fuel, and while the guest waits: deadlines, cancellation, fairness.
pub trait SliceHook: Send {
    /// A slice is used up; the store has consumed `fuel` in all.
    ///
    /// `Pending` yields the thread (the hook wakes the task), an error cuts the guest.
    ///
    /// # Errors
    ///
    /// Why the guest is cut.
    fn poll_slice(&mut self, cx: &mut Context<'_>, fuel: u64) -> Poll<Result<()>>;

    /// How much fuel the next slice is to have, if another amount than the last; asked when [`SliceHook::poll_slice`] lets
    /// the guest go on. What a run consumes does not depend on it.
    fn next_slice(&self) -> Option<u64> {
        None
    }

    /// The guest waits for the host: ready when it is to be cut nevertheless.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let _ = cx;
        Poll::Pending
    }
}

static NEXT_ID: AtomicU32 = AtomicU32::new(0);

impl<T> Store<T> {
    /// Slices are this long when there is a hook and nothing else is said: about 25 µs.
    pub const DEFAULT_SLICE: u64 = 100_000;

    /// An empty store.
    pub fn new(engine: &Engine, data: T) -> Self {
        let state = State::new(engine);
        let data = StoreData { host: data, state, pending: Vec::new(), hook: None, dtors: Vec::new() };
        let mut core = engine.core_store(data);
        core.limiter(|data| &mut data.state.limiter);
        Store { core, engine: engine.clone() }
    }

    /// The engine this store belongs to.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        &self.core.data().host
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.core.data_mut().host
    }

    /// Gives the host's data back.
    pub fn into_data(self) -> T {
        self.core.into_data().host
    }

    /// Allows this much more fuel from now on, for everything that runs in this store together; `None` for any amount.
    pub fn set_fuel(&mut self, fuel: Option<u64>) {
        let consumed = self.fuel_consumed();
        self.core.data_mut().state.meter.set_limit(fuel, consumed);
        engine::reclaim(&mut self.core.as_context_mut());
    }

    /// Fuel that was consumed in this store so far: instructions of guests and work of the host for them.
    pub fn fuel_consumed(&self) -> u64 {
        engine::consumed(&self.core)
    }

    /// Sets how much fuel a guest runs on before the hook is asked; `None` runs it in one piece.
    ///
    /// The total that a run consumes does not depend on it.
    pub fn set_slice(&mut self, fuel: Option<u64>) {
        let state = &mut self.core.data_mut().state;
        state.slice = fuel;
        state.update_slice();
        engine::reclaim_slice(&mut self.core.as_context_mut());
    }

    /// Sets what is asked between slices; slices are [`Store::DEFAULT_SLICE`] unless set otherwise.
    pub fn set_slice_hook(&mut self, hook: impl SliceHook + 'static) {
        let data = self.core.data_mut();
        data.hook = Some(Box::new(hook));
        if data.state.slice.is_none() {
            self.set_slice(Some(Self::DEFAULT_SLICE));
        }
    }

    /// Lets every host function suspend the guest once before it answers; a way to test that suspension changes nothing.
    #[doc(hidden)]
    pub fn park_host_calls(&mut self, parks: bool) {
        self.core.data_mut().state.parks = parks;
    }

    /// Sets how many bytes of linear memory all guests of this store may have together. 1 GiB at first.
    pub fn set_max_memory(&mut self, bytes: usize) {
        self.core.data_mut().state.limiter.max_memory_bytes = bytes;
    }

    /// Sets how many table elements all guests of this store may have together. 1,000,000 at first.
    pub fn set_max_table_elements(&mut self, elements: usize) {
        self.core.data_mut().state.limiter.max_table_elements = elements;
    }

    /// Sets how many handles all guests of this store may have together. 1,000,000 at first.
    pub fn set_max_handles(&mut self, handles: usize) {
        self.core.data_mut().state.resources.max_handles = handles;
    }

    /// Sets how many bytes one call may copy out of a guest to the host. 128 MiB at first.
    pub fn set_max_copy(&mut self, bytes: u64) {
        self.core.data_mut().state.max_copy_bytes = bytes;
    }

    /// Bytes of linear memory that the guests have now.
    pub fn memory_bytes(&self) -> usize {
        self.core.data().state.limiter.memory_bytes()
    }
}

impl<T: fmt::Debug> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("data", self.data()).finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn new(engine: &Engine) -> Self {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        State {
            id,
            meter: Meter::new(engine),
            limiter: Limiter::default(),
            resources: Resources::new(id, 1_000_000),
            components: Vec::new(),
            max_copy_bytes: 128 << 20,
            parks: false,
            unsliced: false,
            slice: None,
            depth: 0,
        }
    }

    /// Opens a call from component to component.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub(crate) fn descend(&mut self) -> Result<()> {
        if self.depth >= MAX_CALL_DEPTH {
            let message = alloc::format!("calls between components nest deeper than {MAX_CALL_DEPTH}");
            return Err(Error::trap(Trap::StackOverflow, message));
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn set_may_leave(&mut self, component: u32, may_leave: bool) {
        self.components[component as usize].may_leave = may_leave;
    }

    /// # Errors
    ///
    /// In `realloc` and `post-return`, which may not call out.
    #[inline]
    pub(crate) fn check_may_leave(&self, component: u32) -> Result<()> {
        if self.components[component as usize].may_leave {
            return Ok(());
        }
        Err(Error::trap(Trap::CannotLeave, "cannot leave component instance: realloc or post-return called an import"))
    }

    pub(crate) fn add_component(&mut self, parent: Option<u32>) -> u32 {
        self.components.push(ComponentState { parent, may_leave: true, may_enter: true, backpressure: 0 });
        self.resources.add_table();
        self.components.len() as u32 - 1
    }

    fn is_self_or_ancestor(&self, component: u32, of: Option<u32>) -> bool {
        let mut current = of;
        while let Some(index) = current {
            if index == component {
                return true;
            }
            current = self.components[index as usize].parent;
        }
        false
    }

    /// Enters a component instance and those around it that the caller is not in.
    ///
    /// # Errors
    ///
    /// If one of them is being called already, or trapped once.
    #[inline]
    pub(crate) fn enter(&mut self, callee: u32, caller: Option<u32>) -> Result<()> {
        let mut current = Some(callee);
        while let Some(index) = current.filter(|index| !self.is_self_or_ancestor(*index, caller)) {
            let component = &mut self.components[index as usize];
            if !component.may_enter {
                return Err(Error::trap(
                    Trap::CannotEnter,
                    "cannot enter component instance: it is being called, or it trapped before",
                ));
            }
            current = component.parent;
        }
        self.set_may_enter(callee, caller, false);
        Ok(())
    }

    /// Undoes [`State::enter`].
    pub(crate) fn leave(&mut self, callee: u32, caller: Option<u32>) {
        self.set_may_enter(callee, caller, true);
    }

    fn set_may_enter(&mut self, callee: u32, caller: Option<u32>, may_enter: bool) {
        let mut current = Some(callee);
        while let Some(index) = current.filter(|index| !self.is_self_or_ancestor(*index, caller)) {
            let component = &mut self.components[index as usize];
            component.may_enter = may_enter;
            current = component.parent;
        }
    }

    /// No guest of this store can be sliced from now on.
    pub(crate) fn forbid_slices(&mut self) {
        self.unsliced = true;
        self.update_slice();
    }

    /// Sets how much fuel a slice has from now on.
    pub(crate) fn resize_slice(&mut self, fuel: u64) {
        self.slice = Some(fuel);
        self.update_slice();
    }

    fn update_slice(&mut self) {
        self.meter.set_slice(self.slice.filter(|_| !self.unsliced));
    }
}

impl<T> Limited for StoreData<T> {
    fn limiter(&self) -> &Limiter {
        &self.state.limiter
    }
}

impl<T> Metered for StoreData<T> {
    fn meter(&self) -> &Meter {
        &self.state.meter
    }

    fn meter_mut(&mut self) -> &mut Meter {
        &mut self.state.meter
    }
}

impl<T> StoreData<T> {
    /// Registers the destructor of a resource type that was just added.
    pub(crate) fn set_dtor(&mut self, ty: ResourceTypeId, dtor: Dtor<T>) {
        let index = ty.0 as usize;
        while self.dtors.len() <= index {
            self.dtors.push(Dtor::None);
        }
        self.dtors[index] = dtor;
    }

    pub(crate) fn dtor(&self, ty: ResourceTypeId) -> Dtor<T> {
        self.dtors.get(ty.0 as usize).cloned().unwrap_or(Dtor::None)
    }
}

impl<T> Guest for CoreContextMut<'_, StoreData<T>> {
    fn bytes(&self, memory: CoreMemory) -> &[u8] {
        memory.data(self)
    }

    fn bytes_mut(&mut self, memory: CoreMemory) -> &mut [u8] {
        memory.data_mut(self)
    }

    fn state(&mut self) -> &mut State {
        &mut self.data_mut().state
    }

    fn call_plain(&mut self, func: CoreFunc, args: &[CoreVal], results: &mut [CoreVal]) -> Result<()> {
        engine::call_plain(self, &func, args, results)
    }

    fn charge(&mut self, fuel: u64) -> Result<()> {
        engine::charge(self, fuel)
    }
}

/// A store, borrowed: what host functions get, and what functions take.
pub struct StoreContextMut<'a, T: 'static> {
    pub(crate) core: CoreContextMut<'a, StoreData<T>>,
}

impl<T> StoreContextMut<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.core.data().host
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.core.data_mut().host
    }

    /// Fuel that was consumed in this store so far.
    pub fn fuel_consumed(&self) -> u64 {
        engine::consumed(&self.core)
    }

    /// Charges work that the host does for the guest.
    ///
    /// # Errors
    ///
    /// [`Trap::OutOfFuel`] if the store's fuel is used up.
    pub fn charge(&mut self, fuel: u64) -> Result<()> {
        engine::charge(&mut self.core, fuel)
    }
}

impl<T> fmt::Debug for StoreContextMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreContextMut").finish_non_exhaustive()
    }
}

/// Anything that a store can be borrowed from.
pub trait AsContextMut {
    /// The host's data in the store.
    type Data: 'static;

    /// Borrows the store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T> AsContextMut for Store<T> {
    type Data = T;

    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { core: self.core.as_context_mut() }
    }
}

impl<T> AsContextMut for StoreContextMut<'_, T> {
    type Data = T;

    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { core: self.core.as_context_mut() }
    }
}

impl<C: AsContextMut> AsContextMut for &mut C {
    type Data = C::Data;

    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}
