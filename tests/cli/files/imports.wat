;; Calls an import of each kind.
(component
  (import "nojit:runtime/funcs@0.1.0" (instance $funcs (export "call-later" (func))))
  (import "acme:gadgets/host" (instance $acme (export "spin" (func))))
  (core func $funcs (canon lower (func $funcs "call-later")))
  (core func $acme (canon lower (func $acme "spin")))
  (core module $m
    (import "" "funcs" (func $funcs)) (import "" "acme" (func $acme))
    (func (export "funcs") (call $funcs))
    (func (export "acme") (call $acme))
    (func (export "none")))
  (core instance $i (instantiate $m (with "" (instance
    (export "funcs" (func $funcs)) (export "acme" (func $acme))))))
  (func (export "funcs") (canon lift (core func $i "funcs")))
  (func (export "acme") (canon lift (core func $i "acme")))
  (func (export "none") (canon lift (core func $i "none"))))
