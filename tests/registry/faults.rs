//! A table of faulty definition files and what each one says.

use super::App;

/// Checks what the file `namespace: a` and `entries:` with these entries says.
fn check(entries: &str, expected: &str) {
    let text = format!("namespace: a\nentries:\n{entries}");
    assert_eq!(App::of(&text).load(), expected.trim_end(), "{text}");
}

/// Checks a function with `fields` after its four lines; its fields begin on line 7.
fn check_function(fields: &str, expected: &str) {
    check(&format!("- name: f\n  kind: function.wat\n  source: (module)\n  method: m\n{fields}"), expected);
}

/// Checks a whole file.
fn check_file(text: &str, expected: &str) {
    assert_eq!(App::of(text).load(), expected, "{text}");
}

#[test]
fn headers_of_files() {
    check_file("entries: []", "_index.yaml:1: field namespace is missing; an _index file declares entries");
    check_file("namespace: a", "_index.yaml:1: has no entries; add a list entries, or name and kind for one entry");
    check_file("namespace: a\nentries: []\nversion: \"1.0\"", "");
    check_file("namespace: a\nentries: []\nversion: 1.0", "");
    check_file(
        "namespace: a\nentries: []\nversion: \"2\"",
        "_index.yaml:3: version must be \"1.0\" (found text \"2\")",
    );
    check_file("namespace: a\nentries: {}", "_index.yaml:2: entries must be a list (found a map)");
    check_file("namespace: a\nentries:", "_index.yaml:2: entries must be a list (found nothing)");
    check_file(
        "namespace: a\nentrys: []",
        "_index.yaml:1: has no entries; add a list entries, or name and kind for one entry",
    );
    check_file("namespace: a\nentries: []\nmeat: {}", "_index.yaml:3: unknown field meat; did you mean meta?");
    check_file(
        "namespace: a\nname: x\nentries: []",
        "_index.yaml:1: has both entries and an inline entry; move the inline entry into entries",
    );
    check_file(
        "namespace: a b\nentries:\n- {name: x, kind: registry.entry}\n- {name: y, kind: function.wat}",
        "_index.yaml:1: namespace \"a b\" contains ' '; use letters, digits, `_`, `-` and `.`\n\
         _index.yaml:4: field entries[1].source is missing; add it\n\
         _index.yaml:4: field entries[1].method is missing; add it",
    );
    check_file("namespace: 5\nentries: []", "_index.yaml:1: namespace must be text, in quotes (found number 5)");
    check_file(
        "namespace: a\nname: x\nkind: registry.entry\nversion: 3",
        "_index.yaml:4: version must be \"1.0\" (found number 3)",
    );
}

#[test]
fn headers_of_entries() {
    check("- 5", "_index.yaml:3: entries[0] must be a map (found number 5)");
    check("- {kind: registry.entry}", "_index.yaml:3: field entries[0].name is missing; add it");
    check("- {name: x}", "_index.yaml:3: entry a:x: field kind is missing; add it");
    check(
        "- {name: 'x y', kind: registry.entry}",
        "_index.yaml:3: entries[0].name \"x y\" contains ' '; use letters, digits, `_`, `-` and `.`",
    );
    check(
        "- {name: x, kind: process.host, workers: 5}",
        "_index.yaml:3: entry a:x: kind process.host is not supported yet",
    );
    check(
        "- {name: x, kind: functon.wat}",
        "_index.yaml:3: entry a:x: unknown kind \"functon.wat\"; did you mean function.wat? known are function.wat, \
         function.wasm, process.wasm, fs.directory, env.storage.os, env.storage.memory, env.storage.static, \
         env.storage.file, env.storage.router, env.variable, http.service, http.router, http.endpoint, process.host, \
         process.service, terminal.host, function.lua, process.lua, library.lua, security.policy, registry.entry, test.case",
    );
    check(
        "- {name: x, kind: registry.entry, meta: 3}",
        "_index.yaml:3: entry a:x: meta must be a map (found number 3)",
    );
}

#[test]
fn fields_of_functions() {
    check(
        "- name: x\n  kind: function.wat\n",
        "_index.yaml:3: entry a:x: field source is missing; add it\n\
         _index.yaml:3: entry a:x: field method is missing; add it",
    );
    check_function("  methd: x", "_index.yaml:7: entry a:f: unknown field methd; did you mean method?");
    check_function(
        "  colour: red",
        "_index.yaml:7: entry a:f: unknown field colour; known are name, kind, meta, source, method, wit, pool, transport, \
         result, imports, wasi, limits, bind",
    );
    check_function("  wit: [x]", "_index.yaml:7: entry a:f: wit must be text (found a list)");
    check_function("  wit: ' '", "_index.yaml:7: entry a:f: wit must not be empty");
    check_function("  method: n", "_index.yaml:7: key \"method\" is given twice, first on line 6; remove one");
    check_function(
        "  transport: wasi_http",
        "_index.yaml:7: entry a:f: transport must be payload or wasi-http (found \"wasi_http\"); did you mean wasi-http?",
    );
    check_function("  result: 1", "_index.yaml:7: entry a:f: result must be pair or tagged (found number 1)");
    check_function("  imports: wasi:io", "_index.yaml:7: entry a:f: imports must be a list (found text \"wasi:io\")");
    check_function(
        "  imports:\n  - wasi:io\n  - wasi:flesystem",
        "_index.yaml:9: entry a:f: imports[1]: unknown import \"wasi:flesystem\"; did you mean wasi:filesystem? known are \
         wasi:io, wasi:poll, wasi:clocks, wasi:cli, wasi:filesystem, wasi:random, wasi:sockets, wasi:http, funcs, wasi1",
    );
    check_function("  <<: {wit: x}", "_index.yaml:7: merge keys (<<) are not supported; write the fields out");
}

#[test]
fn pools() {
    let check = |pool: &str, expected: &str| {
        let expected =
            if expected.is_empty() { "a:f".to_owned() } else { format!("_index.yaml:7: entry a:f: {expected}") };
        check_function(&format!("  pool: {pool}"), &expected);
    };
    check("{type: inline}", "");
    check("{type: static, size: 65536, workers: 1, buffer: 0, when_full: reject, reuse: 3}", "");
    check("{}", "field pool.type is missing; add it");
    check("lazy", "pool must be a map (found text \"lazy\")");
    check("{type: lasy}", "pool.type must be inline, lazy, static or adaptive (found \"lasy\"); did you mean lazy?");
    check("{type: lazy, max_size: 0}", "pool.max_size must be at least 1 (found 0)");
    check("{type: static, size: 0}", "pool.size must be at least 1 (found 0)");
    check("{type: static, size: -3}", "pool.size must be at least 1 (found -3)");
    check("{type: static, size: 65537}", "pool.size must be at most 65536 (found 65537)");
    check("{type: static, size: 2.5}", "pool.size must be a whole number (found number 2.5)");
    check("{type: static, size: '4'}", "pool.size must be a whole number (found text \"4\")");
    check(
        "{type: static, max_size: 4}",
        "pool.max_size belongs to pools of type lazy or adaptive, not static; remove it",
    );
    check(
        "{type: inline, reuse: 4}",
        "pool.reuse belongs to pools of type lazy, static or adaptive, not inline; remove it",
    );
    check("{type: lazy, reuse: 0}", "pool.reuse must be at least 1 (found 0)");
    check("{type: lazy, max_sise: 4}", "unknown field pool.max_sise; did you mean max_size?");
    check("{type: adaptive, warm_start: yes}", "pool.warm_start must be true or false (found text \"yes\")");
    check("{type: lazy, when_full: drop}", "pool.when_full must be wait or reject (found \"drop\")");
}

#[test]
fn limits() {
    let check = |limits: &str, expected: &str| {
        check_function(&format!("  limits: {limits}"), &format!("_index.yaml:7: entry a:f: {expected}"));
    };
    check("{max_execution_ms: -1}", "limits.max_execution_ms must be at least 0 (found -1)");
    check("{max_execution_ms: 5s}", "limits.max_execution_ms must be a whole number (found text \"5s\")");
    check("{max_fuel: 0}", "limits.max_fuel must be at least 1 (found 0)");
    check("{max_handles: 4294967296}", "limits.max_handles must be at most 4294967295 (found 4294967296)");
    check(
        "{max_memory: 1}",
        "unknown field limits.max_memory; known are max_execution_ms, max_fuel, max_memory_bytes, max_table_elements, max_handles",
    );
}

#[test]
fn wasi_configuration() {
    let check = |wasi: &str, expected: &str| {
        let data = "- {name: d, kind: fs.directory, directory: wasm}\n";
        let function = "- name: f\n  kind: function.wat\n  source: (module)\n  method: m\n";
        check(&format!("{data}{function}  wasi: {wasi}"), expected);
    };
    check("{args: [a, 1]}", "_index.yaml:8: entry a:f: wasi.args[1] must be text, in quotes (found number 1)");
    check("{cwd: app}", "_index.yaml:8: entry a:f: wasi.cwd must be an absolute path, such as /data");
    check(
        "{mounts: [{fs: d, guest: /x}, {fs: d, guest: /y/../x/}]}",
        "_index.yaml:8: entry a:f: wasi.mounts[1].guest must be unique, but /x is also wasi.mounts[0].guest; change one",
    );
    check("{mounts: [{fs: d}]}", "_index.yaml:8: entry a:f: field wasi.mounts[0].guest is missing; add it");
    check("{mounts: [d]}", "_index.yaml:8: entry a:f: wasi.mounts[0] must be a map (found text \"d\")");
    check(
        "{env: [{id: d, name: X}]}",
        "_index.yaml:8: entry a:f: wasi.env[0].id must name an entry of kind env.variable, but a:d is of kind fs.directory",
    );
    check(
        "{env: [{id: k, name: 'A=B'}]}",
        "_index.yaml:8: entry a:f: wasi.env[0].id names a:k, which does not exist; declare it as an entry of kind env.variable\n\
         _index.yaml:8: entry a:f: wasi.env[0].name must be the name of a variable, without `=`",
    );
    check(
        "{allow_privat: true}",
        "_index.yaml:8: entry a:f: unknown field wasi.allow_privat; did you mean allow_private?",
    );
}

#[test]
fn storages_and_variables() {
    check(
        "- {name: s, kind: env.storage.os, values: {}}",
        "_index.yaml:3: entry a:s: unknown field values; known are name, kind, meta",
    );
    check("- {name: s, kind: env.storage.static}", "_index.yaml:3: entry a:s: field values is missing; add it");
    check(
        "- {name: s, kind: env.storage.static, values: {A: 1, B: [x]}}",
        "_index.yaml:3: entry a:s: values.A must be text, in quotes (found number 1)\n\
         _index.yaml:3: entry a:s: values.B must be text (found a list)",
    );
    check(
        "- {name: s, kind: env.storage.router, storages: []}",
        "_index.yaml:3: entry a:s: storages must name at least one storage",
    );
    check(
        "- {name: s, kind: env.storage.router, storages: [t]}\n- {name: t, kind: env.storage.router, storages: [s]}",
        "_index.yaml:3: entry a:s: references form a cycle: a:s -> a:t -> a:s; remove one of them",
    );
    check(
        "- {name: d, kind: registry.entry}\n- {name: v, kind: env.variable, variable: V, storage: d}",
        "_index.yaml:4: entry a:v: storage must name an entry of kind env.storage.os, env.storage.memory, \
         env.storage.static, env.storage.file or env.storage.router, but a:d is of kind registry.entry",
    );
    check(
        "- {name: v, kind: env.variable, variable: 'A=B', readonly: maybe, default: 1}",
        "_index.yaml:3: entry a:v: field storage is missing; add it\n\
         _index.yaml:3: entry a:v: variable must be the name of a variable, without `=`\n\
         _index.yaml:3: entry a:v: readonly must be true or false (found text \"maybe\")\n\
         _index.yaml:3: entry a:v: default must be text, in quotes (found number 1)",
    );
    check(
        "- {name: s, kind: env.storage.memory}\n- {name: v, kind: env.variable, variable: V, storage: s}\n\
         - {name: w, kind: env.variable, variable: V, storage: s}",
        "_index.yaml:5: entry a:w: variable must be unique, but a:v has the same public name; change one",
    );
}

#[test]
fn files_of_variables() {
    let check = |fields: &str, expected: &str| {
        let text = format!("namespace: a\nname: s\nkind: env.storage.file\n{fields}");
        let app = App::new(&[("_index.yaml", &text), ("good.env", "A=1"), ("bad.env", "A=1\nsecret"), ("d/x", "")]);
        assert_eq!(app.load(), expected, "{text}");
    };
    let at_4 = |expected: &str| format!("_index.yaml:4: entry a:s: {expected}");
    let check_4 = |fields: &str, expected: &str| check(fields, &at_4(expected));
    check("file_path: good.env", "a:s");
    check("file_path: new/deep/.env\nauto_create: true\nfile_mode: '0640'\ndir_mode: '0750'", "a:s");
    check("auto_create: true", "_index.yaml:1: entry a:s: field file_path is missing; add it");
    check_4("file_path: gone.env", "file_path does not exist; create it or set auto_create: true");
    check_4("file_path: [x]", "file_path must be text (found a list)");
    check_4("file_path: ../x", "file_path leads out of the app folder; remove `..`");
    check_4("file_path: /etc/passwd", "file_path must be a relative path, for it may not leave the app folder");
    check_4("file_path: d", "file_path is not a file");
    check_4("file_path: good.env/x\nauto_create: true", "file_path is not a folder");
    check_4(
        "file_path: bad.env",
        "file_path names bad.env, which is malformed: line 2: must be NAME=value, or begin with `#`",
    );
    check_4("auto_creat: true\nfile_path: good.env", "unknown field auto_creat; did you mean auto_create?");
    check_4("auto_create: 1\nfile_path: good.env", "auto_create must be true or false (found number 1)");
    for field in ["file_mode", "dir_mode"] {
        let form = format!("{field} must be octal digits in quotes, such as \"0755\"");
        check_4(&format!("{field}: 600\nfile_path: good.env"), &format!("{form} (found number 600)"));
        check_4(&format!("{field}: '0800'\nfile_path: good.env"), &format!("{form} (found \"0800\")"));
    }
}

#[test]
fn binaries_and_references() {
    let hash = format!("sha256:{}", "0".repeat(64));
    let check = |fs: &str, path: &str, hash: &str, expected: &str| {
        let data = "- {name: assets, kind: fs.directory, directory: wasm}\n";
        let function =
            format!("- name: f\n  kind: function.wasm\n  method: m\n  fs: {fs}\n  path: {path}\n  hash: {hash}\n");
        check(&format!("{data}{function}- {{name: q, kind: process.host}}"), expected);
    };
    let later = "\n_index.yaml:10: entry a:q: kind process.host is not supported yet";
    check(
        "assets",
        "/m.wasm",
        "sha256:...",
        &format!("_index.yaml:9: entry a:f: hash must be sha256: and 64 hex digits (found 3 digits){later}"),
    );
    check(
        "assets",
        "/m.wasm",
        "md5:1",
        &format!("_index.yaml:9: entry a:f: hash must be sha256: and 64 hex digits (found \"md5:1\"){later}"),
    );
    check(
        "assets",
        "../m.wasm",
        &hash,
        &format!("_index.yaml:8: entry a:f: path leads out of its file system entry; remove `..`{later}"),
    );
    check(
        "asets",
        "/m.wasm",
        &hash,
        &format!("_index.yaml:7: entry a:f: fs names a:asets, which does not exist; did you mean a:assets?{later}"),
    );
    check(
        "b:x",
        "/m.wasm",
        &hash,
        &format!(
            "_index.yaml:7: entry a:f: fs names b:x, which does not exist; entries of kind fs.directory are a:assets{later}"
        ),
    );
    check(
        "a:f",
        "/m.wasm",
        &hash,
        &format!(
            "_index.yaml:7: entry a:f: fs must name an entry of kind fs.directory, but a:f is of kind function.wasm{later}"
        ),
    );
    check(
        "'a:'",
        "/m.wasm",
        &hash,
        &format!("_index.yaml:7: entry a:f: fs must name an entry: name is empty; an ID is namespace:name{later}"),
    );
    check("q", "/m.wasm", &hash, later.trim_start());
}

#[test]
fn directories() {
    let check = |fields: &str, expected: &str| {
        check(
            &format!("- name: d\n  kind: fs.directory\n  {fields}"),
            &format!("_index.yaml:5: entry a:d: {expected}"),
        );
    };
    check("directory: ../x", "directory leads out of the app folder; remove `..`");
    check("directory: /etc", "directory must be a relative path, for it may not leave the app folder");
    check("directory: gone", "directory does not exist; create it or set auto_init: true");
    check("directory: wasm/empty.wasm", "directory is not a folder");
    check("directory: [wasm]", "directory must be text (found a list)");
}

#[test]
fn modes() {
    let check = |mode: &str, expected: &str| {
        check(
            &format!("- name: d\n  kind: fs.directory\n  directory: wasm\n  mode: {mode}"),
            &format!("_index.yaml:6: entry a:d: {expected}"),
        );
    };
    let form = "mode must be octal digits in quotes, such as \"0755\"";
    check("0755", &format!("{form} (found number 755)"));
    check("'0855'", &format!("{form} (found \"0855\")"));
    check("'10000'", &format!("{form} (found \"10000\")"));
    check("''", &format!("{form} (found \"\")"));
}

#[test]
fn variables_in_text() {
    check_function(
        "  wit: ${env:SIGNATURE}",
        "_index.yaml:7: entry a:f: wit: there is no variable \"SIGNATURE\"; declare it as an entry of kind env.variable, \
         or give a default, as in ${env:SIGNATURE|value}",
    );
    check_function("  wit: ${env:X", "_index.yaml:7: entry a:f: wit: variable \"${env:X\" is not closed; add }");
    let declared =
        "- {name: s, kind: env.storage.os}\n- {name: v, kind: env.variable, variable: HOST_NAME, storage: s}\n";
    check(
        &format!(
            "{declared}- name: x\n  kind: registry.entry\n  deep:\n  - {{key: '${{env:HOST_NAMES}}'}}\n  - '${{env:v}}'"
        ),
        "_index.yaml:8: entry a:x: deep[0].key: there is no variable \"HOST_NAMES\"; did you mean HOST_NAME? declare it as \
         an entry of kind env.variable, or give a default, as in ${env:HOST_NAMES|value}\n\
         _index.yaml:9: entry a:x: deep[1]: variable a:v has no value; set it or give a default, as in ${env:v|value}",
    );
    check(
        &format!("{declared}- {{name: w, kind: env.variable, variable: W, storage: s, default: '${{env:HOST_NAME}}'}}"),
        "_index.yaml:5: entry a:w: default: env entries and settings read no variables; give a default, as in \
         ${env:HOST_NAME|value}",
    );
}

#[test]
fn duplicates_name_both_places() {
    let other = ("z/more.yaml", "namespace: a\nname: x\nkind: registry.entry\n");
    let app = App::new(&[("_index.yaml", "namespace: a\nentries:\n- {name: x, kind: registry.entry}"), other]);
    assert_eq!(app.load(), "z/more.yaml:2: entry a:x: is declared already at _index.yaml:3; rename or remove one");
}

#[test]
fn all_problems_come_at_once_sorted_by_place() {
    let app = App::new(&[
        ("b.yaml", "namespace: b\nentries:\n- name: f\n  kind: function.wat\n  pool: {type: lazy, max_size: 0}\n"),
        ("a.yaml", "namespace: a\nentries: [\n"),
        ("c.yml", "namespace: c\nname: x\nkind: nothing.known: 5\n"),
        ("d.yaml", "namespace: d\nname: x\nkind: function.wat\nsource: (module)\nmethod: [m]\nlimits: 5\n"),
        ("nojit.yaml", "strct: true\n"),
    ]);
    insta::assert_snapshot!(app.load(), @r#"
    a.yaml:3: is not valid YAML: while parsing a node, did not find expected node content
    b.yaml:3: entry b:f: field source is missing; add it
    b.yaml:3: entry b:f: field method is missing; add it
    b.yaml:5: entry b:f: pool.max_size must be at least 1 (found 0)
    c.yml:3: is not valid YAML: mapping values are not allowed in this context
    d.yaml:5: entry d:x: method must be text (found a list)
    d.yaml:6: entry d:x: limits must be a map (found number 5)
    nojit.yaml:1: unknown field strct; did you mean strict?
    "#);
}
