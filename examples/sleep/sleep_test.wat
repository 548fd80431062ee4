;; Sleeps by the monotonic clock. `sleep.wit` says what the numbers mean; with it this module becomes `wasm/sleep_test.wasm`.
(module
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $subscribe (param i64) (result i32)))

  (func (export "nojit:sleep/test-sleep#sleep-ms") (param $ms i64) (result i64)
    (local $begin i64) (local $pollable i32)
    (local.set $begin (call $now))
    (local.set $pollable (call $subscribe (call $nanoseconds (local.get $ms))))
    (call $block (local.get $pollable))
    (call $drop (local.get $pollable))
    (i64.sub (call $now) (local.get $begin)))

  ;; What does not fit is the longest time there is.
  (func $nanoseconds (param $ms i64) (result i64)
    (if (result i64) (i64.gt_u (local.get $ms) (i64.const 18446744073709))
      (then (i64.const -1))
      (else (i64.mul (local.get $ms) (i64.const 1000000))))))
