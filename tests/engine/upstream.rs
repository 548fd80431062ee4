//! What the interpreter itself does: a test that fails here means that upstream has changed, and that the answer to it
//! may go. See "What wasmi 2.0.0 does not do" in the design.

use std::fmt;

use wasmi::{
    Caller, Config, Engine, Error, Extern, Func, FuncType, Instance, Module, ResumableCall, Store, TrapCode, Val,
    ValType, errors::HostError,
};

/// What the host functions of these tests suspend with.
#[derive(Debug)]
struct Suspension;

impl fmt::Display for Suspension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("suspended")
    }
}

impl HostError for Suspension {}

fn engine() -> Engine {
    let mut config = Config::default();
    config.consume_fuel(true);
    Engine::new(&config)
}

/// A store with fuel, and `wait`: `(i32) -> i32`, which suspends.
fn store(engine: &Engine, fuel: u64) -> (Store<()>, Func) {
    let mut store = Store::new(engine, ());
    store.set_fuel(fuel).expect("fuel is on");
    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    let wait = Func::new(&mut store, ty, |_: Caller<'_, ()>, _: &[Val], _: &mut [Val]| Err(Error::host(Suspension)));
    (store, wait)
}

fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, wat::parse_str(text).expect("is text")).expect("is valid")
}

fn func(store: &Store<()>, instance: &Instance, name: &str) -> Func {
    instance.get_func(store, name).expect("is exported")
}

#[test]
fn start_runs_by_a_plain_call() {
    let engine = engine();
    let (mut store, wait) = store(&engine, 1_000_000);
    let text = r#"(module
        (import "" "wait" (func $wait (param i32) (result i32)))
        (func $start (drop (call $wait (i32.const 1))))
        (start $start))"#;
    let error =
        Instance::new(&mut store, &module(&engine, text), &[Extern::Func(wait)]).expect_err("cannot be resumed");
    assert!(error.downcast_ref::<Suspension>().is_some(), "{error}");
}

/// The result of an export that reaches `wait`, which is resumed with 42.
fn resumed(body: &str) -> Result<i32, String> {
    let engine = engine();
    let (mut store, wait) = store(&engine, 1_000_000);
    let text = format!(r#"(module (import "" "wait" (func $wait (param i32) (result i32))) {body})"#);
    let instance = Instance::new(&mut store, &module(&engine, &text), &[Extern::Func(wait)]).expect("instantiates");
    let run = func(&store, &instance, "run");
    let mut results = [Val::I32(-1)];
    let call = run.call_resumable(&mut store, &[Val::I32(7)], &mut results).map_err(|error| error.to_string())?;
    match call {
        ResumableCall::HostTrap(call) => {
            call.resume(&mut store, &[Val::I32(42)], &mut results).map_err(|error| error.to_string())?;
        }
        other => return Err(format!("{other:?}")),
    }
    match results {
        [Val::I32(result)] => Ok(result),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn a_host_function_that_is_called_suspends() {
    assert_eq!(resumed(r#"(func (export "run") (param i32) (result i32) (call $wait (local.get 0)))"#), Ok(42));
}

#[test]
fn a_host_function_reached_by_return_call_loses_its_result() {
    let result = resumed(r#"(func (export "run") (param i32) (result i32) (return_call $wait (local.get 0)))"#);
    assert_ne!(result, Ok(42));
}

#[test]
fn a_host_function_that_is_exported_again_does_not_suspend() {
    assert_ne!(resumed(r#"(export "run" (func $wait))"#), Ok(42));
}

/// The marks that a body makes in one call that is resumed each time fuel runs out; it makes two. None if it never ends.
fn marks(definitions: &str, grow: &str) -> Option<i32> {
    let engine = engine();
    let (mut store, _) = store(&engine, 1_000_000);
    let mark = "(global.set $marks (i32.add (global.get $marks) (i32.const 1)))";
    let text = format!(
        r#"(module
        {definitions}
        (global $marks (mut i32) (i32.const 0))
        (func (export "run") (result i32)
          (global.set $marks (i32.const 0))
          {mark} (drop {grow}) {mark} (drop {grow})
          (global.get $marks)))"#
    );
    let instance = Instance::new(&mut store, &module(&engine, &text), &[]).expect("instantiates");
    let run = func(&store, &instance, "run");
    let mut results = [Val::I32(0)];
    // Translated with fuel to spare.
    run.call(&mut store, &[], &mut results).expect("finishes");
    assert!(matches!(results, [Val::I32(2)]), "{results:?}");
    store.set_fuel(1).expect("fuel is on");
    let mut call = run.call_resumable(&mut store, &[], &mut results).expect("begins");
    for _ in 0..100 {
        let ResumableCall::OutOfFuel(paused) = call else { break };
        let left = store.get_fuel().expect("fuel is on");
        store.set_fuel(left.max(paused.required_fuel())).expect("fuel is on");
        call = paused.resume(&mut store, &mut results).expect("goes on");
    }
    match (call, results) {
        (ResumableCall::Finished, [Val::I32(marks)]) => Some(marks),
        _ => None,
    }
}

#[test]
fn table_grow_that_runs_out_of_fuel_runs_code_again() {
    let marks = marks("(table $t 0 funcref)", "(table.grow $t (ref.null func) (i32.const 10000))");
    assert_ne!(marks, Some(2), "each mark was made once");
}

#[test]
fn memory_grow_that_runs_out_of_fuel_runs_once() {
    assert_eq!(marks("(memory 1)", "(memory.grow (i32.const 3))"), Some(2));
}

#[test]
fn translation_is_charged_to_the_first_call() {
    let engine = engine();
    let (mut store, _) = store(&engine, 1_000_000);
    let text = r#"(module (func (export "run") (result i32) (i32.add (i32.const 1) (i32.const 2))))"#;
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).expect("instantiates");
    let run = func(&store, &instance, "run");
    let mut cost = || {
        let before = store.get_fuel().expect("fuel is on");
        run.call(&mut store, &[], &mut [Val::I32(0)]).expect("answers");
        before - store.get_fuel().expect("fuel is on")
    };
    let [first, second, third] = [cost(), cost(), cost()];
    assert!(first > second, "{first} > {second}");
    assert_eq!(second, third);
}

#[test]
fn the_default_depth_is_a_thousand_frames() {
    let text = r#"(module
        (func $down (export "run") (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
          (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))))"#;
    let engine = engine();
    let (mut store, _) = store(&engine, 100_000_000);
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).expect("instantiates");
    let run = func(&store, &instance, "run");
    let mut deep =
        |depth| run.call(&mut store, &[Val::I32(depth)], &mut [Val::I32(0)]).map_err(|error| error.as_trap_code());
    assert_eq!(deep(900), Ok(()));
    assert_eq!(deep(1_100), Err(Some(TrapCode::StackOverflow)));
}

#[test]
fn a_suspended_call_within_a_plain_call_is_lost() {
    let engine = engine();
    let (mut store, wait) = store(&engine, 1_000_000);
    let text = r#"(module
        (import "" "wait" (func $wait (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (call $wait (local.get 0))))"#;
    let module = module(&engine, text);
    let inner = Instance::new(&mut store, &module, &[Extern::Func(wait)]).expect("instantiates");
    let inner = func(&store, &inner, "run");
    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    let plain = Func::new(&mut store, ty, move |mut caller: Caller<'_, ()>, args: &[Val], results: &mut [Val]| {
        inner.call(&mut caller, args, results)
    });
    let outer = Instance::new(&mut store, &module, &[Extern::Func(plain)]).expect("instantiates");
    let outer = func(&store, &outer, "run");
    let call = outer.call_resumable(&mut store, &[Val::I32(1)], &mut [Val::I32(0)]);
    // What can be resumed is the outer call alone; the inner one's frames are gone.
    let Ok(ResumableCall::HostTrap(call)) = call else { panic!("{call:?}") };
    assert!(call.host_error().downcast_ref::<Suspension>().is_some());
}
