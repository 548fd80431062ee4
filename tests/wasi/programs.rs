//! Programs of Rust's standard library, as a component and as a core module of preview 1.

use std::{sync::Arc, time::Duration};

use nojit::registry::Limits;
use nojit_shims::{
    host::{Host, sim::SimWorld},
    io::pipe::pipe,
};

use super::harness::{Folder, Program};

/// Both forms of the program.
const FORMS: [&str; 2] = ["std/std.wasm", "std/std.core.wasm"];

#[test]
fn arguments_environment_and_exit_code_are_those_that_are_given() {
    for form in FORMS {
        let guest = Program::new(form);
        let world = SimWorld::new(0);
        assert_eq!(guest.run(&["hello"]).expect_ok(), "hello from std\n");
        assert_eq!(guest.run(&["args", "a", "", "ü b"]).expect_ok(), "args\na\n\nü b\n");
        assert_eq!(guest.run(&["env"]).expect_ok(), "");
        let env = guest.run_in(&world, &["env"], |guest| guest.env([("B", "2"), ("A", "")]));
        assert_eq!(env.expect_ok(), "A=\nB=2\n");
        assert_eq!(guest.run(&["exit", "0"]).end, "exit 0");
        assert_eq!(guest.run(&["panic"]).end, "unreachable executed");
        assert!(guest.run(&["panic"]).stderr.contains("as asked"));
    }
}

#[test]
fn an_exit_code_is_kept_where_the_adapter_would_lose_it() {
    assert_eq!(Program::new("std/std.core.wasm").run(&["exit", "7"]).end, "exit 7");
    assert_eq!(Program::new("std/std.wasm").run(&["exit", "7"]).end, "exit 1");
}

#[test]
fn files_are_the_same_on_both_hosts() {
    for form in FORMS {
        let guest = Program::new(form);
        let world = SimWorld::new(0);
        let root = world.files().clone();
        root.create_directory("/data");
        let run = guest.run_in(&world, &["files", "/d"], |guest| {
            let dir = world.host().files().open_directory("/data").expect("was made");
            guest.preopen(dir, "/d", false)
        });
        let folder = Folder::new();
        let system = guest.run_on_system(&["files", "/d"], |guest, host| {
            guest.preopen(host.files().open_directory(folder.path()).expect("was made"), "/d", false)
        });
        assert_eq!(run.expect_ok(), system.expect_ok());
    }
}

#[test]
fn a_folder_that_may_only_be_read_is_not_written_to() {
    let guest = Program::new(FORMS[0]);
    let world = SimWorld::new(0);
    world.files().write("/data/a", "text");
    let give = |read_only| {
        let dir = world.host().files().open_directory("/data").expect("was made");
        move |guest: nojit_shims::Builder| guest.preopen(dir, "/d", read_only)
    };
    let run = guest.run_in(&world, &["files", "/d"], give(true));
    assert_eq!((run.stdout.as_str(), run.end.as_str()), ("FAIL files /d: PermissionDenied\n", "exit 1"));
    assert_eq!(guest.run_in(&world, &["walk", "/d"], give(true)).expect_ok(), "a 4\n");
    assert_eq!(world.files().read("/data/a").as_deref(), Some(&b"text"[..]));
}

#[test]
fn time_passes_as_the_guest_works_and_waits() {
    for form in FORMS {
        let world = SimWorld::new(0);
        assert_eq!(Program::new(form).run_in(&world, &["time"], |guest| guest).expect_ok(), "time ok\n");
        assert!(world.now() >= Duration::from_millis(20));
    }
}

#[test]
fn a_run_is_repeatable_by_its_seed() {
    let guest = Program::new(FORMS[0]);
    let run = |seed| guest.run_in(&SimWorld::new(seed), &["map"], |guest| guest);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).stdout, run(2).stdout);
    assert!(run(2).stdout.starts_with("sum 499500\n"));
}

#[test]
fn standard_input_streams() {
    let guest = Program::new(FORMS[0]);
    let world = SimWorld::new(0);
    let (reader, writer) = pipe(16);
    let host = world.host();
    let feeding = world.spawn(&host.clone(), async move {
        use nojit_shims::io::streams::Output as _;
        for line in ["one\n", "two\n", "three"] {
            host.clock().sleep_until(host.clock().now() + Duration::from_secs(1)).await;
            writer.check_write().expect("the guest reads");
            writer.write(line.as_bytes()).expect("the guest reads");
        }
    });
    let run = guest.run_in(&world, &["lines"], |guest| guest.stdin(Arc::new(reader)));
    assert_eq!(run.expect_ok(), "ONE\nTWO\nTHREE\n");
    assert!(feeding.is_done());
    assert!(world.now() >= Duration::from_secs(3));
}

#[test]
fn what_runs_for_ever_is_cut_by_its_limits() {
    let limits = |limits| Program::new(FORMS[0]).with_limits(limits);
    let fuel = limits(Limits { max_fuel: Some(3_000_000), ..Limits::default() });
    assert_eq!(fuel.run(&["spin"]).end, "all fuel is used up (the limit is 3000000)");
    let time = limits(Limits { max_execution_ms: Some(5), ..Limits::default() });
    for command in [&["spin"][..], &["sleep", "60000"]] {
        let world = SimWorld::new(0);
        let run = time.run_in(&world, command, |guest| guest);
        assert_eq!(run.end, "all time is used up (max_execution_ms is 5)");
        assert!(world.now() < Duration::from_millis(6), "{:?}", world.now());
    }
    assert_eq!(time.run(&["spin"]).fuel, time.run(&["spin"]).fuel);
    let memory = limits(Limits { max_memory_bytes: 20 << 20, ..Limits::default() });
    assert_eq!(memory.run(&["grow"]).expect_ok(), "grew by 18 MiB\n");
}
