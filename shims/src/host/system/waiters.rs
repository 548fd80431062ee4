//! Everybody who waits for one thing: the system below wakes one waker, and guests may share a stream or a socket.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

/// Wakers that are kept at most; one more, and those are woken to ask again.
const MAX_WAITERS: usize = 64;

/// Wakes everybody who was added since the last time.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    wakers: Mutex<Vec<Waker>>,
}

impl Waiters {
    /// Adds somebody, unless it is there.
    pub(super) fn add(&self, waker: &Waker) {
        let mut wakers = self.lock();
        if wakers.iter().any(|known| known.will_wake(waker)) {
            return;
        }
        let surplus = if wakers.len() < MAX_WAITERS { Vec::new() } else { mem::take(&mut *wakers) };
        wakers.push(waker.clone());
        drop(wakers);
        surplus.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = mem::take(&mut *self.lock());
        wakers.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn everybody_is_woken_once() {
        let waiters = Arc::new(Waiters::default());
        let counts: [Arc<Count>; 3] = Default::default();
        for count in counts.iter().chain(&counts) {
            waiters.add(&Waker::from(count.clone()));
        }
        let shared = Waker::from(waiters.clone());
        shared.wake_by_ref();
        shared.wake();
        assert!(counts.iter().all(|count| count.0.load(Ordering::Relaxed) == 1));
    }

    #[test]
    fn those_who_are_too_many_are_woken_rather_than_forgotten() {
        let waiters = Waiters::default();
        let count = Arc::new(Count::default());
        for _ in 0..=MAX_WAITERS {
            // Each is another one to `will_wake`.
            let own = Arc::new(Relay(count.clone()));
            waiters.add(&Waker::from(own));
        }
        assert_eq!(count.0.load(Ordering::Relaxed), MAX_WAITERS);
        assert_eq!(waiters.lock().len(), 1);
    }

    struct Relay(Arc<Count>);

    impl Wake for Relay {
        fn wake(self: Arc<Self>) {
            self.0.clone().wake();
        }
    }
}
