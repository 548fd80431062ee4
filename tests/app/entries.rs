//! Entries that apps of several tests are made of.

use super::folder::Folder;

/// Returns its text.
pub(super) const ECHO: &str = r#"
  - name: echo
    kind: function.wat
    method: echo
    transport: wasi-http
    wit: "echo: func(text: string) -> string;"
    source: |
      (module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "echo") (param i32 i32) (result i32)
          (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
"#;

/// Returns its parameter `id`.
pub(super) const NAME: &str = r#"
  - name: name
    kind: function.wat
    method: name
    transport: wasi-http
    wit: "name: func(id: string, other: option<string>) -> string;"
    source: |
      (module (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
          (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 3))))
        (func (export "name") (param i32 i32 i32 i32 i32) (result i32)
          (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
"#;

/// Returns half of `number`; the `err` of its result for odd ones, but for 13, of which it traps.
pub(super) const HALF: &str = r#"
  - name: half
    kind: function.wat
    method: half
    transport: wasi-http
    wit: "half: func(number: u32) -> result<u32, string>;"
    source: |
      (module (memory (export "memory") 1) (data (i32.const 32) "it is odd")
        (func (export "half") (param i32) (result i32)
          (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
          (i32.store8 (i32.const 0) (i32.and (local.get 0) (i32.const 1)))
          (i32.store (i32.const 4)
            (select (i32.const 32) (i32.div_u (local.get 0) (i32.const 2)) (i32.load8_u (i32.const 0))))
          (i32.store (i32.const 8) (i32.const 9))
          (i32.const 0)))
"#;

/// The module of [`SLEEP`], and of entries like it.
pub(super) const SLEEPER: (&str, &str) = (
    "sleeper.wat",
    r#"(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $p (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core func $drop (canon resource.drop $pollable))
  (core module $m
    (import "" "block" (func $block (param i32)))
    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "sleep") (param $ms i32) (result i32) (local $pollable i32)
      (local.set $pollable (call $subscribe (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))))
      (call $block (local.get $pollable))
      (call $drop (local.get $pollable))
      (local.get $ms)))
  (core instance $i (instantiate $m (with "" (instance
    (export "block" (func $block)) (export "subscribe" (func $subscribe)) (export "drop" (func $drop))))))
  (func (export "sleep") (param "ms" u32) (result u32) (canon lift (core func $i "sleep"))))"#,
);

/// Sleeps for `ms` and returns that; needs [`SLEEPER`].
pub(super) const SLEEP: &str = "
  - name: sleep
    kind: function.wat
    method: sleep
    transport: wasi-http
    imports: [wasi:io, wasi:clocks]
    source: file://sleeper.wat
";

/// Never returns.
pub(super) const SPIN: &str = r#"
  - name: spin
    kind: function.wat
    method: spin
    transport: wasi-http
    limits: {max_execution_ms: 5}
    source: (module (func (export "spin") (loop (br 0))))
"#;

/// What all requests of port 80 come to.
pub(super) const WEB: &str = "
  - {name: web, kind: http.service, addr: ':80'}
";

/// The entry of an endpoint of the app's only router or service.
pub(super) fn endpoint(name: &str, method: &str, path: &str, func: &str) -> String {
    format!("\n  - {{name: {name}, kind: http.endpoint, method: {method}, path: '{path}', func: {func}}}\n")
}

/// The component `http-server` as the function `handler` under `method`; needs [`Folder::with_http_server`].
pub(super) fn handler(method: &str, imports: &str) -> String {
    format!(
        "
  - name: handler
    kind: function.wasm
    fs: here
    path: http-server.wasm
    hash: {}
    method: '{method}'
    transport: wasi-http
    imports: [{imports}]
    wasi: {{allow_private: true}}
    limits: {{max_execution_ms: 60000}}
  - {{name: here, kind: fs.directory, directory: .}}
",
        Folder::http_server_hash()
    )
}
