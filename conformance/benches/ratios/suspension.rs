//! A guest that is left and entered again at every call of a host function.

use std::{
    fmt,
    future::{Future, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use nojit::component::{Answer, Component, Engine, Linker, Store};
use wasmi::{CompilationMode, Error, Extern, Func, ResumableCall, Val, errors::HostError};

use super::{
    raw,
    row::{Batch, Result, Row, batch},
};

/// Suspensions in one run.
const WAITS: u32 = 100;

const LOOP: &str = r#"
    (import "host" "wait" (func $wait (result i32)))
    (func (export "run") (param $n i32) (result i32) (local $sum i32)
      (loop $again
        (local.set $sum (i32.add (local.get $sum) (call $wait)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum))"#;

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![Row {
        name: "suspend and resume, the future being ready",
        operations: u64::from(WAITS),
        ours: waits()?,
        theirs: Some(raw_waits()?),
        bound: None,
    }])
}

/// Polls until the future is ready; nothing here waits for anything outside.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn waits() -> Result<Batch> {
    let engine = Engine::default();
    let component = Component::new(
        &engine,
        format!(
            r#"(component
              (import "wait" (func $wait (result u32)))
              (core func $lowered (canon lower (func $wait)))
              (core module $m {LOOP})
              (core instance $i (instantiate $m (with "host" (instance (export "wait" (func $lowered))))))
              (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))"#
        ),
    )?;
    let mut linker = Linker::new(&engine);
    linker.root().func_wait("wait", |_, ()| Ok(Answer::wait(ready(7_u32), |_, value| Ok((value,)))))?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    Ok(batch(move || {
        let sum = block_on(run.call_async(&mut store, (WAITS,)))?;
        assert_eq!(black_box(sum), (7 * WAITS,));
        Ok(())
    }))
}

/// What the host function fails with where it would wait.
#[derive(Debug)]
pub(crate) struct Waits;

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function waits")
    }
}

impl HostError for Waits {}

fn raw_waits() -> Result<Batch> {
    let mut store = raw::store(&raw::engine(CompilationMode::Lazy))?;
    let wait = Func::wrap(&mut store, || -> std::result::Result<u32, Error> { Err(Error::host(Waits)) });
    let instance = raw::instantiate(&mut store, &format!("(module {LOOP})"), &[Extern::Func(wait)])?;
    let run = instance.get_func(&store, "run").ok_or("the module exports run")?;
    Ok(batch(move || {
        let mut results = [Val::I32(0)];
        let mut call = run.call_resumable(&mut store, &[Val::I32(WAITS as i32)], &mut results)?;
        loop {
            call = match call {
                ResumableCall::Finished => break,
                ResumableCall::HostTrap(call) => call.resume(&mut store, &[Val::I32(7)], &mut results)?,
                ResumableCall::OutOfFuel(_) => return Err("there is fuel for everything".into()),
            };
        }
        assert_eq!(black_box(&results)[0].i32(), Some(7 * WAITS as i32));
        Ok(())
    }))
}
