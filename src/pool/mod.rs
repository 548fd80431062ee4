//! [`Pool`]: how many calls of a function run at once, and which instances are ready before they come.
//!
//! A pool is a queue of permits and a shelf of instances, and no threads: a call runs where its caller is. Whoever owns the
//! pool runs [`Pool::keep`] beside the calls. It makes instances before they are needed, drops those that nobody needed for a
//! while, and lets adaptive pools grow when all calls that run wait; without it calls make their own. A guest that waits keeps
//! its permit. A call that fails, is cut or is dropped gives its permit back like any other.
//!
//! Knows functions and the clock of a host; no definition files but their form of a pool, no HTTP and no names of entries.

mod growth;
mod queue;
mod rings;
mod shelf;
mod telling;

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use nojit_shims::{
    host::Host,
    http::types::{incoming_request::IncomingRequest, response_outparam::ResponseOutparam},
};

use crate::{
    error::{Error, Fault, Kind, Result},
    event::CallId,
    function::{CallContext, Function, Instance, Outcome, Usage, World},
    payload::Payload,
    registry::{self, PoolForm, WhenFull},
};
use growth::Growth;
use queue::Queue;
use rings::Known;
use shelf::{Duty, Shelf};
use telling::Telling;

pub use rings::Rings;

/// After so long without a call an instance that is ready is dropped, in pools that do not have a fixed number of them.
pub const IDLE: Duration = Duration::from_secs(30);

/// The pool of a function. Shared by all who call it.
pub struct Pool {
    function: Function,
    world: World,
    host: Arc<dyn Host>,
    when_full: WhenFull,
    /// Calls that wait at most, if those beyond are rejected.
    buffer: usize,
    /// For how many calls an instance is kept.
    reuse: u32,
    /// How many calls may run at once, however much the pool grows.
    max: usize,
    /// Where calls are known that wait for each other, if functions call functions.
    rings: Option<Rings>,
    state: Mutex<State>,
}

struct State {
    queue: Queue,
    shelf: Shelf,
    growth: Option<Growth>,
    /// Who keeps the pool, while there is nothing to do, and until when that is expected.
    keeper: Option<(Waker, Option<Duration>)>,
}

/// What a pool does now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Calls that run.
    pub running: usize,
    /// Calls that wait for their turn.
    pub waiting: usize,
    /// Instances that are ready for a call.
    pub ready: usize,
    /// How many calls may run at once now; more in adaptive pools, when it helps.
    pub limit: usize,
}

impl Pool {
    /// A pool of `function` in the form that its entry has; its guests live in `world`.
    pub fn new(function: Function, pool: registry::Pool, world: World) -> Pool {
        let size = |size: u32| usize::try_from(size).unwrap_or(usize::MAX);
        let max = match pool.form {
            PoolForm::Inline => usize::MAX,
            PoolForm::Static { workers, .. } => size(workers),
            PoolForm::Lazy { max_size } | PoolForm::Adaptive { max_size, .. } => size(max_size),
        };
        let (limit, shelf, growth, buffer) = match pool.form {
            PoolForm::Inline => (max, Shelf::none(), None, usize::MAX),
            PoolForm::Lazy { .. } => (max, Shelf::new(0, 0), None, 0),
            PoolForm::Static { size: ready, buffer, .. } => (max, Shelf::fixed(size(ready)), None, size(buffer)),
            PoolForm::Adaptive { warm_start, .. } => {
                let limit = if warm_start { max } else { 1 };
                (limit, Shelf::new(if warm_start { max } else { 0 }, 1), Some(Growth::new(limit, max)), 0)
            }
        };
        let state = State { queue: Queue::new(limit), shelf, growth, keeper: None };
        let host = world.host();
        let (when_full, reuse) = (pool.when_full, pool.reuse);
        Pool { function, world, host, when_full, buffer, reuse, max, rings: None, state: Mutex::new(state) }
    }

    /// The same pool, whose calls are known to those of other pools: a call that would wait for itself fails.
    #[must_use]
    pub fn with_rings(mut self, rings: Rings) -> Pool {
        self.rings = Some(rings);
        self
    }

    /// The function.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// The host of the pool itself, by whose clock it goes.
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }

    /// What it does now.
    pub fn census(&self) -> Census {
        let state = self.lock();
        let (queue, ready) = (&state.queue, state.shelf.ready());
        Census { running: queue.held(), waiting: queue.waiting(), ready, limit: queue.limit() }
    }

    /// A number for a call that is about to be made, by which whoever is told of it knows it.
    pub fn next_call(&self) -> CallId {
        self.world.next_call()
    }

    /// Calls the function, when it is its turn. Its limits count from then.
    ///
    /// # Errors
    ///
    /// Those of [`Function::call`]; [`Kind::Unavailable`] if the queue is full and the pool rejects callers then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the call, or leaves the queue.
    pub async fn call(&self, args: &[Payload]) -> (Result<Outcome>, Usage) {
        self.call_as(CallContext::new(self.next_call()), args).await
    }

    /// As [`Pool::call`], with what the call carries.
    pub async fn call_as(&self, context: CallContext, args: &[Payload]) -> (Result<Outcome>, Usage) {
        let mut telling = Telling::new(self, context);
        let (outcome, usage) = match self.function.check_count(args.len()) {
            Err(error) => (Err(error), Usage::default()),
            Ok(()) => match self.lease(&mut telling).await {
                Err(failed) => failed,
                Ok((permit, mut instance)) => {
                    let ended = self.function.call_in(&mut instance, args).await;
                    permit.give_back(instance);
                    ended
                }
            },
        };
        telling.end(&outcome, &usage, |outcome| matches!(outcome, Outcome::GuestError(_)));
        (outcome, usage)
    }

    /// Answers a request, when it is its turn, if the function [answers requests](Function::answers_requests).
    ///
    /// # Errors
    ///
    /// As [`Pool::call`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the guest.
    pub async fn answer_as(
        &self,
        context: CallContext,
        request: IncomingRequest,
        response: ResponseOutparam,
    ) -> (Result<()>, Usage) {
        let mut telling = Telling::new(self, context);
        let (outcome, usage) = match self.lease(&mut telling).await {
            Err(failed) => failed,
            Ok((permit, mut instance)) => {
                let ended = self.function.answer_in(&mut instance, request, response).await;
                permit.give_back(instance);
                ended
            }
        };
        telling.end(&outcome, &usage, |()| false);
        (outcome, usage)
    }

    /// A permit and an instance, for one call.
    async fn lease<R>(
        &self,
        telling: &mut Telling<'_>,
    ) -> core::result::Result<(Permit<'_>, Instance), (Result<R>, Usage)> {
        let mut permit = self.permit(telling.context()).await.map_err(|error| (Err(error), Usage::default()))?;
        telling.begin();
        let mut instance = match permit.instance.take() {
            Some(instance) => instance,
            // In a box: calls that find an instance need not carry what makes one.
            None => Box::pin(self.make()).await.map_err(|(error, usage)| (Err(error), usage))?,
        };
        instance.set_context(telling.context(), &self.function, &self.world);
        Ok((permit, instance))
    }

    /// Makes instances before they are needed, and drops those that were not for [`IDLE`]; never done.
    pub async fn keep(&self) {
        loop {
            let now = self.host.clock().now();
            let duty = {
                let mut state = self.lock();
                let wakers = state.review(now);
                let duty = state.duty();
                drop(state);
                wakers.into_iter().for_each(Waker::wake);
                duty
            };
            match duty {
                Duty::Make => match self.make().await {
                    Ok(instance) => {
                        let now = self.host.clock().now();
                        self.lock().shelf.put(instance, now);
                    }
                    // Whoever calls next is told why.
                    Err(_) => self.lock().shelf.give_up(),
                },
                Duty::Sleep(until) => self.changed(Some(until)).await,
                Duty::Wait => self.changed(None).await,
            }
        }
    }

    /// A new instance.
    async fn make(&self) -> core::result::Result<Instance, (Error, Usage)> {
        self.function.instantiate_in(&self.world).await
    }

    /// Waits for a permit.
    async fn permit(&self, context: &CallContext) -> Result<Permit<'_>> {
        let known = self.rings.as_ref().map(|rings| rings.enter(context, self.function.name(), self.max));
        let ticket = {
            let mut state = self.lock();
            if state.queue.try_take() {
                return Ok(state.begin(self, known));
            }
            if let Some(ring) = known.as_ref().and_then(Known::ring) {
                return Err(self.is_ring(&ring));
            }
            if self.when_full == WhenFull::Reject && state.queue.waiting() >= self.buffer {
                return Err(self.is_full(&state));
            }
            let is_first = state.queue.waiting() == 0;
            if let Some(growth) = state.growth.as_mut().filter(|_| is_first) {
                growth.waits(self.host.clock().now());
            }
            let ticket = state.queue.enter();
            state.wake_keeper();
            ticket
        };
        let mut turn = Turn { pool: self, ticket: Some(ticket) };
        poll_fn(|cx| if self.lock().queue.poll(ticket, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }).await;
        turn.ticket = None;
        Ok(self.lock().begin(self, known))
    }

    #[cold]
    fn is_ring(&self, ring: &[Arc<str>]) -> Error {
        let (name, max) = (self.function.name(), self.max);
        let path = ring.iter().map(|name| &**name).chain([name]).collect::<Vec<_>>().join(" -> ");
        let message = format!(
            "{name} would wait for itself: all {max} calls of it that may run at once wait, by {path}; let more of them run"
        );
        Error::new(Fault::Host, Kind::Conflict, message)
    }

    fn is_full(&self, state: &State) -> Error {
        let (running, waiting) = (state.queue.held(), state.queue.waiting());
        let message = format!("{} is busy: {running} calls run and {waiting} wait; try again", self.function.name());
        Error::new(Fault::Host, Kind::Unavailable, message)
    }

    /// Waits until the keeper has something to do, at a moment at the latest.
    async fn changed(&self, until: Option<Duration>) {
        let mut sleep = until.map(|until| self.host.clock().sleep_until(until));
        poll_fn(|cx: &mut Context<'_>| {
            if let Some(sleep) = &mut sleep
                && sleep.as_mut().poll(cx).is_ready()
            {
                return Poll::Ready(());
            }
            let mut state = self.lock();
            if state.has_duty_before(until) {
                return Poll::Ready(());
            }
            state.keeper = Some((cx.waker().clone(), until));
            Poll::Pending
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A call begins.
    fn begin<'a>(&mut self, pool: &'a Pool, known: Option<Known>) -> Permit<'a> {
        self.shelf.begin(self.queue.held());
        if let Some(known) = &known {
            known.begin();
        }
        Permit { pool, instance: self.shelf.take(), known }
    }

    /// What time changes; who is to be woken.
    fn review(&mut self, now: Duration) -> Vec<Waker> {
        let has_dropped = self.shelf.drop_idle(now);
        let (held, waiting) = (self.queue.held(), self.queue.waiting());
        let Some(growth) = &mut self.growth else { return Vec::new() };
        if waiting > 0 && growth.impatient_at().is_some_and(|at| now >= at) {
            growth.lose_patience(now);
        } else if has_dropped && waiting == 0 {
            growth.shrink(self.shelf.workers().max(held));
        }
        self.queue.set_limit(growth.limit())
    }

    /// What the keeper has to do next.
    fn duty(&self) -> Duty {
        let impatient = match &self.growth {
            Some(growth) if self.queue.waiting() > 0 => growth.impatient_at(),
            _ => None,
        };
        match (self.shelf.duty(self.queue.held()), impatient) {
            (Duty::Sleep(one), Some(other)) => Duty::Sleep(one.min(other)),
            (Duty::Wait, Some(other)) => Duty::Sleep(other),
            (duty, _) => duty,
        }
    }

    /// Whether there is something to do now, or sooner than at a moment.
    fn has_duty_before(&self, until: Option<Duration>) -> bool {
        match self.duty() {
            Duty::Make => true,
            Duty::Sleep(at) => until.is_none_or(|until| at < until),
            Duty::Wait => false,
        }
    }

    /// Wakes who keeps the pool if there is something to do sooner than expected; most calls change nothing.
    fn wake_keeper(&mut self) {
        if let Some((_, until)) = &self.keeper
            && self.has_duty_before(*until)
            && let Some((keeper, _)) = self.keeper.take()
        {
            keeper.wake();
        }
    }
}

/// A place in the queue; given up when it is dropped.
struct Turn<'a> {
    pool: &'a Pool,
    ticket: Option<u64>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let wakers = self.pool.lock().queue.leave(ticket);
            wakers.into_iter().for_each(Waker::wake);
        }
    }
}

/// A call that may run; given back when it is dropped.
struct Permit<'a> {
    pool: &'a Pool,
    /// An instance that is ready for it, and afterwards one that is to be used again.
    instance: Option<Instance>,
    /// The call, where others know it.
    known: Option<Known>,
}

impl Permit<'_> {
    /// Gives it back after a call, with an instance that is used again if it can be.
    fn give_back(mut self, instance: Instance) {
        self.instance = (!instance.is_spent() && instance.calls() < self.pool.reuse).then_some(instance);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let clock = self.pool.host.clock();
        drop(self.known.take());
        let mut state = self.pool.lock();
        if let Some(instance) = self.instance.take() {
            let now = if state.shelf.is_elastic() { clock.now() } else { Duration::ZERO };
            state.shelf.put(instance, now);
        }
        let somebody_waits = state.queue.waiting() > 0;
        let mut wakers = state.queue.give_back();
        if let Some(growth) = &mut state.growth {
            growth.ended(clock.now(), somebody_waits);
            let limit = growth.limit();
            wakers.extend(state.queue.set_limit(limit));
        }
        state.wake_keeper();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("function", &self.function).field("census", &self.census()).finish_non_exhaustive()
    }
}
