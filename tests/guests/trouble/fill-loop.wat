;; Loops for ever over an instruction that does much work: it fills 16 MiB each time.
(component
  (core module $m
    (memory 256)
    (func (export "run")
      (loop
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x1000000))
        (br 0))))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
