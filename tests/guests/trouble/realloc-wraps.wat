;; Its realloc answers with the last byte of the address space.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (i32.const -1))
    (func (export "run") (param i32 i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "run") (param "s" string)
    (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))
