;; Calls a function of each group that its entry enables. `module.wit` says what the numbers mean; with it this module becomes
;; `wasm/module.wasm`.
(module
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))
  (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "run\n")
  (global $free (mut i32) (i32.const 128))

  ;; The outcome is at 0: `folders` at 0, `took` at 8. What the host answers is at 32.
  (func (export "run") (result i32)
    (local $begin i64) (local $stream i32)
    (local.set $begin (call $now))
    (local.set $stream (call $stdout))
    (call $write (local.get $stream) (i32.const 64) (i32.const 4) (i32.const 32))
    ;; A result: other than 0 is an error.
    (if (i32.load8_u (i32.const 32)) (then unreachable))
    (call $drop (local.get $stream))
    (call $directories (i32.const 32))
    (i32.store (i32.const 0) (i32.load (i32.const 36)))
    (i64.store (i32.const 8) (i64.sub (call $now) (local.get $begin)))
    (i32.const 0))

  ;; An instance answers one call: nothing is given back. The names of folders are shorter than the memory.
  (func (export "cabi_realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $len)))
    (local.get $at)))
