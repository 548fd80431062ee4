//! The arrows between modules, as ARCHITECTURE.md and the tables below draw them.

use super::{
    code::{self, Path},
    tree::{File, assert_none, rust_files},
};

/// What a module of `src` may name of the crate: modules, or paths within them. Its own module is always allowed.
/// Modules that are not listed are judged by nothing; `every_module_has_its_arrows` finds them.
const ARROWS: [(&str, &[&str]); 16] = [
    ("error", &[]),
    ("engine", &["error"]),
    ("component", &["engine", "error"]),
    ("wasi", &["component", "error"]),
    ("registry", &["error"]),
    (
        "payload",
        &[
            "component::abi",
            "component::resource",
            "component::types",
            "component::value",
            "component::FuncType",
            "component::ResourceAny",
            "component::Type",
            "component::Val",
            "error",
        ],
    ),
    ("security", &["error", "payload", "registry"]),
    ("event", &["error"]),
    ("function", &["component", "error", "event", "payload", "registry", "security", "wasi"]),
    ("pool", &["component", "error", "event", "function", "payload", "registry", "security"]),
    ("http", &["component", "error", "event", "function", "payload", "pool", "registry", "security", "wasi"]),
    ("process", &["component", "error", "event", "function", "payload", "pool", "registry", "security", "wasi"]),
    ("lua", &["component", "error", "event", "function", "payload", "pool", "process", "registry", "security", "wasi"]),
    (
        "app",
        &[
            "component",
            "error",
            "event",
            "function",
            "http",
            "lua",
            "payload",
            "pool",
            "process",
            "registry",
            "security",
            "wasi",
        ],
    ),
    (
        "sim",
        &[
            "app",
            "component",
            "error",
            "event",
            "function",
            "http",
            "lua",
            "payload",
            "pool",
            "process",
            "registry",
            "security",
            "wasi",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "component",
            "error",
            "event",
            "function",
            "http",
            "lua",
            "payload",
            "pool",
            "process",
            "registry",
            "security",
            "sim",
            "wasi",
        ],
    ),
];

/// Which modules of `src` may name these crates.
const CRATES: [(&str, &[&str]); 10] = [
    ("wasmi", &["engine"]),
    ("nojit_shims", &["wasi", "event", "function", "pool", "http", "app", "process", "lua", "sim", "cli"]),
    ("saphyr", &["registry"]),
    ("saphyr_parser", &["registry"]),
    ("smol", &["cli"]),
    ("prometheus_client", &["app"]),
    ("async_executor", &["app"]),
    ("clap", &["cli"]),
    ("wasmprinter", &["cli"]),
    ("mlua", &["lua"]),
];

/// Names of `error`, and macros of `component`, that the crate root shows.
const ROOT_NAMES: [&str; 10] =
    ["Error", "Fault", "Kind", "Result", "Trap", "record", "variant", "enumeration", "flags", "impl_component_type"];

/// What only `shims/src/host/system` may name.
const SYSTEM: [&[&str]; 9] = [
    &["smol"],
    &["rustix"],
    &["cap_std"],
    &["Instant"],
    &["SystemTime"],
    &["std", "fs"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "process"],
];

/// The module of a file of `src`, such as `["component", "abi"]`; none of the root.
fn module(path: &str) -> Option<Vec<&str>> {
    let path = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut segments: Vec<_> = path.split('/').collect();
    if segments.last() == Some(&"mod") {
        segments.pop();
    }
    (!matches!(segments[..], ["lib" | "main"])).then_some(segments)
}

/// The path from the root of the crate that `path` means in the module `inside`; none if it leads elsewhere.
fn resolve<'a>(inside: &[&'a str], path: &[&'a str]) -> Option<Vec<&'a str>> {
    let supers = path.iter().take_while(|&&segment| segment == "super").count();
    match path {
        ["crate", rest @ ..] => Some(rest.to_vec()),
        ["super", ..] => {
            let parent = inside.len().checked_sub(supers)?;
            Some([&inside[..parent], &path[supers..]].concat())
        }
        _ => None,
    }
}

/// Whether `path` is, or lies within, the path written as `allowed`.
fn is_within(path: &[&str], allowed: &str) -> bool {
    let allowed: Vec<_> = allowed.split("::").collect();
    path.starts_with(&allowed)
}

/// Paths of a file of `src` that its module must not name.
fn bad_arrows(file: &File) -> Vec<String> {
    let Some(inside) = module(&file.path) else { return Vec::new() };
    let Some((own, allowed)) = ARROWS.iter().find(|(name, _)| *name == inside[0]) else { return Vec::new() };
    let tokens = code::tokens_without_tests(&file.text);
    let mut findings = Vec::new();
    for Path { line, segments } in code::paths(&tokens) {
        let Some(path) = resolve(&inside, &segments) else { continue };
        let is_root_name = path.first().is_some_and(|name| ROOT_NAMES.contains(name));
        let is_allowed =
            is_root_name || is_within(&path, own) || allowed.iter().any(|allowed| is_within(&path, allowed));
        if !is_allowed {
            findings.push(format!("{}:{line}: `{own}` must not name `{}`", file.path, path.join("::")));
        }
    }
    findings
}

/// Crates that a file of `src` must not name.
fn bad_crates(file: &File) -> Vec<String> {
    if !file.path.starts_with("src/") {
        return Vec::new();
    }
    let inside = module(&file.path).unwrap_or_default();
    let is_allowed = |modules: &[&str]| inside.first().is_some_and(|own| modules.contains(own));
    let mut findings = Vec::new();
    for token in code::tokens(&file.text) {
        if let Some((name, modules)) = CRATES.iter().find(|(name, _)| *name == token.text)
            && !is_allowed(modules)
        {
            let place = format!("{}:{}", file.path, token.line);
            findings.push(format!("{place}: only {} may name `{name}`", modules.join(", ")));
        }
    }
    findings
}

/// Effects that a file of the shims must not have outside the system host.
fn bad_effects(file: &File) -> Vec<String> {
    let is_system = file.path.starts_with("shims/src/host/system/") || file.path == "shims/src/host/system.rs";
    // A folder of unit tests is what a module of them is.
    let is_test = file.path.contains("/tests/");
    if !file.path.starts_with("shims/src/") || is_system || is_test {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for Path { line, segments } in code::paths(&code::tokens_without_tests(&file.text)) {
        for effect in SYSTEM {
            if segments.windows(effect.len()).any(|part| part == effect) {
                let effect = effect.join("::");
                findings.push(format!("{}:{line}: only the system host may name `{effect}`", file.path));
            }
        }
    }
    findings
}

/// Waiting in code that must not wait.
fn bad_waits(file: &File) -> Vec<String> {
    let inside = module(&file.path).unwrap_or_default();
    if !matches!(inside[..], ["component", "abi" | "types" | "plan", ..] | ["registry" | "engine" | "error", ..]) {
        return Vec::new();
    }
    let tokens = code::tokens_without_tests(&file.text);
    let waits = tokens.windows(2).filter(|pair| match [pair[0].text, pair[1].text] {
        [".", "await"] => true,
        ["async", next] => matches!(next, "fn" | "move" | "{" | "|"),
        _ => false,
    });
    waits.map(|pair| format!("{}:{}: must not wait", file.path, pair[0].line)).collect()
}

/// Modules of `src` that the table does not list.
fn unlisted(file: &File) -> Vec<String> {
    match module(&file.path) {
        Some(inside) if !ARROWS.iter().any(|(name, _)| *name == inside[0]) => {
            vec![format!("{}: the table of arrows does not list `{}`", file.path, inside[0])]
        }
        _ => Vec::new(),
    }
}

#[test]
fn modules_name_only_what_they_may() {
    assert_none("arrows between modules", &rust_files().iter().flat_map(bad_arrows).collect::<Vec<_>>());
}

#[test]
fn every_module_has_its_arrows() {
    assert_none("unlisted modules", &rust_files().iter().flat_map(unlisted).collect::<Vec<_>>());
}

#[test]
fn crates_are_named_only_where_they_may_be() {
    assert_none("crates in the wrong place", &rust_files().iter().flat_map(bad_crates).collect::<Vec<_>>());
}

#[test]
fn shims_have_effects_only_in_the_system_host() {
    assert_none("effects beside the seam", &rust_files().iter().flat_map(bad_effects).collect::<Vec<_>>());
}

#[test]
fn the_engine_the_abi_and_the_registry_never_wait() {
    assert_none("waiting in synchronous code", &rust_files().iter().flat_map(bad_waits).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_forbidden_arrow_is_found_however_it_is_written() {
        for (path, text) in [
            ("src/engine/fuel.rs", "use crate::component::Val;"),
            ("src/engine/mod.rs", "fn f(x: crate::component::Val) {}"),
            ("src/component/abi/lift.rs", "use crate::{error::Result, payload::{Value}};"),
            ("src/component/func.rs", "use super::super::wasi::io;"),
            ("src/registry/entry.rs", "use crate::engine;"),
            ("src/registry/entry.rs", "use crate::component::Type;"),
            ("src/payload/json.rs", "use crate::component::{Val, Store};"),
            ("src/error.rs", "use super::engine::Engine;"),
            ("src/http/server.rs", "use crate::cli::print;"),
            ("src/wasi/io.rs", "use crate::engine::Store;"),
        ] {
            assert_eq!(bad_arrows(&file(path, text)).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn an_allowed_arrow_is_none() {
        for (path, text) in [
            ("src/component/abi/lift.rs", "use super::super::types::Ty; use crate::{Error, engine::Store};"),
            ("src/payload/json.rs", "use crate::component::{Val, types::{Ty, TypeTable}};"),
            ("src/engine/mod.rs", "// crate::component\nuse crate::error::Error;"),
            ("src/engine/mod.rs", "#[cfg(test)]\nmod tests { use crate::component::Val; }"),
            ("src/lib.rs", "pub use crate::cli::run;"),
        ] {
            assert_eq!(bad_arrows(&file(path, text)), [""; 0], "{path}: {text}");
        }
    }

    #[test]
    fn an_unlisted_module_is_found() {
        assert_eq!(unlisted(&file("src/misc.rs", "")).len(), 1);
        assert_eq!(unlisted(&file("src/main.rs", "")).len(), 0);
    }

    #[test]
    fn a_crate_in_the_wrong_place_is_found() {
        assert_eq!(bad_crates(&file("src/component/func.rs", "use wasmi::Func;")).len(), 1);
        assert_eq!(bad_crates(&file("src/lib.rs", "pub use wasmi;")).len(), 1);
        assert_eq!(bad_crates(&file("src/http/server.rs", "smol::spawn(x)")).len(), 1);
        assert_eq!(bad_crates(&file("src/engine/mod.rs", "use wasmi::Func;")).len(), 0);
        assert_eq!(bad_crates(&file("src/component/mod.rs", "//! wasmi\n")).len(), 0);
    }

    #[test]
    fn an_effect_beside_the_seam_is_found() {
        for text in ["use std::{fs, io};", "std::time::Instant::now()", "use smol::Timer;"] {
            assert_eq!(bad_effects(&file("shims/src/clocks/monotonic_clock.rs", text)).len(), 1, "{text}");
            assert_eq!(bad_effects(&file("shims/src/host/system/clock.rs", text)).len(), 0, "{text}");
        }
    }

    #[test]
    fn waiting_is_found() {
        for text in ["async fn f() {}", "x.await", "async move {}"] {
            assert_eq!(bad_waits(&file("src/component/abi/lift.rs", text)).len(), 1, "{text}");
            assert_eq!(bad_waits(&file("src/component/task.rs", text)).len(), 0, "{text}");
        }
        assert_eq!(bad_waits(&file("src/component/types.rs", "if is_async { f.write_str(\"async func(\") }")).len(), 0);
    }
}
