//! Guest code itself: what metering and slicing by the component layer add to metered code.

use std::hint::black_box;

use nojit::component::{Component, Engine, Linker, Store};

use super::{
    raw,
    row::{Batch, Result, Row, batch},
};

const ITERATIONS: u32 = 1_000_000;

const INTEGERS: &str = r#"
    (func (export "run") (param $n i32) (result i32) (local $x i32)
      (loop $again
        (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
        (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 13))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $x))"#;

const FLOATS: &str = r#"
    (memory 1)
    (func (export "run") (param $n i32) (result i32) (local $at i32)
      (loop $again
        (local.set $at (i32.and (i32.mul (local.get $n) (i32.const 8)) (i32.const 8191)))
        (f64.store (local.get $at)
          (f64.add
            (f64.mul (f64.load (local.get $at)) (f64.const 0.5))
            (f64.convert_i32_u (local.get $n))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.trunc_sat_f64_u (f64.load (i32.const 8))))"#;

pub(crate) fn rows() -> Result<Vec<Row>> {
    let slice = Some(Store::<()>::DEFAULT_SLICE);
    let row = |name, core, slice| -> Result<Row> {
        Ok(Row { name, operations: 1, ours: run(core, slice)?, theirs: Some(raw_run(core)?), bound: Some(1.02) })
    };
    Ok(vec![
        row("kernel, integers, unsliced", INTEGERS, None)?,
        row("kernel, integers, sliced", INTEGERS, slice)?,
        row("kernel, memory and f64, unsliced", FLOATS, None)?,
        row("kernel, memory and f64, sliced", FLOATS, slice)?,
    ])
}

fn run(core: &str, slice: Option<u64>) -> Result<Batch> {
    let engine = Engine::default();
    let component = Component::new(
        &engine,
        format!(
            r#"(component
              (core module $m {core})
              (core instance $i (instantiate $m))
              (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))"#
        ),
    )?;
    let mut store = Store::new(&engine, ());
    store.set_slice(slice);
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    Ok(batch(move || {
        black_box(run.call(&mut store, black_box((ITERATIONS,)))?);
        Ok(())
    }))
}

fn raw_run(core: &str) -> Result<Batch> {
    let (mut store, run) = raw::func::<u32, u32>(&format!("(module {core})"), "run")?;
    Ok(batch(move || {
        black_box(run.call(&mut store, black_box(ITERATIONS))?);
        Ok(())
    }))
}
