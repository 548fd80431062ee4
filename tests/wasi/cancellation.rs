//! Calls that are given up while they wait leave nothing behind.

use std::{future::pending, sync::Arc, time::Duration};

use nojit::registry::Limits;
use nojit_shims::{
    Wasi,
    host::{
        Host,
        sim::{SimHost, SimOutput, SimWorld},
    },
    io::{pipe::PipeReader, streams::Output},
};

use super::harness::Program;

/// Each waits for ever, or for an hour.
const WAITS: [&str; 6] = [
    "(call $block (call $subscribe-duration (i64.const 3600000000000)))",
    "(i32.store (i32.const 8) (call $subscribe-duration (i64.const 3600000000000)))
     (i32.store (i32.const 12) (call $subscribe-input (call $get-stdin)))
     (i32.store (i32.const 16) (call $subscribe-output (call $get-stdout)))
     (call $poll (i32.const 8) (i32.const 3) (i32.const 24))",
    "(call $blocking-read (call $get-stdin) (i64.const 9) (i32.const 8))",
    "(call $blocking-skip (call $get-stdin) (i64.const 9) (i32.const 8))",
    "(call $blocking-splice (call $get-stdout) (call $get-stdin) (i64.const 9) (i32.const 8))",
    "(call $blocking-write (call $get-stdout) (i32.const 0) (i32.const 9) (i32.const 8))",
];

/// A host whose standard input is open and empty, and whose output is full; who would read it.
fn host(world: &SimWorld) -> (Arc<SimHost>, PipeReader) {
    let host = world.host();
    host.input("");
    let (output, reader) = SimOutput::with_reader(1);
    output.write(b"x").expect("there is a reader");
    host.set_stdout(output);
    (host, reader)
}

#[test]
fn a_call_that_is_dropped_while_it_waits_leaves_no_timer_and_no_task() {
    for text in WAITS {
        for max_execution_ms in [None, Some(60_000)] {
            let limits = Limits { max_execution_ms, ..Limits::default() };
            let program = Arc::new(Program::of_text(text).with_limits(limits));
            let world = SimWorld::new(0);
            let (host, _reader) = host(&world);
            let task = world.spawn(&host, {
                let (host, program) = (host.clone(), program.clone());
                async move { program.call(Wasi::builder(host).build()).await }
            });
            let main = world.host();
            let soon = main.clock().sleep_until(Duration::from_millis(1));
            world.run(soon).expect("the moment comes");
            assert!(!task.is_done(), "{text}");
            drop(task);
            let deadlock = world.run(pending::<()>()).expect_err("nobody is left");
            assert_eq!((deadlock.waiting, deadlock.now), (1, Duration::from_millis(1)), "{text}");
            assert_eq!((Arc::strong_count(&host), Arc::strong_count(&program)), (1, 1), "{text}");
        }
    }
}

#[test]
fn a_poll_that_is_over_leaves_no_timer() {
    let text = "(i32.store (i32.const 8) (call $subscribe-duration (i64.const 3600000000000)))
        (i32.store (i32.const 12) (call $subscribe-input (call $get-stdin)))
        (call $poll (i32.const 8) (i32.const 2) (i32.const 24))
        (call $blocking-skip (call $get-stdin) (i64.const 9) (i32.const 8))
        (call $blocking-skip (call $get-stdin) (i64.const 9) (i32.const 8))";
    let (world, program) = (SimWorld::new(0), Program::of_text(text));
    let (host, user) = (world.host(), world.host());
    host.input("");
    let task = world.spawn(&user, {
        let (host, user) = (host.clone(), user.clone());
        async move {
            user.clock().sleep_until(Duration::from_millis(2)).await;
            host.input("x");
        }
    });
    let deadlock = world.run(program.call(Wasi::builder(host).build())).expect_err("the guest waits for more");
    assert!(task.is_done());
    assert!((2..3).contains(&deadlock.now.as_millis()), "{deadlock}");
}
