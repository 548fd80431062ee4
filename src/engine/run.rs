//! Calls: in one piece, or such that they can be paused and resumed.
//!
//! A call pauses for two reasons: the slice is used up, or a host function returned [`suspension`]. Everything else that
//! a host function returns as an error ends the call.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use wasmi::{
    Error as CoreError, ResumableCall, ResumableCallHostTrap, ResumableCallOutOfFuel, TrapCode,
    errors::{ErrorKind, HostError, InstantiationError},
};

use super::{CoreContextMut, CoreExtern, CoreFunc, CoreInstance, CoreModule, CoreVal, Limited, Metered, fuel};
use crate::error::{Error, Result, Trap};

/// How a resumable call left the interpreter.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The results are written.
    Finished,
    /// Boxed, so that calls that finish at once move a word and not an interpreter's state.
    Paused(Box<Paused>),
}

/// A call whose frames are kept.
#[derive(Debug)]
pub(crate) enum Paused {
    /// The slice is used up: resume it after a [`grant`](super::grant) of what it requires.
    OutOfFuel(ResumableCallOutOfFuel),
    /// A host function suspended: resume it with that function's results.
    Host(ResumableCallHostTrap),
}

/// What a host function returns to pause the guest that called it.
#[cold]
pub(crate) fn suspension() -> CoreError {
    CoreError::host(Suspension)
}

/// What a host function returns when it fails.
#[cold]
pub(crate) fn host_failure(error: Error) -> CoreError {
    CoreError::host(Failure(error))
}

#[derive(Debug)]
struct Suspension;

#[derive(Debug)]
struct Failure(Error);

impl fmt::Display for Suspension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function waits")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl HostError for Suspension {}
impl HostError for Failure {}

/// Calls `func` such that it can be paused.
///
/// # Errors
///
/// If the guest traps or a host function fails.
#[inline]
pub(crate) fn call_resumable<D>(
    store: &mut CoreContextMut<'_, D>,
    func: &CoreFunc,
    args: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<Outcome> {
    outcome(func.call_resumable(store, args, results))
}

/// Resumes a call that ran out of fuel.
pub(crate) fn resume<D>(
    store: &mut CoreContextMut<'_, D>,
    call: ResumableCallOutOfFuel,
    results: &mut [CoreVal],
) -> Result<Outcome> {
    outcome(call.resume(store, results))
}

/// Resumes a call whose host function now has its results.
pub(crate) fn resume_with<D>(
    store: &mut CoreContextMut<'_, D>,
    call: ResumableCallHostTrap,
    inputs: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<Outcome> {
    outcome(call.resume(store, inputs, results))
}

/// Calls `func` in one piece, on a grant of fuel of its own: `realloc` and `post-return`.
pub(crate) fn call_plain<D: Metered>(
    store: &mut CoreContextMut<'_, D>,
    func: &CoreFunc,
    args: &[CoreVal],
    results: &mut [CoreVal],
) -> Result<()> {
    fuel::with_auxiliary_grant(store, |store| func.call(store, args, results).map_err(failure))
}

/// Instantiates a module whose start function, if any, is left to the caller.
pub(crate) fn instantiate_core<D: Limited>(
    store: &mut CoreContextMut<'_, D>,
    module: &CoreModule,
    mut imports: Vec<CoreExtern>,
) -> Result<CoreInstance> {
    // That there are too few is for the interpreter to tell.
    if let Some(memory) = module.own_memory().filter(|memory| memory.import <= imports.len()) {
        imports.insert(memory.import, CoreExtern::Memory(memory.make(store)?));
    }
    CoreInstance::new(store, module.wasmi(), &imports).map_err(failure)
}

#[inline]
fn outcome(call: Result<ResumableCall, CoreError>) -> Result<Outcome> {
    if let Ok(ResumableCall::Finished) = call { Ok(Outcome::Finished) } else { unfinished(call) }
}

#[cold]
fn unfinished(call: Result<ResumableCall, CoreError>) -> Result<Outcome> {
    match call {
        Ok(ResumableCall::Finished) => Ok(Outcome::Finished),
        Ok(ResumableCall::OutOfFuel(call)) => Ok(Outcome::Paused(Box::new(Paused::OutOfFuel(call)))),
        Ok(ResumableCall::HostTrap(call)) if call.host_error().downcast_ref::<Suspension>().is_some() => {
            Ok(Outcome::Paused(Box::new(Paused::Host(call))))
        }
        Ok(ResumableCall::HostTrap(call)) => Err(failure(call.into_host_error())),
        Err(error) => Err(failure(error)),
    }
}

/// An error of the interpreter in our words.
#[cold]
fn failure(error: CoreError) -> Error {
    if error.downcast_ref::<Failure>().is_some() {
        return match error.downcast::<Failure>() {
            Some(Failure(error)) => error,
            None => Error::bug("a host failure changed its type"),
        };
    }
    if error.downcast_ref::<Suspension>().is_some() {
        return Error::trap(Trap::CannotLeave, "a host function waits where the guest may not wait");
    }
    if let Some(code) = error.as_trap_code() {
        return trap(code);
    }
    match error.kind() {
        ErrorKind::Instantiation(InstantiationError::TooManyInstances) => {
            Error::trap(Trap::GrowthLimited, "the store has as many instances as it may have")
        }
        ErrorKind::Memory(_) => memory_failure(error),
        ErrorKind::Instantiation(InstantiationError::FailedToInstantiateMemory(error)) => memory_failure(error),
        ErrorKind::Table(_) | ErrorKind::Instantiation(InstantiationError::FailedToInstantiateTable(_)) => {
            Error::trap(Trap::GrowthLimited, alloc::format!("a table cannot be made or filled: {error}"))
        }
        ErrorKind::Instantiation(_) => Error::trap(Trap::Other, alloc::format!("instantiation failed: {error}")),
        ErrorKind::Wasm(_)
        | ErrorKind::Translation(_)
        | ErrorKind::ImplementationLimits(_)
        | ErrorKind::UserLimits(_) => Error::malformed(alloc::format!("a function cannot be translated: {error}")),
        _ => Error::bug(alloc::format!("the interpreter refused a call: {error}")),
    }
}

/// The trap of a memory that is not what its module needs.
#[cold]
pub(super) fn memory_failure(error: impl fmt::Display) -> Error {
    Error::trap(Trap::GrowthLimited, alloc::format!("a memory cannot be made or filled: {error}"))
}

/// The trap of a call through a slot that was not filled.
#[cold]
pub(crate) fn empty_slot() -> Error {
    trap(TrapCode::IndirectCallToNull)
}

fn trap(code: TrapCode) -> Error {
    let (trap, message) = match code {
        TrapCode::UnreachableCodeReached => (Trap::Unreachable, "unreachable executed"),
        TrapCode::MemoryOutOfBounds => (Trap::MemoryOutOfBounds, "memory access out of bounds"),
        TrapCode::TableOutOfBounds => (Trap::TableOutOfBounds, "table access out of bounds"),
        TrapCode::IndirectCallToNull => (Trap::IndirectCallToNull, "indirect call through an empty table slot"),
        TrapCode::IntegerDivisionByZero => (Trap::IntegerDivisionByZero, "integer divided by zero"),
        TrapCode::IntegerOverflow => (Trap::IntegerOverflow, "integer overflow"),
        TrapCode::BadConversionToInteger => (Trap::BadConversionToInteger, "a float has no integer value"),
        TrapCode::StackOverflow => (Trap::StackOverflow, "calls are nested too deep, or the value stack is full"),
        TrapCode::BadSignature => (Trap::BadSignature, "indirect call with another signature"),
        TrapCode::OutOfFuel => (Trap::OutOfFuel, "all fuel is used up"),
        TrapCode::GrowthOperationLimited => (Trap::GrowthLimited, "a memory or table may not grow so large"),
        TrapCode::OutOfSystemMemory => (Trap::GrowthLimited, "the host has no memory left for the guest"),
    };
    Error::trap(trap, message)
}
