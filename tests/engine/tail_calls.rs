//! Imports that are reached by `return_call`, or that a core module exports again.

use super::define_wait;
use crate::component::harness::{Guest, Way, block_on};

/// Runs the exports of a component with `wait`, each way; the results.
fn check(text: &str, expected: &[(&str, u32)]) {
    let guest = Guest::<()>::new(text, define_wait);
    for (name, result) in expected {
        let fuel = Way::ALL.map(|way| {
            let (mut store, instance) = guest.start_in(way);
            let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, name).expect("is exported");
            for _ in 0..2 {
                let answer = block_on(run.call_async(&mut store, (10,))).expect("finishes");
                assert_eq!(answer, (*result,), "{name}, {way:?}");
            }
            store.fuel_consumed()
        });
        assert_eq!(fuel, [fuel[0]; 3], "{name}");
    }
}

#[test]
fn an_import_reached_by_return_call_waits() {
    check(
        r#"
        (component
          (import "wait" (func $wait (param "x" u32) (result u32)))
          (core func $wait' (canon lower (func $wait)))
          (core module $m
            (import "host" "wait" (func $wait (param i32) (result i32)))
            (table funcref (elem $wait))
            (type $t (func (param i32) (result i32)))
            (func (export "direct") (param i32) (result i32) (return_call $wait (local.get 0)))
            (func (export "indirect") (param i32) (result i32)
              (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
            (func $tail (param i32) (result i32) (return_call $wait (local.get 0)))
            (func (export "below") (param i32) (result i32)
              (i32.mul (call $tail (local.get 0)) (call $tail (i32.const 1))))
            (func (export "chained") (param i32) (result i32) (return_call $tail (call $wait (local.get 0)))))
          (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
          (func (export "direct") (param "x" u32) (result u32) (canon lift (core func $i "direct")))
          (func (export "indirect") (param "x" u32) (result u32) (canon lift (core func $i "indirect")))
          (func (export "below") (param "x" u32) (result u32) (canon lift (core func $i "below")))
          (func (export "chained") (param "x" u32) (result u32) (canon lift (core func $i "chained"))))"#,
        &[("direct", 11), ("indirect", 11), ("below", 22), ("chained", 12)],
    );
}

#[test]
fn an_import_that_a_core_module_exports_again_waits() {
    check(
        r#"
        (component
          (import "wait" (func $wait (param "x" u32) (result u32)))
          (core func $wait' (canon lower (func $wait)))
          (core module $m
            (import "host" "wait" (func $wait (param i32) (result i32)))
            (export "again" (func $wait)))
          (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
          (func (export "again") (param "x" u32) (result u32) (canon lift (core func $i "again")))
          (func (export "lifted") (param "x" u32) (result u32) (canon lift (core func $wait'))))"#,
        &[("again", 11), ("lifted", 11)],
    );
}

#[test]
fn an_import_that_is_passed_through_two_core_modules_waits() {
    check(
        r#"
        (component
          (import "wait" (func $wait (param "x" u32) (result u32)))
          (core func $wait' (canon lower (func $wait)))
          (core module $m
            (import "host" "wait" (func $wait (param i32) (result i32)))
            (export "wait" (func $wait)))
          (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
          (core instance $j (instantiate $m (with "host" (instance $i))))
          (func (export "twice") (param "x" u32) (result u32) (canon lift (core func $j "wait"))))"#,
        &[("twice", 11)],
    );
}

#[test]
fn a_component_function_reached_by_return_call_waits() {
    check(
        r#"
        (component
          (import "wait" (func $wait (param "x" u32) (result u32)))
          (component $inner
            (import "wait" (func $wait (param "x" u32) (result u32)))
            (core func $wait' (canon lower (func $wait)))
            (core module $m
              (import "host" "wait" (func $wait (param i32) (result i32)))
              (func (export "run") (param i32) (result i32) (return_call $wait (local.get 0))))
            (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
            (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))
          (instance $inner (instantiate $inner (with "wait" (func $wait))))
          (core func $run (canon lower (func $inner "run")))
          (core module $m
            (import "inner" "run" (func $run (param i32) (result i32)))
            (func (export "run") (param i32) (result i32) (return_call $run (local.get 0))))
          (core instance $i (instantiate $m (with "inner" (instance (export "run" (func $run))))))
          (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))"#,
        &[("run", 11)],
    );
}
