//! Guests beside each other: who waits, who is woken, who gets a turn, who is cut.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use nojit::registry::Limits;
use nojit_shims::{
    Wasi,
    host::{
        Host,
        sim::{SimHost, SimSettings, SimTask, SimWorld},
        system::SystemHost,
    },
    io::pipe::pipe,
};

use super::harness::Program;

/// Asks a timer of one second over and over.
const ASKS: &str = "(local $timer i32) (local.set $timer (call $subscribe-duration (i64.const 1000000000)))
    (loop $more (br_if $more (i32.eqz (call $ready (local.get $timer)))))";

/// Sleeps for as many nanoseconds as the first 8 bytes of standard input say.
const SLEEPS: &str = "(call $blocking-read (call $get-stdin) (i64.const 8) (i32.const 8))
    (call $block (call $subscribe-duration (i64.load (call $loaded (i32.const 12)))))";

const SPINS: &str = "(loop $more (br $more))";

/// Those who came to an end, and when by their clocks.
type Ends = Arc<Mutex<Vec<(String, Duration)>>>;

/// Lets a guest run in the world until it comes to an end.
fn spawn(
    world: &SimWorld,
    name: &str,
    program: &Arc<Program>,
    host: &Arc<SimHost>,
    guest: Wasi,
    ends: &Ends,
) -> SimTask<()> {
    let (name, program, ends, clock) = (name.to_owned(), program.clone(), ends.clone(), host.clone());
    world.spawn(host, async move {
        let (end, _) = program.call(guest).await;
        assert_eq!(end, "exit 0", "{name}");
        ends.lock().expect("no test panics with it").push((name, clock.clock().now()));
    })
}

fn take(ends: &Ends) -> Vec<(String, Duration)> {
    std::mem::take(&mut *ends.lock().expect("no test panics with it"))
}

/// Waits for all of them.
fn join(world: &SimWorld, tasks: Vec<SimTask<()>>) {
    world
        .run(async {
            for task in tasks {
                task.await
            }
        })
        .expect("all come to an end");
}

fn sleeper(host: &Arc<SimHost>, sleep: Duration) -> Wasi {
    host.input(u64::try_from(sleep.as_nanos()).expect("is short").to_le_bytes());
    Wasi::builder(host.clone()).build()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn who_asks_over_and_over_does_not_hold_who_sleeps() {
    let (asks, sleeps) = (Arc::new(Program::of_text(ASKS)), Arc::new(Program::of_text(SLEEPS)));
    let run = |seed| {
        let world = SimWorld::with_settings(SimSettings { seed, fuel_per_ms: 10_000, ..SimSettings::default() });
        let (busy, idle, ends) = (world.host(), world.host(), Ends::default());
        let tasks = vec![
            spawn(&world, "asks", &asks, &busy, Wasi::builder(busy.clone()).build(), &ends),
            spawn(&world, "sleeps", &sleeps, &idle, sleeper(&idle, ms(10)), &ends),
        ];
        join(&world, tasks);
        take(&ends)
    };
    for seed in 0..4 {
        let ends = run(seed);
        assert_eq!([ends[0].0.as_str(), ends[1].0.as_str()], ["sleeps", "asks"]);
        assert!((ms(10)..ms(11)).contains(&ends[0].1) && (ms(1000)..ms(1001)).contains(&ends[1].1), "{ends:?}");
        assert_eq!(run(seed), ends);
    }
}

#[test]
fn who_asks_over_and_over_is_cut() {
    let cut = |limits| {
        let world = SimWorld::new(0);
        let run = Program::of_text(ASKS).with_limits(limits).run_in(&world, &[], |guest| guest);
        (run, world.now())
    };
    let (run, _) = cut(Limits { max_fuel: Some(1_000_000), ..Limits::default() });
    assert_eq!((run.end.as_str(), run.fuel), ("all fuel is used up (the limit is 1000000)", 1_000_000));
    let by_time = Limits { max_execution_ms: Some(3), ..Limits::default() };
    let (run, now) = cut(by_time);
    assert_eq!(run.end, "all time is used up (max_execution_ms is 3)");
    assert!((ms(3)..ms(4)).contains(&now), "{now:?}");
    assert_eq!(cut(by_time), (run, now));
    let system = Program::of_text(ASKS).with_limits(by_time).run_on_system(&[], |guest, _| guest);
    assert_eq!(system.end, "all time is used up (max_execution_ms is 3)");
}

#[test]
fn a_thousand_sleepers_wake_in_the_order_of_their_deadlines() {
    let world = SimWorld::new(0);
    let (program, ends) = (Arc::new(Program::of_text(SLEEPS)), Ends::default());
    let tasks = (0..1000).map(|number| {
        let (host, sleep) = (world.host(), ms(1 + number * 7919 % 1000));
        spawn(&world, &sleep.as_millis().to_string(), &program, &host, sleeper(&host, sleep), &ends)
    });
    join(&world, tasks.collect());
    let ends = take(&ends);
    let names: Vec<_> = ends.iter().map(|(name, _)| name.parse::<u64>().expect("is a number")).collect();
    assert_eq!(names, (1..=1000).collect::<Vec<_>>());
    assert!(ends.iter().zip(names).all(|((_, end), name)| (ms(name)..ms(name + 1)).contains(end)), "{ends:?}");
}

#[test]
fn who_waits_for_a_pipe_is_woken_at_the_time_of_who_writes() {
    let writes = Arc::new(Program::of_text(
        "(call $block (call $subscribe-duration (i64.const 7000000)))
         (call $blocking-write (call $get-stdout) (i32.const 1024) (i32.const 4) (i32.const 8))
         (call $block (call $subscribe-duration (i64.const 7000000)))",
    ));
    let reads = Arc::new(Program::of_text(
        "(call $blocking-read (call $get-stdin) (i64.const 9) (i32.const 8))
         (call $check (i32.eq (call $loaded (i32.const 16)) (i32.const 4)))",
    ));
    for seed in 0..4 {
        let world = SimWorld::new(seed);
        let (writer_host, reader_host, ends) = (world.host(), world.host(), Ends::default());
        let (reader, writer) = pipe(64);
        let writer = Wasi::builder(writer_host.clone()).stdout(Arc::new(writer)).build();
        let reader = Wasi::builder(reader_host.clone()).stdin(Arc::new(reader)).build();
        let tasks = vec![
            spawn(&world, "reads", &reads, &reader_host, reader, &ends),
            spawn(&world, "writes", &writes, &writer_host, writer, &ends),
        ];
        join(&world, tasks);
        let ends = take(&ends);
        assert_eq!(ends[0].0, "reads");
        assert!((ms(7)..ms(8)).contains(&ends[0].1) && (ms(14)..ms(15)).contains(&ends[1].1), "{ends:?}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test waits for both guests")]
fn who_spins_lets_others_go_on_in_the_same_thread() {
    // It waits twenty times, and the other has two hundred turns.
    let waits = Program::of_text(
        "(local $count i32)
         (loop $more
           (call $block (call $subscribe-duration (i64.const 1000)))
           (local.set $count (i32.add (local.get $count) (i32.const 1)))
           (br_if $more (i32.lt_u (local.get $count) (i32.const 20))))",
    );
    let spins = Program::of_text(SPINS).with_limits(Limits { max_fuel: Some(100_000_000), ..Limits::default() });
    let ends = Mutex::new(Vec::new());
    let executor = smol::LocalExecutor::new();
    let run = async |program: &Program| {
        let (end, _) = program.call(Wasi::builder(Arc::new(SystemHost::new())).build()).await;
        ends.lock().expect("no test panics with it").push(end);
    };
    let tasks = [executor.spawn(run(&spins)), executor.spawn(run(&waits))];
    smol::block_on(executor.run(async {
        for task in tasks {
            task.await;
        }
    }));
    assert_eq!(
        *ends.lock().expect("no test panicked with it"),
        ["exit 0", "all fuel is used up (the limit is 100000000)"]
    );
}
