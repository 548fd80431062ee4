;; Returns case 3 of an enum that has two.
(component
  (type $colour' (enum "red" "green"))
  (import "colour" (type $colour (eq $colour')))
  (core module $m
    (func (export "run") (result i32) (i32.const 3)))
  (core instance $i (instantiate $m))
  (func (export "run") (result $colour) (canon lift (core func $i "run"))))
