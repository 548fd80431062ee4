//! The WIT of WASI, as the guests have it, and components that are encoded by it.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, UnresolvedPackageGroup, WorldId};

/// The packages in an order in which each uses only those before it.
const PACKAGES: [&str; 7] = ["io", "clocks", "random", "filesystem", "sockets", "cli", "http"];

/// Worlds of everything that is served, with all that is unstable left out: of a program, and of what only imports.
const WORLDS: &str = "package test:wasi;
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
  import wasi:sockets/instance-network@0.2.12;
  import wasi:sockets/network@0.2.12;
  import wasi:sockets/tcp@0.2.12;
  import wasi:sockets/tcp-create-socket@0.2.12;
  import wasi:sockets/udp@0.2.12;
  import wasi:sockets/udp-create-socket@0.2.12;
  import wasi:sockets/ip-name-lookup@0.2.12;
  import wasi:http/types@0.2.12;
  import wasi:http/outgoing-handler@0.2.12;
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
}
world program {
  include everything;
  export wasi:cli/run@0.2.12;
}";

/// The world `name`, in the WIT of WASI as changed by `edit`.
pub(crate) fn world(name: &str, edit: impl Fn(String) -> String) -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        resolve.push_group(read(package, &edit)).expect("the WIT of WASI resolves");
    }
    let worlds =
        UnresolvedPackageGroup::parse("worlds.wit", WORLDS).map_err(|(_, error)| error).expect("the worlds are WIT");
    let package = resolve.push_group(worlds).expect("the worlds resolve");
    let world = resolve.select_world(&[package], Some(name)).expect("there is such a world");
    (resolve, world)
}

/// The component that a core module is in this world.
pub(crate) fn encode(resolve: &Resolve, world: WorldId, mut module: Vec<u8>) -> Vec<u8> {
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).expect("embeds");
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).expect("is a module of the world").encode().expect("encodes")
}

/// The WIT of a package; worlds are left out.
#[expect(clippy::disallowed_methods, reason = "the test reads the WIT of the guests")]
fn read(package: &str, edit: &impl Fn(String) -> String) -> UnresolvedPackageGroup {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/wit/deps").join(package);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the package has a folder")
        .map(|file| file.expect("can be listed").path())
        .filter(|path| {
            !matches!(path.file_stem().and_then(|stem| stem.to_str()), Some("world" | "imports" | "command"))
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
