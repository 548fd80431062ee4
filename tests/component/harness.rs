//! Runs a guest three ways, which must not be told apart: in one piece, in slices of one unit of fuel, and with every
//! host function parked once before it answers.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use nojit::{
    Error, Result,
    component::{Component, Config, Engine, Instance, Linker, Store},
};

/// Fuel that a guest may use unless a test says otherwise.
pub(crate) const FUEL: u64 = 20_000_000;

/// Linear memory that a guest may have unless a test says otherwise.
pub(crate) const MEMORY_BYTES: usize = 64 << 20;

/// How a store runs its guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Unsliced,
    Sliced,
    Parked,
}

impl Way {
    pub(crate) const ALL: [Way; 3] = [Way::Unsliced, Way::Sliced, Way::Parked];

    /// Sets a store up.
    pub(crate) fn apply<T>(self, store: &mut Store<T>) {
        store.set_slice((self == Way::Sliced).then_some(1));
        store.park_host_calls(self == Way::Parked);
    }
}

/// What a run shows to the embedder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observed {
    /// What the run answered, or its failure as [`describe`] writes it.
    pub(crate) answer: Result<String, String>,
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: usize,
}

impl Observed {
    /// What the run answered; it must not have failed.
    pub(crate) fn expect_ok(&self) -> &str {
        self.answer.as_ref().expect("the run succeeds")
    }

    /// How the run failed; it must have.
    pub(crate) fn expect_err(&self) -> &str {
        self.answer.as_ref().expect_err("the run fails")
    }
}

/// Everything of an error that an embedder sees, on one line.
pub(crate) fn describe(error: &Error) -> String {
    let trap = error.as_trap().map_or_else(|| String::from("no trap"), |trap| format!("{trap:?}"));
    format!("{:?}/{:?}/{trap}: {error}", error.fault(), error.kind())
}

/// A component with what it is linked against.
pub(crate) struct Guest<T: 'static> {
    pub(crate) component: Component,
    pub(crate) linker: Linker<T>,
    fuel: u64,
}

impl<T: Default> Guest<T> {
    /// A component from a binary or text, on an engine of its own; `define` fills the linker.
    pub(crate) fn new(bytes: impl AsRef<[u8]>, define: impl FnOnce(&mut Linker<T>) -> Result<()>) -> Self {
        Self::with_config(&Config::new(), bytes, define)
    }

    /// As [`Guest::new`], on an engine of this configuration.
    pub(crate) fn with_config(
        config: &Config,
        bytes: impl AsRef<[u8]>,
        define: impl FnOnce(&mut Linker<T>) -> Result<()>,
    ) -> Self {
        let engine = Engine::new(config).expect("the configuration is served");
        let component = Component::new(&engine, bytes).expect("the component is valid");
        let mut linker = Linker::new(&engine);
        define(&mut linker).expect("the names are free");
        Guest { component, linker, fuel: FUEL }
    }

    /// The same with another fuel limit.
    pub(crate) fn fuel(mut self, fuel: u64) -> Self {
        self.fuel = fuel;
        self
    }

    /// A store for `way` with the limits of tests.
    pub(crate) fn store(&self, way: Way) -> Store<T> {
        let mut store = Store::new(self.component.engine(), T::default());
        way.apply(&mut store);
        store.set_fuel(Some(self.fuel));
        store.set_max_memory(MEMORY_BYTES);
        store
    }

    /// A store and an instance in it, unsliced.
    pub(crate) fn start(&self) -> (Store<T>, Instance) {
        self.start_in(Way::Unsliced)
    }

    /// A store for `way` and an instance in it.
    pub(crate) fn start_in(&self, way: Way) -> (Store<T>, Instance) {
        let mut store = self.store(way);
        let instance = self.linker.instantiate(&mut store, &self.component).expect("instantiates");
        (store, instance)
    }

    /// Instantiates and runs the guest one way.
    pub(crate) fn observe(
        &self,
        way: Way,
        run: &mut dyn FnMut(&mut Store<T>, &Instance) -> Result<String>,
    ) -> Observed {
        let mut store = self.store(way);
        let instance = self.linker.instantiate(&mut store, &self.component);
        let answer = instance.and_then(|instance| run(&mut store, &instance)).map_err(|error| describe(&error));
        Observed { answer, fuel: store.fuel_consumed(), memory_bytes: store.memory_bytes() }
    }

    /// Instantiates and runs the guest three ways; what all of them show.
    pub(crate) fn three_ways(&self, mut run: impl FnMut(&mut Store<T>, &Instance) -> Result<String>) -> Observed {
        let [first, others @ ..] = Way::ALL;
        let expected = self.observe(first, &mut run);
        for way in others {
            assert_eq!(self.observe(way, &mut run), expected, "{way:?} on the left, {first:?} on the right");
        }
        expected
    }
}

/// Polls a future until it is done. Every future of these tests counts polls or gates, so that no wake-up is needed.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut outputs = (0..10_000_000).filter_map(|_| match poll_once(future.as_mut()) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    });
    outputs.next().expect("a future of a test is done at some time")
}

/// Polls a future once.
pub(crate) fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_difference_between_the_ways_is_found() {
    let guest = Guest::<()>::new("(component)", |_| Ok(()));
    let mut runs = 0;
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        guest.three_ways(|_, _| {
            runs += 1;
            Ok(format!("run {runs}"))
        })
    }));
    assert!(caught.is_err());
}
