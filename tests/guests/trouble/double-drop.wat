;; Drops the same handle twice.
(component
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core func $drop (canon resource.drop $thing))
  (core module $m
    (import "thing" "new" (func $new (param i32) (result i32)))
    (import "thing" "drop" (func $drop (param i32)))
    (func (export "run")
      (local $handle i32)
      (local.set $handle (call $new (i32.const 1)))
      (call $drop (local.get $handle))
      (call $drop (local.get $handle))))
  (core instance $i (instantiate $m
    (with "thing" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $i "run"))))
