//! [`Instance`]: a function that is instantiated, for one call or several. Knows no pool.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use nojit_shims::{
    Wasi,
    http::types::{incoming_request::IncomingRequest, response_outparam::ResponseOutparam},
    io::lines::Lines,
};

use super::{
    CallContext, Caller, Function, Outcome, Usage, World,
    call::{Spent, begin, end, store},
    guest::Guest,
    hook::TimeLimit,
};
use crate::{
    component::{self, Store},
    error::{Error, Fault, Result},
    event::{Event, Line, Output},
    payload::{Payload, PayloadRef, sink::PayloadSink},
};

/// A function that is instantiated and waits for a call. Its first call pays for the instantiation, whenever that was, in fuel
/// and in time.
pub struct Instance {
    /// In a box, for it is large and instances are moved at each call.
    store: Box<Store<Guest>>,
    /// The export that is called.
    func: component::Func,
    /// How many calls it has had.
    calls: u32,
    /// What it had used up before the call that runs.
    fuel_before: u64,
    /// How long it took to make it.
    took: Duration,
    /// It can be called no more.
    is_spent: bool,
    /// The number of the call that runs or ran last, for what the guest writes; 0 before the first.
    number: Arc<AtomicU64>,
}

impl Function {
    /// Instantiates it for a guest, within the limits of a call.
    ///
    /// # Errors
    ///
    /// As [`Function::call`]; with what it used up.
    pub async fn instantiate(&self, wasi: Wasi) -> core::result::Result<Instance, (Error, Usage)> {
        let mut store = Box::new(store(self, wasi));
        let began = store.data().wasi.host().clock().now();
        let limit = begin(self, &mut store, &Spent::default());
        let exports = self.pre().instantiate_async(&mut *store).await;
        match exports.and_then(|exports| exports.func(self.method())) {
            Ok(func) => {
                let host = store.data().wasi.host().clone();
                host.clock().work(store.fuel_consumed());
                let took = host.clock().now().saturating_sub(began);
                let number = Arc::default();
                Ok(Instance { store, func, calls: 0, fuel_before: 0, took, is_spent: false, number })
            }
            Err(error) => {
                if let Some(flushed) = end(&store, limit) {
                    // It has failed already.
                    let _in_time = flushed.await;
                }
                Err((error, Usage::of(&mut store)))
            }
        }
    }

    /// As [`Function::instantiate`], for a guest with what the entry gives it in `world`; the observer of that is told what
    /// it writes.
    ///
    /// # Errors
    ///
    /// As [`Function::guest`] and [`Function::call`].
    pub async fn instantiate_in(&self, world: &World) -> core::result::Result<Instance, (Error, Usage)> {
        let number = Arc::new(AtomicU64::new(0));
        let guest = self.guest(world).map_err(|error| (error, Usage::default()))?;
        let guest = match world.observer() {
            Some(_) => {
                let lines = |output| Arc::new(self.lines(world, output, &number));
                guest.stdout(lines(Output::Stdout)).stderr(lines(Output::Stderr))
            }
            None => guest,
        };
        let instance = self.instantiate(world.dress(guest).build()).await?;
        Ok(Instance { number, ..instance })
    }

    /// An output of a guest, whose lines the observer of `world` is told.
    fn lines(&self, world: &World, output: Output, number: &Arc<AtomicU64>) -> Lines {
        let (function, world, number) = (self.name().to_owned(), world.clone(), number.clone());
        Lines::new(move |text| {
            let number = number.load(Ordering::Relaxed);
            let call = (number > 0).then(|| world.call(number));
            if let Some(observer) = world.observer() {
                observer.observe(&Event::Line(Line { function: &function, call, output, text }));
            }
        })
    }

    /// Calls it in an instance of its own kind that was made before.
    ///
    /// # Errors
    ///
    /// As [`Function::call`].
    pub async fn call_in(&self, instance: &mut Instance, args: &[Payload]) -> (Result<Outcome>, Usage) {
        let limit = instance.begin(self);
        let outcome = match self.check_count(args.len()) {
            Ok(()) => instance.run(self, args).await,
            Err(error) => Err(error),
        };
        instance.end(limit, outcome).await
    }

    /// Answers a request in an instance of its own kind that was made before, if [`Function::answers_requests`].
    ///
    /// The response is set while this runs; the guest may go on after that. If none was set when this is done, there will be
    /// none. An instance that keeps resources of a request answers no more.
    ///
    /// # Errors
    ///
    /// As [`Function::call`].
    pub async fn answer_in(
        &self,
        instance: &mut Instance,
        request: IncomingRequest,
        response: ResponseOutparam,
    ) -> (Result<()>, Usage) {
        let limit = instance.begin(self);
        let before = instance.store.data().wasi.resource_count();
        let outcome = match instance.func.typed::<_, ()>() {
            Ok(func) => {
                let wasi = &mut instance.store.data_mut().wasi;
                let params = (wasi.push(request), wasi.push(response));
                func.call_async(&mut *instance.store, params).await
            }
            Err(error) => Err(error),
        };
        instance.is_spent |= instance.store.data().wasi.resource_count() > before;
        instance.end(limit, outcome).await
    }
}

impl Instance {
    /// How many calls it has had.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Whether it can be called no more: a call has failed in it, or left something behind.
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Says which call the next one is, of `function` in `world`.
    pub fn set_context(&mut self, context: &CallContext, function: &Function, world: &World) {
        self.number.store(context.call.number, Ordering::Relaxed);
        if function.calls_functions() {
            self.store.data_mut().caller = world
                .calls()
                .map(|calls| Arc::new(Caller { context: *context, function: function.name().to_owned(), calls }));
        }
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
        begin(function, &mut self.store, &spent)
    }

    /// Ends a call.
    async fn end<R>(&mut self, limit: Option<TimeLimit>, outcome: Result<R>) -> (Result<R>, Usage) {
        let outcome = match end(&self.store, limit) {
            None => outcome,
            Some(flushed) => {
                let in_time = flushed.await;
                outcome.and_then(|outcome| in_time.map(|()| outcome))
            }
        };
        // Who gave wrong arguments has done nothing to it.
        self.is_spent |= outcome.as_ref().err().is_some_and(|error| error.fault() != Fault::Config);
        let mut usage = Usage::of(&mut self.store);
        usage.fuel -= self.fuel_before;
        (outcome, usage)
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
