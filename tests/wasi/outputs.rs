//! Outputs that nobody reads, that take only so much, or that do not finish.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use nojit::registry::Limits;
use nojit_shims::{
    Wasi,
    host::sim::{SimOutput, SimWorld},
    io::{
        buffer::Collected,
        limited::{Budget, Limited},
        poll::Ready,
        streams::{Ended, Input as _, Output},
    },
};

use super::harness::Program;

/// Writes 4,096 bytes at a time, for ever.
const WRITES: &str = "(local $out i32) (local.set $out (call $get-stdout))
    (loop $more
      (call $blocking-write (local.get $out) (i32.const 4096) (i32.const 4096) (i32.const 8))
      (call $check (i32.eqz (i32.load8_u (i32.const 8))))
      (br $more))";

/// Asks whether it may write, over and over, and writes what it may, up to 4,096 bytes.
const ASKS: &str = "(local $out i32) (local $len i32) (local.set $out (call $get-stdout))
    (loop $more
      (call $check-write (local.get $out) (i32.const 8))
      (local.set $len (call $loaded (i32.const 16)))
      (if (i32.gt_u (local.get $len) (i32.const 4096)) (then (local.set $len (i32.const 4096))))
      (call $write (local.get $out) (i32.const 4096) (local.get $len) (i32.const 32))
      (br $more))";

/// Writes 4 bytes without waiting, and ends.
const WRITES_AND_ENDS: &str = "(local $out i32) (local.set $out (call $get-stdout))
    (call $check-write (local.get $out) (i32.const 8))
    (call $write (local.get $out) (i32.const 1024) (i32.const 4) (i32.const 32))";

fn within_5_ms(text: &str) -> Program {
    Program::of_text(text).with_limits(Limits { max_execution_ms: Some(5), ..Limits::default() })
}

#[test]
fn who_writes_for_ever_to_nobody_waits_until_its_time_is_used_up() {
    for text in [WRITES, ASKS] {
        let world = SimWorld::new(0);
        let host = world.host();
        let (output, reader) = SimOutput::with_reader(10_000);
        host.set_stdout(output);
        let (end, usage) = world.run(within_5_ms(text).call(Wasi::builder(host.clone()).build())).expect("ends");
        assert_eq!(end, "all time is used up (max_execution_ms is 5)");
        assert_eq!((host.stdout().len(), reader.read(usize::MAX).map(|bytes| bytes.len())), (10_000, Ok(10_000)));
        assert!(usage.memory_bytes < 200_000, "{usage:?}");
        assert!((5..6).contains(&world.now().as_millis()), "{:?}", world.now());
    }
}

#[test]
fn who_writes_for_ever_to_nobody_without_a_limit_waits_for_ever() {
    let world = SimWorld::new(0);
    let host = world.host();
    let (output, _reader) = SimOutput::with_reader(10_000);
    host.set_stdout(output);
    let guest = Wasi::builder(host).build();
    assert_eq!(world.run(Program::of_text(WRITES).call(guest)).expect_err("it waits").waiting, 1);
}

#[test]
fn an_output_limit_takes_what_fits_and_ends_the_guest() {
    for text in [WRITES, ASKS] {
        let (collected, budget) = (Arc::new(Collected::new()), Budget::new(10_000));
        let output = Arc::new(Limited::new(collected.clone(), budget));
        let run = Program::of_text(text).run_in(&SimWorld::new(0), &[], |guest| guest.stdout(output));
        assert!(run.end.ends_with("the guest writes more than 10000 bytes to its outputs"), "{run:?}");
        assert_eq!(collected.to_vec().len(), 10_000);
    }
}

/// Takes what is written, and never hands it on.
#[derive(Default)]
struct Stuck {
    is_full: AtomicBool,
}

impl Ready for Stuck {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        if self.is_full.load(Ordering::Relaxed) { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Output for Stuck {
    fn check_write(&self) -> Result<usize, Ended> {
        Ok(if self.is_full.load(Ordering::Relaxed) { 0 } else { 4096 })
    }

    fn write(&self, _: &[u8]) -> Result<(), Ended> {
        self.is_full.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn flush(&self) -> Result<Poll<()>, Ended> {
        Ok(if self.is_full.load(Ordering::Relaxed) { Poll::Pending } else { Poll::Ready(()) })
    }
}

#[test]
fn an_output_that_is_never_handed_on_uses_the_time_up_and_no_more() {
    let spins = format!("{WRITES_AND_ENDS} (loop $more (br $more))");
    for text in [WRITES_AND_ENDS, &spins] {
        let world = SimWorld::new(0);
        let guest = Wasi::builder(world.host()).stdout(Arc::new(Stuck::default())).build();
        let (end, _) = world.run(within_5_ms(text).call(guest)).expect("the guest comes to an end");
        assert_eq!(end, "all time is used up (max_execution_ms is 5)");
        assert!((5..6).contains(&world.now().as_millis()), "{:?}", world.now());
    }
}

#[test]
fn an_output_that_is_handed_on_late_is_waited_for() {
    let world = SimWorld::new(0);
    let host = world.host();
    let (output, reader) = SimOutput::with_reader(4);
    host.set_stdout(output);
    let guest = Wasi::builder(host).build();
    let text = "(call $blocking-write (call $get-stdout) (i32.const 1024) (i32.const 4) (i32.const 8))
        (call $blocking-write (call $get-stdout) (i32.const 1024) (i32.const 4) (i32.const 8))";
    let reads = world.host();
    let program = within_5_ms(text);
    let (end, read) = world
        .run(async {
            use nojit_shims::host::Host as _;
            let task = world.spawn(&reads.clone(), async move {
                reads.clock().sleep_until(Duration::from_millis(4)).await;
                reader.read(4)
            });
            (program.call(guest).await.0, task.await)
        })
        .expect("both come to an end");
    assert_eq!((end.as_str(), read), ("exit 0", Ok(b"file".to_vec())));
}
