;; Returns handle 42 of a resource of which it has made none.
;; Its type is exported at the root, as WIT cannot say: the component is valid, `wasm-tools component wit` refuses it.
(component
  (type $thing' (resource (rep i32)))
  (export $thing "thing" (type $thing'))
  (core module $m
    (func (export "run") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (func (export "run") (result (own $thing)) (canon lift (core func $i "run"))))
