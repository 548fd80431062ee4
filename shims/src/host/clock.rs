//! The clock: it owns `now` and `sleep_until`, so that a simulated `now` can never meet a real sleep.

use std::{future::Future, pin::Pin, time::Duration};

use crate::clocks::wall_clock::Datetime;

/// What [`Clock::sleep_until`] returns.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A monotonic clock with its timers, and the time of day.
pub trait Clock: Send + Sync {
    /// Time since a moment that the clock chose when it was made; it never goes back.
    fn now(&self) -> Duration;

    /// The smallest step of [`Clock::now`].
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    /// Waits until [`Clock::now`] is at least `deadline`; done at once if it is already.
    fn sleep_until(&self, deadline: Duration) -> Sleep;

    /// The time of day, since 1970-01-01T00:00:00Z.
    fn wall(&self) -> Datetime;

    /// The smallest step of [`Clock::wall`].
    fn wall_resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    /// The guest whose clock this is has used `fuel` units in all. Where time is fuel, its time passes; a real clock does
    /// not care.
    fn work(&self, fuel: u64) {
        let _ = fuel;
    }
}
