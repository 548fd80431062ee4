//! Bytes from stream to stream, and C on wasi-libc.

use std::sync::Arc;

use nojit_shims::{
    Builder,
    host::{Files, sim::SimWorld},
    io::pipe::pipe,
};

use super::harness::{Program, Run};

/// Runs the guest that splices with these bytes as standard input.
fn splice(world: &SimWorld, args: &[&str], stdin: &[u8]) -> Run {
    use nojit_shims::io::streams::Output as _;
    world.files().create_directory("/data");
    let (reader, writer) = pipe(stdin.len().max(1));
    writer.write(stdin).expect("the pipe takes all of it");
    drop(writer);
    Program::new("splice/splice.wasm").run_in(world, args, |guest| folder(world, guest).stdin(Arc::new(reader)))
}

fn folder(world: &SimWorld, guest: Builder) -> Builder {
    guest.preopen(world.files().open_directory("/data").expect("was made"), "/d", false)
}

#[test]
fn streams_are_spliced_skipped_and_filled() {
    let world = SimWorld::new(0);
    let bytes: Vec<u8> = (0..200_000_u32).map(|index| b'a' + (index % 23) as u8).collect();
    let text = String::from_utf8(bytes.clone()).expect("is ASCII");
    assert_eq!(splice(&world, &["stdout"], &bytes).expect_ok(), text);
    assert_eq!(splice(&world, &["save", "/d/a"], &bytes).expect_ok(), "200000 bytes\n");
    assert_eq!(splice(&world, &["copy", "/d/a", "/d/b"], b"").expect_ok(), "200000 bytes\n");
    assert_eq!(world.files().read("/data/b").as_deref(), Some(&bytes[..]));
    assert_eq!(splice(&world, &["skip", "199990"], &bytes).expect_ok(), text.split_at(199_990).1);
    assert_eq!(splice(&world, &["zeroes", "70000"], b"").expect_ok(), "\0".repeat(70_000));
    assert!(splice(&world, &["zeroes-file", "/d/z", "70000"], b"").expect_ok().starts_with("70000 bytes, checksum"));
    assert_eq!(splice(&world, &["rules", "/d"], b"").expect_ok(), "rules done\n");
}

#[test]
fn a_full_disk_is_an_error_and_no_end() {
    let world = SimWorld::new(0);
    let _files = world.files().clone().with_capacity(100_000);
    let run = splice(&world, &["save", "/d/a"], &[b'x'; 200_000]);
    assert_eq!((run.stdout.as_str(), run.end.as_str()), ("FAIL save /d/a\n", "exit 1"));
    assert_eq!(world.files().read("/data/a").map(|bytes| bytes.len()), Some(100_000));
}

#[test]
fn a_c_program_has_heap_files_and_clocks() {
    let world = SimWorld::new(0);
    world.files().create_directory("/data");
    let guest = Program::new("clang/clang.wasm");
    let run = guest.run_in(&world, &["/d"], |guest| folder(&world, guest).env([("GUEST_VALUE", "given")]));
    let text = run.expect_ok();
    assert!(text.contains("given") && !text.contains("FAIL"), "{text}");
}
