//! Start functions that wait.

use nojit::Trap;

use super::define_wait;
use crate::component::harness::{Guest, Way, block_on};

/// Its start function sets a global to what `wait` answers to 41.
const WAITS_AT_START: &str = r#"
    (component
      (import "wait" (func $wait (param "x" u32) (result u32)))
      (core func $wait' (canon lower (func $wait)))
      (core module $m
        (import "host" "wait" (func $wait (param i32) (result i32)))
        (global $answer (mut i32) (i32.const 0))
        (func $start (global.set $answer (call $wait (i32.const 41))))
        (func (export "answer") (result i32) (global.get $answer))
        (start $start))
      (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
      (func (export "answer") (result u32) (canon lift (core func $i "answer"))))"#;

#[test]
fn a_start_function_waits_and_finishes() {
    let guest = Guest::<()>::new(WAITS_AT_START, define_wait);
    let fuel = Way::ALL.map(|way| {
        let mut store = guest.store(way);
        let made = block_on(guest.linker.instantiate_async(&mut store, &guest.component)).expect("instantiates");
        let answer = made.get_typed_func::<(), (u32,)>(&mut store, "answer").expect("is exported");
        assert_eq!(answer.call(&mut store, ()).expect("answers"), (42,));
        store.fuel_consumed()
    });
    assert_eq!(fuel, [fuel[0]; 3]);
}

#[test]
fn a_start_function_that_waits_fails_an_instantiation_that_cannot() {
    let guest = Guest::<()>::new(WAITS_AT_START, define_wait);
    let observed = guest.three_ways(|_, _| Ok(String::new()));
    assert_eq!(
        observed.expect_err(),
        "Host/Unavailable/no trap: a host function waits, and the call cannot: use the async form of the call \
         (in import wait < start function)"
    );
}

#[test]
fn a_start_function_of_a_nested_component_waits_too() {
    let text = r#"
        (component
          (import "wait" (func $wait (param "x" u32) (result u32)))
          (component $inner
            (import "wait" (func $wait (param "x" u32) (result u32)))
            (core func $wait' (canon lower (func $wait)))
            (core module $m
              (import "host" "wait" (func $wait (param i32) (result i32)))
              (global $answer (mut i32) (i32.const 0))
              (func (export "answer") (result i32) (global.get $answer))
              (func $start (global.set $answer (call $wait (i32.const 1))))
              (start $start))
            (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
            (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
          (instance $inner (instantiate $inner (with "wait" (func $wait))))
          (core func $answer (canon lower (func $inner "answer")))
          (core module $outer
            (import "inner" "answer" (func $answer (result i32)))
            (global $answer (mut i32) (i32.const 0))
            (func $start (global.set $answer (i32.mul (call $answer) (i32.const 21))))
            (start $start)
            (func (export "answer") (result i32) (global.get $answer)))
          (core instance $o (instantiate $outer (with "inner" (instance (export "answer" (func $answer))))))
          (func (export "answer") (result u32) (canon lift (core func $o "answer"))))"#;
    let guest = Guest::<()>::new(text, define_wait);
    let mut store = guest.store(Way::Sliced);
    let made = block_on(guest.linker.instantiate_async(&mut store, &guest.component)).expect("instantiates");
    let answer = made.get_typed_func::<(), (u32,)>(&mut store, "answer").expect("is exported");
    assert_eq!(answer.call(&mut store, ()).expect("answers"), (42,));
}

#[test]
fn a_start_function_that_calls_on_traps_by_name() {
    let text = r#"
        (component
          (core module $m (func $start unreachable) (start $start))
          (core instance (instantiate $m)))"#;
    let observed = Guest::<()>::new(text, |_| Ok(())).three_ways(|_, _| Ok(String::new()));
    assert_eq!(observed.expect_err(), "Guest/Guest/Unreachable: unreachable executed (in start function)");
}

#[test]
fn instantiation_is_cut_by_fuel() {
    let text = r#"
        (component
          (core module $m (func $start (loop (br 0))) (start $start))
          (core instance (instantiate $m)))"#;
    let guest = Guest::<()>::new(text, |_| Ok(())).fuel(10_000);
    for way in Way::ALL {
        let mut store = guest.store(way);
        let error = guest.linker.instantiate(&mut store, &guest.component).expect_err("never ends");
        assert_eq!(error.as_trap(), Some(Trap::OutOfFuel), "{error}");
        assert!(store.fuel_consumed() <= 10_000);
    }
}
