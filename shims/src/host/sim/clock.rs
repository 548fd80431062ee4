//! A clock that is moved by hand.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use super::timers::{TimerKey, Timers};
use crate::{
    clocks::wall_clock::Datetime,
    host::{Clock, Sleep},
};

/// A clock that stands still until it is advanced. Clones are the same clock. Its time of day begins at 1970.
#[derive(Clone, Debug, Default)]
pub struct SimClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    timers: Timers,
}

impl SimClock {
    /// A clock at zero.
    pub fn new() -> Self {
        SimClock::default()
    }

    /// Lets time pass, and wakes who waited for it, earliest first.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.now = state.now.saturating_add(by);
        let now = state.now;
        let due: Vec<_> = std::iter::from_fn(|| state.timers.pop(now)).collect();
        drop(state);
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// The earliest moment that somebody waits for.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.lock().timers.next_deadline()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SimClock {
    fn now(&self) -> Duration {
        self.lock().now
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        Box::pin(Sleeping { clock: self.clone(), deadline, key: None })
    }

    fn wall(&self) -> Datetime {
        self.now().into()
    }
}

/// A sleep; forgotten by the clock when it is dropped.
struct Sleeping {
    clock: SimClock,
    deadline: Duration,
    key: Option<TimerKey>,
}

impl Future for Sleeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut state = this.clock.lock();
        if state.now >= this.deadline {
            return Poll::Ready(());
        }
        let key = *this.key.get_or_insert_with(|| state.timers.key(this.deadline));
        let before = state.timers.set(key, cx.waker().clone());
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.clock.lock().timers.cancel(key);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn poll(sleep: &mut Sleep) -> Poll<()> {
        sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_sleep_ends_at_its_deadline_and_not_before() {
        let clock = SimClock::new();
        let mut sleep = clock.sleep_until(Duration::from_millis(10));
        assert_eq!(poll(&mut sleep), Poll::Pending);
        assert_eq!(clock.next_deadline(), Some(Duration::from_millis(10)));
        clock.advance(Duration::from_millis(9));
        assert_eq!(poll(&mut sleep), Poll::Pending);
        clock.advance(Duration::from_millis(1));
        assert_eq!(poll(&mut sleep), Poll::Ready(()));
        assert_eq!(clock.next_deadline(), None);
    }

    #[test]
    fn a_past_deadline_is_ready_at_once() {
        let clock = SimClock::new();
        clock.advance(Duration::from_secs(1));
        assert_eq!(poll(&mut clock.sleep_until(Duration::ZERO)), Poll::Ready(()));
    }

    #[test]
    fn a_dropped_sleep_is_forgotten() {
        let clock = SimClock::new();
        let mut sleep = clock.sleep_until(Duration::from_millis(1));
        assert_eq!(poll(&mut sleep), Poll::Pending);
        drop(sleep);
        assert_eq!(clock.next_deadline(), None);
    }
}
