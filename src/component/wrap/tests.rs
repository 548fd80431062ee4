//! What becomes of modules and of WIT, by cases.

use wasmparser::{CanonicalFunction, CanonicalOption, ComponentType, Parser, Payload, Validator};
use wit_component::StringEncoding;

use super::{MAX_FUNCTIONS, MAX_WIT_BYTES, wit_of, world, wrap};
use crate::component::{Component, Engine, Linker, Store, Val};

const ADD: &str = r#"(module (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))"#;

/// A module with an allocator, and `functions`.
fn with_memory(functions: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
              (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 3))))
            {functions})"#
    )
}

/// The WIT view of what `wat` becomes, without its package and world.
fn view(wat: &str, wit: Option<&str>) -> String {
    let component = wrap(wat.as_bytes(), wit).expect("accepted");
    Validator::new().validate_all(&component).expect("accepted");
    let text = wit_of(&component).expect("accepted");
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    let text = text.strip_prefix("package root:component; world root {").unwrap_or(&text);
    text.strip_suffix('}').unwrap_or(text).trim().to_owned()
}

fn error(wat: &str, wit: Option<&str>) -> String {
    wrap(wat.as_bytes(), wit).map(|component| wit_of(&component)).expect_err("refused").to_string()
}

#[test]
fn one_bare_function_is_exported_at_the_root() {
    let wat = r#"(module (func (export "answer") (result i32) i32.const 42))"#;
    assert_eq!(view(wat, Some("answer: func() -> s32;      \n")), "export answer: func() -> s32;");
}

#[test]
fn several_bare_functions_need_no_semicolons() {
    let wat = r#"(module (func (export "a") (param i32)) (func (export "b_c") (result i64) i64.const 1))"#;
    assert_eq!(
        view(wat, Some("a: func(x: u8)\nb-c: func() -> u64")),
        "export a: func(x: u8); export b-c: func() -> u64;"
    );
    assert_eq!(view(ADD, Some("add: func(a: u32, b: u32) -> u32")), "export add: func(a: u32, b: u32) -> u32;");
}

#[test]
fn strings_and_lists_pass_through_exported_memory() {
    let wat = with_memory(
        r#"(func (export "greet") (param i32 i32) (result i32) i32.const 0)
           (func (export "cabi_post_greet") (param i32))"#,
    );
    let wit = "greet: func(name: string) -> list<string>;";
    assert_eq!(view(&wat, Some(wit)), "export greet: func(name: string) -> list<string>;");
    let component = wrap(wat.as_bytes(), Some(wit)).expect("valid");
    let mut lifted = Vec::new();
    for payload in Parser::new(0).parse_all(&component) {
        if let Payload::ComponentCanonicalSection(section) = payload.expect("valid") {
            lifted.extend(section.into_iter().flatten());
        }
    }
    let Some(CanonicalFunction::Lift { options, .. }) = lifted.last() else { unreachable!("no lift in {lifted:?}") };
    let has = |wanted: fn(&CanonicalOption) -> bool| options.iter().any(wanted);
    assert!(has(|option| *option == CanonicalOption::UTF8), "{options:?}");
    assert!(has(|option| matches!(option, CanonicalOption::Memory(_))), "{options:?}");
    assert!(has(|option| matches!(option, CanonicalOption::Realloc(_))), "{options:?}");
    assert!(has(|option| matches!(option, CanonicalOption::PostReturn(_))), "{options:?}");
}

#[test]
fn the_allocator_may_be_called_realloc() {
    let wat = with_memory(r#"(func (export "f") (param i32 i32))"#).replace("cabi_realloc", "realloc");
    assert_eq!(view(&wat, Some("f: func(s: string)")), "export f: func(s: string);");
}

#[test]
fn a_result_in_memory_needs_no_allocator() {
    let wat = r#"(module (memory (export "memory") 1) (func (export "f") (result i32) i32.const 0))"#;
    assert_eq!(view(wat, Some("f: func() -> string")), "export f: func() -> string;");
}

#[test]
fn what_strings_need_is_named() {
    let wat = r#"(module (func (export "f") (param i32 i32)))"#;
    assert_eq!(
        error(wat, Some("f: func(s: string)")),
        "function `f`: strings, lists and large values pass through memory: export the memory of the module as `memory`"
    );
    let wat = r#"(module (memory (export "memory") 1) (func (export "f") (param i32 i32))
        (func (export "realloc") (param i32 i32) (result i32) i32.const 0))"#;
    assert_eq!(
        error(wat, Some("f: func(s: string)")),
        "function `f`: strings, lists and many parameters are put into the module's memory: export an allocator \
         `cabi_realloc` as func(i32, i32, i32, i32) -> i32, taking old pointer, old size, alignment and new size \
         (`realloc` is func(i32, i32) -> i32)"
    );
}

#[test]
fn types_may_stand_beside_bare_functions() {
    let wat = with_memory(
        r#"(func (export "area") (param i32 i32) (result i32) i32.const 0)
           (func (export "swap") (param i32 i32) (result i32) i32.const 0)"#,
    );
    let wit = "record p { x: u32, y: u32 } area: func(p: p) -> u32; swap: func(p: p) -> p";
    assert_eq!(
        view(&wat, Some(wit)),
        "record p { x: u32, y: u32, } export area: func(p: p) -> u32; export swap: func(p: p) -> p;"
    );
}

#[test]
fn an_interface_is_an_instance() {
    let wit = "interface x { record p { a: s32, b: s32 } add: func(p: p) -> s32; }";
    let expected = "export x: interface { record p { a: s32, b: s32, } add: func(p: p) -> s32; }";
    assert_eq!(view(ADD, Some(wit)), expected);
    assert_eq!(view(&ADD.replace("add\"", "x#add\""), Some(wit)), expected);
}

#[test]
fn interfaces_of_a_package_keep_their_names() {
    let wit = "package a:%interface@1.2.0; interface x { add: func(a: s32, b: s32) -> s32; }";
    let text = view(ADD, Some(wit));
    assert!(text.contains("export a:%interface/x@1.2.0;"), "{text}");
}

#[test]
fn interfaces_may_use_each_other() {
    let wit = "interface t { type n = s32; one: func() -> n; } interface x { use t.{n}; add: func(a: n, b: n) -> n; }";
    let wat = ADD.replace("(module", "(module (func (export \"t#one\") (result i32) i32.const 1)");
    let text = view(&wat, Some(wit));
    for line in ["export local:module/t;", "export local:module/x;", "use t.{n};"] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn a_plain_name_does_not_serve_two_interfaces() {
    let wit = "interface x { add: func(a: s32, b: s32) -> s32; } interface y { add: func(a: s32, b: s32) -> s32; }";
    let text = error(ADD, Some(wit));
    assert!(text.starts_with("function `x#add`: no core export `x#add` as func(i32, i32) -> i32;"), "{text}");
}

#[test]
fn a_world_says_what_is_exported_and_imported() {
    let wat = r#"(module
        (import "a:b/log" "write_line" (func $log (param i32 i32)))
        (import "$root" "tick" (func (result i64)))
        (import "env" "beep" (func (param i32)))
        (memory (export "memory") 1)
        (func (export "run") (call $log (i32.const 0) (i32.const 0))))"#;
    let wit = "package a:b@1.0.0;
        interface log { write-line: func(line: string); }
        world w { import log; import tick: func() -> u64; export run: func(); }";
    let text = view(wat, Some(wit));
    for line in [
        "import a:b/log@1.0.0;",
        "import tick: func() -> u64;",
        "import env: interface { beep: func(p0: s32); }",
        "export run: func();",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn a_missing_export_names_what_there_is() {
    assert_eq!(
        error(ADD, Some("add-two: func(a: s32) -> s32")),
        "function `add-two`: no core export `add-two` or `add_two` as func(i32) -> i32; the module exports the functions `add`"
    );
    assert_eq!(
        error("(module)", Some("f: func(a: s32)")),
        "function `f`: no core export `f` as func(i32); the module exports no functions"
    );
}

#[test]
fn a_wrong_signature_names_both() {
    assert_eq!(
        error(ADD, Some("add: func(a: s64, b: s64) -> s64")),
        "function `add`: core export `add` is func(i32, i32) -> i32, but the signature in `wit` needs \
         func(i64, i64) -> i64; the module exports the functions `add`"
    );
    let wat = r#"(module (memory (export "memory") 1) (func (export "f") (result i32) i32.const 0)
        (func (export "cabi_post_f")))"#;
    assert_eq!(
        error(wat, Some("f: func() -> string")),
        "function `f`: its post-return `cabi_post_f` is func(), but must be func(i32)"
    );
}

#[test]
fn errors_in_wit_have_positions() {
    assert_eq!(error(ADD, Some("add: func() -> s32\nb: func(x: s33);")), "wit:2:12: name `s33` does not exist");
    assert_eq!(error(ADD, Some("add: f")), "wit:1:6: interface or world `f` does not exist");
}

#[test]
fn wit_is_for_core_modules() {
    let component = wrap(ADD.as_bytes(), None).expect("valid");
    assert_eq!(wrap(&component, None).expect("unchanged"), component);
    let error = wrap(&component, Some("add: func()")).expect_err("refused").to_string();
    assert!(error.ends_with("remove `wit`"), "{error}");
    assert_eq!(wrap(b"(component)", None).expect("valid").len(), 8);
}

#[test]
fn without_wit_core_signatures_are_types() {
    let wat = r#"(module
        (func (export "add_two") (param i32 i64 f32 f64) (result i64) i64.const 0)
        (func (export "addTwo"))
        (func (export "list"))
        (func (export "v") (param v128))
        (func (export "1") (param i32))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
        (memory (export "memory") 1))"#;
    assert_eq!(
        view(wat, None),
        "export add-two: func(p0: s32, p1: s64, p2: f32, p3: f64) -> s64; export add-two-2: func(); export %list: func();"
    );
}

#[test]
fn several_results_are_a_tuple() {
    let wat = r#"(module (memory 1)
        (func $divide (export "divide") (param i64 i32) (result i32 i64 f32 f64)
          i32.const 1 local.get 0 f32.const 2 f64.const 3))"#;
    assert_eq!(view(wat, None), "export divide: func(p0: s64, p1: s32) -> tuple<s32, s64, f32, f64>;");
}

#[test]
fn many_parameters_are_taken() {
    let wat = format!(r#"(module (func (export "sum") (param {}) (result i32) local.get 0))"#, "i32 i64 ".repeat(10));
    let text = view(&wat, None);
    assert!(text.starts_with("export sum: func(p0: s32, p1: s64,") && text.ends_with("p19: s64) -> s32;"), "{text}");
}

/// Calls the function `name` of the component that `wat` becomes.
fn call(wat: &str, name: &str, params: &[Val]) -> Val {
    let component = wrap(wat.as_bytes(), None).expect("accepted");
    let engine = Engine::default();
    let component = Component::new(&engine, component).expect("valid");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).expect("no imports");
    let mut results = [Val::Bool(false)];
    instance.func(name).expect("exported").call(&mut store, params, &mut results).expect("no trap");
    let [result] = results;
    result
}

#[test]
fn a_stub_stores_results_and_loads_parameters() {
    let wat = r#"(module (memory 1)
        (func (export "results") (param i32) (result i32 i64 f32 f64)
          local.get 0 i64.const -2 f32.const 0.5 f64.const 0.25))"#;
    let expected = Val::Tuple(vec![Val::S32(7), Val::S64(-2), Val::Float32(0.5), Val::Float64(0.25)]);
    assert_eq!(call(wat, "results", &[Val::S32(7)]), expected);

    let wat = format!(r#"(module (func (export "last") (param {} f64) (result f64) local.get 17))"#, "i32 ".repeat(17));
    let mut params = vec![Val::S32(1); 17];
    params.push(Val::Float64(2.5));
    assert_eq!(call(&wat, "last", &params), Val::Float64(2.5));
}

#[test]
fn imports_without_wit_are_typed_from_their_signatures() {
    let wat = r#"(module (import "my_env" "logIt" (func (param i32) (result i64))) (import "my_env" "x" (func))
        (import "my_env" "x" (func)) (func (export "f")))"#;
    let text = view(wat, None);
    assert_eq!(text, "import my-env: interface { log-it: func(p0: s32) -> s64; x: func(); } export f: func();");
    assert_eq!(view(wat, Some("f: func()")), text);
}

#[test]
fn imports_that_no_component_provides_are_refused() {
    let check = |import: &str, expected: &str| {
        let text = error(&format!(r#"(module (import {import}) (func (export "f")))"#), None);
        assert!(text.contains(expected), "{text}");
    };
    check(r#""wasi_unstable" "fd_write" (func)"#, "imports wasi_unstable, which is older than preview 1");
    check(
        r#""wasi_snapshot_preview1" "sched_yield" (func (result i32))"#,
        "imports wasi_snapshot_preview1, and exports no `memory` for it to work on",
    );
    check(
        r#""env" "memory" (memory 1)"#,
        "imports the memory `env` `memory`, which only another core module can provide",
    );
    check(r#""env" "g" (global i32)"#, "imports the global `env` `g`");
    check(r#""env" "v" (func (param v128))"#, "core import `env` `v`: v128 has no component type");
    check(r#""env" "two" (func (result i32 i32))"#, "several results");
    check(r#""a:b/c" "f" (func)"#, "core import `a:b/c` `f`: not among the imports in `wit`");
    check(r#""größe" "f" (func)"#, "cannot be made the name of an instance");
}

#[test]
fn a_module_without_callable_exports_is_refused() {
    assert_eq!(error("(module)", None), "nothing in the core module can be called (the module exports no functions)");
    let wat = r#"(module (func (export "f") (param v128)))"#;
    assert_eq!(error(wat, None), "nothing in the core module can be called (`f`: v128 has no component type)");
}

#[test]
fn metadata_of_a_binding_generator_counts_without_wit() {
    let world = world::parse("add: func(left: u32, right: u32) -> u32").expect("valid");
    let mut binary = wat::parse_str(ADD).expect("valid");
    wit_component::embed_component_metadata(&mut binary, &world.resolve, world.id, StringEncoding::UTF8, false)
        .expect("valid");
    let component = wrap(&binary, None).expect("valid");
    assert!(wit_of(&component).expect("valid").contains("add: func(left: u32, right: u32) -> u32;"));
    let component = wrap(&binary, Some("add: func(a: s32, b: s32) -> s32")).expect("valid");
    assert!(wit_of(&component).expect("valid").contains("add: func(a: s32, b: s32) -> s32;"));
}

#[test]
fn an_initializer_is_called_and_not_exported() {
    let wat = r#"(module (func (export "_initialize")) (func (export "f")))"#;
    assert_eq!(view(wat, None), "export f: func();");
    assert_eq!(view(wat, Some("f: func()")), "export f: func();");
}

#[test]
fn resources_of_an_interface_have_destructors() {
    let wat = r#"(module
        (import "[export]x" "[resource-new]r" (func (param i32) (result i32)))
        (func (export "[constructor]r") (result i32) i32.const 0)
        (func (export "[method]r.size_of") (param i32) (result i32) i32.const 0)
        (func (export "x#[dtor]r") (param i32)))"#;
    let wit = "interface x { resource r { constructor(); size-of: func() -> u32; } }";
    let component = wrap(wat.as_bytes(), Some(wit)).expect("accepted");
    Validator::new().validate_all(&component).expect("valid");
    let mut types = Vec::new();
    for payload in Parser::new(0).parse_all(&component) {
        if let Payload::ComponentTypeSection(section) = payload.expect("valid") {
            types.extend(section.into_iter().flatten());
        }
    }
    assert!(types.iter().any(|ty| matches!(ty, ComponentType::Resource { dtor: Some(_), .. })), "{types:?}");
}

#[test]
fn text_and_bytes_that_are_not_webassembly_are_refused() {
    assert_eq!(wrap(b"", None).expect_err("empty").message(), "empty: neither WebAssembly text nor a binary");
    assert!(wrap(b"\xff\xfe", None).is_err());
    assert!(wrap(b"\0asm", None).is_err());
    assert!(wrap("(".repeat(100_000).as_bytes(), None).is_err());
    assert!(wrap(format!("(module (func {}", "(block ".repeat(100_000)).as_bytes(), None).is_err());
    assert!(error("(module (func (export \"f\") (result i33)))", None).contains(":1:"));
}

#[test]
fn hostile_wit_is_refused_without_a_panic() {
    let nested = format!("f: func(x: {}u8{});", "list<".repeat(100_000), ">".repeat(100_000));
    error(ADD, Some(&nested));
    error(ADD, Some(&"/*".repeat(100_000)));
    error(ADD, Some(&"{".repeat(100_000)));
    error(ADD, Some(&"package a:b {".repeat(50_000)));
    error(ADD, Some(&" ".repeat(MAX_WIT_BYTES + 1)));
    error(ADD, Some(&"é".repeat(100_000)));
    error(ADD, Some("s: func() -> stream<u8>"));
    error(ADD, Some("f: async func()"));
    error(ADD, Some("record e {} f: func(e: e)"));
}

#[test]
fn hostile_types_are_refused_without_a_panic() {
    let chain = |first: &str, next: &dyn Fn(usize) -> String, len| {
        (1..len).fold(first.to_owned(), |text, index| text + &next(index))
    };
    let lists = chain("type t0 = u8;", &|n| format!("type t{n} = list<t{}>;", n - 1), 30_000);
    let text = error(ADD, Some(&format!("{lists} f: func(x: t29999);")));
    assert!(text.ends_with("is nested deeper than 100 levels"), "{text}");
    let aliases = chain("type t0=u8;", &|n| format!("type t{n}=t{};", n - 1), 60_000);
    error(ADD, Some(&format!("{aliases} f: func(x: t59999);")));
    let variants = chain("type r0 = u8;", &|n| format!("variant r{n} {{ a(r{0}), b(r{0}), c(r{0}) }}", n - 1), 64);
    let text = error(ADD, Some(&format!("{variants} f: func(x: r63);")));
    assert!(text.ends_with("members, inner ones counted"), "{text}");
}

#[test]
fn hostile_documents_are_refused_without_a_panic() {
    let uses: String = (1..5_000).map(|n| format!("interface i{n} {{ use i{}.{{t}}; }}", n - 1)).collect();
    error(ADD, Some(&format!("interface i0 {{ type t = u8; }} {uses}")));
    let includes: String = (1..5_000).map(|n| format!("world w{n} {{ include w{}; }}", n - 1)).collect();
    error(ADD, Some(&format!("world w0 {{}} {includes}")));
    assert!(wit_of(b"\0asm\x0d\0\x01\0\xff").is_err());
}

#[test]
fn more_functions_than_the_limit_are_refused() {
    let exports =
        |count| (0..count).map(|n| format!("(export \"a{}\" (func 0))", "_".repeat(n + 1))).collect::<String>();
    let component = wrap(format!("(module (func) {})", exports(500)).as_bytes(), None).expect("accepted");
    assert!(wit_of(&component).expect("valid").contains("export a-500: func();"));
    let wit: String = (0..=MAX_FUNCTIONS).map(|n| format!("n{n}: func();")).collect();
    let exports: String = (0..=MAX_FUNCTIONS).map(|n| format!("(export \"n{n}\" (func 0))")).collect();
    let wat = format!("(module (func) {exports})");
    assert_eq!(error(&wat, None), "the core module exports more than 4096 functions");
    assert_eq!(error(&wat, Some(&wit)), "the core module exports more than 4096 functions");
    let imports = r#"(import "env" "f" (func))"#.repeat(MAX_FUNCTIONS + 1);
    assert_eq!(
        error(&format!(r#"(module {imports} (func (export "f")))"#), None),
        "the core module imports more than 4096 functions"
    );
}

#[test]
fn the_limit_of_functions_is_accepted() {
    let exports: String = (0..MAX_FUNCTIONS).map(|n| format!("(export \"n{n}\" (func 0))")).collect();
    assert!(wrap(format!("(module (func) {exports})").as_bytes(), None).is_ok());
}
