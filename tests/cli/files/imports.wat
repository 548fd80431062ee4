;; Calls an import of each kind.
(component
  (import "wasi:filesystem/preopens@0.2.3" (instance $fs (export "get-directories" (func))))
  (import "wasi:random/insecure-seed@0.2.3" (instance $random (export "insecure-seed" (func))))
  (import "acme:gadgets/host" (instance $acme (export "spin" (func))))
  (core func $fs (canon lower (func $fs "get-directories")))
  (core func $random (canon lower (func $random "insecure-seed")))
  (core func $acme (canon lower (func $acme "spin")))
  (core module $m
    (import "" "fs" (func $fs)) (import "" "random" (func $random)) (import "" "acme" (func $acme))
    (func (export "fs") (call $fs))
    (func (export "random") (call $random))
    (func (export "acme") (call $acme))
    (func (export "none")))
  (core instance $i (instantiate $m (with "" (instance
    (export "fs" (func $fs)) (export "random" (func $random)) (export "acme" (func $acme))))))
  (func (export "fs") (canon lift (core func $i "fs")))
  (func (export "random") (canon lift (core func $i "random")))
  (func (export "acme") (canon lift (core func $i "acme")))
  (func (export "none") (canon lift (core func $i "none"))))
