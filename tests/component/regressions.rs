//! What went wrong once.

use nojit::{
    Error, Result,
    component::{Linker, ResourceAny, Val},
};

use super::harness::{Guest, describe};

const CALLS: &str = r#"
    (component
      (import "get" (func $get (result u32)))
      (core func $get' (canon lower (func $get)))
      (core module $m
        (import "" "get" (func $get (result i32)))
        (func (export "run") (result i32) (call $get))
        (func (export "idle")))
      (core instance $i (instantiate $m (with "" (instance (export "get" (func $get'))))))
      (func (export "run") (result u32) (canon lift (core func $i "run")))
      (func (export "idle") (canon lift (core func $i "idle"))))"#;

/// The failure of `run`, the same each way and afterwards poisoned.
fn fails(define: impl FnOnce(&mut Linker<()>) -> Result<()>) -> String {
    let guest = Guest::new(CALLS, define);
    let observed = guest.three_ways(|store, instance| {
        let run = instance.func("run")?;
        let error = run.call(&mut *store, &[], &mut [Val::Bool(false)]).expect_err("fails");
        let idle = instance.func("idle")?;
        let idle = idle.call(&mut *store, &[], &mut []).map_err(|error| error.as_trap());
        Ok(format!("{} {idle:?}", describe(&error)))
    });
    observed.expect_ok().into()
}

#[test]
fn a_host_error_of_fault_config_poisons_as_any_other() {
    assert_eq!(
        fails(|linker| linker.root().func_wrap("get", |_, ()| -> Result<(u32,)> { Err(Error::invalid("no soup")) })),
        "Config/Invalid/no trap: no soup (in import get < export run) Err(Some(CannotEnter))"
    );
}

#[test]
fn a_host_result_of_the_wrong_type_poisons_and_has_its_chain() {
    let failure = fails(|linker| {
        linker.root().func_new("get", |_, _, _, results| {
            results[0] = Val::String("soup".into());
            Ok(())
        })
    });
    assert!(
        failure.ends_with(
            "result of a host function: expected u32, found string (in import get < export run) Err(Some(CannotEnter))"
        ),
        "{failure}"
    );
}

/// Makes things of its own and looks at them.
const THINGS: &str = r#"
    (component
      (type $thing' (resource (rep i32)))
      (export $thing "thing" (type $thing'))
      (core func $new (canon resource.new $thing'))
      (core module $m (func (export "look") (param i32) (result i32) (local.get 0)))
      (core instance $i (instantiate $m))
      (func (export "make") (param "x" u32) (result (own $thing)) (canon lift (core func $new)))
      (func (export "look") (param "t" (borrow $thing)) (result u32) (canon lift (core func $i "look"))))"#;

#[test]
fn a_resource_of_another_store_is_refused() {
    let guest = Guest::<()>::new(THINGS, |_| Ok(()));
    let (mut one, first) = guest.start();
    let (mut two, second) = guest.start();
    let make =
        |instance: &nojit::component::Instance, store: &mut nojit::component::Store<()>, x: u32| -> ResourceAny {
            let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut *store, "make").expect("is exported");
            make.call(store, (x,)).expect("makes one").0
        };
    let foreign = make(&first, &mut one, 1);
    let _own = make(&second, &mut two, 2);
    let look = second.get_typed_func::<(ResourceAny,), (u32,)>(&mut two, "look").expect("is exported");
    let looked = look.call(&mut two, (foreign,));
    assert!(looked.is_err(), "the handle of one store opened {looked:?} in another");
}

#[test]
fn a_function_of_a_nested_component_is_named_by_its_export() {
    let text = r#"
        (component
          (component $inner
            (core module $m (func (export "core-name") unreachable))
            (core instance $i (instantiate $m))
            (func (export "component-name") (canon lift (core func $i "core-name"))))
          (instance $inner (instantiate $inner))
          (core func $f (canon lower (func $inner "component-name")))
          (core module $m (import "" "f" (func $f)) (func (export "run") (call $f)))
          (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
          (func (export "run") (canon lift (core func $i "run"))))"#;
    let observed = Guest::<()>::new(text, |_| Ok(()))
        .three_ways(|store, instance| instance.func("run")?.call(store, &[], &mut []).map(|()| String::new()));
    assert_eq!(
        observed.expect_err(),
        "Guest/Guest/Unreachable: unreachable executed (in component function component-name < export run)"
    );
}

#[test]
fn unknown_imports_of_another_component_stay_unknown() {
    let guest = Guest::<()>::new(CALLS, |_| Ok(()));
    let other = nojit::component::Component::new(guest.component.engine(), "(component)").expect("is valid");
    let mut linker = guest.linker.clone();
    linker.define_unknown_imports_as_traps(&other);
    assert!(linker.instantiate_pre(&guest.component).is_err());
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

/// Each level takes a part of the host's stack, so that there is a limit.
#[test]
fn a_long_chain_of_components_does_not_overflow_the_hosts_stack() {
    let observed = Guest::<()>::new(chain(4_000), |_| Ok(())).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, ())?.0.to_string())
    });
    assert!(observed.answer.is_ok() || observed.expect_err().contains("StackOverflow"), "{observed:?}");
}
