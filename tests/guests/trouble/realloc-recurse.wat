;; Its realloc calls itself for ever.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (call 0 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "run") (param i32 i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "run") (param "s" string)
    (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))
