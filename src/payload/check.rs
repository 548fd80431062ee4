//! Whether a payload has a type, at no more cost than looking. Makes no values.
//!
//! What comes from strangers is checked before anything is made of it: a value would take many times the memory of its text.

use super::{Payload, PayloadRef, shape::Elements, val::refused};
use crate::{
    component::{
        Type,
        abi::path::{in_element, in_field},
        types::Prim,
    },
    error::Result,
};

/// Checks that a payload is a value of type `ty`.
///
/// # Errors
///
/// As [`to_val`](super::to_val).
pub fn check(payload: &Payload, ty: &Type) -> Result<()> {
    walk(payload.into(), ty)
}

fn walk(source: PayloadRef<'_>, ty: &Type) -> Result<()> {
    match ty {
        Type::Bool => prim(source, Prim::Bool),
        Type::S8 => prim(source, Prim::S8),
        Type::U8 => prim(source, Prim::U8),
        Type::S16 => prim(source, Prim::S16),
        Type::U16 => prim(source, Prim::U16),
        Type::S32 => prim(source, Prim::S32),
        Type::U32 => prim(source, Prim::U32),
        Type::S64 => prim(source, Prim::S64),
        Type::U64 => prim(source, Prim::U64),
        Type::Float32 => prim(source, Prim::F32),
        Type::Float64 => prim(source, Prim::F64),
        Type::Char => prim(source, Prim::Char),
        Type::String => source.text().map(|_| ()),
        Type::List(list) => {
            let element = list.ty();
            walk_elements(source.list(element == Type::U8, ty)?, &element)
        }
        Type::FixedList(list) => {
            let element = list.ty();
            walk_elements(source.fixed_list(list.elements(), element == Type::U8, ty)?, &element)
        }
        Type::Map(map) => {
            let entries = source.map(ty)?;
            let (key, value) = map.entry();
            let entry = |index| {
                let (a, b) = entries.at(index)?;
                walk(a, &key)?;
                walk(b, &value)
            };
            (0..entries.len()).try_for_each(|index| entry(index).map_err(|error| in_element(error, index)))
        }
        Type::Record(record) => {
            let fields: Vec<(&str, Type)> = record.fields().collect();
            source.check_record(&fields, |(_, ty)| matches!(ty, Type::Option(_)))?;
            fields.iter().enumerate().try_for_each(|(index, (name, ty))| {
                walk(source.field(&fields, index), ty).map_err(|error| in_field(error, name))
            })
        }
        Type::Tuple(tuple) => {
            let elements = source.tuple(tuple.types().len())?;
            tuple
                .types()
                .enumerate()
                .try_for_each(|(index, ty)| walk(elements.at(index), &ty).map_err(|error| in_element(error, index)))
        }
        Type::Variant(variant) => {
            let cases: Vec<(&str, Option<Type>)> = variant.cases().collect();
            let (index, payload) = source.variant(&cases, |(_, ty)| ty.is_some(), ty)?;
            match cases.get(index) {
                Some((name, ty)) => walk_payload(payload, ty.as_ref(), name),
                None => Ok(()),
            }
        }
        Type::Enum(names) => source.enumeration(&names.names().collect::<Vec<_>>()).map(|_| ()),
        Type::Option(option) => {
            let some = option.ty();
            let payload = source.option(matches!(some, Type::Option(_)), ty)?;
            payload.map_or(Ok(()), |payload| walk(payload, &some))
        }
        Type::Result(result) => {
            let (ok, err) = (result.ok(), result.err());
            match source.result(ok.is_some(), err.is_some(), ty)? {
                (0, payload) => walk_payload(payload, ok.as_ref(), "ok"),
                (_, payload) => walk_payload(payload, err.as_ref(), "err"),
            }
        }
        Type::Flags(flags) => source.flags(&flags.names().collect::<Vec<_>>()).map(|_| ()),
        Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => Err(refused(ty)),
    }
}

fn prim(source: PayloadRef<'_>, prim: Prim) -> Result<()> {
    source.prim(prim).map(|_| ())
}

fn walk_elements(elements: Elements<'_>, ty: &Type) -> Result<()> {
    // Bytes are given for lists of `u8` only.
    if matches!(elements, Elements::Bytes(_)) {
        return Ok(());
    }
    let element = |index| walk(elements.at(index), ty).map_err(|error| in_element(error, index));
    (0..elements.len()).try_for_each(element)
}

fn walk_payload(payload: Option<PayloadRef<'_>>, ty: Option<&Type>, case: &str) -> Result<()> {
    let walked = payload.zip(ty).map(|(payload, ty)| walk(payload, ty).map_err(|error| in_field(error, case)));
    walked.unwrap_or(Ok(()))
}
