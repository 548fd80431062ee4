//! [`SimWorld`]: what the guests of a deterministic run live in.

use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use super::{
    SimFiles, SimHost, SimNet, SimTask,
    entropy::SimEntropy,
    guest_clock::{GuestClock, Time},
    scheduler::{Scheduler, Step},
    spawn::{Background, SimSpawn},
};
use crate::clocks::wall_clock::Datetime;

/// A deterministic world: virtual time, seeded bytes, files in memory, a network of its own. Clones are the same world.
///
/// ```
/// use std::time::Duration;
///
/// use nojit_shims::host::{Host, sim::SimWorld};
///
/// let world = SimWorld::new(7);
/// let guest = world.host();
/// let task = world.spawn(&guest.clone(), async move {
///     guest.clock().work(4_000_000);
///     guest.clock().sleep_until(Duration::from_secs(3600)).await;
///     guest.clock().now()
/// });
/// assert_eq!(world.run(task), Ok(Duration::from_secs(3600)));
/// assert_eq!(world.now(), Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug)]
pub struct SimWorld {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: SimSettings,
    /// The time of day at zero.
    epoch: Duration,
    scheduler: Arc<Scheduler>,
    files: Arc<SimFiles>,
    net: SimNet,
    background: Arc<Background>,
    hosts: AtomicU64,
}

/// What makes one world differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimSettings {
    /// Decides random bytes, and who is first of those whose clocks are equal.
    pub seed: u64,
    /// How much fuel a guest uses up in a millisecond, at least 1.
    pub fuel_per_ms: u64,
    /// The time of day at which the world begins.
    pub epoch: Datetime,
}

impl Default for SimSettings {
    /// Seed 0, 25 µs for 100,000 units of fuel, 2026-01-01T00:00:00Z.
    fn default() -> Self {
        let epoch = Datetime { seconds: 1_767_225_600, nanoseconds: 0 };
        SimSettings { seed: 0, fuel_per_ms: 4_000_000, epoch }
    }
}

impl SimWorld {
    /// A world with this seed, all else as by default.
    pub fn new(seed: u64) -> Self {
        SimWorld::with_settings(SimSettings { seed, ..SimSettings::default() })
    }

    /// A world at time zero.
    pub fn with_settings(settings: SimSettings) -> Self {
        let epoch = Duration::from_secs(settings.epoch.seconds)
            .saturating_add(Duration::from_nanos(settings.epoch.nanoseconds.into()));
        let scheduler = Arc::new(Scheduler::new(settings.seed));
        let clock = scheduler.clone();
        let files = SimFiles::new(move || epoch.saturating_add(clock.now()).into());
        let inner = Inner {
            settings,
            epoch,
            files: Arc::new(files),
            net: SimNet::new(scheduler.clone(), settings.seed),
            background: Background::new(scheduler.clone(), settings.fuel_per_ms),
            scheduler,
            hosts: AtomicU64::new(0),
        };
        SimWorld { inner: Arc::new(inner) }
    }

    /// A new host for one guest: its own clock, random bytes, standard streams and addresses, the files of the world.
    ///
    /// Its clock begins at that of the running task, without one at the world's time. If it is not given to
    /// [`SimWorld::spawn`], it belongs to the task that uses it: their clocks go on together, as guests that are called by one
    /// task run one after the other.
    pub fn host(&self) -> Arc<SimHost> {
        let Inner { settings, epoch, scheduler, files, net, background, hosts } = &*self.inner;
        let number = hosts.fetch_add(1, Ordering::Relaxed);
        let clock = GuestClock::new(scheduler.clone(), settings.fuel_per_ms, *epoch);
        let entropy = SimEntropy::new(settings.seed, number);
        let spawn = SimSpawn::new(background, number);
        Arc::new(SimHost::new(clock, entropy, files.clone(), net.host(number), spawn))
    }

    /// The files that all hosts of this world see.
    pub fn files(&self) -> &SimFiles {
        &self.inner.files
    }

    /// The network that connects all hosts of this world.
    pub fn net(&self) -> &SimNet {
        &self.inner.net
    }

    /// The clock of the running task; without one, the latest moment that anything happened at.
    pub fn now(&self) -> Duration {
        self.inner.scheduler.now()
    }

    /// Runs `main` and everything spawned until `main` is done. When all wait, time jumps to the next moment that somebody
    /// waits for.
    ///
    /// `main` is a task with a clock of its own, which begins at the world's time. Tasks that are not done when it is stay
    /// where they are and go on in the next run.
    ///
    /// # Errors
    ///
    /// If all wait and no moment is left that they wait for; also if the world runs already, because a task that runs its own
    /// world waits for itself.
    ///
    /// # Blocking
    ///
    /// As long as the tasks compute; waits take no time. A task that wakes itself over and over, without using fuel or waiting
    /// for anything, holds the time of the world.
    pub fn run<R>(&self, main: impl Future<Output = R>) -> Result<R, Deadlock> {
        let scheduler = &self.inner.scheduler;
        let mut main = pin!(main);
        let time = Arc::new(Time::new(scheduler.now(), self.inner.settings.fuel_per_ms));
        let mut run = scheduler.start(time)?;
        loop {
            match run.next_step()? {
                Step::Timer(waker) => waker.wake(),
                Step::Main(waker) => {
                    if let Poll::Ready(result) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return Ok(result);
                    }
                }
                Step::Task(id, body, waker) => {
                    if body.poll(&mut Context::from_waker(&waker)).is_ready() {
                        scheduler.forget(id);
                    }
                }
            }
        }
    }

    /// Adds a task that runs for the guest of `host`, by its clock. It becomes runnable at the clock of who spawns it, or at its
    /// own if that is later.
    pub fn spawn<R: Send + 'static>(
        &self,
        host: &Arc<SimHost>,
        task: impl Future<Output = R> + Send + 'static,
    ) -> SimTask<R> {
        SimTask::new(&self.inner.scheduler, host.clock.spawned(), task)
    }
}

/// All tasks wait, and nothing is left that would wake one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// How many tasks wait, the main one among them.
    pub waiting: usize,
    /// The time of the world.
    pub now: Duration,
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Deadlock { waiting, now } = self;
        write!(f, "deadlock at {now:?}: {waiting} tasks wait, and nothing is left that would wake one")
    }
}

impl std::error::Error for Deadlock {}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, poll_fn},
        sync::atomic::AtomicUsize,
    };

    use super::*;
    use crate::{
        host::Host,
        io::{
            pipe::pipe,
            poll::Ready,
            streams::{Input, Output},
        },
    };

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Lets others run, as a guest does at the end of a slice.
    async fn pass() {
        let mut has_passed = false;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut has_passed, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    #[test]
    fn what_a_task_waits_for_happens_at_the_clock_of_who_caused_it() {
        for (own, expected) in [(1, 3), (5, 5)] {
            let world = SimWorld::new(7);
            let (waiter, causer) = (world.host(), world.host());
            let (reader, writer) = pipe(8);
            let waits = world.spawn(&waiter.clone(), async move {
                waiter.clock().work(own * 4_000_000);
                poll_fn(|cx| reader.poll_ready(cx)).await;
                assert_eq!(reader.read(1), Ok(b"a".to_vec()));
                waiter.clock().now()
            });
            let causes = world.spawn(&causer.clone(), async move {
                causer.clock().work(4_000_000);
                pass().await;
                causer.clock().work(12_000_000);
                writer.write(b"a").unwrap();
                causer.clock().work(400_000_000);
            });
            assert_eq!(world.run(waits), Ok(ms(expected)), "own clock {own}");
            world.run(causes).unwrap();
            assert_eq!(world.now(), ms(100));
        }
    }

    #[test]
    fn of_two_causes_the_earlier_one_wakes() {
        let world = SimWorld::new(7);
        let (waiter, late, early) = (world.host(), world.host(), world.host());
        let ((one, to_one), (other, to_other)) = (pipe(8), pipe(8));
        let waits = world.spawn(&waiter.clone(), async move {
            poll_fn(|cx| if one.poll_ready(cx).is_ready() { Poll::Ready(()) } else { other.poll_ready(cx) }).await;
            waiter.clock().now()
        });
        // It runs first, and is far ahead when it writes.
        let late = world.spawn(&late.clone(), async move {
            late.clock().sleep_until(ms(1)).await;
            late.clock().work(36_000_000);
            to_one.write(b"a").unwrap();
        });
        let early = world.spawn(&early.clone(), async move {
            early.clock().sleep_until(ms(2)).await;
            to_other.write(b"a").unwrap();
        });
        assert_eq!(world.run(waits), Ok(ms(2)));
        drop((late, early));
    }

    #[test]
    fn waking_one_of_ten_thousand_touches_no_other() {
        let world = SimWorld::new(7);
        let polls = Arc::new(AtomicUsize::new(0));
        let (mut writers, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..10_000 {
            let (reader, writer) = pipe(8);
            let polls = polls.clone();
            writers.push(writer);
            tasks.push(world.spawn(&world.host(), async move {
                poll_fn(|cx| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    reader.poll_ready(cx)
                })
                .await;
            }));
        }
        let end = world.host();
        world.run(end.clock().sleep_until(ms(1))).unwrap();
        assert_eq!(polls.load(Ordering::Relaxed), 10_000);
        writers[5_000].write(b"a").unwrap();
        world.run(tasks.swap_remove(5_000)).unwrap();
        assert_eq!(polls.load(Ordering::Relaxed), 10_001);
    }

    #[test]
    fn a_host_begins_at_the_clock_of_who_asks() {
        let world = SimWorld::new(7);
        let host = world.host();
        let asks = world.clone();
        let task = world.spawn(&host.clone(), async move {
            host.clock().work(4_000_000);
            asks.host().clock().now()
        });
        assert_eq!(world.run(task), Ok(ms(1)));
        assert_eq!(world.host().clock().now(), ms(1));
    }

    #[test]
    fn a_task_begins_at_the_clock_of_who_spawns_it() {
        let world = SimWorld::new(7);
        let (main, early) = (world.host(), world.host());
        let begun = world.run(async {
            main.clock().sleep_until(ms(2)).await;
            world
                .spawn(&early, {
                    let early = early.clone();
                    async move { early.clock().now() }
                })
                .await
        });
        assert_eq!(begun, Ok(ms(2)));
    }

    #[test]
    fn a_spawned_guest_has_its_time_for_itself() {
        let world = SimWorld::new(7);
        let (one, other) = (world.host(), world.host());
        let works = |host: &Arc<SimHost>, fuel| {
            let host = host.clone();
            async move { host.clock().work(fuel) }
        };
        let tasks = [world.spawn(&one, works(&one, 4_000_000)), world.spawn(&other, works(&other, 8_000_000))];
        let times = world.run(async {
            for task in tasks {
                task.await;
            }
            (one.clock().now(), other.clock().now(), world.now())
        });
        assert_eq!(times, Ok((ms(1), ms(2), ms(2))));
    }

    #[test]
    fn a_deadlock_says_how_many_wait() {
        let world = SimWorld::new(7);
        let first = world.spawn(&world.host(), pending::<()>());
        let second = world.spawn(&world.host(), pending::<()>());
        let done = world.spawn(&world.host(), async {});
        let deadlock = world.run(first).unwrap_err();
        assert_eq!(deadlock.waiting, 3);
        drop(second);
        assert!(done.is_done());
        let text = "deadlock at 0ns: 3 tasks wait, and nothing is left that would wake one";
        assert_eq!(deadlock.to_string(), text);
    }

    #[test]
    fn a_task_that_runs_its_own_world_waits_for_itself() {
        let world = SimWorld::new(7);
        assert_eq!(world.run(async { world.run(async {}).is_err() }), Ok(true));
        assert_eq!(world.run(async { 1 }), Ok(1));
    }

    #[test]
    fn a_world_that_is_dropped_with_its_hosts_leaves_nothing() {
        let world = SimWorld::new(7);
        let scheduler = Arc::downgrade(&world.inner.scheduler);
        let host = world.host();
        let task = world.spawn(&host, {
            let (world, host) = (world.clone(), host.clone());
            async move {
                host.clock().sleep_until(ms(9)).await;
                drop(world);
            }
        });
        world.run(async {}).unwrap();
        drop((task, host, world));
        assert!(scheduler.upgrade().is_none());
    }
}
