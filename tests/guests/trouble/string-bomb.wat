;; Returns 4,096 strings that are all the same 1 MiB of memory: 4 GiB to copy.
(component
  (core module $m
    (memory (export "memory") 17)
    (data (i32.const 0x8000) "\00\00\10\00\00\10\00\00") ;; list: at 0x100000, 4,096 elements
    (func $fill (local $at i32)
      ;; The text: 1 MiB of ASCII at 0, mostly zero bytes. The elements: 32 KiB at 0x100000, each (0, 0x100000).
      (local.set $at (i32.const 0x100000))
      (loop
        (i32.store offset=4 (local.get $at) (i32.const 0x100000))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if 0 (i32.lt_u (local.get $at) (i32.const 0x108000)))))
    (func (export "run") (result i32)
      (call $fill)
      (i32.const 0x8000)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "run") (result (list string)) (canon lift (core func $i "run") (memory $memory))))
