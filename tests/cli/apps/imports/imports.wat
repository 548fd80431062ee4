;; Calls an import of each kind.
(component
  (import "wasi:filesystem/preopens@0.2.3" (instance $fs (export "get-directories" (func))))
  (import "nojit:runtime/funcs@0.1.0" (instance $funcs (export "call-later" (func))))
  (import "acme:gadgets/host" (instance $acme (export "spin" (func))))
  (core func $fs (canon lower (func $fs "get-directories")))
  (core func $funcs (canon lower (func $funcs "call-later")))
  (core func $acme (canon lower (func $acme "spin")))
  (core module $m
    (import "" "fs" (func $fs)) (import "" "funcs" (func $funcs)) (import "" "acme" (func $acme))
    (func (export "fs") (call $fs))
    (func (export "funcs") (call $funcs))
    (func (export "acme") (call $acme))
    (func (export "none")))
  (core instance $i (instantiate $m (with "" (instance
    (export "fs" (func $fs)) (export "funcs" (func $funcs)) (export "acme" (func $acme))))))
  (func (export "fs") (canon lift (core func $i "fs")))
  (func (export "funcs") (canon lift (core func $i "funcs")))
  (func (export "acme") (canon lift (core func $i "acme")))
  (func (export "none") (canon lift (core func $i "none"))))
