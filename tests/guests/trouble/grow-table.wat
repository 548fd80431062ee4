;; Grows a table, 1,000 elements at a time, until that is refused; returns the elements it has then.
(component
  (core module $m
    (table 0 funcref)
    (func (export "run") (result i32)
      (loop
        (br_if 0 (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))
      (table.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
