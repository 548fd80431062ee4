//! How deep a guest may call.

use nojit::{Trap, component::Config};

use crate::component::harness::{Guest, Observed};

/// Calls itself as often as asked and counts on the way back.
const RECURSES: &str = r#"
    (component
      (core module $m
        (func $down (param i32) (result i32)
          (if (result i32) (i32.eqz (local.get 0))
            (then (i32.const 0))
            (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))
        (func (export "run") (param i32) (result i32) (call $down (local.get 0))))
      (core instance $i (instantiate $m))
      (func (export "run") (param "depth" u32) (result u32) (canon lift (core func $i "run"))))"#;

fn recurse(config: &Config, depth: u32) -> Observed {
    Guest::<()>::with_config(config, RECURSES, |_| Ok(())).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, (depth,))?.0.to_string())
    })
}

#[test]
fn ten_thousand_frames_are_nothing_special() {
    assert_eq!(recurse(&Config::new(), 10_000).expect_ok(), "10000");
}

#[test]
fn fifty_thousand_frames_are_the_limit() {
    // `run` is a frame, and so is the call with 0.
    assert_eq!(recurse(&Config::new(), 49_998).expect_ok(), "49998");
    let error = recurse(&Config::new(), 49_999);
    assert!(error.expect_err().starts_with(&format!("Guest/Guest/{:?}: ", Trap::StackOverflow)), "{error:?}");
    assert!(recurse(&Config::new(), 10_000_000).expect_err().contains("StackOverflow"));
}

#[test]
fn the_limit_is_as_configured() {
    assert_eq!(recurse(Config::new().max_frames(100), 98).expect_ok(), "98");
    assert!(recurse(Config::new().max_frames(100), 99).expect_err().contains("StackOverflow"));
}

#[test]
fn a_full_value_stack_is_a_stack_overflow() {
    let small = recurse(Config::new().max_value_stack(64 << 10), 40_000);
    assert!(small.expect_err().contains("StackOverflow"), "{small:?}");
}

/// A chain of component instances, each of which calls the next.
fn chain(length: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        r#"(component
          (component $link
            (import "next" (func $next (result u32)))
            (core func $next' (canon lower (func $next)))
            (core module $m
              (import "" "next" (func $next (result i32)))
              (func (export "run") (result i32) (i32.add (i32.const 1) (call $next))))
            (core instance $i (instantiate $m (with "" (instance (export "next" (func $next'))))))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))
          (core module $end (func (export "run") (result i32) (i32.const 0)))
          (core instance $end (instantiate $end))
          (func $f0 (result u32) (canon lift (core func $end "run")))"#,
    );
    for index in 0..length {
        let _ = write!(text, "(instance $i{index} (instantiate $link (with \"next\" (func $f{index}))))");
        let _ = write!(text, "(alias export $i{index} \"run\" (func $f{}))", index + 1);
    }
    let _ = write!(text, "(export \"run\" (func $f{length})))");
    text
}

fn run_chain(length: usize) -> Observed {
    Guest::<()>::new(chain(length), |_| Ok(())).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, ())?.0.to_string())
    })
}

#[test]
fn components_call_each_other_twenty_deep() {
    assert_eq!(run_chain(20).expect_ok(), "20");
}

#[test]
fn the_depth_of_calls_between_components_is_limited() {
    assert_eq!(run_chain(64).expect_ok(), "64");
    for length in [65, 4_000] {
        let deeper = run_chain(length);
        assert!(deeper.expect_err().contains("calls between components nest deeper than 64"), "{deeper:?}");
    }
}
