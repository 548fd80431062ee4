//! Many guests that sleep at once on one thread: what each takes of memory, and whether waking one costs the others nothing.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and asks for its memory")]

use std::{
    collections::VecDeque,
    fs,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use nojit::{
    component::{Component, Engine, InstancePre, Linker, Store},
    wasi,
};
use nojit_shims::{
    Wasi,
    host::{
        Host,
        sim::{SimTask, SimWorld},
        system::SystemHost,
    },
};
use smol::{LocalExecutor, Task, future::yield_now};

use super::row::{Batch, Measured, Result, Row, lazily};

/// Guests that sleep at once.
const MANY: usize = 10_000;

/// Those that they are compared with.
const FEW: usize = 100;

/// Longer than any bench runs.
const LONG: Duration = Duration::from_secs(100_000);

/// Seldom over before the guest sleeps.
const SHORT: Duration = Duration::from_micros(100);

/// `run: func(when: u64)` sleeps so many nanoseconds.
const SLEEPER: &str = r#"(component
    (import "wasi:io/poll@0.2.12" (instance $poll
      (export "pollable" (type $pollable (sub resource)))
      (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
    (alias export $poll "pollable" (type $pollable))
    (import "wasi:clocks/monotonic-clock@0.2.12" (instance $clock
      (alias outer 1 $pollable (type $of-poll))
      (export "pollable" (type $pollable (eq $of-poll)))
      (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
    (core func $subscribe (canon lower (func $clock "subscribe-duration")))
    (core func $block (canon lower (func $poll "[method]pollable.block")))
    (core func $drop (canon resource.drop $pollable))
    (core module $m
      (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
      (import "host" "block" (func $block (param i32)))
      (import "host" "drop" (func $drop (param i32)))
      (func (export "run") (param $when i64) (local $pollable i32)
        (local.set $pollable (call $subscribe (local.get $when)))
        (call $block (local.get $pollable))
        (call $drop (local.get $pollable))))
    (core instance $i (instantiate $m (with "host" (instance
      (export "subscribe" (func $subscribe))
      (export "block" (func $block))
      (export "drop" (func $drop))))))
    (func (export "run") (param "when" u64) (canon lift (core func $i "run"))))"#;

const SIM_SIZE: &str = "a sleeping guest of 10,000, simulated host";
const SYSTEM_SIZE: &str = "a sleeping guest of 10,000, system host";

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            name: "waking one sleeping guest, 10,000 against 100, simulated",
            operations: 1,
            ours: lazily(|| sim_wakes(MANY, Sleeper::Newest)),
            theirs: Some(lazily(|| sim_wakes(FEW, Sleeper::Newest))),
            bound: Some(2.0),
        },
        // Whoever has slept longest is in no cache any more when the others are many.
        Row {
            name: "waking the oldest sleeping guest, 10,000 against 100, simulated",
            operations: 1,
            ours: lazily(|| sim_wakes(MANY, Sleeper::Oldest)),
            theirs: Some(lazily(|| sim_wakes(FEW, Sleeper::Oldest))),
            bound: None,
        },
        Row {
            name: "waking one sleeping guest, 10,000 against 100, system",
            operations: 1,
            ours: lazily(|| system_wakes(MANY)),
            theirs: Some(lazily(|| system_wakes(FEW))),
            bound: Some(2.0),
        },
    ]
}

/// What each of the sleeping guests takes of memory; none where the system does not tell.
pub(crate) fn sizes(filter: &str) -> Result<Vec<Measured>> {
    if ![SIM_SIZE, SYSTEM_SIZE].iter().any(|name| name.contains(filter)) {
        return Ok(Vec::new());
    }
    let Some(before) = resident_bytes() else { return Ok(Vec::new()) };
    // The first guests are kept, so that the others do not get their memory.
    let sim = SimSleepers::new(MANY)?;
    let with_sim = resident_bytes().unwrap_or(before);
    let system = SystemSleepers::new(MANY)?;
    let with_both = resident_bytes().unwrap_or(with_sim);
    drop((sim, system));
    let each = |before: u64, after: u64| after.saturating_sub(before) as f64 / MANY as f64;
    Ok(vec![Measured::size(SIM_SIZE, each(before, with_sim)), Measured::size(SYSTEM_SIZE, each(with_sim, with_both))])
}

/// The resident set of this process.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

fn sleeper() -> Result<InstancePre<Wasi>> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasi::add_to_linker(&mut linker, |_| true)?;
    Ok(linker.instantiate_pre(&Component::new(&engine, SLEEPER)?)?)
}

/// A guest in a store of its own, which sleeps once.
fn sleep(
    pre: &InstancePre<Wasi>,
    host: Arc<dyn Host>,
    duration: Duration,
) -> Result<impl Future<Output = nojit::Result<()>> + Send + 'static> {
    let mut store = Store::new(pre.component().engine(), Wasi::builder(host).build());
    let instance = pre.instantiate(&mut store)?;
    let run = instance.get_typed_func::<(u64,), ()>(&mut store, "run")?;
    let duration_ns = u64::try_from(duration.as_nanos())?;
    Ok(async move { run.call_async(&mut store, (duration_ns,)).await })
}

/// Who is woken.
#[derive(Clone, Copy)]
enum Sleeper {
    Newest,
    Oldest,
}

/// Guests that sleep in a simulated world, those that wake first in front.
struct SimSleepers {
    world: SimWorld,
    pre: InstancePre<Wasi>,
    tasks: VecDeque<SimTask<nojit::Result<()>>>,
    /// When the next one wakes.
    wakes: Duration,
}

impl SimSleepers {
    fn new(count: usize) -> Result<Self> {
        let mut sleepers =
            SimSleepers { world: SimWorld::new(7), pre: sleeper()?, tasks: VecDeque::new(), wakes: LONG };
        for _ in 0..count {
            sleepers.add()?;
        }
        Ok(sleepers)
    }

    /// Adds a guest that wakes after all others.
    fn add(&mut self) -> Result<()> {
        let task = self.spawn(self.wakes)?;
        self.wakes += Duration::from_secs(1);
        self.tasks.push_back(task);
        Ok(())
    }

    /// A guest that sleeps until then, asleep.
    fn spawn(&self, wakes: Duration) -> Result<SimTask<nojit::Result<()>>> {
        let (host, now) = (self.world.host(), self.world.now());
        let task = self.world.spawn(&host, sleep(&self.pre, host.clone(), wakes - now)?);
        self.world.run(self.world.host().clock().sleep_until(now + Duration::from_micros(1)))?;
        Ok(task)
    }
}

fn sim_wakes(count: usize, who: Sleeper) -> Result<Batch> {
    let mut sleepers = SimSleepers::new(count)?;
    Ok(Box::new(move |wakes| {
        let mut total = Duration::ZERO;
        for _ in 0..wakes {
            let sleeper = match who {
                Sleeper::Newest => sleepers.spawn(sleepers.world.now() + SHORT)?,
                Sleeper::Oldest => {
                    sleepers.add()?;
                    sleepers.tasks.pop_front().ok_or("there are sleepers")?
                }
            };
            assert!(!sleeper.is_done());
            let start = Instant::now();
            sleepers.world.run(sleeper)??;
            total += start.elapsed();
        }
        Ok(total)
    }))
}

/// Guests that sleep by the clock of the system.
struct SystemSleepers {
    executor: LocalExecutor<'static>,
    host: Arc<SystemHost>,
    pre: InstancePre<Wasi>,
    tasks: Vec<Task<nojit::Result<()>>>,
}

impl SystemSleepers {
    fn new(count: usize) -> Result<Self> {
        let mut sleepers = SystemSleepers {
            executor: LocalExecutor::new(),
            host: Arc::new(SystemHost::new()),
            pre: sleeper()?,
            tasks: Vec::new(),
        };
        for _ in 0..count {
            let task = sleepers.spawn(LONG)?;
            sleepers.tasks.push(task);
        }
        Ok(sleepers)
    }

    /// Adds a guest, and lets it fall asleep.
    fn spawn(&self, duration: Duration) -> Result<Task<nojit::Result<()>>> {
        let task = self.executor.spawn(sleep(&self.pre, self.host.clone(), duration)?);
        while self.executor.try_tick() {}
        Ok(task)
    }

    /// How long it takes to wake one guest whose time has come.
    async fn wake(&self) -> Result<Duration> {
        let mut task = self.spawn(SHORT)?;
        while task.is_finished() {
            // This thread was away for longer than that.
            task = self.spawn(SHORT)?;
        }
        let due = Instant::now() + SHORT;
        while Instant::now() < due {}
        let start = Instant::now();
        self.executor.run(task).await?;
        Ok(start.elapsed())
    }
}

fn system_wakes(count: usize) -> Result<Batch> {
    let sleepers = SystemSleepers::new(count)?;
    Ok(Box::new(move |wakes| {
        let mut total = Duration::ZERO;
        for _ in 0..wakes {
            total += smol::block_on(async {
                // The reactor is this thread's from here on.
                yield_now().await;
                sleepers.wake().await
            })?;
        }
        Ok(total)
    }))
}
