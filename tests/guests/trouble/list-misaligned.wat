;; Returns a list of u32 whose pointer is odd.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\11\00\00\00\01\00\00\00")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result (list u32)) (canon lift (core func $i "run") (memory $memory))))
