;; Grows its memory, 1 MiB at a time, until that is refused; returns the pages it has then.
(component
  (core module $m
    (memory 0)
    (func (export "run") (result i32)
      (loop
        (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
      (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
