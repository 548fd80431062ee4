//! Programs in text: a core function that calls WASI as the canonical ABI has it, with nothing in between.
//!
//! The first page of the memory is the guest's own, but for the word `file` at 1024; `realloc` gives what lies behind it and
//! takes nothing back.

use std::sync::LazyLock;

use wit_parser::{Resolve, WorldId};

use super::wit;

/// What a text may call: its name there, the interface, the function, its core type.
const IMPORTS: &str = "\
$poll io/poll poll (param i32 i32 i32)
$ready io/poll [method]pollable.ready (param i32) (result i32)
$block io/poll [method]pollable.block (param i32)
$drop-pollable io/poll [resource-drop]pollable (param i32)
$drop-error io/error [resource-drop]error (param i32)
$to-debug-string io/error [method]error.to-debug-string (param i32 i32)
$read io/streams [method]input-stream.read (param i32 i64 i32)
$blocking-read io/streams [method]input-stream.blocking-read (param i32 i64 i32)
$skip io/streams [method]input-stream.skip (param i32 i64 i32)
$blocking-skip io/streams [method]input-stream.blocking-skip (param i32 i64 i32)
$subscribe-input io/streams [method]input-stream.subscribe (param i32) (result i32)
$drop-input io/streams [resource-drop]input-stream (param i32)
$check-write io/streams [method]output-stream.check-write (param i32 i32)
$write io/streams [method]output-stream.write (param i32 i32 i32 i32)
$blocking-write io/streams [method]output-stream.blocking-write-and-flush (param i32 i32 i32 i32)
$write-zeroes io/streams [method]output-stream.write-zeroes (param i32 i64 i32)
$splice io/streams [method]output-stream.splice (param i32 i32 i64 i32)
$blocking-splice io/streams [method]output-stream.blocking-splice (param i32 i32 i64 i32)
$subscribe-output io/streams [method]output-stream.subscribe (param i32) (result i32)
$drop-output io/streams [resource-drop]output-stream (param i32)
$now clocks/monotonic-clock now (result i64)
$subscribe-instant clocks/monotonic-clock subscribe-instant (param i64) (result i32)
$subscribe-duration clocks/monotonic-clock subscribe-duration (param i64) (result i32)
$wall clocks/wall-clock now (param i32)
$get-random-bytes random/random get-random-bytes (param i64 i32)
$get-insecure-random-bytes random/insecure get-insecure-random-bytes (param i64 i32)
$get-environment cli/environment get-environment (param i32)
$get-arguments cli/environment get-arguments (param i32)
$exit cli/exit exit-with-code (param i32)
$get-stdin cli/stdin get-stdin (result i32)
$get-stdout cli/stdout get-stdout (result i32)
$get-terminal-stdin cli/terminal-stdin get-terminal-stdin (param i32)
$drop-terminal-input cli/terminal-input [resource-drop]terminal-input (param i32)
$get-terminal-stdout cli/terminal-stdout get-terminal-stdout (param i32)
$drop-terminal-output cli/terminal-output [resource-drop]terminal-output (param i32)
$get-directories filesystem/preopens get-directories (param i32)
$open-at filesystem/types [method]descriptor.open-at (param i32 i32 i32 i32 i32 i32 i32)
$get-type filesystem/types [method]descriptor.get-type (param i32 i32)
$read-at filesystem/types [method]descriptor.read (param i32 i64 i64 i32)
$set-times filesystem/types [method]descriptor.set-times (param i32 i32 i64 i32 i32 i64 i32 i32)
$read-via-stream filesystem/types [method]descriptor.read-via-stream (param i32 i64 i32)
$write-via-stream filesystem/types [method]descriptor.write-via-stream (param i32 i64 i32)
$read-directory filesystem/types [method]descriptor.read-directory (param i32 i32)
$read-directory-entry filesystem/types [method]directory-entry-stream.read-directory-entry (param i32 i32)
$filesystem-error-code filesystem/types filesystem-error-code (param i32 i32)
$drop-descriptor filesystem/types [resource-drop]descriptor (param i32)
$drop-entries filesystem/types [resource-drop]directory-entry-stream (param i32)
";

/// What every text has: `$check` traps if its argument is 0, `$loaded` is the word at an address.
const PRELUDE: &str = r#"
(memory (export "memory") 2)
(data (i32.const 1024) "file")
(global $top (mut i32) (i32.const 65536))
(func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32) (local $pages i32)
  (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                          (i32.sub (i32.const 0) (local.get $align))))
  (global.set $top (i32.add (local.get $at) (local.get $size)))
  (local.set $pages (i32.sub (i32.shr_u (i32.add (global.get $top) (i32.const 65535)) (i32.const 16)) (memory.size)))
  (if (i32.gt_s (local.get $pages) (i32.const 0)) (then (drop (memory.grow (local.get $pages)))))
  (local.get $at))
(func $check (param i32) (if (i32.eqz (local.get 0)) (then unreachable)))
(func $loaded (param i32) (result i32) (i32.load (local.get 0)))
"#;

/// The first folder, as a handle. What the host says of its folders is left at the beginning of the memory.
const FOLDER: &str =
    "(block (result i32) (call $get-directories (i32.const 0)) (call $loaded (call $loaded (i32.const 0))))";

/// The component of a program whose `run` is this text, and then returns `ok`; `(folder)` in it is the first folder.
pub(crate) fn program(run: &str) -> Vec<u8> {
    static WORLD: LazyLock<(Resolve, WorldId)> = LazyLock::new(|| wit::world("program", |text| text));
    let run = run.replace("(folder)", FOLDER);
    let imports: String = IMPORTS.lines().filter_map(|line| import(line, &run)).collect();
    let run = format!("(func (export \"wasi:cli/run@0.2.12#run\") (result i32) {run} (i32.const 0))");
    let module = wat::parse_str(format!("(module {imports} {PRELUDE} {run})")).expect("the text is a module");
    wit::encode(&WORLD.0, WORLD.1, module)
}

/// The import of a line, if the text calls it.
fn import(line: &str, text: &str) -> Option<String> {
    let mut parts = line.splitn(4, ' ');
    let (name, interface, function, ty) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_called = text.contains(&format!("(call {name} ")) || text.contains(&format!("(call {name})"));
    is_called.then(|| format!("(import \"wasi:{interface}@0.2.12\" \"{function}\" (func {name} {ty}))\n"))
}
