//! Files and folders that end, fill up or are used up while they are used.

use std::sync::Arc;

use nojit_shims::{
    Builder, Wasi,
    filesystem::ErrorCode,
    host::{Files, Host, sim::SimWorld, system::SystemHost},
    io::buffer::Collected,
};

use super::harness::{Folder, Program, Run};

/// The file `file` of the first folder, opened to be read and written, and made if it is not there.
const FILE: &str = "(block (result i32)
    (call $open-at (folder) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 1) (i32.const 3) (i32.const 8))
    (call $check (i32.eqz (i32.load8_u (i32.const 8))))
    (call $loaded (i32.const 12)))";

/// Runs a text on both hosts, in an empty folder.
fn on_both(text: &str) -> [Run; 2] {
    let text = format!("(local $it i32) (local $stream i32) (local $count i32) {}", text.replace("(file)", FILE));
    let program = Program::of_text(&text);
    let world = SimWorld::new(0);
    world.files().create_directory("/data");
    let give = |guest: Builder, files: &dyn Files, path: &str| {
        guest.preopen(files.open_directory(path).expect("was made"), "/d", false)
    };
    let simulated = program.run_in(&world, &[], |guest| give(guest, world.files(), "/data"));
    let folder = Folder::new();
    [simulated, program.run_on_system(&[], |guest, host| give(guest, host.files(), folder.path()))]
}

/// Traps unless the byte at this address is this one.
fn byte(at: u32, expected: u32) -> String {
    format!("(call $check (i32.eq (i32.const {expected}) (i32.load8_u (i32.const {at}))))")
}

fn code(code: ErrorCode) -> u32 {
    ErrorCode::ALL.iter().position(|known| *known == code).map_or(99, |index| index as u32)
}

#[test]
fn a_stream_goes_on_without_its_descriptor() {
    let text = format!(
        "(local.set $it (file))
         (call $write-via-stream (local.get $it) (i64.const 0) (i32.const 8))
         (local.set $stream (call $loaded (i32.const 12)))
         (call $drop-descriptor (local.get $it))
         (call $blocking-write (local.get $stream) (i32.const 1024) (i32.const 4) (i32.const 16)) {wrote}
         (local.set $it (file))
         (call $read-via-stream (local.get $it) (i64.const 0) (i32.const 8))
         (local.set $stream (call $loaded (i32.const 12)))
         (call $drop-descriptor (local.get $it))
         (call $blocking-read (local.get $stream) (i64.const 9) (i32.const 16)) {read}
         (call $check (i32.eq (call $loaded (i32.const 24)) (i32.const 4)))
         (call $blocking-read (local.get $stream) (i64.const 9) (i32.const 16)) {failed} {closed}",
        wrote = byte(16, 0),
        read = byte(16, 0),
        failed = byte(16, 1),
        closed = byte(20, 1),
    );
    for run in on_both(&text) {
        assert_eq!(run.end, "exit 0");
    }
}

#[test]
fn times_beyond_what_a_host_counts_are_refused() {
    for (seconds, nanoseconds, expected) in [
        ("-1", "0", ErrorCode::Overflow),
        ("0x8000000000000000", "999999999", ErrorCode::Overflow),
        ("0", "1000000000", ErrorCode::Invalid),
        ("-1", "-1", ErrorCode::Invalid),
    ] {
        let time = format!("(i32.const 2) (i64.const {seconds}) (i32.const {nanoseconds})");
        let kept = "(i32.const 0) (i64.const 0) (i32.const 0)";
        for times in [format!("{time} {kept}"), format!("{kept} {time}")] {
            let text =
                format!("(call $set-times (file) {times} (i32.const 16)) {} {}", byte(16, 1), byte(17, code(expected)));
            for run in on_both(&text) {
                assert_eq!(run.end, "exit 0", "{times}");
            }
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_that_is_full_is_an_error_of_the_stream() {
    let text = format!(
        "(local $stream i32)
         (i32.store (i32.const 1024) (i32.const 0x6c6c7566)) ;; full
         (call $write-via-stream {} (i64.const 0) (i32.const 8))
         (local.set $stream (call $loaded (i32.const 12)))
         (call $blocking-write (local.get $stream) (i32.const 0) (i32.const 9) (i32.const 16)) {} {}
         (call $filesystem-error-code (call $loaded (i32.const 24)) (i32.const 32)) {} {}
         (call $blocking-write (local.get $stream) (i32.const 0) (i32.const 9) (i32.const 16)) {} {}",
        FILE.replace("(i32.const 1) (i32.const 3)", "(i32.const 0) (i32.const 2)"),
        byte(16, 1),
        byte(20, 0),
        byte(32, 1),
        byte(33, code(ErrorCode::InsufficientSpace)),
        byte(16, 1),
        byte(20, 1),
    );
    let run = Program::of_text(&text).run_on_system(&[], |guest, host| {
        guest.preopen(host.files().open_directory("/dev").expect("there is /dev"), "/dev", false)
    });
    assert_eq!(run.end, "exit 0");
}

/// Opens the file over and over, until that is refused, counts, and keeps the last in `$it`. The limit is 512.
fn opens_all() -> String {
    let opened = "(call $open-at (local.get $folder) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 1)
        (i32.const 3) (i32.const 8))";
    format!(
        "(local $folder i32) (local.set $folder (folder))
         (loop $more
           {opened}
           (if (i32.eqz (i32.load8_u (i32.const 8))) (then
             (local.set $it (call $loaded (i32.const 12)))
             (local.set $count (i32.add (local.get $count) (i32.const 1)))
             (br $more))))
         (call $check (i32.eq (local.get $count) (i32.const 512))) {}",
        byte(12, code(ErrorCode::InsufficientMemory)),
    )
}

#[test]
fn a_guest_has_so_many_files_open_and_one_more_for_one_that_it_closes() {
    let lists = "(call $read-directory (local.get $folder) (i32.const 8))";
    let text = format!(
        "{all} {lists} {refused} {why}
         (call $read-via-stream (local.get $it) (i64.const 0) (i32.const 8)) {given}
         (local.set $stream (call $loaded (i32.const 12)))
         (call $drop-descriptor (local.get $it))
         ;; Its stream has it still.
         {lists} {refused} {why}
         (call $drop-input (local.get $stream))
         {lists} {given} {lists} {refused} {why}",
        all = opens_all(),
        given = byte(8, 0),
        refused = byte(8, 1),
        why = byte(12, code(ErrorCode::InsufficientMemory)),
    );
    for run in on_both(&text) {
        assert_eq!(run.end, "exit 0");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test waits for the guests")]
fn a_guest_that_opens_files_for_ever_takes_none_from_others() {
    let locals = "(local $it i32) (local $count i32)";
    let greedy = format!(
        "{locals} {} (call $blocking-write (call $get-stdout) (i32.const 1024) (i32.const 4) (i32.const 8))
         (call $block (call $subscribe-duration (i64.const 3600000000000)))",
        opens_all()
    );
    let (greedy, other) = (Program::of_text(&greedy), Program::of_text(&format!("(drop {FILE})")));
    let (folder, host) = (Folder::new(), Arc::new(SystemHost::new()));
    let guest = || {
        let dir = host.files().open_directory(folder.path()).expect("was made");
        Wasi::builder(host.clone()).preopen(dir, "/d", false)
    };
    let said = Arc::new(Collected::new());
    let holds = async { greedy.call(guest().stdout(said.clone()).build()).await.0 };
    let asks = async {
        while said.to_vec().is_empty() {
            smol::future::yield_now().await;
        }
        other.call(guest().build()).await.0
    };
    let end = smol::block_on(smol::future::or(holds, asks));
    assert_eq!((&*end, &*said.to_vec()), ("exit 0", &b"file"[..]), "the other ends, while the first one waits");
}

#[test]
fn a_hundred_thousand_files_that_are_opened_and_closed_leave_nothing() {
    let text = format!(
        "(local $folder i32) (local $it i32) (local $stream i32) (local $pollable i32) (local $count i32)
         (local.set $folder (folder))
         (loop $more
           (local.set $it {})
           (call $read-via-stream (local.get $it) (i64.const 0) (i32.const 8))
           (local.set $stream (call $loaded (i32.const 12)))
           (local.set $pollable (call $subscribe-input (local.get $stream)))
           (call $block (local.get $pollable))
           (call $drop-pollable (local.get $pollable))
           (call $drop-input (local.get $stream))
           (call $drop-descriptor (local.get $it))
           (call $read-directory (local.get $folder) (i32.const 8))
           (local.set $stream (call $loaded (i32.const 12)))
           (call $read-directory-entry (local.get $stream) (i32.const 8))
           (call $drop-entries (local.get $stream))
           (global.set $top (i32.const 65536))
           (local.set $count (i32.add (local.get $count) (i32.const 1)))
           (br_if $more (i32.lt_u (local.get $count) (i32.const 100000))))",
        FILE.replace("(folder)", "(local.get $folder)")
    );
    let world = SimWorld::new(0);
    world.files().create_directory("/data");
    let folder = world.files().open_directory("/data").expect("was made");
    let guest = Wasi::builder(world.host()).preopen(folder, "/d", false).build();
    let program = Program::of_text(&text);
    let (end, store) = world.run(program.call_in_store(guest, |_| ())).expect("the guest comes to an end");
    assert_eq!(end, "exit 0");
    assert_eq!(store.data().resource_count(), 1, "the folder");
    assert!(store.memory_bytes() < 200_000);
}
