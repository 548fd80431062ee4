//! The boot of a large app: many entries that name few binaries, against reading and compiling these.

#![expect(clippy::disallowed_methods, reason = "a bench makes the files of an app and reads the clock")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use nojit::{
    app::{self, App},
    component::{Component, Engine},
    function::World,
    registry::{ContentHash, OsVariables},
};
use nojit_shims::host::system::SystemHost;

use super::{
    row::{Batch, Result, Row, batch, lazily},
    serving::folder,
};

const ENTRIES: usize = 1_000;
const BINARIES: usize = 20;

const MAPPER: &[u8] = include_bytes!("../../../examples/pipeline/wasm/mapper.wasm");

pub(crate) fn rows() -> Vec<Row> {
    vec![Row {
        name: "boot of 1,000 entries that name 20 binaries, against loading these",
        operations: 1,
        ours: lazily(boot),
        theirs: Some(lazily(load)),
        bound: Some(2.0),
    }]
}

fn boot() -> Result<Batch> {
    let dir = folder("boot")?;
    let binaries = write_binaries(&dir)?;
    let mut index = String::from("namespace: bench\nentries:\n  - { name: wasm, kind: fs.directory, directory: . }\n");
    for entry in 0..ENTRIES {
        let path = &binaries[entry % BINARIES];
        let hash = ContentHash::of(&fs::read(path)?);
        let file = path.file_name().and_then(|name| name.to_str()).ok_or("its name is text")?;
        write!(
            index,
            "  - name: f{entry}\n    kind: function.wasm\n    fs: wasm\n    path: /{file}\n    hash: {hash}\n    \
             method: transform-users\n    meta: {{ comment: \"entry {entry}\" }}\n    pool: {{ type: lazy, max_size: 4 }}\n"
        )?;
    }
    fs::write(dir.join("_index.yaml"), index)?;
    let host = Arc::new(SystemHost::new());
    Ok(batch(move || {
        let (registry, functions) = app::load(&dir, &OsVariables::default(), &Engine::default())?;
        let host = host.clone();
        let app = App::new(registry, functions, World::new(move || host.clone()));
        assert_eq!(app.pools().len(), ENTRIES);
        Ok(())
    }))
}

fn load() -> Result<Batch> {
    let binaries = write_binaries(&folder("load")?)?;
    Ok(batch(move || {
        let engine = Engine::default();
        for path in &binaries {
            Component::new(&engine, fs::read(path)?)?;
        }
        Ok(())
    }))
}

/// Components that differ in a custom section only.
fn write_binaries(dir: &Path) -> Result<Vec<PathBuf>> {
    let binary = |index: usize| {
        let path = dir.join(format!("{index}.wasm"));
        // Its identifier, its length, and a name of one byte.
        let section = [0, 3, 1, b'n', u8::try_from(index)?];
        fs::write(&path, [MAPPER, &section].concat())?;
        Ok(path)
    };
    (0..BINARIES).map(binary).collect()
}
