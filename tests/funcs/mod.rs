//! Guests that call functions of their app, on virtual time.

#![expect(clippy::disallowed_methods, reason = "apps are made in folders of the test's own")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use nojit::{
    app::{self, App},
    component::Engine,
    event::{Event, Observer},
    function::{Outcome, World},
    payload::{Payload, json},
    registry::OsVariables,
};
use nojit_shims::host::{Host, sim::SimWorld};

/// `relay(target, input)` calls the function `target` with the text `input`; `relay-bytes` with its bytes.
const RELAY: &str = r#"(component
  (import "NAME" (instance $funcs
    (export "call-string" (func (param "target" string) (param "input" string) (result (result string (error string)))))
    (export "call-bytes" (func (param "target" string) (param "input" (list u8)) (result (result (list u8) (error string)))))))
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $libc (instantiate $libc))
  (core func $string (canon lower (func $funcs "call-string")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $bytes (canon lower (func $funcs "call-bytes")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "" "string" (func $string (param i32 i32 i32 i32 i32)))
    (import "" "bytes" (func $bytes (param i32 i32 i32 i32 i32)))
    (func (export "relay") (param i32 i32 i32 i32) (result i32)
      (call $string (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 16))
      (i32.const 16))
    (func (export "relay-bytes") (param i32 i32 i32 i32) (result i32)
      (call $bytes (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 16))
      (i32.const 16)))
  (core instance $i (instantiate $m (with "" (instance (export "string" (func $string)) (export "bytes" (func $bytes))))))
  (func (export "relay") (param "target" string) (param "input" string) (result (result string (error string)))
    (canon lift (core func $i "relay") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "relay-bytes") (param "target" string) (param "input" (list u8)) (result (result (list u8) (error string)))
    (canon lift (core func $i "relay-bytes") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))"#;

/// `deep(input)` calls the function `deep` with its input.
const DEEP: &str = r#"(component
  (import "nojit:runtime/funcs@0.1.0" (instance $funcs
    (export "call-string" (func (param "target" string) (param "input" string) (result (result string (error string)))))))
  (core module $libc
    (memory (export "memory") 1)
    (data (i32.const 0) "deep")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (core func $call (canon lower (func $funcs "call-string")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "" "call" (func $call (param i32 i32 i32 i32 i32)))
    (func (export "deep") (param i32 i32) (result i32)
      (call $call (i32.const 0) (i32.const 4) (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $i (instantiate $m (with "" (instance (export "call" (func $call))))))
  (func (export "deep") (param "input" string) (result (result string (error string)))
    (canon lift (core func $i "deep") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))"#;

/// Functions to be called.
const OTHERS: &str = "
- {name: add, kind: function.wat, method: add, wit: 'add: func(a: s32, b: s32) -> s32;', source:
    '(module (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'}
- {name: half, kind: function.wat, method: half, wit: 'half: func(n: u32) -> result<u32, u32>;', source: file://half.wat}
- {name: deep, kind: function.wat, method: deep, source: file://deep.wat, imports: [funcs]}
- {name: nothing, kind: function.wat, method: f, source: '(module (func (export \"f\")))'}
- {name: trap, kind: function.wat, method: f, source: '(module (func (export \"f\") unreachable))'}
- {name: spin, kind: function.wat, method: f, limits: {max_execution_ms: 2}, source: '(module (func (export \"f\") (loop (br 0))))'}
";

/// `half(n)`: the half of an even number, and an odd one as the error.
const HALF: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "half") (param i32) (result i32)
    (i32.store8 (i32.const 0) (i32.and (local.get 0) (i32.const 1)))
    (i32.store (i32.const 4)
      (select (local.get 0) (i32.shr_u (local.get 0) (i32.const 1)) (i32.and (local.get 0) (i32.const 1))))
    (i32.const 0)))"#;

/// An app in a folder that goes away with the test.
struct Bed {
    folder: PathBuf,
    world: SimWorld,
    app: App,
    calls: Arc<Count>,
}

/// How many calls are over.
#[derive(Default)]
struct Count(AtomicU32);

impl Observer for Count {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Call(_) = event {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Bed {
    /// An app with `relays`, each a name and its pool, the functions above, and guests of that interface.
    fn new(interface: &str, relays: &[(&str, &str)]) -> Bed {
        Bed::with_settings("", interface, relays)
    }

    /// The same, with these settings.
    fn with_settings(settings: &str, interface: &str, relays: &[(&str, &str)]) -> Bed {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("funcs-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).expect("the folder for tests is writable");
        let entry = |(name, pool): &(&str, &str)| {
            let function = "kind: function.wat, source: file://relay.wat, imports: [funcs]";
            format!(
                "- {{name: {name}, method: relay, pool: {pool}, {function}}}\n\
                 - {{name: {name}-bytes, method: relay-bytes, pool: {pool}, {function}}}\n"
            )
        };
        let entries: String = relays.iter().map(entry).collect();
        for (path, text) in [
            ("_index.yaml", format!("namespace: a\nentries:\n{entries}{OTHERS}")),
            ("nojit.yaml", settings.to_owned()),
            ("relay.wat", RELAY.replace("NAME", interface)),
            ("half.wat", HALF.to_owned()),
            ("deep.wat", DEEP.to_owned()),
        ] {
            fs::write(folder.join(path), text).expect("the app folder is writable");
        }
        let (registry, functions) =
            app::load(&folder, &OsVariables::default(), &Engine::default()).expect("the app is sound");
        let world = SimWorld::new(7);
        let (hosts, calls) = (world.clone(), Arc::new(Count::default()));
        let guests = World::new(move || hosts.host() as Arc<dyn Host>).with_observer(calls.clone());
        let app = App::new(registry, functions, guests);
        Bed { folder, world, app, calls }
    }

    /// What a call answers.
    fn call(&self, function: &str, args: &[Payload]) -> String {
        let (outcome, _) = self.world.run(self.app.call(function, args)).expect("it comes to an end");
        match outcome {
            Ok(Outcome::Value(value)) => value.map_or_else(String::new, |value| json::to_text(&value)),
            Ok(Outcome::GuestError(details)) => format!("err {}", json::to_text(&details)),
            Err(error) => format!("failed: {error}"),
        }
    }

    /// What `relay` of the function says.
    fn relay(&self, relay: &str, target: &str, input: &str) -> String {
        self.call(relay, &[Payload::from(target), Payload::from(input)])
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

const INLINE: &str = "{type: inline}";

#[test]
fn guests_call_functions_by_their_ids() {
    for interface in ["nojit:runtime/funcs@0.1.0", "wippy:runtime/funcs@0.1.0"] {
        let bed = Bed::new(interface, &[("relay", INLINE)]);
        for (target, input, expected) in [
            ("a:add", "[2, 40]", r#""42""#),
            ("add", "[2, 40]", r#""42""#),
            ("add", "2", r#"err "the input has to be a JSON array of all arguments""#),
            ("add", "[2]", r#"err "a:add: add takes 2 arguments (a, b), got 1""#),
            ("add", "[2, \"x\"]", r#"err "a:add: argument 2 b: expected s32, found string""#),
            ("add", "[2,", r#"err "invalid JSON: EOF while parsing a value at line 1 column 3""#),
            ("half", "10", r#""5""#),
            ("half", "7", r#"err "7""#),
            ("nothing", "", r#""""#),
            ("trap", "", r#"err "a:trap: unreachable executed (in export f)""#),
            ("a:none", "", r#"err "there is no function a:none""#),
            ("relay", r#"["add", "[1, 2]"]"#, r#""3""#),
        ] {
            assert_eq!(bed.relay("a:relay", target, input), expected, "{target} {input}");
        }
    }
}

#[test]
fn bytes_go_through_as_they_are() {
    let bed = Bed::new("nojit:runtime/funcs@0.1.0", &[("relay", INLINE)]);
    let relay = |target: &str, input: &[u8]| {
        bed.call("a:relay-bytes", &[Payload::from(target), Payload::Bytes(input.to_vec())])
    };
    assert_eq!(relay("add", b"[2, 40]"), "[52,50]");
    assert_eq!(relay("add", b"\xff"), "err \"invalid JSON: expected value at line 1 column 1\"");
}

#[test]
fn the_time_of_a_callee_is_its_own_and_its_end_is_told() {
    let bed = Bed::new("nojit:runtime/funcs@0.1.0", &[("relay", INLINE)]);
    let told = bed.relay("a:relay", "spin", "");
    assert_eq!(told, r#"err "a:spin: all time is used up (max_execution_ms is 2) (in export f)""#);
}

/// The input with which a relay calls the next one and so on, and the last of them `add`.
fn chain(relays: &[&str]) -> String {
    let mut input = "[1, 2]".to_owned();
    let mut target = "add".to_owned();
    for relay in relays.iter().rev() {
        input = json::to_text(&Payload::Array(vec![Payload::from(target.as_str()), Payload::from(input.as_str())]));
        target = (*relay).to_owned();
    }
    input
}

#[test]
fn calls_nest_up_to_a_limit() {
    let bed = Bed::new("nojit:runtime/funcs@0.1.0", &[]);
    let told = bed.call("a:deep", &[Payload::from("x")]);
    assert_eq!(told, r#"err "deep is not called: functions call each other 64 deep""#);
    assert_eq!(bed.calls.0.load(Ordering::Relaxed), 64);
}

#[test]
fn a_ring_of_waiting_pools_is_named() {
    let one = "{type: lazy, max_size: 1}";
    let bed = Bed::new("nojit:runtime/funcs@0.1.0", &[("f", one), ("g", one), ("h", "{type: static, size: 2}")]);
    let error = bed.relay("a:f", "f", &chain(&["f"]));
    assert_eq!(
        error,
        r#"err "a:f: a:f would wait for itself: all 1 calls of it that may run at once wait, by a:f -> a:f; let more of them run""#
    );
    let error = bed.relay("a:f", "g", &chain(&["g", "f"]));
    assert!(error.contains("a:f would wait for itself"), "{error}");
    // There is room for it in the pool of two.
    assert_eq!(bed.relay("a:h", "g", &chain(&["g", "h"])), r#""3""#);
    // Everything was given back.
    assert_eq!(bed.relay("a:f", "g", &chain(&["g"])), r#""3""#);
}

#[test]
fn a_strict_app_denies_calls_that_no_policy_allows() {
    let bed = Bed::with_settings("strict: true", "nojit:runtime/funcs@0.1.0", &[("relay", INLINE)]);
    let denied = r#"err "a:relay may not call a:add: strict in nojit.yaml denies what no policy allows""#;
    assert_eq!(bed.relay("a:relay", "add", "[2, 40]"), denied);
    // Whether there is such a function is not told either.
    assert!(bed.relay("a:relay", "none", "").contains("a:relay may not call a:none"));
    assert_eq!(bed.call("a:add", &[Payload::from(2), Payload::from(40)]), "42");
}
