;; Returns a string that begins well and holds the byte ff.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\10\00\00\00\04\00\00\00")
    (data (i32.const 16) "ok\ff!")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result string) (canon lift (core func $i "run") (memory $memory))))
