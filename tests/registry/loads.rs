//! What a good app loads as.

use nojit::Kind;
use nojit::registry::{Pool, PoolForm, Spec, Token, WhenFull};

use super::App;

/// The definition file of an app with every supported kind.
pub(super) const EVERYTHING: &str = r#"version: "1.0"
namespace: myns
meta: {owner: all, tags: [a]}
entries:
  - name: compute
    kind: function.wasm
    fs: myns:assets
    path: /bin/../compute.wasm
    hash: sha256:292b796376f8b4cc360acf2ea6b82d1084871c3607a079f30b446da8e5c984a4
    method: "test-sleep#sleep-ms"
    pool: {type: static, size: 4, workers: 2, buffer: 16, when_full: reject, reuse: 5}
    transport: wasi-http
    result: tagged
    imports: [wasi:cli, WASI:IO, "wasi:clocks@0.2.3", funcs]
    limits: {max_execution_ms: 5000, max_memory_bytes: 65536, max_fuel: 7, max_table_elements: 0, max_handles: 3}
    wasi:
      args: ["--verbose"]
      cwd: /app/./x/..
      mounts:
        - {fs: assets, guest: /data, read_only: true}
        - {fs: myns:output, guest: /output/}
      allow_private: true
    bind: {any: [1, two]}
  - name: assets
    kind: fs.directory
    directory: ./wasm
  - name: output
    kind: fs.directory
    directory: made/later
    auto_init: true
    mode: "0700"
  - name: answer
    kind: function.wat
    meta: {owner: me}
    source: |
      (module
        (func (export "answer") (result i32)
          i32.const 42))
    wit: |
      answer: func() -> s32;
    method: answer
    pool:
      type: inline
  - name: facts
    kind: registry.entry
    text: "${env:NAME|nobody} pays $${env:NAME}"
    numbers: [1, 2.5, 18446744073709551615]
"#;

#[test]
fn every_field_has_its_place_in_the_entry() {
    let app = App::of(EVERYTHING);
    let registry = app.registry();
    let entry = registry.find("myns:compute").expect("the entry is declared");
    insta::assert_debug_snapshot!(entry.spec(), @r#"
    FunctionWasm(
        FunctionWasm {
            fs: Id(
                "myns:assets",
            ),
            path: "compute.wasm",
            hash: sha256:292b796376f8b4cc360acf2ea6b82d1084871c3607a079f30b446da8e5c984a4,
            function: Function {
                method: "test-sleep#sleep-ms",
                wit: None,
                pool: Pool {
                    form: Static {
                        size: 4,
                        workers: 2,
                        buffer: 16,
                    },
                    when_full: Reject,
                    reuse: 5,
                },
                transport: WasiHttp,
                result: Tagged,
                imports: {
                    Io,
                    Clocks,
                    Cli,
                    Funcs,
                },
                wasi: WasiConfig {
                    args: [
                        "--verbose",
                    ],
                    cwd: Some(
                        "/app",
                    ),
                    env: [],
                    mounts: [
                        Mount {
                            fs: Id(
                                "myns:assets",
                            ),
                            guest: "/data",
                            read_only: true,
                        },
                        Mount {
                            fs: Id(
                                "myns:output",
                            ),
                            guest: "/output",
                            read_only: false,
                        },
                    ],
                    allow_private: true,
                },
                limits: Limits {
                    max_execution_ms: Some(
                        5000,
                    ),
                    max_fuel: Some(
                        7,
                    ),
                    max_memory_bytes: 65536,
                    max_table_elements: 0,
                    max_handles: 3,
                },
                bind: Some(
                    Object {
                        "any": Array [
                            Number(1),
                            String("two"),
                        ],
                    },
                ),
            },
        },
    )
    "#);
    let facts = registry.find("myns:facts").expect("the entry is declared");
    insta::assert_debug_snapshot!(facts.spec(), @r#"
    RegistryEntry(
        RegistryEntry {
            data: {
                "text": String("nobody pays ${env:NAME}"),
                "numbers": Array [
                    Number(1),
                    Number(2.5),
                    Number(18446744073709551615),
                ],
            },
        },
    )
    "#);
    let output = registry.find("myns:output").expect("the entry is declared");
    insta::assert_debug_snapshot!(output.spec(), @r#"
    FsDirectory(
        FsDirectory {
            directory: "made/later",
            auto_init: true,
            mode: 448,
        },
    )
    "#);
}

#[test]
fn fields_left_out_have_the_defaults_of_the_contract() {
    let app = App::of("namespace: a\nname: f\nkind: function.wat\nsource: (module)\nmethod: m\n");
    let registry = app.registry();
    let function = registry.find("a:f").ok().and_then(|entry| entry.function()).expect("a function");
    insta::assert_debug_snapshot!(function, @r#"
    Function {
        method: "m",
        wit: None,
        pool: Pool {
            form: Lazy {
                max_size: 100,
            },
            when_full: Wait,
            reuse: 1,
        },
        transport: Payload,
        result: Pair,
        imports: {},
        wasi: WasiConfig {
            args: [],
            cwd: None,
            env: [],
            mounts: [],
            allow_private: false,
        },
        limits: Limits {
            max_execution_ms: None,
            max_fuel: None,
            max_memory_bytes: 1073741824,
            max_table_elements: 1000000,
            max_handles: 1000000,
        },
        bind: None,
    }
    "#);
}

#[test]
fn pools_have_defaults_by_type() {
    let check = |pool: &str, form: PoolForm| {
        let text = format!("namespace: a\nname: f\nkind: function.wat\nsource: (module)\nmethod: m\npool: {pool}");
        let app = App::of(&text);
        let registry = app.registry();
        let pool = registry.find("a:f").ok().and_then(|entry| entry.function()).map(|function| function.pool);
        assert_eq!(pool, Some(Pool { form, when_full: WhenFull::Wait, reuse: 1 }));
    };
    check("{type: inline}", PoolForm::Inline);
    check("{type: lazy}", PoolForm::Lazy { max_size: 100 });
    check("{type: adaptive}", PoolForm::Adaptive { max_size: 100, warm_start: false });
    check("{type: static}", PoolForm::Static { size: 8, workers: 8, buffer: 512 });
    check("{type: static, size: 4}", PoolForm::Static { size: 4, workers: 4, buffer: 256 });
    check("{type: static, size: 4, workers: 2}", PoolForm::Static { size: 4, workers: 2, buffer: 128 });
}

#[test]
fn entries_start_after_what_they_refer_to() {
    assert_eq!(App::of(EVERYTHING).load(), "myns:answer myns:assets myns:facts myns:output myns:compute");
}

#[test]
fn meta_of_the_file_lies_beneath_meta_of_the_entry() {
    let app = App::of(EVERYTHING);
    let registry = app.registry();
    let meta = |name: &str| registry.find(name).map(|entry| serde_json::Value::from(entry.meta().clone()).to_string());
    assert_eq!(meta("myns:answer").ok().as_deref(), Some(r#"{"owner":"me","tags":["a"]}"#));
    assert_eq!(meta("myns:assets").ok().as_deref(), Some(r#"{"owner":"all","tags":["a"]}"#));
}

#[test]
fn problems_found_after_load_have_their_place() {
    let app = App::of(EVERYTHING);
    let registry = app.registry();
    let entry = registry.find("myns:compute").expect("the entry is declared");
    let check = |field: &str, line: usize| assert_eq!(entry.problem(field, "is wrong").line, line, "{field}");
    check("hash", 9);
    check("imports[1]", 14);
    check("wasi.mounts[1].guest", 21);
    check("elsewhere", 5);
    assert_eq!(entry.problem("hash", "hash is wrong").to_string(), "_index.yaml:9: entry myns:compute: hash is wrong");
}

#[test]
fn an_id_that_leads_nowhere_names_near_ones() {
    let app = App::of(EVERYTHING);
    let registry = app.registry();
    let check = |name: &str, kind: Kind, expected: &str| {
        let error = registry.find(name).map(|entry| entry.id().clone()).expect_err("the name leads nowhere");
        assert_eq!((error.kind(), error.message()), (kind, expected));
    };
    check("myns:computr", Kind::NotFound, "no entry \"myns:computr\"; did you mean myns:compute?");
    check("compute", Kind::Invalid, "\"compute\" is not an ID, which is namespace:name; did you mean myns:compute?");
    check("nothing", Kind::Invalid, "\"nothing\" is not an ID, which is namespace:name");
    check(
        "x:y",
        Kind::NotFound,
        "no entry \"x:y\"; entries are myns:answer, myns:assets, myns:compute, myns:facts, myns:output",
    );
}

#[test]
fn tokens_of_an_entry_can_be_asked_for_by_interface() {
    let app = App::of(EVERYTHING);
    let registry = app.registry();
    let compute = registry.find("myns:compute").ok().and_then(|entry| entry.function()).expect("a function");
    let grants = |interface| Token::for_interface(interface).is_some_and(|token| compute.imports.contains(&token));
    assert!(grants("wasi:clocks/wall-clock@0.2.0"));
    assert!(!grants("wasi:filesystem/preopens@0.2.3"));
}

#[test]
fn the_examples_of_the_manual_load_as_written() {
    let wat = r#"namespace: myns
entries:
  - name: answer
    kind: function.wat
    source: |
      (module
        (func (export "answer") (result i32)
          i32.const 42
        )
      )      
    wit: |
      answer: func() -> s32;      
    method: answer
    pool:
      type: inline
"#;
    assert_eq!(App::of(wat).load(), "myns:answer");
    let in_a_file = "namespace: myns\nentries:\n  - name: answer\n    kind: function.wat\n    source: file://answer.wat\n    method: answer\n";
    let app = App::new(&[("src/_index.yaml", in_a_file), ("src/answer.wat", "(module)")]);
    let registry = app.registry();
    let answer = registry.find("myns:answer").expect("the entry is declared");
    assert!(matches!(answer.spec(), Spec::FunctionWat(wat) if &*wat.source == "(module)"));
}

#[test]
fn an_entry_knows_what_it_refers_to_and_what_its_file_says() {
    let app = App::new(&[
        (
            "_index.yaml",
            "namespace: a
meta: {team: \"${env:V}\", note: {x: [\"${env:V}\"]}, kept: \"${env:V}\"}
entries:
- {name: storage, kind: env.storage.static, values: {V: secret}}
- {name: v, kind: env.variable, variable: V, storage: storage}
- {name: data, kind: fs.directory, directory: ., mode: \"0700\"}
- name: f
  kind: function.wat
  meta: {team: ours, note: {x: [plain]}}
  source: file://f.wat
  method: f
  pool: {type: static, size: 2}
  wasi:
    args: [plain, \"x=${env:V}\", \"$${env:V}\", \"$${x}\"]
    env: [{id: v, name: V}]
    mounts: [{fs: data, guest: /data}]
",
        ),
        ("f.wat", "(module)"),
    ]);
    let registry = app.registry();
    let entry = registry.find("a:f").expect("the entry is there");
    let references: Vec<String> = entry.references().map(|(field, target)| format!("{field} {target}")).collect();
    assert_eq!(references, ["wasi.env[0].id a:v", "wasi.mounts[0].fs a:data"]);
    let given = |path| assert!(entry.is_given(path), "{path}");
    ["source", "pool", "pool.size", "wasi.env[0].name", "meta"].into_iter().for_each(given);
    let missing = |path| assert!(!entry.is_given(path), "{path}");
    ["limits", "pool.buffer", "wasi.cwd", "wasi.env[0].required"].into_iter().for_each(missing);
    let check = |path, expected| assert_eq!(entry.written(path), expected, "{path}");
    check("source", Some("file://f.wat"));
    check("wasi.args[0]", None);
    check("wasi.args[1]", Some("x=${env:V}"));
    check("wasi.args[3]", None);
    check("meta.kept", Some("${env:V}"));
    check("meta.team", None);
    check("meta.note.x[0]", None);
    let other = registry.find("a:data").expect("the entry is there");
    assert_eq!(other.written("meta.note.x[0]"), Some("${env:V}"));
    assert_eq!(other.written("source"), None);
}
