//! Calls through a pool, by payloads.

use std::{hint::black_box, path::Path, sync::Arc};

use nojit::{
    component::{Engine, Linker, Store},
    function::{Function, Source, World},
    payload::Payload,
    pool::Pool,
    registry::{self, PoolForm, WhenFull},
};
use nojit_shims::{
    Wasi,
    host::{Host, system::SystemHost},
};

use super::{
    row::{Batch, Result, Row, batch},
    suspension::block_on,
};

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![
        Row {
            name: "compute(6, 7) through an inline pool",
            operations: 1,
            ours: pool(PoolForm::Inline, 1)?,
            theirs: Some(typed_in_new_instance()?),
            bound: Some(1.5),
        },
        Row {
            name: "the same through a static pool with reuse",
            operations: 1,
            ours: pool(PoolForm::Static { size: 1, workers: 1, buffer: 64 }, u32::MAX)?,
            theirs: Some(typed()?),
            bound: Some(5.0),
        },
    ])
}

fn source() -> Result<Source> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/pipeline/wasm/compute.wasm");
    #[expect(clippy::disallowed_methods, reason = "the bench reads its guest")]
    let bytes = std::fs::read(file)?;
    Ok(Source::new(&Engine::default(), &bytes, None)?)
}

fn pool(form: PoolForm, reuse: u32) -> Result<Batch> {
    let function = Function::new("compute", &source()?, "compute")?;
    let host: Arc<dyn Host> = Arc::new(SystemHost::new());
    let world = World::new(move || host.clone());
    let pool = Pool::new(function, registry::Pool { form, when_full: WhenFull::Wait, reuse }, world);
    Ok(batch(move || {
        black_box(block_on(pool.call(&[Payload::from(6), Payload::from(7)])).0?);
        Ok(())
    }))
}

fn typed_in_new_instance() -> Result<Batch> {
    let source = source()?;
    let engine = source.component().engine().clone();
    let pre = Linker::<Wasi>::new(&engine).instantiate_pre(source.component())?;
    let host: Arc<dyn Host> = Arc::new(SystemHost::new());
    Ok(batch(move || {
        let mut store = Store::new(&engine, Wasi::builder(host.clone()).build());
        let instance = pre.instantiate(&mut store)?;
        let compute = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "compute")?;
        black_box(compute.call(&mut store, black_box((6, 7)))?);
        Ok(())
    }))
}

fn typed() -> Result<Batch> {
    let source = source()?;
    let engine = source.component().engine().clone();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, source.component())?;
    let compute = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "compute")?;
    Ok(batch(move || {
        black_box(compute.call(&mut store, black_box((6, 7)))?);
        Ok(())
    }))
}
