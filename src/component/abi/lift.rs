//! Lifting: what a guest has becomes a value of any sink.

use alloc::vec::Vec;

use super::{
    Cx,
    guest::{GuestSource, cases},
    lower::{case_type, unsupported},
    source::{Sink, Source},
};
use crate::{
    component::{
        resource::ResourceAny,
        types::{Prim, RecordDef, Ty, TypeDef},
    },
    error::{Error, Result},
};

/// Builds the value of type `ty` that a guest has.
pub(crate) fn lift<K: Sink>(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>, sink: &mut K) -> Result<K::Value> {
    let id = match ty {
        Ty::Prim(prim) => {
            let bits = source.prim(cx, prim)?;
            return Ok(sink.prim(prim, bits));
        }
        Ty::String => {
            let text = source.text(cx)?;
            return Ok(sink.string(text));
        }
        Ty::ErrorContext => return Err(unsupported(cx.types, ty)),
        Ty::Def(id) => id,
    };
    let types = cx.types;
    match types.def(id) {
        TypeDef::List(element) => lift_list(cx, ty, *element, source, sink),
        TypeDef::FixedList(element, _) => {
            let elements = lift_elements(cx, ty, *element, source, sink)?;
            Ok(sink.list(elements))
        }
        TypeDef::Map(key, value, _) => {
            let len = source.len(cx, ty)?;
            cx.charge_elements(len as u64)?;
            cx.account(len as u64 * 2 * ELEMENT_BYTES)?;
            let mut entries = Vec::with_capacity(len.min(MAX_CAPACITY));
            for index in 0..len {
                let (k, v) = source.entry(cx, ty, index)?;
                entries.push((lift(cx, *key, k, sink)?, lift(cx, *value, v, sink)?));
            }
            Ok(sink.map(entries))
        }
        TypeDef::Record(record) => {
            let fields = lift_fields(cx, record, source, sink)?;
            Ok(sink.record(record, fields))
        }
        TypeDef::Tuple(tuple) => {
            let fields = lift_fields(cx, tuple, source, sink)?;
            Ok(sink.tuple(fields))
        }
        TypeDef::Flags(names) => {
            let bits = source.flags(cx, names)?;
            Ok(sink.flags(names, bits))
        }
        TypeDef::Own(_) | TypeDef::Borrow(_) => {
            let any = lift_any(cx, ty, source)?;
            sink.handle(any)
        }
        TypeDef::Stream(_) | TypeDef::Future(_) => Err(unsupported(types, ty)),
        TypeDef::Variant(_) | TypeDef::Enum(_) | TypeDef::Option(..) | TypeDef::Result { .. } => {
            let cases = cases(types, ty)?;
            let (case, payload) = source.case(cx, ty, cases)?;
            let payload = match (payload, case_type(cases, case)) {
                (Some(payload), Some(ty)) => Some(lift(cx, ty, payload, sink)?),
                _ => None,
            };
            Ok(sink.case(cases, case, payload))
        }
    }
}

/// Room that is made before elements are seen: a guest's claim is worth no more.
const MAX_CAPACITY: usize = 4096;

/// Bytes that a lifted element takes at least, whatever the sink.
const ELEMENT_BYTES: u64 = 32;

fn lift_list<K: Sink>(cx: &mut Cx<'_>, ty: Ty, element: Ty, source: GuestSource<'_>, sink: &mut K) -> Result<K::Value> {
    if element == Ty::Prim(Prim::U8) {
        let (ptr, len) = source.elements(cx, 1, 1)?;
        cx.charge_bytes(len as u64)?;
        cx.account(len as u64)?;
        let memory = source.options.memory.ok_or_else(|| Error::bug("a list without the option memory"))?;
        let bytes = cx.guest.bytes(memory).get(ptr as usize..ptr as usize + len).unwrap_or_default();
        if let Some(value) = sink.bytes(bytes) {
            return Ok(value);
        }
    }
    let elements = lift_elements(cx, ty, element, source, sink)?;
    Ok(sink.list(elements))
}

fn lift_elements<K: Sink>(
    cx: &mut Cx<'_>,
    ty: Ty,
    element: Ty,
    source: GuestSource<'_>,
    sink: &mut K,
) -> Result<Vec<K::Value>> {
    let len = source.len(cx, ty)?;
    match element {
        Ty::Prim(prim) => cx.charge_bytes(len as u64 * u64::from(prim.size()))?,
        _ => cx.charge_elements(len as u64)?,
    }
    cx.account(len as u64 * ELEMENT_BYTES)?;
    let mut elements = Vec::with_capacity(len.min(MAX_CAPACITY));
    for index in 0..len {
        let value = source.element(cx, ty, element, index)?;
        elements.push(lift(cx, element, value, sink)?);
    }
    Ok(elements)
}

/// The fields of a record, a tuple, or the parameters of a call.
pub(crate) fn lift_fields<K: Sink>(
    cx: &mut Cx<'_>,
    record: &RecordDef,
    source: GuestSource<'_>,
    sink: &mut K,
) -> Result<Vec<K::Value>> {
    let mut fields = Vec::with_capacity(record.fields.len());
    for (index, field) in record.fields.iter().enumerate() {
        let value = source.field(cx, record, false, index)?;
        fields.push(lift(cx, field.ty, value, sink)?);
    }
    Ok(fields)
}

/// Takes a handle from a guest for the host: for good, or for this call.
pub(crate) fn lift_any(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<ResourceAny> {
    let index = source.handle_index(cx)?;
    let (passed, own) = cx.lift_handle(ty, index)?;
    let scope = (!own).then_some(cx.scope);
    cx.guest.state().resources.insert_host(passed.ty, passed.rep, scope)
}
