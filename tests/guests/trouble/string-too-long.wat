;; Returns a string of 2^31 bytes, more than a string may have.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\00\00\00\00\00\00\00\80")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result string) (canon lift (core func $i "run") (memory $memory))))
