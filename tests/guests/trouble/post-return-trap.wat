;; Its post-return traps.
(component
  (core module $m
    (func (export "run") (result i32) (i32.const 42))
    (func (export "post-return") (param i32) unreachable))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32)
    (canon lift (core func $i "run") (post-return (core func $i "post-return")))))
