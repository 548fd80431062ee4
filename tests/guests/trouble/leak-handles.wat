;; Makes handles of a resource of its own for ever and drops none.
(component
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core module $m
    (import "thing" "new" (func $new (param i32) (result i32)))
    (func (export "run")
      (loop
        (drop (call $new (i32.const 1)))
        (br 0))))
  (core instance $i (instantiate $m (with "thing" (instance (export "new" (func $new))))))
  (func (export "run") (canon lift (core func $i "run"))))
