//! Calls in and out with scalars.

use std::hint::black_box;

use nojit::component::{Component, Engine, Linker, Store, Val};
use wasmi::{CompilationMode, Extern};

use super::{
    raw,
    row::{Batch, Result, Row, batch},
};

const ADD: &str = r#"(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"#;

const LOOP: &str = r#"
    (import "host" "f" (func $f (param i32) (result i32)))
    (func (export "run") (param $n i32) (result i32) (local $x i32)
      (loop $again
        (local.set $x (call $f (local.get $x)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $x))"#;

/// Host calls in one run.
const CALLS: u32 = 1000;

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![
        Row {
            name: "typed call (s32, s32) -> s32",
            operations: 1,
            ours: typed()?,
            theirs: Some(raw_add()?),
            bound: Some(2.0),
        },
        Row {
            name: "call through Val (s32, s32) -> s32",
            operations: 1,
            ours: val()?,
            theirs: Some(raw_add()?),
            bound: Some(3.5),
        },
        Row {
            name: "host call (u32) -> u32 from a loop",
            operations: u64::from(CALLS),
            ours: host_calls()?,
            theirs: Some(raw_host_calls()?),
            bound: Some(2.0),
        },
    ])
}

fn add() -> String {
    format!(
        r#"(component
          (core module $m {ADD})
          (core instance $i (instantiate $m))
          (func (export "add") (param "a" s32) (param "b" s32) (result s32) (canon lift (core func $i "add"))))"#
    )
}

fn typed() -> Result<Batch> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &Component::new(&engine, add())?)?;
    let add = instance.get_typed_func::<(i32, i32), (i32,)>(&mut store, "add")?;
    Ok(batch(move || {
        black_box(add.call(&mut store, black_box((2, 40)))?);
        Ok(())
    }))
}

fn val() -> Result<Batch> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &Component::new(&engine, add())?)?;
    let add = instance.func("add")?;
    Ok(batch(move || {
        let mut results = [Val::Bool(false)];
        add.call(&mut store, black_box(&[Val::S32(2), Val::S32(40)]), &mut results)?;
        black_box(&results);
        Ok(())
    }))
}

fn raw_add() -> Result<Batch> {
    let (mut store, add) = raw::func::<(i32, i32), i32>(&format!("(module {ADD})"), "add")?;
    Ok(batch(move || {
        black_box(add.call(&mut store, black_box((2, 40)))?);
        Ok(())
    }))
}

fn host_calls() -> Result<Batch> {
    let engine = Engine::default();
    let component = Component::new(
        &engine,
        format!(
            r#"(component
              (import "f" (func $f (param "x" u32) (result u32)))
              (core func $lowered (canon lower (func $f)))
              (core module $m {LOOP})
              (core instance $i (instantiate $m (with "host" (instance (export "f" (func $lowered))))))
              (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))"#
        ),
    )?;
    let mut linker = Linker::new(&engine);
    linker.root().func_wrap("f", |_, (x,): (u32,)| Ok((black_box(x.wrapping_add(1)),)))?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    Ok(batch(move || {
        black_box(run.call(&mut store, black_box((CALLS,)))?);
        Ok(())
    }))
}

fn raw_host_calls() -> Result<Batch> {
    let mut store = raw::store(&raw::engine(CompilationMode::Lazy))?;
    let f = wasmi::Func::wrap(&mut store, |x: u32| -> u32 { black_box(x.wrapping_add(1)) });
    let instance = raw::instantiate(&mut store, &format!("(module {LOOP})"), &[Extern::Func(f)])?;
    let run = instance.get_typed_func::<u32, u32>(&store, "run")?;
    Ok(batch(move || {
        black_box(run.call(&mut store, black_box(CALLS))?);
        Ok(())
    }))
}
