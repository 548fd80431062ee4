//! The walk of lowering and lifting without a guest: from the source of payloads straight into the sink.

use crate::{
    component::{
        abi::{
            NoGuest,
            path::{in_element, in_field},
            source::{CaseTy, Sink, Source},
        },
        types::{Ty, TypeDef, TypeTable},
    },
    error::Result,
    payload::{Payload, PayloadRef, sink::PayloadSink},
};

/// Reads a payload through [`Source`] and builds it through [`Sink`].
pub(super) fn copy(source: PayloadRef<'_>, types: &TypeTable, ty: Ty) -> Result<Payload> {
    let mut guest = NoGuest::new();
    let cx = &mut guest.cx(types);
    let mut sink = PayloadSink::new(types);
    let id = match ty {
        Ty::Prim(prim) => return Ok(sink.prim(prim, Source::prim(source, cx, prim)?)),
        Ty::String => return Ok(sink.string(source.text()?.to_owned())),
        Ty::ErrorContext => return Source::handle(source, cx, ty).map(|_| Payload::Null),
        Ty::Def(id) => id,
    };
    let optional = |source: Option<PayloadRef<'_>>, ty: Option<Ty>, name: &str| {
        let payload = source.zip(ty).map(|(source, ty)| copy(source, types, ty));
        payload.transpose().map_err(|error| if name.is_empty() { error } else { in_field(error, name) })
    };
    Ok(match types.def(id) {
        TypeDef::List(element) | TypeDef::FixedList(element, _) => {
            let mut values = Vec::new();
            for index in 0..Source::len(source, cx, ty)? {
                let value = Source::element(source, cx, ty, *element, index)?;
                values.push(copy(value, types, *element).map_err(|error| in_element(error, index))?);
            }
            sink.list(values)
        }
        TypeDef::Map(key_type, value_type, _) => {
            let mut entries = Vec::new();
            for index in 0..Source::len(source, cx, ty)? {
                let entry = || {
                    let (key, value) = Source::entry(source, &mut NoGuest::new().cx(types), ty, index)?;
                    Ok((copy(key, types, *key_type)?, copy(value, types, *value_type)?))
                };
                entries.push(entry().map_err(|error| in_element(error, index))?);
            }
            sink.map(entries)
        }
        def @ (TypeDef::Record(record) | TypeDef::Tuple(record)) => {
            let is_tuple = matches!(def, TypeDef::Tuple(_));
            Source::check_fields(source, cx, record, is_tuple)?;
            let mut values = Vec::new();
            for (index, field) in record.fields.iter().enumerate() {
                let value = Source::field(source, cx, record, is_tuple, index)?;
                values.push(copy(value, types, field.ty).map_err(|error| match is_tuple {
                    true => in_element(error, index),
                    false => in_field(error, &field.name),
                })?);
            }
            if is_tuple { sink.tuple(values) } else { sink.record(record, values) }
        }
        TypeDef::Variant(variant) => {
            let cases = CaseTy::Variant(variant);
            let (index, payload) = Source::case(source, cx, ty, cases)?;
            let (name, ty) = &variant.cases[index as usize];
            let payload = optional(payload, *ty, name)?;
            sink.case(cases, index, payload)
        }
        TypeDef::Enum(names) => {
            let (index, _) = Source::case(source, cx, ty, CaseTy::Enum(names))?;
            sink.case(CaseTy::Enum(names), index, None)
        }
        TypeDef::Option(some, _) => {
            let (index, payload) = Source::case(source, cx, ty, CaseTy::Option(*some))?;
            let payload = optional(payload, Some(*some), "")?;
            sink.case(CaseTy::Option(*some), index, payload)
        }
        TypeDef::Result { ok, err, .. } => {
            let cases = CaseTy::Result { ok: *ok, err: *err };
            let (index, payload) = Source::case(source, cx, ty, cases)?;
            let payload = if index == 0 { optional(payload, *ok, "ok") } else { optional(payload, *err, "err") }?;
            sink.case(cases, index, payload)
        }
        TypeDef::Flags(names) => {
            let bits = Source::flags(source, cx, names)?;
            sink.flags(names, bits)
        }
        TypeDef::Own(_) | TypeDef::Borrow(_) | TypeDef::Stream(_) | TypeDef::Future(_) => {
            return Source::handle(source, cx, ty).map(|_| Payload::Null);
        }
    })
}
