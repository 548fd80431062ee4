//! Functions of apps, called by a program.

mod given;

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
};

use nojit_shims::{Wasi, host::sim::SimWorld};

use nojit::{
    Error, Fault, Kind, Trap,
    component::Engine,
    function::{Function, Functions, Outcome},
    payload::{Payload, json},
    registry::{ContentHash, Registry},
};

/// An app folder that goes away with the test.
struct App(PathBuf);

impl App {
    /// An app of one definition file with these entries.
    #[expect(clippy::disallowed_methods, reason = "the test writes an app")]
    fn new(entries: &str) -> App {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("function-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let app = App(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        fs::create_dir_all(app.0.join("wasm")).expect("the folder for tests is writable");
        fs::write(app.0.join("_index.yaml"), format!("namespace: t\nentries:\n{entries}")).expect("so is the app's");
        app
    }

    fn load(&self) -> Result<Functions, String> {
        let registry = Registry::load(&self.0).map_err(|problems| problems.to_string())?;
        Functions::load(&registry, &Engine::default()).map_err(|problems| problems.to_string())
    }

    fn function(&self, id: &str) -> Function {
        self.load().expect("the app loads").get(id).expect("the function is there").clone()
    }
}

impl Drop for App {
    #[expect(clippy::disallowed_methods, reason = "the test removes its app")]
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// A guest whose time is its work.
fn guest() -> Wasi {
    Wasi::builder(SimWorld::new(0).host()).build()
}

/// The answer of a call that waits for nothing; it yields to others now and then.
#[expect(clippy::panic, reason = "a call that waits fails the test")]
fn ready<R>(call: impl Future<Output = R>) -> R {
    let mut call = pin!(call);
    for _ in 0..1_000_000 {
        if let Poll::Ready(answer) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer;
        }
    }
    panic!("the call waits")
}

fn call(function: &Function, args: &[Payload]) -> Result<Outcome, Error> {
    ready(function.call(args, guest()))
}

fn value(text: &str) -> Outcome {
    Outcome::Value(Some(json::from_text(text).expect("the expectation is JSON")))
}

#[test]
fn a_content_is_compiled_once_however_many_entries_name_it() {
    let registry = Registry::load(Path::new("examples/pipeline")).expect("the example loads");
    let functions = Functions::load(&registry, &Engine::default()).expect("the functions load");
    assert_eq!((functions.iter().len(), functions.component_count()), (5, 3));
    let users = json::from_text(r#"[{"id": 1, "name": "Ana", "tags": ["x", "y"], "active": false}]"#).expect("JSON");
    let answer = |id: &str| call(functions.get(id).expect("the function is there"), std::slice::from_ref(&users));
    assert_eq!(
        answer("myns:transform_users").expect("the call succeeds"),
        value(r#"[{"id": 1, "display": "Ana [x, y]", "tag-count": 2}]"#)
    );
    assert_eq!(answer("myns:filter_active").expect("the call succeeds"), value("[]"));
    assert_eq!(answer("myns:aggregate_tags").expect("the call succeeds"), value(r#"["x", "y"]"#));
}

#[test]
fn no_state_survives_a_call() {
    let app = App::new(
        "  - name: count
    kind: function.wat
    source: |
      (module (global $n (mut i32) (i32.const 0)) (func (export \"count\") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
    method: count
",
    );
    let count = app.function("t:count");
    for _ in 0..3 {
        assert_eq!(call(&count, &[]).expect("the call succeeds"), value("1"));
    }
}

#[test]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the test writes an app")]
fn a_binary_outside_its_folder_is_not_reached_by_a_link() {
    let binary = b"\0asm\x01\0\0\0";
    let hash = ContentHash::of(binary);
    let entry = |name: &str| {
        format!("  - {{name: {name}, kind: function.wasm, fs: wasm, path: {name}.wasm, hash: \"{hash}\", method: f}}\n")
    };
    let folder = "  - {name: wasm, kind: fs.directory, directory: ./wasm}\n";
    let app = App::new(&[folder, &entry("outside"), &entry("inside"), &entry("folder")].concat());
    fs::write(app.0.join("outside.wasm"), binary).expect("the app is writable");
    fs::write(app.0.join("wasm/target.wasm"), binary).expect("the app is writable");
    fs::create_dir(app.0.join("wasm/folder.wasm")).expect("the app is writable");
    std::os::unix::fs::symlink("../outside.wasm", app.0.join("wasm/outside.wasm")).expect("links can be made");
    std::os::unix::fs::symlink("target.wasm", app.0.join("wasm/inside.wasm")).expect("links can be made");
    assert_eq!(
        app.load().expect_err("the app does not load"),
        "_index.yaml:4: entry t:outside: path: wasm/outside.wasm leads out of its fs.directory by a link; \
         copy it into the folder\n\
         _index.yaml:5: entry t:inside: path: wasm/inside.wasm: nothing in the core module can be called \
         (the module exports no functions)\n\
         _index.yaml:6: entry t:folder: path: wasm/folder.wasm is not a file"
    );
}

#[test]
fn a_call_is_cut_when_its_time_is_over_and_the_function_stays_usable() {
    let app = App::new(
        "  - name: spin
    kind: function.wat
    source: |
      (module (func (export \"spin\") (param i32)
        (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))))
    method: spin
    limits: {max_execution_ms: 2}
  - name: start
    kind: function.wat
    source: |
      (module (func $spin (loop (br 0))) (start $spin) (func (export \"f\")))
    method: f
    limits: {max_execution_ms: 2}
",
    );
    let spin = app.function("t:spin");
    // In the simulated world a millisecond is four million units of fuel.
    let long = ready(spin.call(&[10_000_000.into()], guest())).expect_err("the time is over");
    assert_eq!((long.kind(), long.fault(), long.as_trap()), (Kind::Timeout, Fault::Guest, Some(Trap::Interrupted)));
    assert_eq!(long.to_string(), "all time is used up (max_execution_ms is 2) (in export spin)");
    assert_eq!(ready(spin.call(&[10.into()], guest())).expect("there is time"), Outcome::Value(None));
    assert_eq!(ready(spin.call(&[1_000_000.into()], guest())).expect("there is time"), Outcome::Value(None));
    let start = ready(app.function("t:start").call(&[], guest())).expect_err("the time is over");
    assert_eq!(start.to_string(), "all time is used up (max_execution_ms is 2) (in start function)");
}

#[test]
fn the_same_call_uses_the_same_fuel_with_and_without_slices() {
    let registry = Registry::load(Path::new("examples/pipeline")).expect("the example loads");
    let functions = Functions::load(&registry, &Engine::default()).expect("the functions load");
    let users = json::from_text(r#"[{"id": 1, "name": "Ana", "tags": ["x", "y"], "active": false}]"#).expect("JSON");
    let function = functions.get("myns:transform_users").expect("the function is there");
    let limits = nojit::registry::Limits { max_execution_ms: Some(1000), ..*function.limits() };
    let sliced = function.clone().with_limits(limits);
    let fuel = |function: &Function| {
        let (outcome, usage) = ready(function.call_metered(std::slice::from_ref(&users), guest()));
        outcome.map(|_| usage).expect("the call succeeds")
    };
    assert_eq!(fuel(function), fuel(&sliced));
    assert_eq!(fuel(function), fuel(function));
}

#[test]
fn a_function_is_shared_between_threads() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}
    let app = App::new("  - {name: f, kind: function.wat, source: '(module (func (export \"f\")))', method: f}\n");
    let function = Arc::new(app.function("t:f"));
    is_send_and_sync(&function);
}
