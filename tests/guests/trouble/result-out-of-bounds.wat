;; Returns a pointer to its result that leaves 4 of the 8 bytes beyond the memory.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 0xfffc)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result string) (canon lift (core func $i "run") (memory $memory))))
