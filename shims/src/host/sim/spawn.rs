//! Work beside the guests: what goes on when a guest does not look, or is gone.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{SimTask, guest_clock::Time, scheduler::Scheduler, timers::TimerKey};
use crate::host::{Spawn, Work};

/// The work of all hosts of a world, which owns it.
pub(super) struct Background {
    scheduler: Arc<Scheduler>,
    fuel_per_ms: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    /// By host, and by when it was begun.
    tasks: BTreeMap<(u64, u64), SimTask<()>>,
    /// When the last work of a host was done.
    ends: BTreeMap<u64, Duration>,
    /// Who waits until a host has none.
    waiters: BTreeMap<u64, Vec<Waker>>,
}

impl Background {
    /// Without work.
    pub(super) fn new(scheduler: Arc<Scheduler>, fuel_per_ms: u64) -> Arc<Self> {
        Arc::new(Background { scheduler, fuel_per_ms, state: Mutex::default() })
    }

    fn begin(self: &Arc<Self>, host: u64, work: Work) {
        let time = Arc::new(Time::beside(self.scheduler.now(), self.fuel_per_ms));
        let mut state = self.lock();
        state.begun += 1;
        let key = (host, state.begun);
        let owner = Arc::downgrade(self);
        let task = SimTask::new(&self.scheduler, time, async move {
            work.await;
            if let Some(owner) = owner.upgrade() {
                owner.end(key);
            }
        });
        state.tasks.insert(key, task);
    }

    fn end(&self, key: (u64, u64)) {
        let (host, now) = (key.0, self.scheduler.now());
        let mut state = self.lock();
        let task = state.tasks.remove(&key);
        let end = state.ends.entry(host).or_default();
        *end = now.max(*end);
        let waiters = if state.is_idle(host) { state.waiters.remove(&host) } else { None };
        drop(state);
        drop(task);
        waiters.into_iter().flatten().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self, host: u64) -> bool {
        self.tasks.range((host, 0)..=(host, u64::MAX)).next().is_none()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // What the work holds may look here when it is dropped.
        let tasks = mem::take(&mut self.lock().tasks);
        drop(tasks);
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("state", &*self.lock()).finish_non_exhaustive()
    }
}

/// What runs beside the guest of one host.
///
/// Each piece of work is a task of the world, with a clock of its own that begins at that of who spawned it. The world owns
/// it: it goes on in each run of the world until it is done, and is dropped with the world. When the world is gone, nothing
/// begins any more.
#[derive(Debug)]
pub struct SimSpawn {
    background: Weak<Background>,
    host: u64,
}

impl SimSpawn {
    /// Of the host with this number.
    pub(super) fn new(background: &Arc<Background>, host: u64) -> Self {
        SimSpawn { background: Arc::downgrade(background), host }
    }
}

impl Spawn for SimSpawn {
    fn spawn(&self, work: Work) {
        if let Some(background) = self.background.upgrade() {
            background.begin(self.host, work);
        }
    }

    /// Waits for the work of this host only.
    fn idle(&self) -> Work {
        Box::pin(Idle { background: self.background.clone(), host: self.host, timer: None })
    }
}

/// Done when a host has no work, at the moment that the last was done at or later.
struct Idle {
    background: Weak<Background>,
    host: u64,
    /// Of who waits for the end of work that has run ahead.
    timer: Option<TimerKey>,
}

impl Future for Idle {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some(background) = this.background.upgrade() else { return Poll::Ready(()) };
        let mut state = background.lock();
        if !state.is_idle(this.host) {
            let waiters = state.waiters.entry(this.host).or_default();
            if !waiters.iter().any(|known| known.will_wake(cx.waker())) {
                waiters.push(cx.waker().clone());
            }
            return Poll::Pending;
        }
        let end = state.ends.get(&this.host).copied().unwrap_or_default();
        drop(state);
        if end > background.scheduler.now() {
            this.timer = Some(background.scheduler.set_timer(this.timer, end, cx.waker()));
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        if let (Some(timer), Some(background)) = (self.timer, self.background.upgrade()) {
            background.scheduler.cancel_timer(timer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Host, sim::SimWorld};

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn work_begins_at_the_clock_of_who_spawns_it_and_has_its_own() {
        let world = SimWorld::new(7);
        let (host, works) = (world.host(), world.host());
        let begun = Arc::new(Mutex::new(Vec::new()));
        let seen = begun.clone();
        world
            .run(async {
                host.clock().work(8_000_000);
                let clock = world.clone();
                host.spawner().spawn(Box::pin(async move {
                    seen.lock().unwrap().push(clock.now());
                    works.clock().sleep_until(ms(5)).await;
                    seen.lock().unwrap().push(clock.now());
                }));
                assert_eq!(host.clock().now(), ms(2));
                host.spawner().idle().await;
                assert_eq!(host.clock().now(), ms(5));
            })
            .unwrap();
        assert_eq!(*begun.lock().unwrap(), [ms(2), ms(5)]);
    }

    #[test]
    fn work_has_its_own_time_by_the_clock_of_a_guest_that_waits() {
        let world = SimWorld::new(7);
        let (host, works) = (world.host(), world.host());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (guest, times) = (host.clone(), seen.clone());
        let guest = world.spawn(&host, async move {
            let clock = guest.clone();
            guest.spawner().spawn(Box::pin(async move {
                works.clock().sleep_until(ms(5)).await;
                let begun = clock.clock().now();
                clock.clock().sleep_until(begun + ms(5)).await;
                times.lock().unwrap().extend([begun, clock.clock().now()]);
            }));
            guest.clock().sleep_until(ms(20)).await;
            guest.clock().now()
        });
        assert_eq!(world.run(guest), Ok(ms(20)));
        assert_eq!(*seen.lock().unwrap(), [ms(5), ms(10)]);
    }

    #[test]
    fn idle_is_when_all_work_of_the_host_is_done() {
        let world = SimWorld::new(7);
        let (host, other) = (world.host(), world.host());
        for (host, end) in [(&host, 3), (&host, 1), (&other, 9)] {
            let works = world.host();
            host.spawner().spawn(Box::pin(async move { works.clock().sleep_until(ms(end)).await }));
        }
        world.run(host.spawner().idle()).unwrap();
        assert_eq!(world.now(), ms(3));
        world.run(other.spawner().idle()).unwrap();
        assert_eq!(world.now(), ms(9));
        world.run(host.spawner().idle()).unwrap();
    }

    #[test]
    fn work_that_has_run_ahead_is_not_done_before_its_time() {
        for seed in 0..20 {
            let world = SimWorld::new(seed);
            let (host, works) = (world.host(), world.host());
            host.spawner().spawn(Box::pin(async move { works.clock().work(12_000_000) }));
            world.run(host.spawner().idle()).unwrap();
            assert_eq!(world.now(), ms(3));
        }
    }

    #[test]
    fn work_goes_on_when_its_host_is_gone() {
        let world = SimWorld::new(7);
        let held = Arc::new(());
        let (host, works) = (world.host(), world.host());
        let inner = held.clone();
        host.spawner().spawn(Box::pin(async move {
            works.clock().sleep_until(ms(3)).await;
            drop(inner);
        }));
        drop(host);
        let main = world.host();
        world.run(main.clock().sleep_until(ms(2))).unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        world.run(main.clock().sleep_until(ms(4))).unwrap();
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn work_is_dropped_with_the_world() {
        let world = SimWorld::new(7);
        let held = Arc::new(());
        let host = world.host();
        let inner = (held.clone(), host.clone());
        host.spawner().spawn(Box::pin(async move {
            std::future::pending::<()>().await;
            drop(inner);
        }));
        world.run(async {}).unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        drop(world);
        assert_eq!(Arc::strong_count(&held), 1);
        host.spawner().spawn(Box::pin(async {}));
    }
}
