;; Grows its memory by so many pages of 64 KiB. The pages there were before, or -1.
(module
  (memory 1)
  (func (export "grow") (param $pages i32) (result i32)
    (memory.grow (local.get $pages))))
