//! Guests that were left half-way: their frames as data, and what drives them on.
//!
//! A host function that must wait, or a slice that is used up, unwinds the interpreter through every component on the
//! way. Each level leaves a [`Frame`]; a [`Task`] holds them, outermost first, polls what the innermost waits for and
//! resumes it, then hands its result to the next. Awaits nothing itself: [`Task::poll`] is called by whoever does.

use alloc::{boxed::Box, vec::Vec};
use core::{
    fmt,
    task::{Context, Poll, Waker},
};

use super::{
    canon::{self, HostTarget, Pending, Results},
    lowered::LoweredRef,
    resource::ScopeId,
    store::StoreData,
};
use crate::{
    engine::{self, CoreContextMut, CoreVal, Outcome, Paused},
    error::{Error, Kind, Result, Trap},
};

/// One level of a suspended call.
pub(crate) enum Frame<T: 'static> {
    /// The core function that the host called.
    Root(Box<Paused>),
    /// Another component's function that a guest called.
    Guest { lowered: LoweredRef<T>, paused: Box<Paused>, return_ptr: Option<u32>, scope: ScopeId },
    /// A destructor of a guest that a guest's `resource.drop` runs.
    Dtor { paused: Box<Paused>, callee: u32, caller: Option<u32> },
    /// A host function that waits.
    Wait { target: HostTarget<T>, pending: Pending<T>, scope: ScopeId },
    /// A host function that was not called yet.
    Parked { target: HostTarget<T>, args: Vec<CoreVal> },
}

impl<T> fmt::Debug for Frame<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Frame::Root(_) => "Root",
            Frame::Guest { .. } => "Guest",
            Frame::Dtor { .. } => "Dtor",
            Frame::Wait { .. } => "Wait",
            Frame::Parked { .. } => "Parked",
        })
    }
}

/// A core function that runs, suspended now and then.
pub(crate) struct Task<T: 'static> {
    /// Outermost first.
    frames: Vec<Frame<T>>,
    /// Calls between components that were open when this one began.
    base_depth: u32,
}

/// Whether the caller can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Waiting and yielding give the thread back.
    Async,
    /// Yielding goes on at once; waiting fails.
    Sync,
}

/// The results that a frame hands to the next outer one, and how many they are.
type Input = (Results, usize);

impl<T> Task<T> {
    /// Begins a call of a core function; none if it finished at once.
    pub(crate) fn begin(
        store: &mut CoreContextMut<'_, StoreData<T>>,
        func: &engine::CoreFunc,
        args: &[CoreVal],
        results: &mut [CoreVal],
    ) -> Result<Option<Self>> {
        engine::grant(store, 0)?;
        match engine::call_resumable(store, func, args, results)? {
            Outcome::Finished => Ok(None),
            Outcome::Paused(paused) => Ok(Some(Task::suspended(store, Frame::Root(paused)))),
        }
    }

    /// The task of a frame that just suspended, and of those that suspended below it.
    pub(crate) fn suspended(store: &mut CoreContextMut<'_, StoreData<T>>, frame: Frame<T>) -> Self {
        let mut task = Task { frames: Vec::new(), base_depth: store.data().state.depth };
        task.push(store, frame);
        task
    }

    /// The task of what suspended without a frame of its own: a destructor that the host runs.
    pub(crate) fn pending(store: &mut CoreContextMut<'_, StoreData<T>>) -> Self {
        let base_depth = store.data().state.depth;
        Task { frames: store.data_mut().pending.drain(..).rev().collect(), base_depth }
    }

    fn push(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, frame: Frame<T>) {
        self.frames.push(frame);
        self.frames.extend(store.data_mut().pending.drain(..).rev());
    }

    /// Runs until the call is finished or waits.
    ///
    /// `results` are those of the root's core function.
    pub(crate) fn poll(
        &mut self,
        store: &mut CoreContextMut<'_, StoreData<T>>,
        results: &mut [CoreVal],
        cx: &mut Context<'_>,
        mode: Mode,
    ) -> Poll<Result<()>> {
        let polled = self.run(store, results, cx, mode);
        store.data_mut().state.depth = self.base_depth;
        if let Poll::Ready(Err(mut error)) = polled {
            for frame in self.frames.drain(..).rev() {
                error = frame.abandon(store, error);
            }
            store.data_mut().pending.clear();
            return Poll::Ready(Err(error));
        }
        polled
    }

    /// Runs a call that must not wait.
    pub(crate) fn finish_sync(
        &mut self,
        store: &mut CoreContextMut<'_, StoreData<T>>,
        results: &mut [CoreVal],
    ) -> Result<()> {
        match self.poll(store, results, &mut Context::from_waker(Waker::noop()), Mode::Sync) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(Error::bug("a call that must not wait waits")),
        }
    }

    fn run(
        &mut self,
        store: &mut CoreContextMut<'_, StoreData<T>>,
        root_results: &mut [CoreVal],
        cx: &mut Context<'_>,
        mode: Mode,
    ) -> Poll<Result<()>> {
        let mut input: Input = ([CoreVal::I32(0)], 0);
        while let Some(frame) = self.frames.pop() {
            store.data_mut().state.depth = self.base_depth + self.frames.len() as u32;
            match frame {
                Frame::Root(paused) => match advance(store, *paused, &input, root_results, cx, mode)? {
                    Step::Finished => {}
                    Step::Yielded(paused) => {
                        self.frames.push(Frame::Root(paused));
                        return Poll::Pending;
                    }
                    Step::Suspended(paused) => self.push(store, Frame::Root(paused)),
                },
                Frame::Guest { lowered: at, paused, return_ptr, scope } => {
                    let lowered = at.called()?;
                    let mut results: Results = [CoreVal::I32(0)];
                    let count = lowered.callee_results();
                    let step = advance(store, *paused, &input, &mut results[..count], cx, mode);
                    let rebuild = |paused| Frame::Guest { lowered: at.clone(), paused, return_ptr, scope };
                    match step {
                        Ok(Step::Finished) => {
                            let finished = canon::finish_guest(store, lowered, &results[..count], return_ptr, scope);
                            let results = finished.map_err(|error| lowered.failed(store, scope, error))?;
                            input = (results, lowered.result_count());
                        }
                        Ok(Step::Yielded(paused)) => {
                            self.frames.push(rebuild(paused));
                            return Poll::Pending;
                        }
                        Ok(Step::Suspended(paused)) => self.push(store, rebuild(paused)),
                        Err(error) => return Poll::Ready(Err(lowered.failed(store, scope, error))),
                    }
                }
                Frame::Dtor { paused, callee, caller } => match advance(store, *paused, &input, &mut [], cx, mode)? {
                    Step::Finished => {
                        store.data_mut().state.leave(callee, caller);
                        input.1 = 0;
                    }
                    Step::Yielded(paused) => {
                        self.frames.push(Frame::Dtor { paused, callee, caller });
                        return Poll::Pending;
                    }
                    Step::Suspended(paused) => self.push(store, Frame::Dtor { paused, callee, caller }),
                },
                Frame::Wait { target, mut pending, scope } => match pending.poll(cx) {
                    Poll::Ready(()) => {
                        let finished = canon::finish_wait(store, pending, scope);
                        input = (finished.map_err(|error| target.failed(error))?, target.result_count());
                    }
                    Poll::Pending if mode == Mode::Sync => {
                        return Poll::Ready(Err(target.failed(Error::new(
                            crate::Fault::Host,
                            Kind::Unavailable,
                            "a host function waits, and the call cannot: use the async form of the call",
                        ))));
                    }
                    Poll::Pending => {
                        let hook = store.data_mut().hook.as_mut();
                        if let Some(Poll::Ready(error)) = hook.map(|hook| hook.poll_wait(cx)) {
                            return Poll::Ready(Err(target.failed(error)));
                        }
                        self.frames.push(Frame::Wait { target, pending, scope });
                        return Poll::Pending;
                    }
                },
                Frame::Parked { target, args } => {
                    let mut results = target.zero_results();
                    let count = target.result_count();
                    match canon::enter_host(&target, store, &args, &mut results[..count], false)? {
                        canon::Flow::Done => input = (results, count),
                        canon::Flow::Suspended => {
                            self.frames.extend(store.data_mut().pending.drain(..).rev());
                        }
                    }
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T> Frame<T> {
    /// Ends a frame below which something failed, and names it in the error.
    fn abandon(self, store: &mut CoreContextMut<'_, StoreData<T>>, error: Error) -> Error {
        match self {
            Frame::Guest { lowered, scope, .. } => match lowered.get() {
                Some(lowered) => lowered.failed(store, scope, error),
                None => error,
            },
            Frame::Wait { scope, .. } => {
                store.data_mut().state.resources.close_scope(scope);
                error
            }
            Frame::Root(_) | Frame::Dtor { .. } | Frame::Parked { .. } => error,
        }
    }
}

enum Step {
    Finished,
    /// A host function below suspended.
    Suspended(Box<Paused>),
    /// The hook wants the thread back.
    Yielded(Box<Paused>),
}

/// Resumes a core function: with the results of the host function it waited for, or with its next slice.
fn advance<T>(
    store: &mut CoreContextMut<'_, StoreData<T>>,
    paused: Paused,
    (input, count): &Input,
    results: &mut [CoreVal],
    cx: &mut Context<'_>,
    mode: Mode,
) -> Result<Step> {
    let outcome = match paused {
        Paused::Host(call) => engine::resume_with(store, call, input.get(..*count).unwrap_or(input), results)?,
        Paused::OutOfFuel(call) => {
            let fuel = engine::consumed(&*store);
            if let Some(hook) = &mut store.data_mut().hook {
                match hook.poll_slice(cx, fuel) {
                    Poll::Ready(asked) => asked?,
                    Poll::Pending if mode == Mode::Async => {
                        return Ok(Step::Yielded(Box::new(Paused::OutOfFuel(call))));
                    }
                    Poll::Pending => {}
                }
                if let Some(slice) = hook.next_slice() {
                    store.data_mut().state.resize_slice(slice);
                }
            }
            engine::grant(store, call.required_fuel())?;
            engine::resume(store, call, results)?
        }
    };
    Ok(match outcome {
        Outcome::Finished => Step::Finished,
        Outcome::Paused(paused) => Step::Suspended(paused),
    })
}

/// The error of a guest that the embedder cut.
pub fn interrupted(reason: &str) -> Error {
    Error::trap(Trap::Interrupted, alloc::format!("the guest was stopped: {reason}"))
}
