//! What the linker finds, and what it says when it does not.

use nojit::{
    Kind, Result,
    component::{Component, Engine, Linker, Module, ResourceType, Val},
};

use super::harness::{Guest, describe};

const IMPORTS: &str = r#"
    (component
      (import "test:host/api@1.2.3" (instance $api (export "get" (func (param "key" string) (result u32)))))
      (core module $libc
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8)))
      (core instance $libc (instantiate $libc))
      (core func $get (canon lower (func $api "get") (memory (core memory $libc "memory"))))
      (core module $m
        (import "" "get" (func $get (param i32 i32) (result i32)))
        (func (export "run") (result i32) (call $get (i32.const 0) (i32.const 0))))
      (core instance $i (instantiate $m (with "" (instance (export "get" (func $get))))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;

/// The result of instantiating [`IMPORTS`] and calling `run` against these definitions.
fn run(define: impl FnOnce(&mut Linker<()>) -> Result<()>) -> Result<String, String> {
    let observed = Guest::<()>::new(IMPORTS, define).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, ())?.0.to_string())
    });
    observed.answer
}

#[test]
fn versions_match_along_their_track() {
    for (name, is_found) in [
        ("test:host/api@1.2.3", true),
        ("test:host/api@1.9.0", true),
        ("test:host/api@1.0.0", true),
        ("test:host/api@2.0.0", false),
        ("test:host/api@0.2.3", false),
        ("test:host/api", false),
        ("test:host/apis@1.2.3", false),
    ] {
        let found = run(|linker| linker.instance(name)?.func_wrap("get", |_, (_,): (String,)| Ok((42_u32,))));
        assert_eq!(found.is_ok(), is_found, "{name}: {found:?}");
        if is_found {
            assert_eq!(found.as_deref(), Ok("42"));
        }
    }
}

#[test]
fn the_exact_version_wins() {
    let found = run(|linker| {
        linker.instance("test:host/api@1.9.0")?.func_wrap("get", |_, (_,): (String,)| Ok((1_u32,)))?;
        linker.instance("test:host/api@1.2.3")?.func_wrap("get", |_, (_,): (String,)| Ok((2_u32,)))?;
        linker.instance("test:host/api@1.5.0")?.func_wrap("get", |_, (_,): (String,)| Ok((3_u32,)))
    });
    assert_eq!(found.as_deref(), Ok("2"));
}

#[test]
fn a_missing_import_is_named() {
    assert_eq!(
        run(|_| Ok(())).expect_err("is missing"),
        "Config/NotFound/no trap: the component imports test:host/api@1.2.3#get (a function), and the host does not define it"
    );
}

#[test]
fn an_import_of_another_type_is_named_with_both() {
    assert_eq!(
        run(|linker| linker.instance("test:host/api@1.2.3")?.func_wrap("get", |_, (_,): (u64,)| Ok((1_u32,))))
            .expect_err("takes a string"),
        "Config/Invalid/no trap: the component imports test:host/api@1.2.3#get as func(key: string) -> u32, the host defines \
         another type: parameters: string is no u64"
    );
    assert_eq!(
        run(|linker| linker.instance("test:host/api@1.2.3")?.func_wrap("get", |_, (_,): (String,)| Ok(())))
            .expect_err("has a result"),
        "Config/Invalid/no trap: the component imports test:host/api@1.2.3#get as func(key: string) -> u32, the host defines \
         another type: result: there are 1, the Rust tuple has 0"
    );
}

#[test]
fn an_import_that_is_no_function_is_named() {
    let error = run(|linker| {
        linker.instance("test:host/api@1.2.3")?.resource("get", ResourceType::host::<u8>(), |_, _| Ok(()))
    });
    assert_eq!(
        error.expect_err("is a resource"),
        "Config/Invalid/no trap: the component imports test:host/api@1.2.3#get as a function, the host defines another"
    );
}

#[test]
fn unknown_imports_trap_when_they_are_called() {
    let mut guest = Guest::<()>::new(IMPORTS, |_| Ok(()));
    let component = guest.component.clone();
    guest.linker.define_unknown_imports_as_traps(&component);
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, ())?.0.to_string())
    });
    assert_eq!(
        observed.expect_err(),
        "Guest/Guest/MissingImport: import test:host/api@1.2.3#get is not provided by the host: func(key: string) -> u32 \
         (in export run)"
    );
}

#[test]
fn a_name_is_defined_once() {
    let mut linker = Linker::<()>::new(&Engine::default());
    linker.root().func_wrap("f", |_, ()| Ok(())).expect("is free");
    let error = linker.root().func_wrap("f", |_, ()| Ok(())).expect_err("is taken");
    assert_eq!((error.kind(), error.message()), (Kind::AlreadyExists, "f is defined twice in the linker"));
    let error = linker.instance("f").expect_err("is a function");
    assert_eq!(error.message(), "f is defined as something that is no instance");
    linker.instance("i").expect("is free").func_wrap("f", |_, ()| Ok(())).expect("is free within i");
    linker.instance("i").expect("is open").func_wrap("g", |_, ()| Ok(())).expect("is free within i");
}

#[test]
fn a_function_of_another_store_is_refused() {
    let guest = Guest::<()>::new(IMPORTS, |linker| {
        linker.instance("test:host/api@1.2.3")?.func_wrap("get", |_, (_,): (String,)| Ok((1_u32,)))
    });
    let (mut store, instance) = guest.start();
    let (mut other, _) = guest.start();
    let run = instance.func("run").expect("is exported");
    let error = run.call(&mut other, &[], &mut [Val::U32(0)]).expect_err("is not of this store");
    assert_eq!(describe(&error), "Config/Invalid/no trap: function run belongs to another store");
    run.call(&mut store, &[], &mut [Val::U32(0)]).expect("is of this one");
}

#[test]
fn a_prepared_instance_is_made_again_and_again() {
    let guest = Guest::<()>::new(IMPORTS, |linker| {
        linker.instance("test:host/api@1.2.3")?.func_wrap("get", |_, (_,): (String,)| Ok((7_u32,)))
    });
    let pre = guest.linker.instantiate_pre(&guest.component).expect("links");
    let mut store = guest.store(super::harness::Way::Unsliced);
    let mut costs = Vec::new();
    for _ in 0..3 {
        let before = store.fuel_consumed();
        let instance = pre.instantiate(&mut store).expect("instantiates");
        let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").expect("is exported");
        assert_eq!(run.call(&mut store, ()).expect("answers"), (7,));
        costs.push(store.fuel_consumed() - before);
    }
    assert_eq!(costs, [costs[0]; 3]);
}

#[test]
fn a_core_module_is_given_by_the_host() {
    let text = r#"
        (component
          (import "m" (core module $m (export "run" (func (result i32)))))
          (core instance $i (instantiate $m))
          (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
    let bytes = wat::parse_str(r#"(module (func (export "run") (result i32) (i32.const 42)))"#).expect("is text");
    let engine = Engine::default();
    let module = Module::new(&engine, bytes).expect("is valid");
    let component = Component::new(&engine, text).expect("is valid");
    let mut linker = Linker::<()>::new(&engine);
    linker.root().module("m", &module).expect("is free");
    let mut store = nojit::component::Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).expect("links");
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").expect("is exported");
    assert_eq!(run.call(&mut store, ()).expect("answers"), (42,));
}

#[test]
fn a_component_that_is_entered_while_it_runs_traps() {
    let text = r#"
        (component
          (import "back" (func $back))
          (core func $back' (canon lower (func $back)))
          (core module $m
            (import "" "back" (func $back))
            (func (export "run") (call $back))
            (func (export "idle")))
          (core instance $i (instantiate $m (with "" (instance (export "back" (func $back'))))))
          (func (export "run") (canon lift (core func $i "run")))
          (func (export "idle") (canon lift (core func $i "idle"))))"#;
    /// What the host function calls.
    #[derive(Default)]
    struct Back(Option<nojit::component::Func>);
    let guest = Guest::new(text, |linker: &mut Linker<Back>| {
        linker.root().func_wrap("back", |mut store: nojit::component::StoreContextMut<'_, Back>, ()| {
            let func = store.data().0.clone().expect("was set");
            func.call(&mut store, &[], &mut [])
        })
    });
    let observed = guest.three_ways(|store, instance| {
        store.data_mut().0 = Some(instance.func("idle")?);
        let run = instance.get_typed_func::<(), ()>(&mut *store, "run")?;
        run.call(&mut *store, ()).map(|()| String::new())
    });
    assert_eq!(
        observed.expect_err(),
        "Guest/Guest/CannotEnter: cannot enter component instance: it is being called, or it trapped before (in export \
         idle < import back < export run)"
    );
    // Another instance may be entered.
    let (mut store, first) = guest.start();
    let second = guest.linker.instantiate(&mut store, &guest.component).expect("instantiates");
    store.data_mut().0 = Some(second.func("idle").expect("is exported"));
    let run = first.get_typed_func::<(), ()>(&mut store, "run").expect("is exported");
    run.call(&mut store, ()).expect("enters the other");
    run.call(&mut store, ()).expect("enters it again");
}

#[test]
fn unknown_imports_of_another_component_stay_unknown() {
    let guest = Guest::<()>::new(IMPORTS, |_| Ok(()));
    let other = nojit::component::Component::new(guest.component.engine(), "(component)").expect("is valid");
    let mut linker = guest.linker.clone();
    linker.define_unknown_imports_as_traps(&other);
    assert!(linker.instantiate_pre(&guest.component).is_err());
}
