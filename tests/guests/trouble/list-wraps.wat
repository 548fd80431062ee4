;; Returns a list of 2^29 + 1 elements of 8 bytes: the byte length, modulo 2^32, is 8.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\10\00\00\00\01\00\00\20")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result (list u64)) (canon lift (core func $i "run") (memory $memory))))
