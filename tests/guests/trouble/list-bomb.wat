;; Returns lists of lists that cost it 2 pages and the host 2^26 values: 8,192 lists, each the same 8,192 bytes.
(component
  (core module $m
    (memory (export "memory") 2)
    (data (i32.const 8) "\00\00\01\00\00\20\00\00") ;; list: at 0x10000, 8,192 elements
    (func $fill (local $at i32)
      ;; The inner list: 8,192 zero bytes at 0x1000. The elements: 64 KiB at 0x10000, each (0x1000, 8,192).
      (local.set $at (i32.const 0x10000))
      (loop
        (i32.store offset=0 (local.get $at) (i32.const 0x1000))
        (i32.store offset=4 (local.get $at) (i32.const 0x2000))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if 0 (i32.lt_u (local.get $at) (i32.const 0x20000)))))
    (func (export "run") (result i32)
      (call $fill)
      (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result (list (list bool))) (canon lift (core func $i "run") (memory $memory))))
