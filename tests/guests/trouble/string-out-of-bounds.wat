;; Returns a string of 16 bytes whose last 8 lie beyond the single page of memory.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\f8\ff\00\00\10\00\00\00")
    (func (export "run") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result string) (canon lift (core func $i "run") (memory $memory))))
