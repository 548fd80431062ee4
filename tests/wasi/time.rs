//! Clocks at their ends.

use std::{
    task::{Context, Poll, Waker},
    time::Duration,
};

use nojit::registry::Limits;
use nojit_shims::{
    Wasi,
    clocks::wall_clock::Datetime,
    host::{
        Clock, Host,
        sim::{SimSettings, SimWorld},
        system::SystemClock,
    },
};

use super::harness::Program;

/// What waits for ever.
const NEVER: [&str; 3] = [
    "(call $block (call $subscribe-instant (i64.const -1)))",
    "(call $block (call $subscribe-duration (i64.const -1)))",
    "(drop (call $now))
     (i32.store (i32.const 8) (call $subscribe-duration (i64.const -1)))
     (i32.store (i32.const 12) (call $subscribe-instant (i64.const -1)))
     (call $poll (i32.const 8) (i32.const 2) (i32.const 16))",
];

fn within_5_ms(text: &str) -> Program {
    Program::of_text(text).with_limits(Limits { max_execution_ms: Some(5), ..Limits::default() })
}

#[test]
fn the_end_of_time_never_comes_and_a_limit_does() {
    for text in NEVER {
        let world = SimWorld::new(0);
        assert_eq!(
            within_5_ms(text).run_in(&world, &[], |guest| guest).end,
            "all time is used up (max_execution_ms is 5)"
        );
        assert!((5..6).contains(&world.now().as_millis()), "{:?}", world.now());
        let system = within_5_ms(text).run_on_system(&[], |guest, _| guest);
        assert_eq!(system.end, "all time is used up (max_execution_ms is 5)");
    }
}

#[test]
fn who_waits_for_the_end_of_time_without_a_limit_is_found() {
    for text in NEVER {
        let world = SimWorld::new(0);
        let guest = Wasi::builder(world.host()).build();
        let deadlock = world.run(Program::of_text(text).call(guest)).expect_err("it waits for ever");
        assert!(deadlock.now < Duration::from_secs(1), "{deadlock}");
    }
}

#[test]
fn the_beginning_of_time_is_over() {
    let text = "(call $check (call $ready (call $subscribe-instant (i64.const 0))))
        (call $check (call $ready (call $subscribe-duration (i64.const 0))))
        (call $block (call $subscribe-instant (i64.const 0)))";
    assert_eq!(Program::of_text(text).run(&[]).end, "exit 0");
    assert_eq!(Program::of_text(text).run_on_system(&[], |guest, _| guest).end, "exit 0");
}

#[test]
fn a_clock_at_its_end_shows_the_last_moment_and_overflows_nothing() {
    let epoch = Datetime { seconds: u64::MAX, nanoseconds: u32::MAX };
    let text = "(call $check (i64.eq (call $now) (i64.const -1)))
        (call $check (call $ready (call $subscribe-instant (i64.const -1))))
        (call $check (i32.eqz (call $ready (call $subscribe-duration (i64.const -1)))))
        (call $wall (i32.const 8))
        (call $check (i64.eq (i64.load (i32.const 8)) (i64.const -1)))
        (call $check (i32.eq (call $loaded (i32.const 16)) (i32.const 999999999)))
        (call $block (call $subscribe-instant (i64.const -1)))
        (loop $more (br $more))";
    let world = SimWorld::with_settings(SimSettings { fuel_per_ms: 1, epoch, ..SimSettings::default() });
    let host = world.host();
    host.clock().work(u64::MAX);
    let guest = Wasi::builder(host).build();
    let (end, _) = world.run(within_5_ms(text).call(guest)).expect("the guest comes to an end");
    assert_eq!(end, "all time is used up (max_execution_ms is 5)");
}

#[test]
fn a_real_clock_sleeps_for_ever_where_it_cannot_count() {
    let clock = SystemClock::new();
    for deadline in [Duration::MAX, Duration::from_nanos(u64::MAX), Duration::from_secs(i64::MAX as u64)] {
        let mut sleep = clock.sleep_until(deadline);
        assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    }
}
