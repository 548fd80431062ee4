//! [`Instance`]: a function that is instantiated, for one call or several. Knows no pool.

use std::{convert::Infallible, fmt, time::Duration};

use nojit_shims::Wasi;

use super::{
    Function, Outcome, Usage,
    call::{Spent, begin, end, store},
    hook::TimeLimit,
};
use crate::{
    component::{self, Store},
    error::{Error, Result},
    payload::{Payload, PayloadRef, sink::PayloadSink},
};

/// A function that is instantiated and waits for a call. Its first call pays for the instantiation, whenever that was, in fuel
/// and in time.
pub struct Instance {
    /// In a box, for it is large and instances are moved at each call.
    store: Box<Store<Wasi>>,
    /// The export that is called.
    func: component::Func,
    /// How many calls it has had.
    calls: u32,
    /// What it had used up before the call that runs.
    fuel_before: u64,
    /// How long it took to make it.
    took: Duration,
}

impl Function {
    /// Instantiates it for a guest, within the limits of a call.
    ///
    /// # Errors
    ///
    /// As [`Function::call`]; with what it used up.
    pub async fn instantiate(&self, wasi: Wasi) -> core::result::Result<Instance, (Error, Usage)> {
        let mut store = Box::new(store(self.pre(), self.limits(), wasi));
        let began = store.data().host().clock().now();
        let limit = begin(self.pre(), self.limits(), &mut store, &Spent::default());
        let exports = self.pre().instantiate_async(&mut *store).await;
        match exports.and_then(|exports| exports.func(self.method())) {
            Ok(func) => {
                let host = store.data().host().clone();
                host.clock().work(store.fuel_consumed());
                let took = host.clock().now().saturating_sub(began);
                Ok(Instance { store, func, calls: 0, fuel_before: 0, took })
            }
            Err(error) => {
                let Err(error) = end(&store, limit, Err::<Infallible, _>(error)).await;
                Err((error, Usage::of(&mut store)))
            }
        }
    }

    /// Calls it in an instance of its own kind that was made before.
    ///
    /// # Errors
    ///
    /// As [`Function::call`]. After other errors than wrong arguments the instance cannot be used again.
    pub async fn call_in(&self, instance: &mut Instance, args: &[Payload]) -> (Result<Outcome>, Usage) {
        let limit = instance.begin(self);
        let outcome = match self.check_count(args.len()) {
            Ok(()) => instance.run(self, args).await,
            Err(error) => Err(error),
        };
        let outcome = end(&instance.store, limit, outcome).await;
        let mut usage = Usage::of(&mut instance.store);
        usage.fuel -= instance.fuel_before;
        (outcome, usage)
    }
}

impl Instance {
    /// How many calls it has had.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Begins a call: the first goes on with the fuel and the time that the instantiation left.
    fn begin(&mut self, function: &Function) -> Option<TimeLimit> {
        let consumed = self.store.fuel_consumed();
        let spent = match self.calls {
            0 => Spent { fuel: consumed, time: self.took },
            _ => Spent::default(),
        };
        self.fuel_before = consumed - spent.fuel;
        self.calls = self.calls.saturating_add(1);
        begin(function.pre(), function.limits(), &mut self.store, &spent)
    }

    async fn run(&mut self, function: &Function, args: &[Payload]) -> Result<Outcome> {
        let args: Vec<PayloadRef<'_>> = args.iter().map(PayloadRef::from).collect();
        let types = &function.ty().table;
        let value = self.func.call_from(&mut *self.store, &args, || PayloadSink::new(types)).await?;
        function.outcome(value)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("calls", &self.calls).finish_non_exhaustive()
    }
}
