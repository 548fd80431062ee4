;; Returns, through memory, a list of one char that is 110000, beyond the last scalar.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\10\00\00\00\01\00\00\00")
    (data (i32.const 16) "\00\00\11\00")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result (list char)) (canon lift (core func $i "run") (memory $memory))))
