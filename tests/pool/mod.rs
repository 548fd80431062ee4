//! Pools at their limits, on virtual time.

mod elastic;
mod limits;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use nojit::{
    Error, Fault,
    component::Engine,
    function::{Function, Outcome, Source, World},
    payload::Payload,
    pool::{Census, Pool},
    registry::{self, PoolForm, WhenFull},
};
use nojit_shims::host::{
    Host,
    sim::{SimTask, SimWorld},
};

/// `f(ms)` sleeps that long; it answers how often its instance was called. `f(1000000)` traps, `f(1000001)` spins.
const SLEEPER: &str = r#"(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $p (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core func $drop (canon resource.drop $pollable))
  (core module $m
    (import "" "block" (func $block (param i32)))
    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $calls (mut i32) (i32.const 0))
    (func (export "f") (param $ms i32) (result i32) (local $pollable i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (if (i32.eq (local.get $ms) (i32.const 1000000)) (then (unreachable)))
      (if (i32.eq (local.get $ms) (i32.const 1000001)) (then (loop (br 0))))
      (local.set $pollable (call $subscribe (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))))
      (call $block (local.get $pollable))
      (call $drop (local.get $pollable))
      (global.get $calls)))
  (core instance $i (instantiate $m (with "" (instance
    (export "block" (func $block)) (export "subscribe" (func $subscribe)) (export "drop" (func $drop))))))
  (func (export "f") (param "ms" u32) (result u32) (canon lift (core func $i "f"))))"#;
const TRAP: u32 = 1_000_000;
const SPIN: u32 = 1_000_001;

/// A pool in a simulated world.
struct Bed {
    world: SimWorld,
    pool: Arc<Pool>,
    /// How many guests there were.
    guests: Arc<AtomicU32>,
}

impl Bed {
    fn new(form: PoolForm) -> Bed {
        Bed::with(registry::Pool { form, when_full: WhenFull::Wait, reuse: 1 })
    }

    fn with(pool: registry::Pool) -> Bed {
        Bed::within(20_000, pool)
    }

    /// With a time limit of the function.
    fn within(max_execution_ms: u64, pool: registry::Pool) -> Bed {
        let source = Source::new(&Engine::default(), SLEEPER.as_bytes(), None).expect("it is a component");
        let limits = registry::Limits { max_execution_ms: Some(max_execution_ms), ..registry::Limits::default() };
        let function = Function::new("t:f", &source, "f").expect("it exports f").with_limits(limits);
        let (world, guests) = (SimWorld::new(7), Arc::new(AtomicU32::new(0)));
        let (hosts, count) = (world.clone(), guests.clone());
        let hosts = World::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            hosts.host() as Arc<dyn Host>
        });
        let pool = Arc::new(Pool::new(function, pool, hosts));
        guests.store(0, Ordering::Relaxed);
        Bed { world, pool, guests }
    }

    /// Keeps the pool as long as the task is kept.
    fn keep(&self) -> SimTask<()> {
        let pool = self.pool.clone();
        self.world.spawn(&self.world.host(), async move { pool.keep().await })
    }

    /// A call at a moment; its answer, and when that came.
    fn call_at(&self, at_ms: u64, ms: u32) -> SimTask<(Result<Outcome, Error>, u64)> {
        let (pool, host) = (self.pool.clone(), self.world.host());
        self.world.spawn(&host.clone(), async move {
            host.clock().sleep_until(Duration::from_millis(at_ms)).await;
            let (outcome, _) = pool.call(&[Payload::from(ms)]).await;
            (outcome, u64::try_from(host.clock().now().as_millis()).expect("it is soon"))
        })
    }

    /// So many calls, one after the other; the last answer, and when it came.
    fn calls(&self, count: u32, ms: u32) -> SimTask<(Result<Outcome, Error>, u64)> {
        let (pool, host) = (self.pool.clone(), self.world.host());
        self.world.spawn(&host.clone(), async move {
            for _ in 1..count {
                let (outcome, _) = pool.call(&[Payload::from(ms)]).await;
                outcome.expect("the call succeeds");
            }
            let (outcome, _) = pool.call(&[Payload::from(ms)]).await;
            (outcome, u64::try_from(host.clock().now().as_millis()).expect("it is soon"))
        })
    }

    /// The answers of calls.
    fn answers(&self, calls: Vec<SimTask<(Result<Outcome, Error>, u64)>>) -> Vec<(String, u64)> {
        let all = async {
            let mut answers = Vec::new();
            for call in calls {
                let (outcome, at_ms) = call.await;
                answers.push((text(outcome), at_ms));
            }
            answers
        };
        self.world.run(all).expect("nobody waits for ever")
    }

    /// The pool at a moment.
    fn census_at(&self, at_ms: u64) -> Census {
        let host = self.world.host();
        self.world.run(host.clock().sleep_until(Duration::from_millis(at_ms))).expect("time goes on");
        self.pool.census()
    }

    fn guests(&self) -> u32 {
        self.guests.load(Ordering::Relaxed)
    }
}

fn text(outcome: Result<Outcome, Error>) -> String {
    match outcome {
        Ok(Outcome::Value(Some(value))) => {
            format!("{value:?}").trim_start_matches("Int(").trim_end_matches(')').to_owned()
        }
        Ok(outcome) => format!("{outcome:?}"),
        Err(error) if error.fault() == Fault::Guest => format!("{:?}", error.kind()),
        Err(error) => error.message().to_owned(),
    }
}
