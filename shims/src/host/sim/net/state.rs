//! A network and its place in time.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Wake, Waker},
    time::Duration,
};

use super::network::Network;
use crate::host::sim::scheduler::Scheduler;

/// A network, which moves on whenever it is used, and by a timer of the scheduler at the moment of its next event.
///
/// What is due happens before anything else is done, unless somebody whose clock is behind has a turn first. So nobody sees
/// what is in the future of his clock, and who sends to himself finds it there at once.
pub(super) struct Shared {
    pub(super) scheduler: Arc<Scheduler>,
    network: Mutex<Network>,
    alarm: Waker,
}

impl Shared {
    pub(super) fn new(scheduler: Arc<Scheduler>, network: Network) -> Arc<Self> {
        Arc::new_cyclic(|shared| {
            let alarm = Arc::new(Alarm(shared.clone())).into();
            Shared { scheduler, network: Mutex::new(network), alarm }
        })
    }

    /// Does something now, after all that is due. Whom it wakes is woken when the network is free again.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Network) -> R) -> R {
        let mut network = self.lock();
        self.settle(&mut network);
        network.now = self.scheduler.now();
        let result = work(&mut network);
        self.settle(&mut network);
        self.set_alarm(&mut network);
        let wakes = mem::take(&mut network.wakes);
        drop(network);
        wakes.into_iter().for_each(|(at, waker)| self.wake(at, waker));
        result
    }

    fn settle(&self, network: &mut Network) {
        if network.next_event().is_some() {
            network.settle(self.scheduler.horizon(network.alarm));
        }
    }

    /// Lets the scheduler ring at the next event.
    fn set_alarm(&self, network: &mut Network) {
        let next = network.next_event();
        if network.alarm.map(|(at, _)| at) == next {
            return;
        }
        if let Some(before) = network.alarm.take() {
            self.scheduler.cancel_timer(before);
        }
        network.alarm = next.map(|at| self.scheduler.set_timer(None, at, &self.alarm));
    }

    /// Wakes somebody at a moment that may be over by the clock of the running task.
    fn wake(&self, at: Duration, waker: Waker) {
        if at < self.scheduler.now() {
            self.scheduler.set_timer(None, at, &waker);
        } else {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rings when an event is due.
struct Alarm(Weak<Shared>);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(shared) = self.0.upgrade() {
            // It has rung, and has to be set again.
            shared.lock().alarm = None;
            shared.with(|_| ());
        }
    }
}
