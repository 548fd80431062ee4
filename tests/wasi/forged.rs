//! Handles that a guest has not got: made up, of another type, dropped before.

use nojit_shims::{
    Wasi,
    host::{Files, sim::SimWorld},
};

use super::harness::Program;

/// A resource type: how a guest gets one, what drops it, and a function that takes it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// Leaves a handle on the stack.
    make: &'static str,
    drop: &'static str,
    /// Uses the handle in `$it`, and leaves nothing on the stack.
    calls: &'static [&'static str],
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "pollable",
        make: "(call $subscribe-instant (i64.const 0))",
        drop: "$drop-pollable",
        calls: &[
            "(drop (call $ready (local.get $it)))",
            "(call $block (local.get $it))",
            "(i32.store (i32.const 8) (local.get $it)) (call $poll (i32.const 8) (i32.const 1) (i32.const 16))",
        ],
    },
    Kind {
        name: "error",
        // A folder is given as standard output, in effect: a file that cannot be read is read.
        make: "(call $open-at (folder) (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 1) (i32.const 3) (i32.const 8))
               (call $write-via-stream (call $loaded (i32.const 12)) (i64.const -1) (i32.const 8))
               (call $blocking-write (call $loaded (i32.const 12)) (i32.const 1024) (i32.const 1) (i32.const 8))
               (call $check (i32.load8_u (i32.const 8)))
               (call $loaded (i32.const 16))",
        drop: "$drop-error",
        calls: &["(call $to-debug-string (local.get $it) (i32.const 8))"],
    },
    Kind {
        name: "input-stream",
        make: "(call $get-stdin)",
        drop: "$drop-input",
        calls: &[
            "(call $read (local.get $it) (i64.const 1) (i32.const 8))",
            "(call $blocking-skip (local.get $it) (i64.const 1) (i32.const 8))",
            "(drop (call $subscribe-input (local.get $it)))",
        ],
    },
    Kind {
        name: "output-stream",
        make: "(call $get-stdout)",
        drop: "$drop-output",
        calls: &[
            "(call $check-write (local.get $it) (i32.const 8))",
            "(call $write-zeroes (local.get $it) (i64.const 0) (i32.const 8))",
            "(call $blocking-write (local.get $it) (i32.const 0) (i32.const 0) (i32.const 8))",
            "(drop (call $subscribe-output (local.get $it)))",
        ],
    },
    Kind {
        name: "descriptor",
        make: "(folder)",
        drop: "$drop-descriptor",
        calls: &[
            "(call $get-type (local.get $it) (i32.const 8))",
            "(call $read-directory (local.get $it) (i32.const 8))",
            "(call $read-via-stream (local.get $it) (i64.const 0) (i32.const 8))",
        ],
    },
    Kind {
        name: "directory-entry-stream",
        make: "(call $read-directory (folder) (i32.const 8)) (call $loaded (i32.const 12))",
        drop: "$drop-entries",
        calls: &["(call $read-directory-entry (local.get $it) (i32.const 8))"],
    },
    Kind {
        name: "terminal-input",
        make: "(call $get-terminal-stdin (i32.const 8)) (call $loaded (i32.const 12))",
        drop: "$drop-terminal-input",
        calls: &[],
    },
    Kind {
        name: "terminal-output",
        make: "(call $get-terminal-stdout (i32.const 8)) (call $loaded (i32.const 12))",
        drop: "$drop-terminal-output",
        calls: &[],
    },
];

impl Kind {
    fn make(&self) -> String {
        format!("(local.set $it (block (result i32) {}))", self.make)
    }

    fn drop(&self) -> String {
        format!("(call {} (local.get $it))", self.drop)
    }

    /// Everything that takes such a handle.
    fn uses(&self) -> impl Iterator<Item = String> {
        self.calls.iter().map(|call| (*call).to_owned()).chain([self.drop()])
    }
}

/// How a guest ends that has a folder and two terminals.
fn end(text: &str) -> String {
    let world = SimWorld::new(0);
    world.files().create_directory("/data");
    let folder = world.files().open_directory("/data").expect("was made");
    let host = world.host();
    host.set_terminal([true; 3]);
    let guest = Wasi::builder(host).preopen(folder, "/d", false).build();
    let program = Program::of_text(&format!("(local $it i32) {text}"));
    world.run(program.call(guest)).expect("the guest comes to an end").0
}

#[test]
fn what_the_guest_has_it_uses_and_drops() {
    for kind in KINDS {
        for call in kind.uses() {
            assert_eq!(end(&format!("{} {call}", kind.make())), "exit 0", "{}: {call}", kind.name);
        }
    }
}

#[test]
fn what_was_never_given_is_unknown() {
    for kind in KINDS {
        for (forged, call) in
            ["0", "77", "-1", "0x7fffffff"].into_iter().flat_map(|n| kind.uses().map(move |call| (n, call)))
        {
            let end = end(&format!("(local.set $it (i32.const {forged})) {call}"));
            let index = forged.replace("-1", "4294967295").replace("0x7fffffff", "2147483647");
            assert!(end.ends_with(&format!("unknown handle index {index}")), "{}: {call}: {end}", kind.name);
        }
    }
}

#[test]
fn what_was_dropped_is_unknown() {
    for kind in KINDS {
        for call in kind.uses() {
            let end = end(&format!("{} {} {call}", kind.make(), kind.drop()));
            assert!(end.contains("unknown handle index"), "{}: {call}: {end}", kind.name);
        }
    }
}

#[test]
fn what_is_of_another_type_is_not_taken_for_it() {
    for (kind, other) in KINDS.into_iter().zip(KINDS.into_iter().cycle().skip(1)) {
        for call in kind.uses() {
            let end = end(&format!("{} {call}", other.make()));
            assert!(end.ends_with("handle index used with the wrong type"), "{}: {call}: {end}", kind.name);
        }
    }
}
