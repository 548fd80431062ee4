//! Bytes through `wasi:io/streams`, on the host of the operating system: a guest of a real toolchain against a loop that calls
//! functions which read and write its memory directly.

#![expect(clippy::disallowed_methods, reason = "the other side does what the system host does")]

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, Write},
    os::{fd::AsFd, unix::fs::FileExt},
    path::Path,
    result,
    sync::Arc,
};

use nojit::{
    component::{Component, Engine, Linker, Store},
    wasi,
};
use nojit_shims::{
    Wasi,
    host::{Host, system::SystemHost},
    io::buffer::Collected,
};
use rustix::stdio::dup2_stdout;
use wasmi::{Caller, CompilationMode, Error, Extern, Func, Instance, Memory, MemoryType, Module};

use super::{
    raw,
    row::{Batch, Result, Row, batch, lazily},
};

/// Writes and reads as its arguments say: `out N`, `in PATH`.
const GUEST: &[u8] = include_bytes!("../../../tests/guests/wasip2-bench/wasip2-bench.wasm");

/// Bytes that one run writes, in pieces of 4 KiB.
const OUT_BYTES: u32 = 1 << 20;

/// Bytes that one run reads, in pieces of 64 KiB.
const IN_BYTES: u32 = 64 << 20;

/// The loops of the guest: both end at an error, reading also at the end.
const LOOPS: &str = r#"
    (import "host" "write" (func $write (param i32 i32) (result i32)))
    (import "host" "read" (func $read (param i32 i32 i64) (result i32)))
    (import "host" "memory" (memory 2))
    (func (export "out") (param $left i32) (local $n i32)
      (block $end
        (loop $again
          (br_if $end (i32.eqz (local.get $left)))
          (local.set $n (select
            (local.get $left) (i32.const 4096) (i32.lt_u (local.get $left) (i32.const 4096))))
          (br_if $end (call $write (i32.const 0) (local.get $n)))
          (local.set $left (i32.sub (local.get $left) (local.get $n)))
          (br $again))))
    (func (export "in") (result i64) (local $n i32) (local $total i64)
      (loop $again
        (local.set $n (call $read (i32.const 0) (i32.const 65536) (local.get $total)))
        (local.set $total (i64.add (local.get $total) (i64.extend_i32_u (local.get $n))))
        (br_if $again (local.get $n)))
      (local.get $total))"#;

pub(crate) fn rows() -> Vec<Row> {
    let to_file = || File::create(folder().join("ratios-out"));
    let to_null = || OpenOptions::new().write(true).open("/dev/null");
    vec![
        Row {
            name: "stream: 1 MiB to stdout, a file, 4 KiB each",
            operations: 1,
            ours: lazily(move || out(to_file()?)),
            theirs: Some(lazily(move || raw_out(to_file()?))),
            bound: Some(1.5),
        },
        // The system host asks a device whether it would wait, before every write.
        Row {
            name: "stream: 1 MiB to stdout, /dev/null, 4 KiB each",
            operations: 1,
            ours: lazily(move || out(to_null()?)),
            theirs: Some(lazily(move || raw_out(to_null()?))),
            bound: None,
        },
        Row {
            name: "stream: 64 MiB of a file, 64 KiB each",
            operations: 1,
            ours: lazily(read),
            theirs: Some(lazily(raw_read)),
            bound: Some(1.5),
        },
    ]
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The guest with these arguments and the folder for files.
fn guest(args: &[&str], stdout: Option<Arc<Collected>>) -> Result<impl FnMut() -> Result<()> + use<>> {
    let engine = Engine::default();
    let component = Component::new(&engine, GUEST)?;
    let mut linker = Linker::new(&engine);
    wasi::add_to_linker(&mut linker, |_| true)?;
    let host = Arc::new(SystemHost::new());
    let dir = host.files().open_directory(env!("CARGO_TARGET_TMPDIR")).map_err(|code| format!("{code:?}"))?;
    let mut wasi = Wasi::builder(host).args(args.iter().copied()).preopen(dir, "/", true);
    if let Some(stdout) = stdout {
        wasi = wasi.stdout(stdout);
    }
    let mut store = Store::new(&engine, wasi.build());
    let instance = linker.instantiate(&mut store, &component)?;
    let (run, _) = component.find_func("wasi:cli/run#run")?;
    let run = instance.get_typed_func::<(), (result::Result<(), ()>,)>(&mut store, &run)?;
    Ok(move || {
        let (ended,) = run.call(&mut store, ())?;
        ended.map_err(|()| "the guest failed".into())
    })
}

fn out(sink: File) -> Result<Batch> {
    let mut run = guest(&["bench", "out", &OUT_BYTES.to_string()], None)?;
    let at = sink.try_clone()?;
    let mut writes = batch(move || {
        rewind(&at)?;
        run()
    });
    Ok(Box::new(move |count| {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        dup2_stdout(&sink)?;
        let time = writes(count);
        dup2_stdout(stdout)?;
        time
    }))
}

/// Begins a file again; a device has no beginning.
fn rewind(mut sink: &File) -> Result<()> {
    let _position = sink.rewind();
    Ok(())
}

fn read() -> Result<Batch> {
    file()?;
    let stdout = Arc::new(Collected::new());
    let mut run = guest(&["bench", "in", "/ratios-in"], Some(stdout.clone()))?;
    Ok(batch(move || {
        run()?;
        assert_eq!(stdout.take(), format!("{IN_BYTES} bytes\n").into_bytes());
        Ok(())
    }))
}

/// The file that is read.
fn file() -> Result<File> {
    let path = folder().join("ratios-in");
    if !fs::metadata(&path).is_ok_and(|found| found.len() == u64::from(IN_BYTES)) {
        fs::write(&path, vec![7; IN_BYTES as usize])?;
    }
    Ok(File::open(&path)?)
}

/// An instance of the loops, which write to `file` and read from it.
fn raw_loops(file: File) -> Result<(wasmi::Store<()>, Instance)> {
    let mut store = raw::store(&raw::engine(CompilationMode::Lazy))?;
    let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
    let file = Arc::new(file);
    let sink = file.clone();
    let write = Func::wrap(&mut store, move |caller: Caller<'_, ()>, ptr: u32, len: u32| {
        let (ptr, len) = (ptr as usize, len as usize);
        let bytes = memory.data(&caller).get(ptr..ptr + len).ok_or_else(|| Error::new("out of bounds"))?;
        Ok::<u32, Error>((&*sink).write_all(bytes).is_err().into())
    });
    let read = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>, ptr: u32, len: u32, offset: u64| {
        let (ptr, len) = (ptr as usize, len as usize);
        let place = memory.data_mut(&mut caller).get_mut(ptr..ptr + len).ok_or_else(|| Error::new("out of bounds"))?;
        Ok::<u32, Error>(file.read_at(place, offset).unwrap_or(0) as u32)
    });
    let module = Module::new(store.engine(), wat::parse_str(format!("(module {LOOPS})"))?)?;
    // The interpreter takes functions first.
    let imports = [Extern::Func(write), Extern::Func(read), Extern::Memory(memory)];
    let instance = Instance::new(&mut store, &module, &imports)?;
    Ok((store, instance))
}

fn raw_out(sink: File) -> Result<Batch> {
    let at = sink.try_clone()?;
    let (mut store, instance) = raw_loops(sink)?;
    let out = instance.get_typed_func::<u32, ()>(&store, "out")?;
    Ok(batch(move || {
        rewind(&at)?;
        Ok(out.call(&mut store, OUT_BYTES)?)
    }))
}

fn raw_read() -> Result<Batch> {
    let (mut store, instance) = raw_loops(file()?)?;
    let read = instance.get_typed_func::<(), u64>(&store, "in")?;
    Ok(batch(move || {
        assert_eq!(read.call(&mut store, ())?, u64::from(IN_BYTES));
        Ok(())
    }))
}
