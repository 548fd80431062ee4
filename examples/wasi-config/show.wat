;; Answers what it was given. `show.wit` says what the numbers mean; with it this module becomes `wasm/show.wasm`.
(module
  (import "wasi:cli/environment@0.2.12" "get-arguments" (func $arguments (param i32)))
  (import "wasi:cli/environment@0.2.12" "initial-cwd" (func $cwd (param i32)))
  (import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))
  (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.get-flags" (func $flags (param i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 64))

  ;; The host writes each value where the record has it: `args` at 0, `cwd` at 8, `env` at 20, `folders` at 28.
  (func (export "show") (result i32)
    (call $arguments (i32.const 0))
    (call $cwd (i32.const 8))
    (call $environment (i32.const 20))
    (call $directories (i32.const 28))
    (call $describe (i32.load (i32.const 28)) (i32.load (i32.const 32)))
    (i32.const 0))

  ;; Makes folders of descriptors in place. One has a handle and a path, the other the path and whether it is writable.
  (func $describe (param $at i32) (param $count i32)
    (local $handle i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $handle (i32.load (local.get $at)))
        (i32.store (local.get $at) (i32.load offset=4 (local.get $at)))
        (i32.store offset=4 (local.get $at) (i32.load offset=8 (local.get $at)))
        ;; A result with flags at 48; `mutate-directory` is the sixth of them.
        (call $flags (local.get $handle) (i32.const 48))
        (i32.store offset=8 (local.get $at)
          (i32.and (i32.shr_u (i32.load8_u (i32.const 49)) (i32.const 5)) (i32.eqz (i32.load8_u (i32.const 48)))))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))

  ;; An instance answers one call: nothing is given back.
  (func (export "cabi_realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
    (local $at i32) (local $missing i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $len)))
    (local.set $missing (i32.sub
      (i32.shr_u (i32.add (global.get $free) (i32.const 65535)) (i32.const 16))
      (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then unreachable))))
    (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
    (local.get $at)))
