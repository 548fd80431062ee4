;; Returns a pointer to its result that is not a multiple of 4.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 6)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result string) (canon lift (core func $i "run") (memory $memory))))
