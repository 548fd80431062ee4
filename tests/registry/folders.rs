//! Which files belong to an app, and that nothing outside it is read.

use std::fs;

use super::App;

const ENTRY: &str = "namespace: a\nname: x\nkind: registry.entry\n";

/// The entry `a:NAME` alone in a file.
fn entry(name: &str) -> String {
    ENTRY.replace("name: x", &format!("name: {name}"))
}

#[test]
fn definition_files_are_found_below_the_source_folder() {
    let app = App::new(&[
        ("one.yaml", &entry("one")),
        ("deep/er/two.yml", &entry("two")),
        ("deep/other.yaml", "services: {web: {image: x}}"),
        ("deep/many.yaml", "a: 1\n---\nb: 2\n"),
        ("deep/empty.yaml", ""),
        ("notes.txt", &entry("no")),
        (".hidden/x.yaml", &entry("no")),
        (".x.yaml", &entry("no")),
        ("target/x.yaml", &entry("no")),
        ("node_modules/x.yaml", &entry("no")),
    ]);
    assert_eq!(app.load(), "a:one a:two");
}

#[test]
fn settings_name_the_source_folder() {
    let files = [("nojit.yaml", "source: ./src"), ("x.yaml", &entry("no")), ("src/_index.yaml", &entry("yes"))];
    let app = App::new(&files);
    assert_eq!(app.load(), "a:yes");
    app.write("nojit.yaml", b"source: sources");
    assert_eq!(app.load(), "nojit.yaml:1: source does not exist");
}

#[test]
fn an_app_without_definition_files_says_what_to_write() {
    let expected = "_index.yaml: the app has no definition file; write an _index.yaml with namespace and entries";
    assert_eq!(App::new(&[]).load(), expected);
}

#[test]
fn an_app_folder_must_exist() {
    let problems = nojit::registry::Registry::load("/nowhere/at/all".as_ref()).map(|_| ()).map_err(|p| p.to_string());
    assert_eq!(problems, Err("/nowhere/at/all: does not exist; name the folder of an app".to_owned()));
}

#[test]
fn values_may_stand_in_files() {
    let app = App::new(&[
        (
            "src/_index.yaml",
            "namespace: a\nname: x\nkind: registry.entry\ntext: file://text/a.txt\nlist: ['file://../up.txt']\n",
        ),
        ("src/text/a.txt", "${env:STAYS} as it is"),
        ("up.txt", "up"),
    ]);
    let registry = app.registry();
    let entry = registry.find("a:x").expect("the entry is declared");
    insta::assert_debug_snapshot!(entry.spec(), @r#"
    RegistryEntry(
        RegistryEntry {
            data: {
                "text": String("${env:STAYS} as it is"),
                "list": Array [
                    String("up"),
                ],
            },
        },
    )
    "#);
}

#[test]
fn files_outside_the_app_are_not_read() {
    let check = |value: &str, expected: &str| {
        let app = App::new(&[("_index.yaml", &format!("{ENTRY}text: {value}")), ("sub/x", ""), ("bin", "")]);
        app.write("bin", b"\xff");
        assert_eq!(app.load(), format!("_index.yaml:4: entry a:x: text: \"{value}\" {expected}"));
    };
    check("file://../x", "leads out of the app folder; remove `..`");
    check("file:///etc/passwd", "must be a relative path, for it may not leave the app folder");
    check("file://gone", "does not exist");
    check("file://sub", "is not a file");
    check("file://bin", "is not UTF-8 text (byte 0); name a text file");
}

#[test]
fn files_have_a_largest_size() {
    let app = App::new(&[]);
    let text = |bytes: usize| format!("{ENTRY}#{}", "x".repeat(bytes - ENTRY.len() - 1));
    app.write("_index.yaml", text(4 << 20).as_bytes());
    assert_eq!(app.load(), "a:x");
    app.write("_index.yaml", text((4 << 20) + 1).as_bytes());
    assert_eq!(app.load(), "_index.yaml: is larger than 4 MiB; split it");
}

#[test]
fn files_named_by_values_have_a_largest_size_together() {
    let app = App::of("");
    app.write("large.txt", "x".repeat(4 << 20).as_bytes());
    let with_values = |count: usize| format!("{ENTRY}list: [{}]", "'file://large.txt',".repeat(count));
    app.write("_index.yaml", with_values(16).as_bytes());
    assert_eq!(app.load(), "a:x");
    app.write("_index.yaml", with_values(17).as_bytes());
    let expected =
        "_index.yaml:4: entry a:x: list[16]: the files named here hold more than 64 MiB together; name fewer";
    assert_eq!(app.load(), expected);
}

#[test]
fn text_that_is_no_text_ends_its_file_only() {
    let app = App::new(&[("b.yaml", &entry("b"))]);
    app.write("a.yaml", b"namespace: a\nx: \xff");
    assert_eq!(app.load(), "a.yaml:2: is not UTF-8 text (byte 16); save it as UTF-8");
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_app_only() {
    use std::os::unix::fs::symlink;

    let outside = App::new(&[("x.yaml", &entry("outside")), ("secret", "s")]);
    let app = App::new(&[("_index.yaml", &entry("inside")), ("data/keep", "")]);
    let link = |target: &std::path::Path, name: &str| symlink(target, app.0.join(name)).expect("links can be made");
    link(&outside.0, "vendor");
    link(&app.0, "loop");
    link(std::path::Path::new("_index.yaml"), "again.yaml");
    assert_eq!(app.load(), "a:inside", "folders outside are passed over, nothing is found twice");

    link(&outside.0.join("x.yaml"), "linked.yaml");
    assert_eq!(app.load(), "linked.yaml: leads out of the app folder by a link; copy it into the folder");
    fs::remove_file(app.0.join("linked.yaml")).expect("the link is there");

    link(&outside.0.join("secret"), "secret");
    link(&outside.0.join("not-yet"), "later");
    let directory = |path: &str| format!("- {{name: d, kind: fs.directory, directory: {path}, auto_init: true}}");
    let check = |entry: &str, expected: &str| {
        app.write("_index.yaml", format!("namespace: a\nentries:\n{entry}").as_bytes());
        assert_eq!(app.load(), expected, "{entry}");
    };
    let left = "leads out of the app folder by a link; copy it into the folder";
    check(
        "- {name: x, kind: registry.entry, t: file://secret}",
        &format!("_index.yaml:3: entry a:x: t: \"file://secret\" {left}"),
    );
    check(&directory("vendor"), &format!("_index.yaml:3: entry a:d: directory {left}"));
    check(&directory("vendor/new/er"), &format!("_index.yaml:3: entry a:d: directory {left}"));
    check(&directory("later"), &format!("_index.yaml:3: entry a:d: directory {left}"));
    check(&directory("data/new/er"), "a:d");
    check(&directory("data/keep/er"), "_index.yaml:3: entry a:d: directory is not a folder");
}

#[test]
fn settings_are_read() {
    let app = App::of(&entry("x"));
    app.write(
        "nojit.yaml",
        b"strict: true\nmetrics: {listen: '127.0.0.1:9090'}\nlog: {format: json}\nfuel: {per_ms: 4000, slice: 10}\n",
    );
    insta::assert_debug_snapshot!(app.registry().settings(), @r#"
    Settings {
        source: "",
        strict: true,
        metrics_listen: Some(
            127.0.0.1:9090,
        ),
        log_format: Json,
        fuel_per_ms: Some(
            4000,
        ),
        fuel_slice: Some(
            10,
        ),
    }
    "#);
    app.write(
        "nojit.yaml",
        b"strict: maybe\nmetrics: {listen: 9090}\nlog: {formt: json}\nfuel: {per_ms: 0}\nsource: ../x\n",
    );
    insta::assert_snapshot!(app.load(), @r#"
    nojit.yaml:1: strict must be true or false (found text "maybe")
    nojit.yaml:2: metrics.listen must be text, in quotes (found number 9090)
    nojit.yaml:3: unknown field log.formt; did you mean format?
    nojit.yaml:4: fuel.per_ms must be at least 1 (found 0)
    nojit.yaml:5: source leads out of the app folder; remove `..`
    "#);
    app.write("nojit.yaml", b"- a");
    assert_eq!(app.load(), "nojit.yaml:1: must be a map of settings (found a list)");
}
