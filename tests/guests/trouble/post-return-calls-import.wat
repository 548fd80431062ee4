;; Its post-return calls an import, as a component may not by then. The import is never entered.
(component
  (import "nojit:trouble/host" (instance $host (export "ping" (func))))
  (core func $ping (canon lower (func $host "ping")))
  (core module $m
    (import "host" "ping" (func $ping))
    (func (export "run") (result i32) (i32.const 42))
    (func (export "post-return") (param i32) (call $ping)))
  (core instance $i (instantiate $m (with "host" (instance (export "ping" (func $ping))))))
  (func (export "run") (result u32)
    (canon lift (core func $i "run") (post-return (core func $i "post-return")))))
