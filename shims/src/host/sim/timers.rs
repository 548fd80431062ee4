//! Who waits for which moment.

use std::{collections::BTreeMap, task::Waker, time::Duration};

/// A timer: its deadline, and which one of that deadline it is.
pub(super) type TimerKey = (Duration, u64);

/// Wakers by deadline, and among equal ones in the order of asking.
///
/// What comes out of it is to be woken or dropped when no lock is held: either may run code of others.
#[derive(Debug, Default)]
pub(super) struct Timers {
    sleepers: BTreeMap<TimerKey, Waker>,
    asked: u64,
}

impl Timers {
    /// A name for a new timer.
    pub(super) fn key(&mut self, deadline: Duration) -> TimerKey {
        self.asked += 1;
        (deadline, self.asked)
    }

    /// Lets the timer wake `waker`, and nobody else any more.
    pub(super) fn set(&mut self, key: TimerKey, waker: Waker) -> Option<Waker> {
        self.sleepers.insert(key, waker)
    }

    /// Forgets the timer.
    pub(super) fn cancel(&mut self, key: TimerKey) -> Option<Waker> {
        self.sleepers.remove(&key)
    }

    /// The earliest moment that somebody waits for.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.sleepers.keys().next().map(|(deadline, _)| *deadline)
    }

    /// The earliest moment that somebody but the timer `own` waits for.
    pub(super) fn next_deadline_but(&self, own: Option<TimerKey>) -> Option<Duration> {
        self.sleepers.keys().find(|key| Some(**key) != own).map(|(deadline, _)| *deadline)
    }

    /// Takes the earliest timer, if its moment is not after `now`.
    pub(super) fn pop(&mut self, now: Duration) -> Option<(Duration, Waker)> {
        let first = self.sleepers.first_entry().filter(|first| first.key().0 <= now)?;
        let ((deadline, _), waker) = first.remove_entry();
        Some((deadline, waker))
    }
}
