//! One host serves every 0.2 version.

use nojit::component::{Component, Engine, Linker};
use nojit::wasi;
use nojit_shims::Wasi;

/// Whether a component links that imports `interface`.
fn links(interface: &str) -> bool {
    let engine = Engine::default();
    let text = format!(r#"(component (import "{interface}" (instance (export "now" (func (result u64))))))"#);
    let component = Component::new(&engine, text).expect("is a component");
    let mut linker = Linker::<Wasi>::new(&engine);
    wasi::add_to_linker(&mut linker, |_| true).expect("defines each once");
    linker.instantiate_pre(&component).is_ok()
}

#[test]
fn every_patch_of_0_2_links_and_nothing_else_does() {
    for patch in 0..=12 {
        assert!(links(&format!("wasi:clocks/monotonic-clock@0.2.{patch}")), "0.2.{patch}");
    }
    assert!(links("wasi:clocks/monotonic-clock@0.2.99"));
    for version in ["0.3.0", "0.1.0", "0.2.0-rc-2023-11-10", "1.0.0"] {
        assert!(!links(&format!("wasi:clocks/monotonic-clock@{version}")), "{version}");
    }
}
