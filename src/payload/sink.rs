//! Payloads as what lifting builds.

use super::{Payload, build, source::is_option, val::refused};
use crate::{
    component::{
        abi::source::{CaseTy, Sink},
        resource::ResourceAny,
        types::{NamesDef, Prim, RecordDef, TypeTable},
    },
    error::Result,
};

/// Builds payloads of values of one component's types.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PayloadSink<'a> {
    types: &'a TypeTable,
}

impl<'a> PayloadSink<'a> {
    pub(crate) fn new(types: &'a TypeTable) -> Self {
        PayloadSink { types }
    }
}

impl Sink for PayloadSink<'_> {
    type Value = Payload;

    fn prim(&mut self, prim: Prim, bits: u64) -> Payload {
        build::prim(prim, bits)
    }

    fn string(&mut self, text: String) -> Payload {
        Payload::String(text)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<Payload> {
        Some(Payload::Bytes(bytes.to_vec()))
    }

    fn list(&mut self, elements: Vec<Payload>) -> Payload {
        Payload::Array(elements)
    }

    fn map(&mut self, entries: Vec<(Payload, Payload)>) -> Payload {
        build::map(entries)
    }

    fn record(&mut self, record: &RecordDef, fields: Vec<Payload>) -> Payload {
        build::record(record.fields.iter().map(|field| &*field.name), fields)
    }

    fn tuple(&mut self, elements: Vec<Payload>) -> Payload {
        Payload::Array(elements)
    }

    fn case(&mut self, cases: CaseTy<'_>, index: u32, payload: Option<Payload>) -> Payload {
        let name = |name: Option<&Box<str>>| name.map_or("", |name| &**name).to_owned();
        match cases {
            CaseTy::Variant(variant) => {
                build::variant(&name(variant.cases.get(index as usize).map(|(name, _)| name)), payload)
            }
            CaseTy::Enum(names) => Payload::String(name(names.names.get(index as usize))),
            CaseTy::Option(some) => build::option(payload, is_option(self.types, some)),
            CaseTy::Result { .. } => build::result(index == 0, payload),
        }
    }

    fn flags(&mut self, names: &NamesDef, bits: u32) -> Payload {
        build::flags(names.names.iter().map(|name| &**name), bits)
    }

    fn handle(&mut self, _: ResourceAny) -> Result<Payload> {
        Err(refused(&"own<resource>"))
    }
}
