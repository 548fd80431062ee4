;; Grows a table, which cannot be interrupted, and loops for ever.
(module
  (table 1 funcref)
  (func (export "f")
    (drop (table.grow (ref.null func) (i32.const 1)))
    (loop (br 0))))
