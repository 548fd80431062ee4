;; Calls an import of each kind.
(component
  (import "wasi:filesystem/preopens@0.2.3" (instance $fs (export "get-directories" (func))))
  (import "wasi:sockets/instance-network@0.2.3" (instance $sockets (export "instance-network" (func))))
  (import "acme:gadgets/host" (instance $acme (export "spin" (func))))
  (core func $fs (canon lower (func $fs "get-directories")))
  (core func $sockets (canon lower (func $sockets "instance-network")))
  (core func $acme (canon lower (func $acme "spin")))
  (core module $m
    (import "" "fs" (func $fs)) (import "" "sockets" (func $sockets)) (import "" "acme" (func $acme))
    (func (export "fs") (call $fs))
    (func (export "sockets") (call $sockets))
    (func (export "acme") (call $acme))
    (func (export "none")))
  (core instance $i (instantiate $m (with "" (instance
    (export "fs" (func $fs)) (export "sockets" (func $sockets)) (export "acme" (func $acme))))))
  (func (export "fs") (canon lift (core func $i "fs")))
  (func (export "sockets") (canon lift (core func $i "sockets")))
  (func (export "acme") (canon lift (core func $i "acme")))
  (func (export "none") (canon lift (core func $i "none"))))
