//! The type of every binding is the one that WIT declares.

use std::{cell::RefCell, collections::BTreeSet};

use nojit::{
    Result,
    component::{Component, Engine, InstancePre, Linker},
    registry::Token,
    wasi,
};
use nojit_shims::Wasi;
use wit_component::dummy_module;
use wit_parser::ManglingAndAbi;

use super::wit;

/// A component that imports every function that is served, with the WIT changed by `edit`.
fn component(engine: &Engine, edit: impl Fn(String) -> String) -> Component {
    let (resolve, world) = wit::world("everything", edit);
    let module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    Component::new(engine, wit::encode(&resolve, world, module)).expect("is a component")
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
    assert_eq!(functions, 200, "functions and resources");
    link(&engine, &component).expect("every import is defined, with its type");
}

#[test]
fn every_interface_belongs_to_a_token_and_every_token_of_wasi_is_served() {
    let asked = RefCell::new(BTreeSet::new());
    let mut linker = Linker::<Wasi>::new(&Engine::default());
    wasi::add_to_linker(&mut linker, |interface| asked.borrow_mut().insert(interface.to_owned()))
        .expect("is defined once");
    let tokens = Token::ALL.into_iter().filter(|token| !matches!(token, Token::Funcs | Token::Wasi1));
    let named: BTreeSet<String> = tokens.flat_map(Token::interfaces).map(|&name| name.to_owned()).collect();
    assert_eq!(asked.into_inner(), named);
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
