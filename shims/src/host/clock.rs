//! The clock: it owns `now` and `sleep_until`, so that a simulated `now` can never meet a real sleep.

use std::{future::Future, pin::Pin, time::Duration};

/// What [`Clock::sleep_until`] returns.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A monotonic clock and its timers.
pub trait Clock: Send + Sync {
    /// Time since a moment that the clock chose when it was made; it never goes back.
    fn now(&self) -> Duration;

    /// Waits until [`Clock::now`] is at least `deadline`; done at once if it is already.
    fn sleep_until(&self, deadline: Duration) -> Sleep;
}
