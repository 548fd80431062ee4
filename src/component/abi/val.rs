//! [`Val`] as source and sink.

use alloc::{boxed::Box, string::String, vec::Vec};

use super::{
    Cx,
    source::{CaseTy, Sink, Source},
};
use crate::{
    component::{
        resource::ResourceAny,
        types::{Display, NamesDef, Prim, RecordDef, Ty, TypeTable, join_names, write_type},
        value::Val,
    },
    error::{Error, Result},
};

#[cold]
fn mismatch(expected: impl core::fmt::Display, found: &Val) -> Error {
    Error::invalid(alloc::format!("expected {expected}, found {}", found.word()))
}

impl Source for &Val {
    fn prim(self, _: &mut Cx<'_>, prim: Prim) -> Result<u64> {
        Ok(match (prim, self) {
            (Prim::Bool, Val::Bool(value)) => u64::from(*value),
            (Prim::S8, Val::S8(value)) => *value as u64,
            (Prim::U8, Val::U8(value)) => u64::from(*value),
            (Prim::S16, Val::S16(value)) => *value as u64,
            (Prim::U16, Val::U16(value)) => u64::from(*value),
            (Prim::S32, Val::S32(value)) => *value as u64,
            (Prim::U32, Val::U32(value)) => u64::from(*value),
            (Prim::S64, Val::S64(value)) => *value as u64,
            (Prim::U64, Val::U64(value)) => *value,
            (Prim::F32, Val::Float32(value)) => u64::from(value.to_bits()),
            (Prim::F64, Val::Float64(value)) => value.to_bits(),
            (Prim::Char, Val::Char(value)) => u64::from(u32::from(*value)),
            _ => return Err(mismatch(prim.keyword(), self)),
        })
    }

    fn string(self, cx: &mut Cx<'_>) -> Result<(u32, u32)> {
        match self {
            Val::String(text) => cx.store_str(text),
            _ => Err(mismatch("string", self)),
        }
    }

    fn len(self, cx: &mut Cx<'_>, ty: Ty) -> Result<usize> {
        match self {
            Val::List(elements) => Ok(elements.len()),
            Val::Map(entries) => Ok(entries.len()),
            _ => Err(mismatch(Display(cx.types, ty), self)),
        }
    }

    fn copy_elements(self, cx: &mut Cx<'_>, _: Ty, element: Prim, ptr: u32) -> Result<bool> {
        let (Prim::U8, Val::List(elements)) = (element, self) else { return Ok(false) };
        let bytes: Option<Vec<u8>> =
            elements.iter().map(|element| if let Val::U8(byte) = element { Some(*byte) } else { None }).collect();
        match bytes {
            Some(bytes) => cx.write(ptr, &bytes).map(|()| true),
            None => Ok(false),
        }
    }

    fn element(self, cx: &mut Cx<'_>, list: Ty, _: Ty, index: usize) -> Result<Self> {
        match self {
            Val::List(elements) => elements.get(index).ok_or_else(|| Error::bug("a list changed its length")),
            _ => Err(mismatch(Display(cx.types, list), self)),
        }
    }

    fn entry(self, cx: &mut Cx<'_>, map: Ty, index: usize) -> Result<(Self, Self)> {
        match self {
            Val::Map(entries) => match entries.get(index) {
                Some((key, value)) => Ok((key, value)),
                None => Err(Error::bug("a map changed its length")),
            },
            _ => Err(mismatch(Display(cx.types, map), self)),
        }
    }

    fn check_fields(self, cx: &mut Cx<'_>, record: &RecordDef, is_tuple: bool) -> Result<()> {
        let describe = Fields { types: cx.types, record, is_tuple };
        match self {
            Val::Tuple(elements) if is_tuple => {
                if elements.len() == record.fields.len() {
                    return Ok(());
                }
                Err(Error::invalid(alloc::format!("expected {describe}, found {} elements", elements.len())))
            }
            Val::Record(fields) if !is_tuple => {
                if let Some(field) =
                    record.fields.iter().find(|field| !fields.iter().any(|(name, _)| **name == *field.name))
                {
                    return Err(Error::invalid(alloc::format!("expected {describe}, found no field {}", field.name)));
                }
                if fields.len() != record.fields.len() {
                    return Err(Error::invalid(alloc::format!("expected {describe}, found {} fields", fields.len())));
                }
                Ok(())
            }
            _ => Err(mismatch(describe, self)),
        }
    }

    fn field(self, _: &mut Cx<'_>, record: &RecordDef, _: bool, index: usize) -> Result<Self> {
        let name = record.fields.get(index).map(|field| &*field.name);
        match self {
            Val::Tuple(elements) => elements.get(index),
            // Usually in the order of the type.
            Val::Record(fields) => match fields.get(index) {
                Some((found, value)) if Some(&**found) == name => Some(value),
                _ => fields.iter().find(|(found, _)| Some(&**found) == name).map(|(_, value)| value),
            },
            _ => None,
        }
        .ok_or_else(|| Error::bug("a record changed its fields"))
    }

    fn case(self, cx: &mut Cx<'_>, ty: Ty, cases: CaseTy<'_>) -> Result<(u32, Option<Self>)> {
        let (index, payload, wants_payload) = match (cases, self) {
            (CaseTy::Option(_), Val::Option(value)) => (u32::from(value.is_some()), value.as_deref(), value.is_some()),
            (CaseTy::Result { ok, .. }, Val::Result(Ok(value))) => (0, value.as_deref(), ok.is_some()),
            (CaseTy::Result { err, .. }, Val::Result(Err(value))) => (1, value.as_deref(), err.is_some()),
            (CaseTy::Enum(names), Val::Enum(name)) => {
                let index = names.names.iter().position(|case| **case == **name);
                let Some(index) = index else { return Err(no_such(name, names.names.iter().map(|name| &**name))) };
                (index as u32, None, false)
            }
            (CaseTy::Variant(variant), Val::Variant(name, payload)) => {
                match variant.cases.iter().position(|(case, _)| **case == **name) {
                    Some(index) => {
                        let wants_payload = variant.cases.get(index).is_some_and(|(_, ty)| ty.is_some());
                        (index as u32, payload.as_deref(), wants_payload)
                    }
                    None => return Err(no_such(name, variant.cases.iter().map(|(name, _)| &**name))),
                }
            }
            _ => return Err(mismatch(Display(cx.types, ty), self)),
        };
        if payload.is_some() != wants_payload {
            let found = if wants_payload { "a case without its payload" } else { "a payload where the case has none" };
            return Err(Error::invalid(alloc::format!("expected {}, found {found}", Display(cx.types, ty))));
        }
        Ok((index, payload))
    }

    fn flags(self, _: &mut Cx<'_>, names: &NamesDef) -> Result<u32> {
        let Val::Flags(set) = self else { return Err(mismatch("flags", self)) };
        let mut bits = 0;
        for name in set {
            match names.names.iter().position(|flag| **flag == **name) {
                Some(index) => bits |= 1 << index,
                None => return Err(no_such(name, names.names.iter().map(|name| &**name))),
            }
        }
        Ok(bits)
    }

    fn handle(self, cx: &mut Cx<'_>, ty: Ty) -> Result<u32> {
        match self {
            Val::Resource(any) => lower_any(cx, ty, *any),
            _ => Err(mismatch(Display(cx.types, ty), self)),
        }
    }
}

/// Gives a host's handle to the guest: for good, or lent for the call.
pub(crate) fn lower_any(cx: &mut Cx<'_>, ty: Ty, any: ResourceAny) -> Result<u32> {
    let (wanted, own) = cx.resource(ty)?;
    let scope = cx.scope;
    let resources = &mut cx.guest.state().resources;
    let found = *resources.host_handle(any)?;
    if found.ty != wanted {
        return Err(Error::invalid("the resource is of another type than the function takes"));
    }
    if own && found.scope.is_some() {
        return Err(Error::invalid("expected an owned resource, found a borrowed one"));
    }
    let handle = if own { resources.remove_host(any)? } else { resources.lend_host(any, scope)? };
    cx.lower_handle(ty, handle.into())
}

fn no_such<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    Error::invalid(alloc::format!("expected one of {}, found {name}", join_names(known, 20)))
}

struct Fields<'a> {
    types: &'a TypeTable,
    record: &'a RecordDef,
    is_tuple: bool,
}

impl core::fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.is_tuple { "tuple<" } else { "record { " })?;
        for (index, field) in self.record.fields.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            if !self.is_tuple {
                write!(f, "{}: ", field.name)?;
            }
            write_type(f, self.types, field.ty)?;
        }
        f.write_str(if self.is_tuple { ">" } else { " }" })
    }
}

/// Builds [`Val`]s.
#[derive(Debug)]
pub(crate) struct ValSink;

impl Sink for ValSink {
    type Value = Val;

    fn prim(&mut self, prim: Prim, bits: u64) -> Val {
        match prim {
            Prim::Bool => Val::Bool(bits != 0),
            Prim::S8 => Val::S8(bits as i8),
            Prim::U8 => Val::U8(bits as u8),
            Prim::S16 => Val::S16(bits as i16),
            Prim::U16 => Val::U16(bits as u16),
            Prim::S32 => Val::S32(bits as i32),
            Prim::U32 => Val::U32(bits as u32),
            Prim::S64 => Val::S64(bits as i64),
            Prim::U64 => Val::U64(bits),
            Prim::F32 => Val::Float32(f32::from_bits(bits as u32)),
            Prim::F64 => Val::Float64(f64::from_bits(bits)),
            Prim::Char => Val::Char(char::from_u32(bits as u32).unwrap_or_default()),
        }
    }

    fn string(&mut self, text: String) -> Val {
        Val::String(text)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<Val> {
        Some(Val::List(bytes.iter().map(|byte| Val::U8(*byte)).collect()))
    }

    fn list(&mut self, elements: Vec<Val>) -> Val {
        Val::List(elements)
    }

    fn map(&mut self, entries: Vec<(Val, Val)>) -> Val {
        Val::Map(entries)
    }

    fn record(&mut self, record: &RecordDef, fields: Vec<Val>) -> Val {
        Val::Record(record.fields.iter().map(|field| String::from(&*field.name)).zip(fields).collect())
    }

    fn tuple(&mut self, elements: Vec<Val>) -> Val {
        Val::Tuple(elements)
    }

    fn case(&mut self, cases: CaseTy<'_>, index: u32, payload: Option<Val>) -> Val {
        let payload = payload.map(Box::new);
        let name = |name: Option<&str>| String::from(name.unwrap_or_default());
        match cases {
            CaseTy::Variant(variant) => {
                Val::Variant(name(variant.cases.get(index as usize).map(|(name, _)| &**name)), payload)
            }
            CaseTy::Enum(names) => Val::Enum(name(names.names.get(index as usize).map(|name| &**name))),
            CaseTy::Option(_) => Val::Option(payload),
            CaseTy::Result { .. } => Val::Result(if index == 0 { Ok(payload) } else { Err(payload) }),
        }
    }

    fn flags(&mut self, names: &NamesDef, bits: u32) -> Val {
        let set = names.names.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
        Val::Flags(set.map(|(_, name)| String::from(&**name)).collect())
    }

    fn handle(&mut self, handle: ResourceAny) -> Result<Val> {
        Ok(Val::Resource(handle))
    }
}
