//! Guests that reach their imports through a table, as toolchains link them: they get the imports themselves, and nothing else
//! may differ but the fuel of the way.

use nojit::{
    Result,
    component::{Instance, Linker, Store},
};

use super::harness::{Guest, Observed};

/// What each of the modules has besides its part of the detour, and each side of it.
#[derive(Clone, Copy, Default)]
struct Besides<'a> {
    calls: &'a str,
    guest: &'a str,
    fills: &'a str,
    component: &'a str,
}

/// A guest that says `hello`, and answers what it gets for it.
fn component(besides: Besides<'_>) -> String {
    let Besides { calls, guest, fills, component } = besides;
    format!(
        r#"(component
          (import "say" (func $say (param "text" string) (result u32)))
          (core module $calls
            (type $t (func (param i32 i32) (result i32)))
            (table (export "$imports") 1 1 funcref)
            (func (export "0") (type $t) local.get 0 local.get 1 i32.const 0 call_indirect (type $t))
            {calls})
          (core module $guest
            (import "host" "say" (func $say (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 8) "hello")
            (func $run (export "run") (result i32) (call $say (i32.const 8) (i32.const 5)))
            {guest})
          (core module $fills
            (import "" "0" (func (param i32 i32) (result i32)))
            (import "" "$imports" (table 1 1 funcref))
            (elem (i32.const 0) func 0)
            {fills})
          (core instance $calls (instantiate $calls))
          (core instance $guest (instantiate $guest (with "host" (instance (export "say" (func $calls "0"))))))
          (core func $say' (canon lower (func $say) (memory (core memory $guest "memory"))))
          (core instance (instantiate $fills (with "" (instance
            (export "$imports" (table $calls "$imports"))
            (export "0" (func $say'))))))
          (func (export "run") (result u32) (canon lift (core func $guest "run")))
          {component})"#
    )
}

/// The three ways of a call of `run`.
fn observe(besides: Besides<'_>) -> Observed {
    let define =
        |linker: &mut Linker<()>| linker.root().func_wrap("say", |_, (text,): (String,)| Ok((text.len() as u32 + 37,)));
    Guest::new(component(besides), define).three_ways(|store: &mut Store<()>, instance: &Instance| -> Result<String> {
        Ok(instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?.call(store, ())?.0.to_string())
    })
}

#[test]
fn the_way_is_shorter_and_the_answer_the_same() {
    let short = observe(Besides::default());
    assert_eq!(short.expect_ok(), "42");
    for besides in [
        Besides { calls: "(global i32 (i32.const 0))", ..Besides::default() },
        Besides { fills: "(func)", ..Besides::default() },
        // Somebody else uses a function of it.
        Besides {
            component: r#"(func (export "again") (param "a" u32) (param "b" u32) (result u32)
                (canon lift (core func $calls "0")))"#,
            ..Besides::default()
        },
    ] {
        let long = observe(besides);
        assert_eq!((&long.answer, long.memory_bytes), (&short.answer, short.memory_bytes));
        // Two modules are made besides.
        assert!(long.fuel > short.fuel + 2_000, "{} and {}", long.fuel, short.fuel);
    }
}

#[test]
fn what_is_called_before_its_slot_is_filled_traps() {
    let begins = Besides { guest: "(func $begin (drop (call $run))) (start $begin)", ..Besides::default() };
    let short = observe(begins);
    let long = observe(Besides { fills: "(func)", ..begins });
    assert!(short.expect_err().contains("IndirectCallToNull"), "{short:?}");
    assert_eq!(short.answer, long.answer);
}

#[test]
fn a_slot_of_another_type_or_none_is_left_to_trap() {
    let text = component(Besides::default());
    for (from, to) in [
        // Another slot than the one that is filled.
        ("i32.const 0 call_indirect", "i32.const 1 call_indirect"),
        // Nothing is filled.
        ("(elem (i32.const 0) func 0)", "(elem (i32.const 0) func)"),
    ] {
        assert!(text.contains(from));
        let guest = Guest::<()>::new(text.replace(from, to), |linker| {
            linker.root().func_wrap("say", |_, (_,): (String,)| Ok((0_u32,)))
        });
        let observed = guest.three_ways(|store, instance| {
            Ok(instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?.call(store, ())?.0.to_string())
        });
        let error = observed.expect_err();
        assert!(error.contains("IndirectCallToNull") || error.contains("TableOutOfBounds"), "{error}");
    }
}
