//! Values of variables: which storage has the word, and when files are read.

use std::path::Path;

use nojit::registry::{OsVariables, Registry, Spec};

use super::App;

/// The entries of one variable `V` for each way to a value.
const STORAGES: &str = "namespace: a
entries:
- {name: os, kind: env.storage.os}
- {name: memory, kind: env.storage.memory}
- {name: static, kind: env.storage.static, values: {V: from static}}
- {name: file, kind: env.storage.file, file_path: conf/.env, auto_create: true}
- {name: inner, kind: env.storage.router, storages: [memory, file]}
- {name: router, kind: env.storage.router, storages: [inner, os, static]}
";

/// The value of `V` in `storage`, as `file` and the operating system have it; `-` is no value.
fn value(storage: &str, default: Option<&str>, file: Option<&str>, os: Option<&str>) -> String {
    let default = default.map_or(String::new(), |default| format!(", default: {default}"));
    let text = format!("{STORAGES}- {{name: v, kind: env.variable, variable: V, storage: {storage}{default}}}\n");
    let app = App::of(&text);
    let registry = app.registry();
    let id = "a:v".parse().expect("it is an ID");
    let lookup = registry.variable(&id).expect("the entry is there");
    let read = |path: &Path| {
        assert_eq!(path, Path::new("conf/.env"));
        Ok(file.map(|file| file.as_bytes().to_vec()))
    };
    let os: OsVariables = os.map(|value| ("V".to_owned(), value.to_owned())).into_iter().collect();
    match lookup.value(&os, read) {
        Ok(value) => value.unwrap_or_else(|| "-".to_owned()),
        Err(message) => message,
    }
}

#[test]
fn the_first_storage_that_has_a_value_counts_then_the_default() {
    let check = |storage, default, file, os, expected: &str| {
        assert_eq!(value(storage, default, file, os), expected, "{storage} {default:?} {file:?} {os:?}");
    };
    check("os", Some("d"), None, Some("from os"), "from os");
    check("os", Some("d"), None, None, "d");
    check("os", None, None, None, "-");
    check("memory", Some("d"), None, Some("from os"), "d");
    check("static", Some("d"), None, Some("from os"), "from static");
    check("file", Some("d"), Some("V=from file"), Some("from os"), "from file");
    check("file", Some("d"), Some("V="), None, "");
    check("file", Some("d"), Some("W=x"), None, "d");
    check("file", None, None, Some("from os"), "-");
    check("router", Some("d"), Some("V=from file"), Some("from os"), "from file");
    check("router", Some("d"), None, Some("from os"), "from os");
    check("router", Some("d"), None, None, "from static");
}

#[test]
fn a_file_that_became_malformed_is_an_error_and_not_the_default() {
    let expected = "conf/.env line 2: must be NAME=value, or begin with `#`";
    assert_eq!(value("router", Some("d"), Some("V=x\nbroken"), Some("from os")), expected);
}

#[test]
fn a_file_is_read_at_each_ask_and_may_not_go_away() {
    let text = "namespace: a\nentries:\n- {name: s, kind: env.storage.file, file_path: x.env}\n\
                - {name: v, kind: env.variable, variable: V, storage: s, default: d}";
    let app = App::new(&[("_index.yaml", text), ("x.env", "V=1")]);
    let lookup = app.registry().variable(&"a:v".parse().expect("it is an ID")).expect("the entry is there");
    let os = OsVariables::default();
    let read = |path: &Path| Ok(std::fs::read(app.0.join(path)).ok());
    assert_eq!(lookup.value(&os, read), Ok(Some("1".to_owned())));
    app.write("x.env", b"V=2");
    assert_eq!(lookup.value(&os, read), Ok(Some("2".to_owned())));
    std::fs::remove_file(app.0.join("x.env")).expect("the file is there");
    assert_eq!(lookup.value(&os, read), Err("x.env does not exist; create it".to_owned()));
}

/// What the field `text` of an entry in the namespace `a` becomes; its variables are declared in a file that is read later.
fn expanded(text: &str) -> String {
    let variables = "namespace: b
entries:
- {name: os, kind: env.storage.os}
- {name: file, kind: env.storage.file, file_path: x.env}
- {name: host, kind: env.variable, variable: HOST, storage: os}
- {name: port, kind: env.variable, variable: PORT, storage: file, default: '${env:HOST|80}'}
- {name: unset, kind: env.variable, variable: UNSET, storage: os}
";
    let local = "namespace: a\nname: local\nkind: env.variable\nvariable: LOCAL\nstorage: b:os\ndefault: near\n";
    let entry = format!("namespace: a\nname: x\nkind: registry.entry\ntext: {text}\n");
    let app = App::new(&[("a.yaml", &entry), ("b.yaml", variables), ("c.yaml", local), ("x.env", "PATH_=lib")]);
    let os: OsVariables = [("HOST".to_owned(), "here".to_owned())].into_iter().collect();
    let registry = Registry::load_with(&app.0, &os).map_err(|problems| problems.to_string()).expect("the app loads");
    let Spec::RegistryEntry(entry) = registry.find("a:x").expect("the entry is there").spec() else {
        return String::new();
    };
    entry.data["text"].as_str().expect("it is text").to_owned()
}

#[test]
fn text_names_variables_by_public_name_id_or_name() {
    let check = |text, expected: &str| assert_eq!(expanded(text), expected, "{text}");
    check("'${env:HOST}:${env:PORT}'", "here:80");
    check("'${env:b:host}'", "here");
    check("'${env:local}'", "near");
    check("'${env:LOCAL|far}'", "near");
    // `host` is a name in another namespace only.
    check("'${env:host|default}'", "default");
    check("'${env:UNSET|default}'", "default");
    check("'$${env:HOST}'", "${env:HOST}");
}
