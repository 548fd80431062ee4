//! A composition three deep is suspended: in its innermost import, and once at each level.

use nojit::{
    Error, Result,
    component::{Answer, Linker},
};

use super::{
    harness::{Guest, Way, block_on, describe},
    waiting::Polls,
};

/// Each level calls `wait` before and after the next level; the innermost traps on 99 after its wait.
pub(crate) const THREE_DEEP: &str = r#"
    (component
      (import "wait" (func $wait (param "x" u32) (result u32)))
      (component $inner
        (import "wait" (func $wait (param "x" u32) (result u32)))
        (core func $wait' (canon lower (func $wait)))
        (core module $m
          (import "host" "wait" (func $wait (param i32) (result i32)))
          (func (export "inner") (param i32) (result i32)
            (local.set 0 (call $wait (local.get 0)))
            (if (i32.eq (local.get 0) (i32.const 99)) (then unreachable))
            (i32.mul (local.get 0) (i32.const 2))))
        (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $wait'))))))
        (func (export "inner") (param "x" u32) (result u32) (canon lift (core func $i "inner"))))
      (component $middle
        (import "wait" (func $wait (param "x" u32) (result u32)))
        (import "inner" (func $inner (param "x" u32) (result u32)))
        (core func $wait' (canon lower (func $wait)))
        (core func $inner' (canon lower (func $inner)))
        (core module $m
          (import "host" "wait" (func $wait (param i32) (result i32)))
          (import "host" "inner" (func $inner (param i32) (result i32)))
          (func (export "middle") (param i32) (result i32)
            (call $wait (call $inner (call $wait (local.get 0)))))
          (func (export "middle-only-inner") (param i32) (result i32) (call $inner (local.get 0))))
        (core instance $i (instantiate $m
          (with "host" (instance (export "wait" (func $wait')) (export "inner" (func $inner'))))))
        (func (export "middle") (param "x" u32) (result u32) (canon lift (core func $i "middle")))
        (func (export "middle-only-inner") (param "x" u32) (result u32)
          (canon lift (core func $i "middle-only-inner"))))
      (instance $inner (instantiate $inner (with "wait" (func $wait))))
      (instance $middle (instantiate $middle (with "wait" (func $wait)) (with "inner" (func $inner "inner"))))
      (core func $wait' (canon lower (func $wait)))
      (core func $middle' (canon lower (func $middle "middle")))
      (core func $only' (canon lower (func $middle "middle-only-inner")))
      (core module $m
        (import "host" "wait" (func $wait (param i32) (result i32)))
        (import "host" "middle" (func $middle (param i32) (result i32)))
        (import "host" "only" (func $only (param i32) (result i32)))
        (func (export "each") (param i32) (result i32) (call $wait (call $middle (call $wait (local.get 0)))))
        (func (export "innermost") (param i32) (result i32) (call $only (local.get 0)))
        (func (export "nothing")))
      (core instance $i (instantiate $m (with "host" (instance
        (export "wait" (func $wait')) (export "middle" (func $middle')) (export "only" (func $only'))))))
      (func (export "each") (param "x" u32) (result u32) (canon lift (core func $i "each")))
      (func (export "innermost") (param "x" u32) (result u32) (canon lift (core func $i "innermost")))
      (func (export "nothing") (canon lift (core func $i "nothing"))))"#;

/// `wait` answers `x + 1` after `polls` polls, and fails for 50 when it has waited.
fn define(polls: u32) -> impl FnOnce(&mut Linker<()>) -> Result<()> {
    move |linker| {
        linker.root().func_wait("wait", move |_, (x,): (u32,)| {
            Ok(Answer::wait(
                Polls(polls),
                move |_, ()| {
                    if x == 50 { Err(Error::host("fifty is too much")) } else { Ok((x + 1,)) }
                },
            ))
        })
    }
}

/// What an export answers to `x` and what that costs: the same each way, however often the host is polled.
fn run(export: &str, x: u32) -> Result<u32, String> {
    let mut outcomes = Vec::new();
    for polls in [0, 1, 7] {
        let guest = Guest::<()>::new(THREE_DEEP, define(polls));
        for way in Way::ALL {
            let (mut store, instance) = guest.start_in(way);
            let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, export).expect("is exported");
            let nothing = instance.get_typed_func::<(), ()>(&mut store, "nothing").expect("is exported");
            let answer = block_on(run.call_async(&mut store, (x,)));
            outcomes.push((answer.map(|(x,)| x).map_err(|error| describe(&error)), store.fuel_consumed()));
            // After a failure the instance cannot be entered again, else it can.
            let again = nothing.call(&mut store, ());
            assert_eq!(again.is_ok(), outcomes.last().is_some_and(|(answer, _)| answer.is_ok()), "{again:?}");
        }
    }
    assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{outcomes:#?}");
    outcomes.remove(0).0
}

#[test]
fn the_innermost_import_waits() {
    assert_eq!(run("innermost", 4), Ok(10));
}

#[test]
fn every_level_waits() {
    // ((x + 1 + 1 + 1) * 2) + 1 + 1
    assert_eq!(run("each", 4), Ok(16));
}

#[test]
fn the_guest_traps_after_it_was_resumed() {
    assert_eq!(
        run("innermost", 98),
        Err("Guest/Guest/Unreachable: unreachable executed (in component function inner < component function \
             middle-only-inner < export innermost)"
            .into())
    );
}

#[test]
fn the_import_fails_after_it_waited() {
    assert_eq!(
        run("innermost", 50),
        Err(
            "Host/Internal/no trap: fifty is too much (in import wait < component function inner < component function \
             middle-only-inner < export innermost)"
                .into()
        )
    );
    assert_eq!(run("each", 50), Err("Host/Internal/no trap: fifty is too much (in import wait < export each)".into()));
    assert_eq!(
        run("each", 48),
        Err(
            "Host/Internal/no trap: fifty is too much (in import wait < component function inner < component function \
             middle < export each)"
                .into()
        )
    );
}

#[test]
fn a_synchronous_call_of_what_waits_fails_and_poisons() {
    let guest = Guest::<()>::new(THREE_DEEP, define(1));
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "innermost")?;
        let error = run.call(&mut *store, (1,)).expect_err("cannot wait");
        let again = run.call(&mut *store, (1,)).expect_err("is poisoned");
        Ok(format!("{}\n{}", describe(&error), describe(&again)))
    });
    assert_eq!(
        observed.expect_ok(),
        "Host/Unavailable/no trap: a host function waits, and the call cannot: use the async form of the call (in import \
         wait < component function inner < component function middle-only-inner < export innermost)\nGuest/Guest/CannotEnter: \
         cannot enter component instance: it is being called, or it trapped before (in export innermost)"
    );
}

#[test]
fn a_synchronous_call_of_what_is_ready_goes_on() {
    let guest = Guest::<()>::new(THREE_DEEP, define(0));
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "each")?;
        Ok(run.call(store, (4,))?.0.to_string())
    });
    assert_eq!(observed.expect_ok(), "16");
}

#[test]
fn futures_of_a_sendable_store_are_sendable() {
    fn assert_send<V: Send>(value: V) -> V {
        value
    }
    let guest = Guest::<()>::new(THREE_DEEP, define(1));
    let (mut store, instance) = guest.start();
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "each").expect("is exported");
    assert_eq!(block_on(assert_send(run.call_async(&mut store, (4,)))).expect("finishes"), (16,));
}
