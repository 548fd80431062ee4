;; Knows two users. The entry's `wit` says what the numbers mean.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "Alice")
  (data (i32.const 72) "Bob")
  (data (i32.const 80) "no such user")

  ;; A result at 0: which case at 0; `id` at 4 and `name` at 8, or the error at 4.
  (func (export "user") (param $id i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $id))
    (if (i32.eq (local.get $id) (i32.const 1))
      (then (call $text (i32.const 8) (i32.const 64) (i32.const 5)) (return (i32.const 0))))
    (if (i32.eq (local.get $id) (i32.const 2))
      (then (call $text (i32.const 8) (i32.const 72) (i32.const 3)) (return (i32.const 0))))
    (i32.store8 (i32.const 0) (i32.const 1))
    (call $text (i32.const 4) (i32.const 80) (i32.const 12))
    (i32.const 0))

  (func $text (param $at i32) (param $text i32) (param $len i32)
    (i32.store (local.get $at) (local.get $text))
    (i32.store offset=4 (local.get $at) (local.get $len))))
