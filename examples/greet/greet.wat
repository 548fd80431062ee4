;; Puts a text between two others. `greet.wit` says what the numbers mean; with it this module becomes `wasm/greet.wasm`.
(module
  (memory (export "memory") 1)
  (data (i32.const 8) "world")
  (data (i32.const 16) "Hello, ")
  (data (i32.const 24) "!\n")
  ;; What is free begins here.
  (global $free (mut i32) (i32.const 32))

  (func (export "greet") (param $name i32) (param $name-len i32) (result i32)
    (local $text i32)
    (if (i32.eqz (local.get $name-len))
      (then (local.set $name (i32.const 8)) (local.set $name-len (i32.const 5))))
    (local.set $text (call $allocate (i32.const 1) (i32.add (local.get $name-len) (i32.const 9))))
    (memory.copy (local.get $text) (i32.const 16) (i32.const 7))
    (memory.copy (i32.add (local.get $text) (i32.const 7)) (local.get $name) (local.get $name-len))
    (memory.copy (i32.add (i32.add (local.get $text) (i32.const 7)) (local.get $name-len)) (i32.const 24) (i32.const 2))
    ;; The result is a pointer to where the text is and how long.
    (i32.store (i32.const 0) (local.get $text))
    (i32.store (i32.const 4) (i32.add (local.get $name-len) (i32.const 9)))
    (i32.const 0))

  ;; An instance answers one call: nothing is given back.
  (func $allocate (param $align i32) (param $len i32) (result i32)
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
    (local.get $at))

  (func (export "cabi_realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (call $allocate (local.get $align) (local.get $len)))
    (memory.copy (local.get $at) (local.get $old) (local.get $old-len))
    (local.get $at)))
