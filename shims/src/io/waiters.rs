//! Who waits for one thing. Guests may share a stream or a socket, and every pollable can wait in another task.
//! Knows nothing of what they wait for.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

/// Wakers that are kept at most. Who is one more has all others woken to ask again, so that those of tasks that gave up are
/// not kept for ever; so many who really wait would wake each other over and over.
pub(crate) const MAX_WAITERS: usize = 4096;

/// Those who wait, in the state that they wait for. Whoever has the lock of that state wakes them when it is released.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Vec<Waker>);

impl Waiters {
    /// Adds somebody, unless it is there; those who are too many and have to be woken.
    #[must_use]
    pub(crate) fn add(&mut self, waker: &Waker) -> Vec<Waker> {
        if self.0.iter().any(|known| known.will_wake(waker)) {
            return Vec::new();
        }
        let surplus = if self.0.len() < MAX_WAITERS { Vec::new() } else { self.take() };
        self.0.push(waker.clone());
        surplus
    }

    /// Takes all of them, to be woken.
    #[must_use]
    pub(crate) fn take(&mut self) -> Vec<Waker> {
        mem::take(&mut self.0)
    }
}

/// Wakes them. No lock that they need may be held.
pub(crate) fn wake(waiters: Vec<Waker>) {
    waiters.into_iter().for_each(Waker::wake);
}

/// Those who wait for something that remembers only one: this is the waker that it is given for all of them.
#[derive(Debug, Default)]
pub(crate) struct SharedWaiters(Mutex<Waiters>);

impl SharedWaiters {
    /// Adds somebody, unless it is there; it is woken once. Others may be woken now: no lock that they need may be held.
    pub(crate) fn add(&self, waker: &Waker) {
        let surplus = self.lock().add(waker);
        wake(surplus);
    }

    /// Wakes all of them. No lock that they need may be held.
    pub(crate) fn wake_all(&self) {
        let waiters = self.lock().take();
        wake(waiters);
    }

    fn lock(&self) -> MutexGuard<'_, Waiters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for SharedWaiters {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts how often it was woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn woken(count: &Count) -> usize {
        count.0.load(Ordering::Relaxed)
    }

    #[test]
    fn everybody_is_woken_once() {
        let waiters = Arc::new(SharedWaiters::default());
        let counts: [Arc<Count>; 3] = Default::default();
        for count in counts.iter().chain(&counts) {
            waiters.add(&Waker::from(count.clone()));
        }
        let shared = Waker::from(waiters);
        shared.wake_by_ref();
        shared.wake();
        assert!(counts.iter().all(|count| woken(count) == 1));
    }

    #[test]
    fn those_who_are_too_many_are_woken_rather_than_forgotten() {
        let waiters = SharedWaiters::default();
        let counts: Vec<Arc<Count>> = (0..2 * MAX_WAITERS).map(|_| Arc::default()).collect();
        for count in &counts {
            waiters.add(&Waker::from(count.clone()));
        }
        let (gone, kept) = counts.split_at(MAX_WAITERS);
        assert!(gone.iter().all(|count| woken(count) == 1 && Arc::strong_count(count) == 1));
        assert!(kept.iter().all(|count| woken(count) == 0 && Arc::strong_count(count) == 2));
    }
}
