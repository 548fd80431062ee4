//! Bytes through `wasi:io/streams`, on the host of the operating system, against functions that read and write the guest's
//! memory directly. A guest of a real toolchain is measured too: its loop does more than the other side's.

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
use wasmi::{Caller, CompilationMode, Error, Extern, Func, Memory, MemoryType};

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

/// Writes: a stream, where and how many bytes, and where the result goes, which is zero if all is well.
const OUT: &str = r#"
    (import "host" "stdout" (func $stdout (result i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (import "host" "drop" (func $drop (param i32)))
    (import "host" "memory" (memory 1))
    (func (export "run") (param $left i32) (local $n i32) (local $stream i32)
      (local.set $stream (call $stdout))
      (block $end
        (loop $again
          (br_if $end (i32.eqz (local.get $left)))
          (local.set $n (select
            (local.get $left) (i32.const 4096) (i32.lt_u (local.get $left) (i32.const 4096))))
          (call $write (local.get $stream) (i32.const 4096) (local.get $n) (i32.const 0))
          (br_if $end (i32.load8_u (i32.const 0)))
          (local.set $left (i32.sub (local.get $left) (local.get $n)))
          (br $again)))
      (call $drop (local.get $stream)))"#;

/// Reads to the end of the file: where, how many bytes, and from which offset.
const IN: &str = r#"
    (import "host" "read" (func $read (param i32 i32 i64) (result i32)))
    (import "host" "memory" (memory 1))
    (func (export "run") (result i64) (local $n i32) (local $total i64)
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
        Row {
            name: "stream: the same by a guest in Rust",
            operations: 1,
            ours: lazily(move || guest_out(to_file()?)),
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
            name: "stream: 64 MiB of a file, 64 KiB each, by a guest in Rust",
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

/// The component of [`OUT`].
fn component() -> String {
    format!(
        r#"(component
          (import "wasi:io/error@0.2.12" (instance $error (export "error" (type (sub resource)))))
          (alias export $error "error" (type $of-error))
          (import "wasi:io/streams@0.2.12" (instance $streams
            (export "output-stream" (type $stream (sub resource)))
            (alias outer 1 $of-error (type $of-error))
            (export "error" (type $error (eq $of-error)))
            (type $why (variant (case "last-operation-failed" (own $error)) (case "closed")))
            (export "stream-error" (type $why' (eq $why)))
            (export "[method]output-stream.blocking-write-and-flush" (func
              (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $why')))))))
          (alias export $streams "output-stream" (type $stream))
          (import "wasi:cli/stdout@0.2.12" (instance $stdout
            (alias outer 1 $stream (type $of-streams))
            (export "output-stream" (type $stream (eq $of-streams)))
            (export "get-stdout" (func (result (own $stream))))))
          (core module $memory (memory (export "memory") 1))
          (core instance $memory (instantiate $memory))
          (core func $stdout (canon lower (func $stdout "get-stdout")))
          (core func $write (canon lower
            (func $streams "[method]output-stream.blocking-write-and-flush") (memory (core memory $memory "memory"))))
          (core func $drop (canon resource.drop $stream))
          (core module $m {OUT})
          (core instance $i (instantiate $m (with "host" (instance
            (export "stdout" (func $stdout))
            (export "write" (func $write))
            (export "drop" (func $drop))
            (export "memory" (memory $memory "memory"))))))
          (func (export "run") (param "left" u32) (canon lift (core func $i "run"))))"#
    )
}

fn out(sink: File) -> Result<Batch> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasi::add_to_linker(&mut linker, |_| true)?;
    let mut store = Store::new(&engine, Wasi::builder(Arc::new(SystemHost::new())).build());
    let instance = linker.instantiate(&mut store, &Component::new(&engine, component())?)?;
    let run = instance.get_typed_func::<(u32,), ()>(&mut store, "run")?;
    to_stdout(sink, move || Ok(run.call(&mut store, (OUT_BYTES,))?))
}

fn guest_out(sink: File) -> Result<Batch> {
    to_stdout(sink, guest(&["bench", "out", &OUT_BYTES.to_string()], None)?)
}

/// Runs while `sink` is the standard output of this process, from its beginning.
fn to_stdout(sink: File, mut run: impl FnMut() -> Result<()> + 'static) -> Result<Batch> {
    let at = sink.try_clone()?;
    let mut writes = batch(move || {
        rewind(&at);
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
fn rewind(mut sink: &File) {
    let _position = sink.rewind();
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

/// A store and a memory that functions and a guest share.
fn raw_memory() -> Result<(wasmi::Store<()>, Memory)> {
    let mut store = raw::store(&raw::engine(CompilationMode::Lazy))?;
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    Ok((store, memory))
}

fn raw_out(sink: File) -> Result<Batch> {
    let (mut store, memory) = raw_memory()?;
    let at = sink.try_clone()?;
    let stdout = Func::wrap(&mut store, || 0_u32);
    let write = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>, _: u32, ptr: u32, len: u32, result: u32| {
        let (ptr, len) = (ptr as usize, len as usize);
        let bytes = memory.data(&caller).get(ptr..ptr + len).ok_or_else(outside)?;
        let has_failed = (&sink).write_all(bytes).is_err();
        *memory.data_mut(&mut caller).get_mut(result as usize).ok_or_else(outside)? = has_failed.into();
        Ok::<(), Error>(())
    });
    let drop = Func::wrap(&mut store, |_: u32| {});
    let imports = [Extern::Func(stdout), Extern::Func(write), Extern::Func(drop), Extern::Memory(memory)];
    let instance = raw::instantiate(&mut store, &format!("(module {OUT})"), &imports)?;
    let run = instance.get_typed_func::<u32, ()>(&store, "run")?;
    Ok(batch(move || {
        rewind(&at);
        Ok(run.call(&mut store, OUT_BYTES)?)
    }))
}

fn raw_read() -> Result<Batch> {
    let (mut store, memory) = raw_memory()?;
    let file = file()?;
    let read = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>, ptr: u32, len: u32, offset: u64| {
        let (ptr, len) = (ptr as usize, len as usize);
        let place = memory.data_mut(&mut caller).get_mut(ptr..ptr + len).ok_or_else(outside)?;
        Ok::<u32, Error>(file.read_at(place, offset).unwrap_or(0) as u32)
    });
    let imports = [Extern::Func(read), Extern::Memory(memory)];
    let instance = raw::instantiate(&mut store, &format!("(module {IN})"), &imports)?;
    let run = instance.get_typed_func::<(), u64>(&store, "run")?;
    Ok(batch(move || {
        assert_eq!(run.call(&mut store, ())?, u64::from(IN_BYTES));
        Ok(())
    }))
}

/// What a guest gets that names what is not in its memory.
fn outside() -> Error {
    Error::new("out of bounds")
}
