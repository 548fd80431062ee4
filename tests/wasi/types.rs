//! The type of every binding is the one that WIT declares.

use std::path::Path;

use nojit::{
    Result,
    component::{Component, Engine, InstancePre, Linker},
    wasi,
};
use nojit_shims::Wasi;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve, UnresolvedPackageGroup};

/// The packages in an order in which each uses only those before it.
const PACKAGES: [&str; 6] = ["io", "clocks", "random", "filesystem", "cli", "http"];

/// A world of everything that is served, with sockets and all that is unstable left out.
const WORLD: &str = "package test:types;
world everything {
  import wasi:io/error@0.2.12;
  import wasi:io/poll@0.2.12;
  import wasi:io/streams@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  import wasi:clocks/wall-clock@0.2.12;
  import wasi:random/random@0.2.12;
  import wasi:random/insecure@0.2.12;
  import wasi:random/insecure-seed@0.2.12;
  import wasi:filesystem/types@0.2.12;
  import wasi:filesystem/preopens@0.2.12;
  import wasi:cli/environment@0.2.12;
  import wasi:cli/exit@0.2.12;
  import wasi:cli/stdin@0.2.12;
  import wasi:cli/stdout@0.2.12;
  import wasi:cli/stderr@0.2.12;
  import wasi:cli/terminal-input@0.2.12;
  import wasi:cli/terminal-output@0.2.12;
  import wasi:cli/terminal-stdin@0.2.12;
  import wasi:cli/terminal-stdout@0.2.12;
  import wasi:cli/terminal-stderr@0.2.12;
  import wasi:http/types@0.2.12;
  import wasi:http/outgoing-handler@0.2.12;
}";

/// A component that imports every function of the world, with the WIT changed by `edit`.
fn component(engine: &Engine, edit: impl Fn(String) -> String) -> Component {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        resolve.push_group(read(package, &edit)).expect("the WIT of WASI resolves");
    }
    let world =
        UnresolvedPackageGroup::parse("world.wit", WORLD).map_err(|(_, error)| error).expect("the world is WIT");
    let package = resolve.push_group(world).expect("the world resolves");
    let world = resolve.select_world(&[package], None).expect("there is one world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).expect("embeds");
    let mut encoder = ComponentEncoder::default();
    let bytes = encoder.module(&module).expect("is a module").encode().expect("encodes");
    Component::new(engine, bytes).expect("is a component")
}

/// The WIT of a package; worlds are left out, for some name sockets.
#[expect(clippy::disallowed_methods, reason = "the test reads the WIT of the guests")]
fn read(package: &str, edit: &impl Fn(String) -> String) -> UnresolvedPackageGroup {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/wit/deps").join(package);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the package has a folder")
        .map(|file| file.expect("can be listed").path())
        .filter(|path| {
            !matches!(path.file_stem().and_then(|stem| stem.to_str()), Some("world" | "imports" | "command" | "proxy"))
        })
        .collect();
    files.sort();
    let mut sources = wit_parser::SourceMap::new();
    sources.push_str("package.wit", format!("package wasi:{package}@0.2.12;"));
    for file in files {
        let text = std::fs::read_to_string(&file).expect("can be read");
        sources.push(&file, edit(text));
    }
    sources.parse().map_err(|(_, error)| error).expect("is WIT")
}

fn link(engine: &Engine, component: &Component) -> Result<InstancePre<Wasi>> {
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker, |_| true)?;
    linker.instantiate_pre(component)
}

#[test]
fn every_binding_has_the_type_that_wit_declares() {
    let engine = Engine::default();
    let component = component(&engine, |text| text);
    let functions = component.imports().len();
    assert_eq!(functions, 142, "122 functions and 20 resources");
    link(&engine, &component).expect("every import is defined, with its type");
}

#[test]
fn a_binding_of_another_type_is_found() {
    let engine = Engine::default();
    for (from, to, expected) in [
        ("get-random-u64: func() -> u64", "get-random-u64: func() -> s64", "get-random-u64"),
        ("nanoseconds: u32", "nanoseconds: u64", "wall-clock"),
        ("        cross-device,\n", "", "error-code"),
        ("TLS-alert-received(", "TLS-alert-seen(", "error-code"),
        ("connect,\n", "", "method"),
        ("get-stdin: func() -> input-stream", "get-input: func() -> input-stream", "get-input"),
    ] {
        let component = component(&engine, |text| text.replace(from, to));
        let error = link(&engine, &component).expect_err("the type is another").to_string();
        assert!(error.contains("defines another type") || error.contains("does not define"), "{expected}: {error}");
    }
}
