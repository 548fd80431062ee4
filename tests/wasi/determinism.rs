//! The same run again, and cut in other pieces.

use std::{sync::Arc, time::Duration};

use nojit::component::Store;
use nojit_shims::{
    Wasi,
    host::sim::SimWorld,
    io::{pipe::pipe, streams::Output as _},
};

use super::{
    filesystem::folders,
    harness::{Program, Run},
};

/// Guests and their arguments.
const RUNS: [(&str, &[&str]); 8] = [
    ("std/std.wasm", &["files", "/rw"]),
    ("std/std.wasm", &["map"]),
    ("std/std.wasm", &["time"]),
    ("std/std.wasm", &["lines"]),
    ("poll/poll.wasm", &["all"]),
    ("torture/torture.wasm", &["/rw"]),
    ("splice/splice.wasm", &["stdout"]),
    ("splice/splice.wasm", &["save", "/rw/saved"]),
];

/// How a run in a new world ended, and when.
fn in_world(run: impl FnOnce(&SimWorld, Arc<dyn nojit_shims::io::streams::Input>) -> Run) -> (Run, Duration) {
    let world = SimWorld::new(7);
    let text = "a line\n".repeat(5_000);
    let (reader, writer) = pipe(text.len());
    writer.write(text.as_bytes()).expect("the pipe takes all of it");
    drop(writer);
    let run = run(&world, Arc::new(reader));
    assert_eq!(run.end, "exit 0", "{run:?}");
    (run, world.now())
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for (guest, args) in RUNS {
        let program = Program::new(guest);
        let run = || {
            in_world(|world, stdin| {
                let give = folders(world);
                program.run_in(world, args, |guest| give(guest).stdin(stdin))
            })
        };
        assert_eq!(run(), run(), "{guest} {args:?}");
    }
}

#[test]
fn slices_and_suspensions_change_nothing() {
    let sets: [fn(&mut Store<Wasi>); 4] = [
        |store| store.set_slice(Some(1_000)),
        |store| store.set_slice(Some(Store::<Wasi>::DEFAULT_SLICE)),
        |store| store.park_host_calls(true),
        |store| {
            store.set_slice(Some(1_000));
            store.park_host_calls(true);
        },
    ];
    for (guest, args) in RUNS {
        let program = Program::new(guest);
        let run = |set: fn(&mut Store<Wasi>)| {
            in_world(|world, stdin| {
                let give = folders(world);
                program.run_in_store(world, args, |guest| give(guest).stdin(stdin), set)
            })
        };
        let whole = run(|_| ());
        for set in sets {
            assert_eq!(run(set), whole, "{guest} {args:?}");
        }
    }
}

#[test]
fn a_call_takes_the_time_of_all_its_fuel() {
    for count in [10, 10_000, 1_000_000] {
        let program = Program::of_text(&format!(
            "(local $count i32)
             (loop $more
               (local.set $count (i32.add (local.get $count) (i32.const 1)))
               (br_if $more (i32.lt_u (local.get $count) (i32.const {count}))))"
        ));
        let world = SimWorld::new(0);
        let run = program.run_in(&world, &[], |guest| guest);
        assert_eq!(world.now(), Duration::from_nanos(run.fuel / 4), "{run:?}");
    }
}
