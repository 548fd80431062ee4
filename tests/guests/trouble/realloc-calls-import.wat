;; Its realloc calls an import, as a component may not while arguments are lowered. The import is never entered.
(component
  (import "nojit:trouble/host" (instance $host (export "ping" (func))))
  (core func $ping (canon lower (func $host "ping")))
  (core module $m
    (import "host" "ping" (func $ping))
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (call $ping)
      (i32.const 16))
    (func (export "run") (param i32 i32)))
  (core instance $i (instantiate $m (with "host" (instance (export "ping" (func $ping))))))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "run") (param "s" string)
    (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))
