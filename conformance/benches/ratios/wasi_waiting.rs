//! A guest that blocks on a pollable, again and again.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use nojit::{
    component::{Component, Engine, InstancePre, Linker, Store},
    wasi,
};
use nojit_shims::{
    Wasi,
    clocks::wall_clock::Datetime,
    host::{Clock, Entropy, Files, Host, Sleep, Stdio, system::SystemHost},
};
use wasmi::{CompilationMode, Error, Extern, Func, ResumableCall, Val};

use super::{
    raw,
    row::{Batch, Result, Row, batch},
    suspension::{Waits, block_on},
};

/// Suspensions in one run.
const WAITS: u32 = 100;

const LOOP: &str = r#"
    (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "host" "block" (func $block (param i32)))
    (import "host" "drop" (func $drop (param i32)))
    (func (export "run") (param $when i64) (param $n i32) (local $pollable i32)
      (local.set $pollable (call $subscribe (local.get $when)))
      (loop $again
        (call $block (local.get $pollable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $drop (local.get $pollable)))"#;

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![Row {
        name: "pollable.block, suspend and resume",
        operations: u64::from(WAITS),
        ours: blocks()?,
        theirs: Some(raw_blocks()?),
        bound: Some(3.0),
    }])
}

/// The component `run: func(when: u64, n: u32)`: subscribes to a duration, and blocks on that `n` times.
pub(crate) fn sleeper<T: wasi::WasiView>(engine: &Engine) -> Result<InstancePre<T>> {
    let component = Component::new(
        engine,
        format!(
            r#"(component
              (import "wasi:io/poll@0.2.12" (instance $poll
                (export "pollable" (type $pollable (sub resource)))
                (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
              (alias export $poll "pollable" (type $pollable))
              (import "wasi:clocks/monotonic-clock@0.2.12" (instance $clock
                (alias outer 1 $pollable (type $of-poll))
                (export "pollable" (type $pollable' (eq $of-poll)))
                (export "subscribe-duration" (func (param "when" u64) (result (own $pollable'))))))
              (core func $subscribe (canon lower (func $clock "subscribe-duration")))
              (core func $block (canon lower (func $poll "[method]pollable.block")))
              (core func $drop (canon resource.drop $pollable))
              (core module $m {LOOP})
              (core instance $i (instantiate $m (with "host" (instance
                (export "subscribe" (func $subscribe))
                (export "block" (func $block))
                (export "drop" (func $drop))))))
              (func (export "run") (param "when" u64) (param "n" u32) (canon lift (core func $i "run"))))"#
        ),
    )?;
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker, |_| true)?;
    Ok(linker.instantiate_pre(&component)?)
}

/// A host whose time stands still, and whose sleeps are over when they are polled again.
#[derive(Default)]
struct Dozing {
    system: SystemHost,
}

impl Clock for Dozing {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep_until(&self, _: Duration) -> Sleep {
        let mut was_polled = false;
        Box::pin(poll_fn(move |cx: &mut Context<'_>| {
            if was_polled {
                return Poll::Ready(());
            }
            was_polled = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    fn wall(&self) -> Datetime {
        Datetime::default()
    }
}

impl Host for Dozing {
    fn clock(&self) -> &dyn Clock {
        self
    }

    fn entropy(&self) -> &dyn Entropy {
        self.system.entropy()
    }

    fn files(&self) -> &dyn Files {
        self.system.files()
    }

    fn stdio(&self) -> &dyn Stdio {
        self.system.stdio()
    }

    fn net(&self) -> &dyn nojit_shims::host::Net {
        self.system.net()
    }

    fn spawner(&self) -> &dyn nojit_shims::host::Spawn {
        self.system.spawner()
    }
}

fn blocks() -> Result<Batch> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Wasi::builder(Arc::new(Dozing::default())).build());
    let instance = sleeper(&engine)?.instantiate(&mut store)?;
    let run = instance.get_typed_func::<(u64, u32), ()>(&mut store, "run")?;
    Ok(batch(move || Ok(block_on(run.call_async(&mut store, (1, WAITS)))?)))
}

fn raw_blocks() -> Result<Batch> {
    let mut store = raw::store(&raw::engine(CompilationMode::Lazy))?;
    let subscribe = Func::wrap(&mut store, |_: u64| 0_u32);
    let block = Func::wrap(&mut store, |_: u32| -> std::result::Result<(), Error> { Err(Error::host(Waits)) });
    let drop = Func::wrap(&mut store, |_: u32| {});
    let imports = [subscribe, block, drop].map(Extern::Func);
    let instance = raw::instantiate(&mut store, &format!("(module {LOOP})"), &imports)?;
    let run = instance.get_func(&store, "run").ok_or("the module exports run")?;
    Ok(batch(move || {
        let mut waits = 0;
        let mut call = run.call_resumable(&mut store, &[Val::I64(1), Val::I32(WAITS as i32)], &mut [])?;
        loop {
            call = match call {
                ResumableCall::Finished => break,
                ResumableCall::HostTrap(call) => call.resume(&mut store, &[], &mut [])?,
                ResumableCall::OutOfFuel(_) => return Err("there is fuel for everything".into()),
            };
            waits += 1;
        }
        assert_eq!(waits, WAITS);
        Ok(())
    }))
}
