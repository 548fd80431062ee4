//! Fuel: what the interpreter's store holds is one slice of a budget that is kept here.
//!
//! The total that a run consumes does not depend on how it was sliced: unused fuel stays in the store, a grant is the
//! larger of the slice and what the next block requires, and host charges draw on the budget when the slice is too small.

use crate::{
    engine::{AsContext, CoreContextMut, Engine},
    error::{Error, Result, Trap},
};

/// The budget of a store.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Fuel that all runs of the store together may use.
    limit: u64,
    /// Fuel handed to the interpreter so far, used or not.
    granted: u64,
    /// Fuel per slice; none runs until the budget is used up.
    slice: Option<u64>,
    auxiliary_fuel: u64,
}

impl Meter {
    pub(crate) fn new(engine: &Engine) -> Self {
        Meter { limit: u64::MAX, granted: 0, slice: None, auxiliary_fuel: engine.auxiliary_fuel() }
    }

    pub(crate) fn set_slice(&mut self, slice: Option<u64>) {
        self.slice = slice;
    }

    /// Allows `fuel` more than what has been consumed, or any amount.
    pub(crate) fn set_limit(&mut self, fuel: Option<u64>, consumed: u64) {
        self.limit = fuel.map_or(u64::MAX, |fuel| consumed.saturating_add(fuel));
    }
}

/// Store data with a meter in it.
pub(crate) trait Metered {
    fn meter(&self) -> &Meter;
    fn meter_mut(&mut self) -> &mut Meter;
}

/// Fuel that the store has used in all.
pub(crate) fn consumed<D: Metered>(store: impl AsContext<Data = D>) -> u64 {
    let store = store.as_context();
    store.data().meter().granted - store.get_fuel().unwrap_or(0)
}

fn left<D>(store: &CoreContextMut<'_, D>) -> u64 {
    // Metering is always on, so that this cannot fail.
    store.get_fuel().unwrap_or(0)
}

fn set<D>(store: &mut CoreContextMut<'_, D>, fuel: u64) {
    let metered = store.set_fuel(fuel);
    debug_assert!(metered.is_ok(), "metering is always on");
}

/// Takes back what lies in the store beyond the limit; for a limit that was lowered.
pub(crate) fn reclaim<D: Metered>(store: &mut CoreContextMut<'_, D>) {
    let left = left(store);
    let meter = store.data_mut().meter_mut();
    let used = meter.granted - left;
    let keep = left.min(meter.limit.saturating_sub(used));
    meter.granted = used + keep;
    set(store, keep);
}

/// Hands the guest its next slice, at least `required`.
///
/// # Errors
///
/// [`Trap::OutOfFuel`] if the budget cannot pay what is required.
pub(crate) fn grant<D: Metered>(store: &mut CoreContextMut<'_, D>, required: u64) -> Result<()> {
    let left = left(store);
    let meter = store.data_mut().meter_mut();
    let budget = meter.limit - meter.granted;
    let missing = required.saturating_sub(left);
    if missing > budget {
        return Err(out_of_fuel(meter.limit));
    }
    let wanted = meter.slice.map_or(budget, |slice| slice.saturating_sub(left));
    let more = wanted.max(missing).min(budget);
    meter.granted += more;
    set(store, left + more);
    Ok(())
}

/// Charges work that the host did for the guest.
///
/// # Errors
///
/// [`Trap::OutOfFuel`] if the budget cannot pay it.
#[inline]
pub(crate) fn charge<D: Metered>(store: &mut CoreContextMut<'_, D>, fuel: u64) -> Result<()> {
    let left = left(store);
    if let Some(rest) = left.checked_sub(fuel) {
        set(store, rest);
        return Ok(());
    }
    charge_budget(store, fuel - left)
}

#[cold]
fn charge_budget<D: Metered>(store: &mut CoreContextMut<'_, D>, missing: u64) -> Result<()> {
    set(store, 0);
    let meter = store.data_mut().meter_mut();
    let budget = meter.limit - meter.granted;
    meter.granted += missing.min(budget);
    if missing > budget { Err(out_of_fuel(meter.limit)) } else { Ok(()) }
}

/// Runs `work`, which cannot be sliced, on a grant of its own; what it leaves goes back.
pub(crate) fn with_auxiliary_grant<D: Metered, R>(
    store: &mut CoreContextMut<'_, D>,
    work: impl FnOnce(&mut CoreContextMut<'_, D>) -> Result<R>,
) -> Result<R> {
    let before = left(store);
    let meter = store.data().meter();
    let budget = meter.limit - meter.granted;
    let affordable = before.saturating_add(budget);
    let grant = meter.auxiliary_fuel.min(affordable);
    let limit = meter.limit;
    set(store, grant);
    let result = work(store);
    let used = grant - left(store);
    set(store, before);
    let paid = charge(store, used);
    match result {
        Err(error) if error.as_trap() == Some(Trap::OutOfFuel) && grant < affordable => Err(Error::trap(
            Trap::CanonicalAbi,
            alloc::format!("realloc or post-return used more than {grant} fuel in one call"),
        )),
        Err(error) if error.as_trap() == Some(Trap::OutOfFuel) => Err(out_of_fuel(limit)),
        result => paid.and(result),
    }
}

#[cold]
fn out_of_fuel(limit: u64) -> Error {
    Error::trap(Trap::OutOfFuel, alloc::format!("all fuel is used up (the limit is {limit})"))
}

/// Takes back what lies in the store beyond one slice; for a slice that was made shorter.
pub(crate) fn reclaim_slice<D: Metered>(store: &mut CoreContextMut<'_, D>) {
    let left = left(store);
    let meter = store.data_mut().meter_mut();
    let keep = meter.slice.map_or(left, |slice| left.min(slice));
    meter.granted -= left - keep;
    set(store, keep);
}
