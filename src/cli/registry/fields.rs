//! The fields of an entry by the names that definition files have for them, complete. Shows no value of a variable but its
//! default.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::web;
use crate::registry::{
    EnvStorage, EnvVariable, FsDirectory, Function, Limits, Pool, PoolForm, ResultForm, Spec, Transport, WasiConfig,
    WhenFull,
};

pub(super) type Fields = Map<String, Value>;

/// The fields of an entry, those that it does not give included.
pub(super) fn of(spec: &Spec) -> Fields {
    match spec {
        Spec::FunctionWat(wat) => joined(json!({"source": &*wat.source}), function(&wat.function)),
        Spec::FunctionWasm(wasm) => {
            let place = json!({"fs": wasm.fs.as_str(), "path": wasm.path, "hash": wasm.hash.to_string()});
            joined(place, function(&wasm.function))
        }
        Spec::FsDirectory(fs) => directory(fs),
        Spec::EnvStorage(storage) => env_storage(storage),
        Spec::EnvVariable(variable) => env_variable(variable),
        Spec::HttpService(service) => web::service(service),
        Spec::HttpRouter(router) => web::router(router),
        Spec::HttpEndpoint(endpoint) => web::endpoint(endpoint),
        Spec::RegistryEntry(entry) => entry.data.clone(),
    }
}

/// Whether what the field holds is its author's own: no field within it has a default.
pub(super) fn is_data(path: &str) -> bool {
    path == "bind"
}

fn function(function: &Function) -> Value {
    json!({
        "method": function.method,
        "wit": function.wit.as_deref(),
        "pool": pool(&function.pool),
        "transport": match function.transport {
            Transport::Payload => "payload",
            Transport::WasiHttp => "wasi-http",
        },
        "result": match function.result {
            ResultForm::Pair => "pair",
            ResultForm::Tagged => "tagged",
        },
        "imports": function.imports.iter().map(|token| token.name()).collect::<Vec<_>>(),
        "wasi": wasi(&function.wasi),
        "limits": limits(&function.limits),
        "bind": function.bind,
    })
}

fn pool(pool: &Pool) -> Value {
    let form = match pool.form {
        PoolForm::Inline => return json!({"type": "inline"}),
        PoolForm::Lazy { max_size } => json!({"type": "lazy", "max_size": max_size}),
        PoolForm::Static { size, workers, buffer } => {
            json!({"type": "static", "size": size, "workers": workers, "buffer": buffer})
        }
        PoolForm::Adaptive { max_size, warm_start } => {
            json!({"type": "adaptive", "max_size": max_size, "warm_start": warm_start})
        }
    };
    let when_full = match pool.when_full {
        WhenFull::Wait => "wait",
        WhenFull::Reject => "reject",
    };
    Value::Object(joined(form, json!({"when_full": when_full, "reuse": pool.reuse})))
}

fn wasi(wasi: &WasiConfig) -> Value {
    let env = wasi
        .env
        .iter()
        .map(|variable| json!({"id": variable.id.as_str(), "name": variable.name, "required": variable.required}));
    let mounts = wasi
        .mounts
        .iter()
        .map(|mount| json!({"fs": mount.fs.as_str(), "guest": mount.guest, "read_only": mount.read_only}));
    json!({
        "args": wasi.args,
        "cwd": wasi.cwd,
        "env": env.collect::<Value>(),
        "mounts": mounts.collect::<Value>(),
        "allow_private": wasi.allow_private,
    })
}

fn limits(limits: &Limits) -> Value {
    json!({
        "max_execution_ms": limits.max_execution_ms,
        "max_fuel": limits.max_fuel,
        "max_memory_bytes": limits.max_memory_bytes,
        "max_table_elements": limits.max_table_elements,
        "max_handles": limits.max_handles,
    })
}

fn directory(fs: &FsDirectory) -> Fields {
    fields(json!({"directory": path(&fs.directory), "auto_init": fs.auto_init, "mode": mode(fs.mode)}))
}

fn env_storage(storage: &EnvStorage) -> Fields {
    match storage {
        EnvStorage::Os | EnvStorage::Memory => Fields::new(),
        EnvStorage::Static { values } => fields(json!({"values": values.keys().collect::<Vec<_>>()})),
        EnvStorage::File { path: file, auto_create, file_mode, dir_mode } => fields(json!({
            "file_path": path(file),
            "auto_create": auto_create,
            "file_mode": mode(*file_mode),
            "dir_mode": mode(*dir_mode),
        })),
        EnvStorage::Router { storages } => {
            fields(json!({"storages": storages.iter().map(AsRef::as_ref).collect::<Vec<&str>>()}))
        }
    }
}

fn env_variable(variable: &EnvVariable) -> Fields {
    fields(json!({
        "variable": variable.variable,
        "storage": variable.storage.as_str(),
        "default": variable.default,
        "readonly": variable.readonly,
    }))
}

/// A path of the app; the app folder itself is `.`.
pub(super) fn path(path: &Path) -> String {
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    if names.is_empty() { ".".to_owned() } else { names.join("/") }
}

fn mode(mode: u32) -> String {
    format!("{mode:04o}")
}

fn joined(first: Value, second: Value) -> Fields {
    let mut all = fields(first);
    all.extend(fields(second));
    all
}

/// The fields of an object.
pub(super) fn fields(object: Value) -> Fields {
    if let Value::Object(fields) = object { fields } else { Fields::new() }
}
