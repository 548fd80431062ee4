//! A host's clock as hyper's timer, for servers: hyper's client has no timeouts. It serves every host, and stands here
//! because hyper counts in instants, which only the operating system gives out.

#![expect(clippy::disallowed_methods, reason = "this is where the operating system is asked")]

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt;

use crate::host::{Clock, Sleep};

/// A host's clock as hyper's timer.
#[derive(Clone)]
pub struct ClockTimer {
    clock: Arc<dyn Clock>,
    /// Stands for the clock's zero. Only its distance to other instants matters.
    zero: Instant,
}

impl ClockTimer {
    /// A timer by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        ClockTimer { clock, zero: Instant::now() }
    }

    fn at(&self, deadline: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(ClockSleep(Mutex::new(self.clock.sleep_until(deadline))))
    }
}

impl rt::Timer for ClockTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.at(self.clock.now().saturating_add(duration))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        self.at(deadline.saturating_duration_since(self.zero))
    }

    fn now(&self) -> Instant {
        self.zero.checked_add(self.clock.now()).unwrap_or(self.zero)
    }
}

impl fmt::Debug for ClockTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClockTimer").finish_non_exhaustive()
    }
}

/// A sleep that can be shared, as hyper asks for. The lock is never contended.
struct ClockSleep(Mutex<Sleep>);

impl rt::Sleep for ClockSleep {}

impl Future for ClockSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use hyper::rt::Timer;

    use super::*;
    use crate::host::sim::SimClock;

    #[test]
    fn its_time_is_that_of_the_clock() {
        let clock = Arc::new(SimClock::new());
        let timer = ClockTimer::new(clock.clone());
        let begun = timer.now();
        let second = Duration::from_secs(1);
        let mut sleeps = [timer.sleep(second), timer.sleep_until(begun + second)];
        let mut cx = Context::from_waker(Waker::noop());
        assert!(sleeps.iter_mut().all(|sleep| sleep.as_mut().poll(&mut cx).is_pending()));
        clock.advance(second);
        assert!(sleeps.iter_mut().all(|sleep| sleep.as_mut().poll(&mut cx).is_ready()));
        assert_eq!(timer.now() - begun, second);
    }
}
