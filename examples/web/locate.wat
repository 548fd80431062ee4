;; Answers with the value of the first parameter of the path. The entry's `wit` says what the numbers mean.
(module
  (memory (export "memory") 2)
  (data (i32.const 64) "x-found-by")
  (data (i32.const 80) "locate")
  (global $free (mut i32) (i32.const 128))

  ;; A response at 0: `status` at 0, `headers` at 4, `body` at 12; the one header at 32. A parameter is a name and a value.
  (func (export "locate") (param $params i32) (param $count i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.store (i32.const 4) (i32.const 32))
    (i32.store (i32.const 8) (i32.const 1))
    (i32.store (i32.const 32) (i32.const 64))
    (i32.store (i32.const 36) (i32.const 10))
    (i32.store (i32.const 40) (i32.const 80))
    (i32.store (i32.const 44) (i32.const 6))
    (i32.store (i32.const 12) (i32.load offset=8 (local.get $params)))
    (i32.store (i32.const 16) (i32.load offset=12 (local.get $params)))
    (i32.const 0))

  ;; An instance answers one call: nothing is given back. A path is shorter than the memory.
  (func (export "cabi_realloc") (param $old i32) (param $old-len i32) (param $align i32) (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $len)))
    (local.get $at)))
