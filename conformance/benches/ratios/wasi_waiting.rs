//! A guest that blocks on a pollable, again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use nojit::{
    component::{Component, Engine, Linker, Store},
    wasi,
};
use nojit_shims::{
    Wasi,
    host::system::SystemHost,
    io::{
        poll::Ready,
        streams::{Ended, Input},
    },
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
    (import "host" "stdin" (func $stdin (result i32)))
    (import "host" "subscribe" (func $subscribe (param i32) (result i32)))
    (import "host" "block" (func $block (param i32)))
    (import "host" "drop-pollable" (func $drop-pollable (param i32)))
    (import "host" "drop-stream" (func $drop-stream (param i32)))
    (func (export "run") (param $n i32) (local $stream i32) (local $pollable i32)
      (local.set $stream (call $stdin))
      (local.set $pollable (call $subscribe (local.get $stream)))
      (loop $again
        (call $block (local.get $pollable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $drop-pollable (local.get $pollable))
      (call $drop-stream (local.get $stream)))"#;

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![Row {
        name: "pollable.block, suspend and resume",
        operations: u64::from(WAITS),
        ours: blocks()?,
        theirs: Some(raw_blocks()?),
        bound: Some(3.0),
    }])
}

/// The component of [`LOOP`].
fn component() -> String {
    format!(
        r#"(component
          (import "wasi:io/poll@0.2.12" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
          (alias export $poll "pollable" (type $pollable))
          (import "wasi:io/streams@0.2.12" (instance $streams
            (export "input-stream" (type $stream (sub resource)))
            (alias outer 1 $pollable (type $of-poll))
            (export "pollable" (type $pollable (eq $of-poll)))
            (export "[method]input-stream.subscribe" (func
              (param "self" (borrow $stream)) (result (own $pollable))))))
          (alias export $streams "input-stream" (type $stream))
          (import "wasi:cli/stdin@0.2.12" (instance $stdin
            (alias outer 1 $stream (type $of-streams))
            (export "input-stream" (type $stream (eq $of-streams)))
            (export "get-stdin" (func (result (own $stream))))))
          (core func $stdin (canon lower (func $stdin "get-stdin")))
          (core func $subscribe (canon lower (func $streams "[method]input-stream.subscribe")))
          (core func $block (canon lower (func $poll "[method]pollable.block")))
          (core func $drop-pollable (canon resource.drop $pollable))
          (core func $drop-stream (canon resource.drop $stream))
          (core module $m {LOOP})
          (core instance $i (instantiate $m (with "host" (instance
            (export "stdin" (func $stdin))
            (export "subscribe" (func $subscribe))
            (export "block" (func $block))
            (export "drop-pollable" (func $drop-pollable))
            (export "drop-stream" (func $drop-stream))))))
          (func (export "run") (param "n" u32) (canon lift (core func $i "run"))))"#
    )
}

/// A stream that is never ready when it is asked first, and then is.
#[derive(Default)]
struct Dozing {
    was_polled: AtomicBool,
}

impl Ready for Dozing {
    fn is_ready(&self) -> bool {
        false
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.was_polled.fetch_xor(true, Ordering::Relaxed) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Input for Dozing {
    fn read(&self, _: usize) -> std::result::Result<Vec<u8>, Ended> {
        Ok(Vec::new())
    }
}

fn blocks() -> Result<Batch> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasi::add_to_linker(&mut linker, |_| true)?;
    let host = Arc::new(SystemHost::new());
    let mut store = Store::new(&engine, Wasi::builder(host).stdin(Arc::new(Dozing::default())).build());
    let instance = linker.instantiate(&mut store, &Component::new(&engine, component())?)?;
    let run = instance.get_typed_func::<(u32,), ()>(&mut store, "run")?;
    Ok(batch(move || Ok(block_on(run.call_async(&mut store, (WAITS,)))?)))
}

fn raw_blocks() -> Result<Batch> {
    let mut store = raw::store(&raw::engine(CompilationMode::Lazy))?;
    let stdin = Func::wrap(&mut store, || 0_u32);
    let subscribe = Func::wrap(&mut store, |_: u32| 0_u32);
    let block = Func::wrap(&mut store, |_: u32| -> std::result::Result<(), Error> { Err(Error::host(Waits)) });
    let [drop_pollable, drop_stream] = [(), ()].map(|()| Func::wrap(&mut store, |_: u32| {}));
    let imports = [stdin, subscribe, block, drop_pollable, drop_stream].map(Extern::Func);
    let instance = raw::instantiate(&mut store, &format!("(module {LOOP})"), &imports)?;
    let run = instance.get_func(&store, "run").ok_or("the module exports run")?;
    Ok(batch(move || {
        let mut waits = 0;
        let mut call = run.call_resumable(&mut store, &[Val::I32(WAITS as i32)], &mut [])?;
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
