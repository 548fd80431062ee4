;; Calls an import of each kind.
(component
  (import "nojit:runtime/funcs@0.1.0" (instance $funcs (export "call-string" (func))))
  (import "wasi:sockets/instance-network@0.2.3" (instance $sockets (export "instance-network" (func))))
  (import "acme:gadgets/host" (instance $acme (export "spin" (func))))
  (core func $funcs (canon lower (func $funcs "call-string")))
  (core func $sockets (canon lower (func $sockets "instance-network")))
  (core func $acme (canon lower (func $acme "spin")))
  (core module $m
    (import "" "funcs" (func $funcs)) (import "" "sockets" (func $sockets)) (import "" "acme" (func $acme))
    (func (export "funcs") (call $funcs))
    (func (export "sockets") (call $sockets))
    (func (export "acme") (call $acme))
    (func (export "none")))
  (core instance $i (instantiate $m (with "" (instance
    (export "funcs" (func $funcs)) (export "sockets" (func $sockets)) (export "acme" (func $acme))))))
  (func (export "funcs") (canon lift (core func $i "funcs")))
  (func (export "sockets") (canon lift (core func $i "sockets")))
  (func (export "acme") (canon lift (core func $i "acme")))
  (func (export "none") (canon lift (core func $i "none"))))
