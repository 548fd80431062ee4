;; A result by its argument: 0 is ok(7), else err("no").
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "no")
    (data (i32.const 128) "red\1b[31m")
    (func (export "half") (param i32) (result i32)
      (i32.store8 (i32.const 16) (i32.ne (local.get 0) (i32.const 0)))
      (i32.store (i32.const 20) (i32.const 7))
      (if (local.get 0) (then
        (i32.store (i32.const 20) (i32.const 64))
        (i32.store (i32.const 24) (i32.const 2))))
      (i32.const 16))
    (func (export "bare") (param i32) (result i32) (local.get 0))
    (func (export "escape") (result i32)
      (i32.store (i32.const 16) (i32.const 128))
      (i32.store (i32.const 20) (i32.const 8))
      (i32.const 16)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "half") (param "odd" bool) (result (result u32 (error string)))
    (canon lift (core func $i "half") (memory $memory)))
  (func (export "bare") (param "odd" bool) (result (result)) (canon lift (core func $i "bare")))
  (func (export "escape") (result string) (canon lift (core func $i "escape") (memory $memory))))
