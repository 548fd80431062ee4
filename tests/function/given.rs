//! What entries give their guests under `wasi`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use nojit::{
    Kind,
    function::{Function, Outcome, World},
    registry::{ContentHash, OsVariables},
};
use nojit_shims::{
    host::{Host, sim::SimWorld, system::SystemHost},
    io::buffer::Collected,
};

use super::{App, ready};

/// An app whose function `run` is the program `std`, with these further fields.
#[expect(clippy::disallowed_methods, reason = "the test writes an app")]
fn program(fields: &str) -> App {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/std/std.wasm");
    let bytes = fs::read(file).expect("the guest is there");
    let hash = ContentHash::of(&bytes);
    let app = App::new(&format!(
        "  - {{name: bin, kind: fs.directory, directory: ./wasm}}
  - {{name: data, kind: fs.directory, directory: ./data, auto_init: true}}
  - name: run
    kind: function.wasm
    fs: bin
    path: std.wasm
    hash: \"{hash}\"
    method: wasi:cli/run#run
{fields}"
    ));
    fs::write(app.0.join("wasm/std.wasm"), bytes).expect("the app is writable");
    app
}

/// What the function wrote, and its error.
fn run(function: &Function, host: Arc<dyn Host>) -> (String, String) {
    run_with(function, host, OsVariables::default())
}

fn run_with(function: &Function, host: Arc<dyn Host>, os: OsVariables) -> (String, String) {
    let output = Arc::new(Collected::new());
    let world = World::new(move || host.clone()).with_variables(os);
    let guest = function.guest(&world).expect("it is given what it is to have");
    let guest = guest.stdout(output.clone()).stderr(output.clone()).build();
    let error = match ready(function.call(&[], guest)) {
        Ok(Outcome::Value(_)) => String::new(),
        Ok(outcome) => format!("{outcome:?}"),
        Err(error) => error.message().to_owned(),
    };
    (String::from_utf8(output.take()).expect("the guest writes text"), error)
}

/// The folder `data` of the app, without links.
fn data(app: &App) -> PathBuf {
    app.0.canonicalize().expect("the app is there").join("data")
}

#[test]
fn a_guest_has_the_arguments_and_folders_of_its_entry() {
    let app = program(
        "    imports: [wasi:cli, wasi:io, wasi:filesystem, wasi:clocks]
    wasi: {args: [std, walk, /data], mounts: [{fs: data, guest: /data, read_only: true}]}
",
    );
    let world = SimWorld::new(7);
    world.files().write(data(&app).join("a/b.txt").to_str().expect("text"), "hello");
    assert_eq!(run(&app.function("t:run"), world.host()), ("a/\na/b.txt 5\n".to_owned(), String::new()));
}

#[test]
fn a_folder_is_made_when_it_is_first_needed_on_both_hosts() {
    let app = program(
        "    imports: [wasi:cli, wasi:io, wasi:filesystem, wasi:clocks]
    wasi: {args: [std, walk, /data], mounts: [{fs: data, guest: /data}]}
",
    );
    let function = app.function("t:run");
    let world = SimWorld::new(7);
    world.files().create_directory(data(&app).parent().and_then(Path::to_str).expect("text"));
    assert_eq!(run(&function, world.host()), (String::new(), String::new()));
    assert!(!data(&app).is_dir());
    assert_eq!(run(&function, Arc::new(SystemHost::new())), (String::new(), String::new()));
    assert!(data(&app).is_dir());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test writes an app")]
fn a_strict_app_denies_folders_that_no_policy_allows() {
    let app = program("    wasi: {mounts: [{fs: data, guest: /data, read_only: true}]}\n");
    fs::write(app.0.join("nojit.yaml"), "strict: true").expect("the app is writable");
    let world = World::new(|| SimWorld::new(7).host() as Arc<dyn Host>);
    let error = app.function("t:run").guest(&world).expect_err("it is denied");
    assert_eq!(error.message(), "mount /data: strict in nojit.yaml denies t:data, which no policy allows");
    assert_eq!(error.kind(), Kind::PermissionDenied);
}

#[test]
fn a_working_directory_is_told() {
    let app = program(
        "    imports: [wasi:cli, wasi:io, wasi:filesystem]
    wasi: {args: [std, args, x], cwd: /data}
",
    );
    assert_eq!(run(&app.function("t:run"), SimWorld::new(7).host()), ("args\nx\n".to_owned(), String::new()));
}

#[test]
fn variables_come_from_where_their_entries_say() {
    let app = program(
        "    imports: [wasi:cli, wasi:io, wasi:filesystem]
    wasi:
      args: [std, env]
      env:
      - {id: home, name: HOME}
      - {id: mode, name: MODE}
      - {id: mode, name: AGAIN}
      - {id: level, name: LEVEL}
      - {id: nothing, name: NOTHING}
  - {name: os, kind: env.storage.os}
  - {name: memory, kind: env.storage.memory}
  - {name: fixed, kind: env.storage.static, values: {APP_MODE: test, APP_HOME: /fixed}}
  - {name: first, kind: env.storage.router, storages: [memory, os, fixed]}
  - {name: home, kind: env.variable, variable: APP_HOME, storage: first}
  - {name: mode, kind: env.variable, variable: APP_MODE, storage: first, readonly: true}
  - {name: level, kind: env.variable, variable: LEVEL, storage: os, default: low}
  - {name: nothing, kind: env.variable, variable: NOTHING, storage: memory}
",
    );
    let os = [("APP_HOME", "/os"), ("SECRET", "x")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let function = app.function("t:run");
    let (output, error) = run_with(&function, SimWorld::new(7).host(), os.into_iter().collect());
    assert_eq!((output.as_str(), error.as_str()), ("AGAIN=test\nHOME=/os\nLEVEL=low\nMODE=test\n", ""));
    let (output, _) = run(&function, SimWorld::new(7).host());
    assert_eq!(output, "AGAIN=test\nHOME=/fixed\nLEVEL=low\nMODE=test\n");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test writes an app")]
fn a_file_of_variables_is_one_of_the_host() {
    let app = program(
        "    imports: [wasi:cli, wasi:io, wasi:filesystem]
    wasi: {args: [std, env], env: [{id: key, name: KEY}]}
  - {name: file, kind: env.storage.file, file_path: conf.env}
  - {name: key, kind: env.variable, variable: APP_KEY, storage: file}
",
    );
    fs::write(app.0.join("conf.env"), "APP_KEY=system").expect("the app is writable");
    let function = app.function("t:run");
    let world = SimWorld::new(7);
    let file = data(&app).with_file_name("conf.env");
    world.files().write(file.to_str().expect("text"), "APP_KEY=simulated");
    assert_eq!(run(&function, world.host()).0, "KEY=simulated\n");
    assert_eq!(run(&function, Arc::new(SystemHost::new())).0, "KEY=system\n");

    let refused = |text: &str| {
        world.files().write(file.to_str().expect("text"), text);
        let host = world.host();
        function.guest(&World::new(move || host.clone())).expect_err("it is refused").message().to_owned()
    };
    assert_eq!(
        refused("nonsense"),
        "the variable KEY of t:key has no value: conf.env line 1: must be NAME=value, or begin with `#`"
    );
    assert_eq!(refused(&"#".repeat(5 << 20)), "the variable KEY of t:key has no value: conf.env is larger than 4 MiB");
    world.files().remove(file.to_str().expect("text"));
    let host = world.host();
    let error = function.guest(&World::new(move || host.clone())).expect_err("the file is gone");
    assert_eq!(error.message(), "the variable KEY of t:key has no value: conf.env does not exist; create it");
}

#[test]
fn a_required_variable_without_value_is_an_error_of_the_call() {
    let app = program(
        "    imports: [wasi:cli]
    wasi: {env: [{id: key, name: KEY, required: true}]}
  - {name: memory, kind: env.storage.memory}
  - {name: key, kind: env.variable, variable: APP_KEY, storage: memory}
",
    );
    let world = World::new(|| Arc::new(SystemHost::new()));
    let error = app.function("t:run").guest(&world).expect_err("there is no value");
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(error.message(), "the variable KEY is required, and t:key has no value; set it or give a default");
}

#[test]
fn a_guest_without_imports_runs_until_it_calls_one() {
    let app = program("");
    let (output, error) = run(&app.function("t:run"), SimWorld::new(7).host());
    assert_eq!(output, "");
    assert!(error.contains("is not enabled for t:run; add \"wasi:cli\" to its imports"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_folder_that_was_replaced_by_a_link_out_of_the_app_is_not_opened() {
    let app = program(
        "    imports: [wasi:cli]
    wasi: {mounts: [{fs: data, guest: /data}]}
",
    );
    let function = app.function("t:run");
    std::os::unix::fs::symlink("/", app.0.join("data")).expect("links can be made");
    let error = function.guest(&World::new(|| Arc::new(SystemHost::new()))).expect_err("it leads out");
    assert_eq!(
        error.message(),
        "mount /data: the folder data of t:data leads out of the app folder by a link; copy it into the folder"
    );
    assert_eq!(error.kind(), Kind::NotFound);
}
