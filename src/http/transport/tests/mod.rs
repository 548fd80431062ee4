//! The transport by cases, and properties over random requests.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use wit_component::dummy_module;
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

use super::{Asked, Mapping};
use crate::{
    component::Engine,
    function::{Function, Source},
    payload::{Payload, check, json},
};

mod arguments;
mod boot;
mod endings;
mod random;
mod records;
mod responses;

/// A function `f` of a type such as `(a: u32) -> string`, before it types such as `enum e { x }`. It cannot be called.
fn function(types: &str, signature: &str) -> Function {
    function_of(&format!("{types} export f: func{signature};"), "f")
}

/// The export `method` of a world.
fn function_of(world: &str, method: &str) -> Function {
    let wit = format!("package t:t; world w {{ {world} }}");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("t.wit", &wit).expect("the WIT is valid");
    let world = resolve.select_world(&[package], None).expect("there is one world");
    let module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    let source = Source::new(&Engine::default(), &module, Some(&wit)).expect("the module fits its WIT");
    Function::new("t:f", &source, method).expect("the export is there")
}

/// A request as data.
#[derive(Default)]
struct Asking<'a> {
    query: Option<&'a str>,
    headers: &'a [(&'a str, &'a [u8])],
    params: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

/// The arguments of `POST /some%20path` as a JSON array, or `400` and the message. Those there are have their types.
fn ask(function: &Function, asking: &Asking<'_>) -> String {
    let mapping = Mapping::of(function).expect("there is a mapping");
    let mut headers = HeaderMap::new();
    for (name, value) in asking.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_bytes(value).expect("a value"));
    }
    let params: Vec<_> = asking.params.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let asked = Asked {
        method: "POST",
        path: "/some%20path",
        query: asking.query,
        headers: &headers,
        params: &params,
        body: asking.body.to_vec(),
    };
    match mapping.arguments(asked) {
        Ok(arguments) => {
            let types = function.ty().params().map(|(_, ty)| ty);
            assert_eq!(types.len(), arguments.len());
            for (argument, ty) in arguments.iter().zip(types) {
                check(argument, &ty).expect("an argument has its type");
            }
            json::to_text(&Payload::Array(arguments))
        }
        Err(wrong) => format!("400 {}", wrong.message),
    }
}
