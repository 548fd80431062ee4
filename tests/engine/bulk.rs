//! Bulk instructions that run out of fuel and are resumed.

use crate::component::harness::Guest;

/// Each function does its work between two marks in memory, so that repeating any part of it shows.
const BULK: &str = r#"
    (component
      (core module $m
        (memory (export "memory") 4)
        (table $t 100 funcref)
        (table $u 100 funcref)
        (elem $e func $one $two)
        (data $d "0123456789abcdef")
        (global $marks (mut i32) (i32.const 0))
        (type $f (func (result i32)))
        (func $one (result i32) (i32.const 1))
        (func $two (result i32) (i32.const 2))
        (func $mark (result i32) (global.set $marks (i32.add (global.get $marks) (i32.const 1))) (i32.const 0))
        (func $sum (result i32)
          (local $at i32) (local $sum i32)
          (loop
            (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 1021)))
            (br_if 0 (i32.lt_u (local.get $at) (i32.const 262000))))
          (i32.add (local.get $sum) (global.get $marks)))
        (func (export "fill") (result i32)
          (memory.fill (i32.add (call $mark) (i32.const 100)) (i32.const 7) (i32.const 200000))
          (memory.fill (i32.add (call $mark) (i32.const 50000)) (i32.const 9) (i32.const 200000))
          (call $sum))
        (func (export "copy") (result i32)
          (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000))
          (memory.copy (i32.add (call $mark) (i32.const 500)) (i32.const 0) (i32.const 200000))
          (memory.copy (i32.add (call $mark) (i32.const 0)) (i32.const 700) (i32.const 200000))
          (call $sum))
        (func (export "init") (result i32)
          (memory.init $d (i32.add (call $mark) (i32.const 1021)) (i32.const 0) (i32.const 16))
          (data.drop $d)
          (call $sum))
        (func (export "table") (result i32)
          (table.init $t $e (i32.add (call $mark) (i32.const 3)) (i32.const 0) (i32.const 2))
          (table.copy $u $t (i32.add (call $mark) (i32.const 10)) (i32.const 0) (i32.const 50))
          (table.fill $u (i32.add (call $mark) (i32.const 20)) (ref.func $two) (i32.const 70))
          (i32.add
            (i32.mul (call_indirect $u (type $f) (i32.const 13)) (i32.const 100))
            (i32.add (i32.mul (call_indirect $u (type $f) (i32.const 89)) (i32.const 10)) (global.get $marks))))
        (func (export "grow") (result i32)
          (drop (memory.grow (i32.add (call $mark) (i32.const 3))))
          (drop (memory.grow (i32.add (call $mark) (i32.const 4))))
          (i32.add (i32.mul (memory.size) (i32.const 10)) (global.get $marks))))
      (core instance $i (instantiate $m))
      (func (export "fill") (result u32) (canon lift (core func $i "fill")))
      (func (export "copy") (result u32) (canon lift (core func $i "copy")))
      (func (export "init") (result u32) (canon lift (core func $i "init")))
      (func (export "table") (result u32) (canon lift (core func $i "table")))
      (func (export "grow") (result u32) (canon lift (core func $i "grow"))))"#;

fn check(name: &str) -> u32 {
    let observed = Guest::<()>::new(BULK, |_| Ok(())).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, name)?;
        Ok(run.call(store, ())?.0.to_string())
    });
    observed.expect_ok().parse().expect("is a number")
}

#[test]
fn memory_instructions_run_once_in_slices() {
    for name in ["fill", "copy", "init"] {
        check(name);
    }
}

#[test]
fn table_instructions_run_once_in_slices() {
    assert_eq!(check("table"), 123);
}

#[test]
fn memory_grow_runs_once_in_slices() {
    assert_eq!(check("grow"), 112);
}
