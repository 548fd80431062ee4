//! Failures name the component calls around them.

use nojit::Error;

use crate::component::harness::Guest;

/// Three components, one within the other; the innermost calls `fail`.
pub(crate) const NESTED: &str = r#"
    (component
      (import "test:host/api" (instance $host (export "fail" (func (param "x" u32) (result u32)))))
      (component $inner
        (import "fail" (func $fail (param "x" u32) (result u32)))
        (core func $fail' (canon lower (func $fail)))
        (core module $m
          (import "host" "fail" (func $fail (param i32) (result i32)))
          (func (export "inner-run") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then unreachable))
            (call $fail (local.get 0))))
        (core instance $i (instantiate $m (with "host" (instance (export "fail" (func $fail'))))))
        (func (export "inner-run") (param "x" u32) (result u32) (canon lift (core func $i "inner-run"))))
      (component $middle
        (import "inner-run" (func $run (param "x" u32) (result u32)))
        (core func $run' (canon lower (func $run)))
        (core module $m
          (import "inner" "run" (func $run (param i32) (result i32)))
          (func (export "middle-run") (param i32) (result i32) (call $run (local.get 0))))
        (core instance $i (instantiate $m (with "inner" (instance (export "run" (func $run'))))))
        (func (export "middle-run") (param "x" u32) (result u32) (canon lift (core func $i "middle-run"))))
      (instance $inner (instantiate $inner (with "fail" (func $host "fail"))))
      (instance $middle (instantiate $middle (with "inner-run" (func $inner "inner-run"))))
      (core func $run' (canon lower (func $middle "middle-run")))
      (core module $m
        (import "middle" "run" (func $run (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (call $run (local.get 0))))
      (core instance $i (instantiate $m (with "middle" (instance (export "run" (func $run'))))))
      (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))"#;

fn run(argument: u32) -> String {
    let guest = Guest::<()>::new(NESTED, |linker| {
        linker
            .instance("test:host/api")?
            .func_wrap("fail", |_, (_,): (u32,)| -> nojit::Result<(u32,)> { Err(Error::host("no such user")) })
    });
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, (argument,))?.0.to_string())
    });
    observed.expect_err().into()
}

#[test]
fn a_failing_import_is_named_with_the_calls_around_it() {
    assert_eq!(
        run(1),
        "Host/Internal/no trap: no such user (in import test:host/api#fail < component function inner-run < component \
         function middle-run < export run)"
    );
}

#[test]
fn a_trap_is_named_with_the_calls_around_it() {
    assert_eq!(
        run(0),
        "Guest/Guest/Unreachable: unreachable executed (in component function inner-run < component function middle-run \
         < export run)"
    );
}
