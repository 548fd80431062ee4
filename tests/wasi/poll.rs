//! Rows of `wasi:io`: pollables, permits, what traps.

use std::time::Duration;

use nojit_shims::{host::sim::SimWorld, io::pipe::pipe};

use super::harness::Program;

const CASES: &str = "timers done
same done
zero done
past done
far done
busy done
stays-ready done
reuse done
drop-order done
";

#[test]
fn waits_end_as_they_should_on_both_hosts() {
    let guest = Program::new("poll/poll.wasm");
    assert_eq!(guest.run(&["all"]).expect_ok(), CASES);
    assert_eq!(guest.run_on_system(&["all"], |guest, _| guest).expect_ok(), CASES);
}

#[test]
fn waiting_takes_virtual_time_and_no_other() {
    let guest = Program::new("poll/poll.wasm");
    let world = SimWorld::new(0);
    let run = guest.run_in(&world, &["all"], |guest| guest);
    assert_eq!(run.expect_ok(), CASES);
    assert!(world.now() > Duration::from_millis(5), "{:?}", world.now());
}

#[test]
fn a_stream_and_a_timer_are_waited_for_together() {
    let guest = Program::new("poll/poll.wasm");
    let world = SimWorld::new(0);
    let (reader, writer) = pipe(64);
    let sleeper = world.host();
    let feeding = world.spawn(&sleeper.clone(), async move {
        use nojit_shims::{host::Host as _, io::streams::Output as _};
        for piece in ["late ", "and ", "later"] {
            sleeper.clock().sleep_until(sleeper.clock().now() + Duration::from_millis(250)).await;
            writer.check_write().expect("the guest reads");
            writer.write(piece.as_bytes()).expect("the guest reads");
        }
    });
    let run = guest.run_in(&world, &["stdin"], |guest| guest.stdin(std::sync::Arc::new(reader)));
    assert_eq!(run.expect_ok(), "timer first\n14 bytes\n");
    assert!(feeding.is_done());
}

#[test]
fn what_breaks_a_rule_traps() {
    let guest = Program::new("poll/poll.wasm");
    for (case, expected) in [
        ("empty", "poll of an empty list"),
        ("drop-parent", "its children live"),
        ("drop-parent-stdin", "its children live"),
        ("too-much", "blocking-write-and-flush of 4097 bytes: it takes at most 4096"),
        ("too-many-zeroes", "blocking-write-zeroes-and-flush of 4097 bytes: it takes at most 4096"),
        ("no-permit", "write of 10 bytes to an output-stream that permits 0"),
        ("permit-used", "to an output-stream that permits 0"),
        ("over-permit", "bytes to an output-stream that permits"),
        ("over-permit-zeroes", "bytes to an output-stream that permits"),
        ("random-limit", "get-random-bytes of 67108865 bytes; the limit is 67108864"),
    ] {
        let run = guest.run(&[case]);
        assert!(run.end.contains(expected), "{case}: {run:?}");
    }
}
