//! Errors that embedders read, and what a failure leaves.

use nojit::{
    Error, Result, Trap,
    component::{Answer, Linker, Val},
};

use super::{
    harness::{Guest, Way, block_on, describe},
    waiting::Polls,
};

/// Calls `get`, whose result it returns.
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
        assert_eq!(idle, Err(Some(Trap::CannotEnter)), "the instance was left half-way: {error}");
        Ok(describe(&error))
    });
    observed.expect_ok().into()
}

#[test]
fn a_host_error_is_passed_on() {
    assert_eq!(
        fails(|linker| linker.root().func_wrap("get", |_, ()| -> Result<(u32,)> { Err(Error::host("no soup")) })),
        "Host/Internal/no trap: no soup (in import get < export run)"
    );
}

#[test]
fn a_host_result_that_is_missing_is_named() {
    let failure = fails(|linker| linker.root().func_new_wait("get", |_, _, _| Ok(Answer::Ready(None))));
    assert!(failure.contains("a host function gave no result where its type has one"), "{failure}");
}

#[test]
fn the_source_of_an_error_is_kept() {
    let guest = Guest::<()>::new(CALLS, |linker| {
        linker
            .root()
            .func_wrap("get", |_, ()| -> Result<(u32,)> { Err(Error::host("no soup").with_source(std::fmt::Error)) })
    });
    for way in Way::ALL {
        let (mut store, instance) = guest.start_in(way);
        let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").expect("is exported");
        let error = run.call(&mut store, ()).expect_err("fails");
        assert!(error.downcast_source::<std::fmt::Error>().is_some(), "{way:?}");
    }
}

#[test]
fn a_failure_after_a_wait_has_its_chain() {
    let guest = Guest::<()>::new(CALLS, |linker| {
        linker.root().func_wait("get", |_, ()| {
            Ok(Answer::wait(Polls(1), |_, ()| -> Result<(u32,)> { Err(Error::host("no soup")) }))
        })
    });
    for way in Way::ALL {
        let (mut store, instance) = guest.start_in(way);
        let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").expect("is exported");
        let error = block_on(run.call_async(&mut store, ())).expect_err("fails");
        assert_eq!(error.chain(), ["import get", "export run"], "{way:?}");
    }
}

/// Takes a record with a list of records and traps if it is ever called.
const TAKES: &str = r#"
    (component
      (core module $m
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 64))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.get $next)
          (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -8))))
        (func (export "run") (param i32 i32 i32) unreachable)
        (func (export "idle")))
      (core instance $i (instantiate $m))
      (alias core export $i "memory" (core memory $memory))
      (alias core export $i "realloc" (core func $realloc))
      (type $tag' (record (field "name" string) (field "weight" u8)))
      (export $tag "tag" (type $tag'))
      (type $user' (record (field "id" u32) (field "tags" (list $tag))))
      (export $user "user" (type $user'))
      (func (export "run") (param "who" $user) (canon lift (core func $i "run") (memory $memory) (realloc $realloc)))
      (func (export "idle") (canon lift (core func $i "idle"))))"#;

/// What is wrong with the argument of [`TAKES`], which is not entered.
fn refused(argument: &Val) -> String {
    let observed = Guest::<()>::new(TAKES, |_| Ok(())).three_ways(|store, instance| {
        let error =
            instance.func("run")?.call(&mut *store, std::slice::from_ref(argument), &mut []).expect_err("fails");
        instance.func("idle")?.call(&mut *store, &[], &mut []).expect("nothing has happened");
        Ok(describe(&error))
    });
    observed.expect_ok().into()
}

fn user(id: Val, tags: Vec<Val>) -> Val {
    Val::Record(vec![("id".into(), id), ("tags".into(), Val::List(tags))])
}

fn tag(name: Val, weight: Val) -> Val {
    Val::Record(vec![("name".into(), name), ("weight".into(), weight)])
}

#[test]
fn wrong_arguments_are_named_by_their_path() {
    let soup = || Val::String("soup".into());
    for (argument, message) in [
        (
            soup(),
            "argument 1 who: expected record { id: u32, tags: list<record { name: string, weight: u8 }> }, found string",
        ),
        (user(soup(), vec![]), "argument 1 who.id: expected u32, found string"),
        (
            user(Val::U32(1), vec![tag(soup(), Val::U8(1)), tag(soup(), Val::U32(1))]),
            "argument 1 who.tags[1].weight: expected u8, found u32",
        ),
        (
            user(Val::U32(1), vec![tag(Val::U8(0), Val::U8(1))]),
            "argument 1 who.tags[0].name: expected string, found u8",
        ),
        (
            user(Val::U32(1), vec![soup()]),
            "argument 1 who.tags[0]: expected record { name: string, weight: u8 }, found string",
        ),
        (
            user(Val::U32(1), vec![Val::Record(vec![("name".into(), soup()), ("heft".into(), Val::U8(1))])]),
            "argument 1 who.tags[0]: expected record { name: string, weight: u8 }, found no field weight",
        ),
    ] {
        assert_eq!(refused(&argument), format!("Config/Invalid/no trap: {message}"));
    }
}

#[test]
fn a_wrong_number_of_arguments_names_them() {
    let guest = Guest::<()>::new(TAKES, |_| Ok(()));
    let (mut store, instance) = guest.start();
    let run = instance.func("run").expect("is exported");
    let error = run.call(&mut store, &[], &mut []).expect_err("takes one");
    assert_eq!(error.message(), "run takes 1 argument (who), got 0");
    let error = run.call(&mut store, &[Val::U8(0)], &mut [Val::U8(0)]).expect_err("has no result");
    assert_eq!(error.message(), "run has 0 results, got room for 1");
}

#[test]
fn a_name_that_leads_to_nothing_lists_what_there_is() {
    let guest = Guest::<()>::new(TAKES, |_| Ok(()));
    let (_, instance) = guest.start();
    let error = instance.func("walk").expect_err("is not exported");
    assert_eq!(describe(&error), "Config/NotFound/no trap: no function walk; there are: run, idle");
}

#[test]
fn a_host_error_of_fault_config_poisons_as_any_other() {
    assert_eq!(
        fails(|linker| linker.root().func_wrap("get", |_, ()| -> Result<(u32,)> { Err(Error::invalid("no soup")) })),
        "Config/Invalid/no trap: no soup (in import get < export run)"
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
    let expected = "result of a host function: expected u32, found string (in import get < export run)";
    assert!(failure.ends_with(expected), "{failure}");
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
