//! Lengths and pointers that are too large, or are none.

use std::sync::Arc;

use nojit::component::Store;
use nojit_shims::{
    Builder, Wasi,
    host::{Files, sim::SimWorld},
    io::{pipe::pipe, streams::Output as _},
};

use super::harness::{Program, Run};

/// Runs a text with 100,000 bytes as standard input and in the file `file` of the first folder.
fn run(text: &str) -> Run {
    let world = SimWorld::new(0);
    world.files().write("/data/file", [b'x'; 100_000]);
    let (reader, writer) = pipe(100_000);
    writer.write(&[b'x'; 100_000]).expect("the pipe takes all of it");
    let text = format!("(local $it i32) (local $at i32) {text}");
    Program::of_text(&text).run_in(&world, &[], |guest: Builder| {
        let folder = world.files().open_directory("/data").expect("was made");
        guest.preopen(folder, "/d", false).stdin(Arc::new(reader))
    })
}

/// Ends with `exit 0` if the text ends with the words at these addresses.
fn check(text: &str, words: &[(u32, u32)]) {
    let checks: String = words
        .iter()
        .map(|(at, word)| format!("(call $check (i32.eq (i32.const {word}) (call $loaded (i32.const {at}))))"))
        .collect();
    assert_eq!(run(&format!("{text} {checks}")).end, "exit 0", "{text}");
}

/// The file, opened to be read and written, as a handle.
const FILE: &str = "(block (result i32)
    (call $open-at (folder) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 0) (i32.const 3) (i32.const 8))
    (call $loaded (i32.const 12)))";

/// The file as a stream.
fn file_stream() -> String {
    format!(
        "(block (result i32) (call $read-via-stream {FILE} (i64.const 0) (i32.const 8)) (call $loaded (i32.const 12)))"
    )
}

/// Asks for all there is in the world, by the functions that end in `len` and an address.
fn everything(function: &str, stream: &str) -> String {
    format!("(call {function} {stream} (i64.const -1) (i32.const 16))")
}

#[test]
fn a_read_of_everything_gives_64_kib() {
    for stream in ["(call $get-stdin)", &file_stream()] {
        for read in ["$read", "$blocking-read"] {
            check(&everything(read, stream), &[(16, 0), (24, 65_536)]);
        }
        for skip in ["$skip", "$blocking-skip"] {
            check(&everything(skip, stream), &[(16, 0), (24, 65_536), (28, 0)]);
        }
    }
    check(
        &format!("(call $read-at {FILE} (i64.const -1) (i64.const 0) (i32.const 16))"),
        &[(16, 0), (24, 65_536), (28, 0)],
    );
    check(
        &format!("(call $read-at {FILE} (i64.const -1) (i64.const -1) (i32.const 16))"),
        &[(16, 0), (24, 0), (28, 1)],
    );
}

#[test]
fn a_splice_of_everything_moves_what_is_permitted() {
    for stream in ["(call $get-stdin)", &file_stream()] {
        let splice = format!("(call $splice (call $get-stdout) {stream} (i64.const -1) (i32.const 16))");
        check(&splice, &[(16, 0), (24, 65_536), (28, 0)]);
    }
}

#[test]
fn a_write_of_more_zeroes_than_permitted_traps() {
    let file = format!(
        "(call $write-via-stream {FILE} (i64.const 0) (i32.const 8)) (local.set $it (call $loaded (i32.const 12)))"
    );
    let permits = "(call $check-write (local.get $it) (i32.const 16)) (call $write-zeroes (local.get $it) (i64.const -1) (i32.const 32))";
    for (stream, permit) in [("(local.set $it (call $get-stdout))", 1 << 20), (&file, 65_536)] {
        let end = run(&format!("{stream} {permits}")).end;
        assert!(
            end.contains(&format!("write of {} bytes to an output-stream that permits {permit}", u64::MAX)),
            "{end}"
        );
    }
}

#[test]
fn random_bytes_have_a_limit() {
    for name in ["get-random-bytes", "get-insecure-random-bytes"] {
        let end = run(&format!("(call ${name} (i64.const -1) (i32.const 8))")).end;
        assert!(end.contains(&format!("{name} of {} bytes; the limit is 67108864", u64::MAX)), "{end}");
    }
    check("(call $get-random-bytes (i64.const 0) (i32.const 8))", &[(12, 0)]);
}

/// Polls this many times the same pollable.
fn poll(count: u32) -> String {
    format!(
        "(drop (memory.grow (i32.const {})))
         (local.set $it (call $subscribe-instant (i64.const 0)))
         (loop $fill
           (i32.store offset=65536 (local.get $at) (local.get $it))
           (local.set $at (i32.add (local.get $at) (i32.const 4)))
           (br_if $fill (i32.lt_u (local.get $at) (i32.const {}))))
         (global.set $top (i32.add (local.get $at) (i32.const 65536)))
         (call $poll (i32.const 65536) (i32.const {count}) (i32.const 8))",
        count / 8_192,
        count * 4
    )
}

#[test]
fn a_list_of_a_million_pollables_is_polled_and_no_longer_one() {
    check(&poll(1_000_000), &[(12, 1_000_000)]);
    let end = run(&poll(1_000_001)).end;
    assert!(end.contains("poll of 1000001 pollables; the limit is 1000000"), "{end}");
}

#[test]
fn a_poll_costs_as_much_as_asking_each() {
    let fuel = |count| run(&poll(count)).fuel;
    let (filling, lifting, asking) = (6 * 1_000, 10 * 1_000, 100 * 1_000);
    let found = fuel(2_000) - fuel(1_000);
    assert!((asking + lifting..asking + lifting + 4 * filling).contains(&found), "{found}");
}

#[test]
fn what_is_lent_to_a_call_counts_as_copied() {
    let program = Program::of_text(&format!("(local $it i32) (local $at i32) {}", poll(200_000)));
    let run = |limit| {
        let set = |store: &mut Store<Wasi>| store.set_max_copy(limit);
        program.run_in_store(&SimWorld::new(0), &[], |guest| guest, set).end
    };
    // 4 bytes of each in the list, and 8 of what is lent.
    assert_eq!(run(2_400_000), "exit 0");
    assert!(run(2_399_999).ends_with("one call copies more than 2399999 bytes to the host"));
}

#[test]
fn a_list_that_is_not_where_it_says_traps() {
    for (ptr, len, expected) in [
        ("65536", "0x10000", "out of the memory's bounds"),
        ("-4", "2", "out of the memory's bounds"),
        ("0", "-1", "bytes"),
        ("0", "0x40000000", "bytes"),
        ("2", "1", "not aligned"),
        ("0", "1", "unknown handle index 0"),
    ] {
        let end = run(&format!("(call $poll (i32.const {ptr}) (i32.const {len}) (i32.const 8))")).end;
        assert!(end.contains(expected), "{ptr} {len}: {end}");
    }
}

#[test]
fn an_answer_that_has_no_place_traps() {
    for ret in ["131072", "131065", "-1", "-8", "12"] {
        let end = run(&format!("(call $read (call $get-stdin) (i64.const 1) (i32.const {ret}))")).end;
        let expected = if ret == "12" { "exit 0" } else { "pointer" };
        assert!(end.contains(expected), "{ret}: {end}");
    }
}
