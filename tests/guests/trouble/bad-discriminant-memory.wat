;; Returns, through memory, a result whose discriminant is 7.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\07\00\00\00\00\00\00\00")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result (result u32 (error string))) (canon lift (core func $i "run") (memory $memory))))
