;; Its realloc spins for ever.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (loop (br 0)) unreachable)
    (func (export "run") (param i32 i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "run") (param "s" string)
    (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))
