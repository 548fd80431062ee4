//! Payloads to and from [`Val`], directed by [`Type`].

use core::fmt;

use super::{Payload, PayloadRef, build, shape::Elements};
use crate::{
    component::{
        Type, Val,
        abi::path::{in_element, in_field},
        types::Prim,
    },
    error::{Error, Result},
};

/// The component value of type `ty` that a payload is.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) with the path of the part that does not have its type and what it was
/// expected to be: `[2].tags: expected list<string>, found number`.
pub fn to_val(payload: &Payload, ty: &Type) -> Result<Val> {
    read(payload.into(), ty)
}

/// The payload that a component value of type `ty` is.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) if the value does not have that type, or if there is a resource, stream or
/// future in it: they do not travel as data.
pub fn from_val(val: &Val, ty: &Type) -> Result<Payload> {
    let mismatch = || Error::invalid(format!("expected {ty}, found {}", val.word()));
    Ok(match (val, ty) {
        (Val::Bool(value), Type::Bool) => (*value).into(),
        (Val::S8(value), Type::S8) => (*value).into(),
        (Val::U8(value), Type::U8) => (*value).into(),
        (Val::S16(value), Type::S16) => (*value).into(),
        (Val::U16(value), Type::U16) => (*value).into(),
        (Val::S32(value), Type::S32) => (*value).into(),
        (Val::U32(value), Type::U32) => (*value).into(),
        (Val::S64(value), Type::S64) => (*value).into(),
        (Val::U64(value), Type::U64) => (*value).into(),
        (Val::Float32(value), Type::Float32) => (*value).into(),
        (Val::Float64(value), Type::Float64) => (*value).into(),
        (Val::Char(value), Type::Char) => Payload::String(value.to_string()),
        (Val::String(text), Type::String) => text.as_str().into(),
        (Val::List(vals), Type::List(list)) => from_elements(vals, &list.ty())?,
        (Val::List(vals), Type::FixedList(list)) if vals.len() == list.elements() as usize => {
            from_elements(vals, &list.ty())?
        }
        (Val::Map(vals), Type::Map(map)) => {
            let (key, value) = map.entry();
            let pairs = vals.iter().map(|(a, b)| Ok((from_val(a, &key)?, from_val(b, &value)?)));
            build::map(pairs.collect::<Result<_>>()?)
        }
        (Val::Record(vals), Type::Record(record)) if vals.len() == record.fields().len() => {
            let fields = vals.iter().zip(record.fields()).map(|((given, val), (name, ty))| match given == name {
                true => from_val(val, &ty).map_err(|error| in_field(error, name)),
                false => Err(Error::invalid(format!("expected field {name}, found {given}"))),
            });
            build::record(record.fields().map(|(name, _)| name), fields.collect::<Result<_>>()?)
        }
        (Val::Tuple(vals), Type::Tuple(tuple)) if vals.len() == tuple.types().len() => {
            let elements = vals.iter().zip(tuple.types()).map(|(val, ty)| from_val(val, &ty));
            Payload::Array(elements.collect::<Result<_>>()?)
        }
        (Val::Variant(name, val), Type::Variant(variant)) => {
            let case = variant.cases().find(|(case, _)| case == name).ok_or_else(mismatch)?;
            build::variant(name, from_payload(val.as_deref(), case.1.as_ref(), mismatch)?)
        }
        (Val::Enum(name), Type::Enum(names)) if names.names().any(|case| case == name) => name.as_str().into(),
        (Val::Option(val), Type::Option(option)) => {
            let some = option.ty();
            let value = val.as_deref().map(|val| from_val(val, &some)).transpose()?;
            build::option(value, matches!(some, Type::Option(_)))
        }
        (Val::Result(Ok(val)), Type::Result(result)) => {
            build::result(true, from_payload(val.as_deref(), result.ok().as_ref(), mismatch)?)
        }
        (Val::Result(Err(val)), Type::Result(result)) => {
            build::result(false, from_payload(val.as_deref(), result.err().as_ref(), mismatch)?)
        }
        (Val::Flags(set), Type::Flags(flags)) if set.iter().all(|name| flags.names().any(|flag| flag == name)) => {
            let names = flags.names().filter(|flag| set.iter().any(|name| name == flag));
            Payload::Array(names.map(Payload::from).collect())
        }
        (_, Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext) => {
            return Err(refused(ty));
        }
        _ => return Err(mismatch()),
    })
}

fn from_elements(vals: &[Val], ty: &Type) -> Result<Payload> {
    if *ty == Type::U8 {
        let bytes = vals.iter().map(|val| match val {
            Val::U8(byte) => Ok(*byte),
            other => Err(Error::invalid(format!("expected u8, found {}", other.word()))),
        });
        return Ok(Payload::Bytes(bytes.collect::<Result<_>>()?));
    }
    let elements = vals.iter().enumerate();
    let elements = elements.map(|(index, val)| from_val(val, ty).map_err(|error| in_element(error, index)));
    Ok(Payload::Array(elements.collect::<Result<_>>()?))
}

fn from_payload(val: Option<&Val>, ty: Option<&Type>, mismatch: impl Fn() -> Error) -> Result<Option<Payload>> {
    match (val, ty) {
        (Some(val), Some(ty)) => from_val(val, ty).map(Some),
        (None, None) => Ok(None),
        _ => Err(mismatch()),
    }
}

/// The error of a type whose values belong to one instance.
#[cold]
pub(super) fn refused(ty: &dyn fmt::Display) -> Error {
    Error::invalid(format!("a value of type {ty} belongs to its instance and cannot be given or returned as data"))
}

fn read(source: PayloadRef<'_>, ty: &Type) -> Result<Val> {
    Ok(match ty {
        Type::Bool => Val::Bool(source.prim(Prim::Bool)? != 0),
        Type::S8 => Val::S8(source.prim(Prim::S8)? as i8),
        Type::U8 => Val::U8(source.prim(Prim::U8)? as u8),
        Type::S16 => Val::S16(source.prim(Prim::S16)? as i16),
        Type::U16 => Val::U16(source.prim(Prim::U16)? as u16),
        Type::S32 => Val::S32(source.prim(Prim::S32)? as i32),
        Type::U32 => Val::U32(source.prim(Prim::U32)? as u32),
        Type::S64 => Val::S64(source.prim(Prim::S64)? as i64),
        Type::U64 => Val::U64(source.prim(Prim::U64)?),
        Type::Float32 => Val::Float32(f32::from_bits(source.prim(Prim::F32)? as u32)),
        Type::Float64 => Val::Float64(f64::from_bits(source.prim(Prim::F64)?)),
        Type::Char => Val::Char(char::from_u32(source.prim(Prim::Char)? as u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Type::String => Val::String(source.text()?.to_owned()),
        Type::List(list) => {
            let element = list.ty();
            read_elements(source.list(element == Type::U8, ty)?, &element)?
        }
        Type::FixedList(list) => {
            let element = list.ty();
            read_elements(source.fixed_list(list.elements(), element == Type::U8, ty)?, &element)?
        }
        Type::Map(map) => {
            let entries = source.map(ty)?;
            let (key, value) = map.entry();
            let entry = |index| {
                let (a, b) = entries.at(index)?;
                Ok((read(a, &key)?, read(b, &value)?))
            };
            let entry = |index| entry(index).map_err(|error| in_element(error, index));
            Val::Map((0..entries.len()).map(entry).collect::<Result<_>>()?)
        }
        Type::Record(record) => {
            let fields: Vec<(&str, Type)> = record.fields().collect();
            source.check_record(&fields, |(_, ty)| matches!(ty, Type::Option(_)))?;
            let field = |(index, (name, ty)): (usize, &(&str, Type))| {
                let val = read(source.field(&fields, index), ty).map_err(|error| in_field(error, name))?;
                Ok(((*name).to_owned(), val))
            };
            Val::Record(fields.iter().enumerate().map(field).collect::<Result<_>>()?)
        }
        Type::Tuple(tuple) => {
            let elements = source.tuple(tuple.types().len())?;
            let element = |(index, ty)| read(elements.at(index), &ty).map_err(|error| in_element(error, index));
            Val::Tuple(tuple.types().enumerate().map(element).collect::<Result<_>>()?)
        }
        Type::Variant(variant) => {
            let cases: Vec<(&str, Option<Type>)> = variant.cases().collect();
            let (index, payload) = source.variant(&cases, |(_, ty)| ty.is_some(), ty)?;
            let (name, ty) = cases.get(index).ok_or_else(|| Error::bug("a case that was found is gone"))?;
            Val::Variant((*name).to_owned(), read_payload(payload, ty.as_ref(), name)?)
        }
        Type::Enum(names) => {
            let names: Vec<&str> = names.names().collect();
            let index = source.enumeration(&names)?;
            Val::Enum(names.get(index).map_or_else(String::new, |name| (*name).to_owned()))
        }
        Type::Option(option) => {
            let some = option.ty();
            let payload = source.option(matches!(some, Type::Option(_)), ty)?;
            Val::Option(payload.map(|payload| read(payload, &some)).transpose()?.map(Box::new))
        }
        Type::Result(result) => {
            let (ok, err) = (result.ok(), result.err());
            match source.result(ok.is_some(), err.is_some(), ty)? {
                (0, payload) => Val::Result(Ok(read_payload(payload, ok.as_ref(), "ok")?)),
                (_, payload) => Val::Result(Err(read_payload(payload, err.as_ref(), "err")?)),
            }
        }
        Type::Flags(flags) => {
            let names: Vec<&str> = flags.names().collect();
            let bits = source.flags(&names)?;
            let set = names.iter().zip(0..u32::BITS).filter(|(_, index)| (bits >> index) & 1 == 1);
            Val::Flags(set.map(|(name, _)| (*name).to_owned()).collect())
        }
        Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => {
            return Err(refused(ty));
        }
    })
}

fn read_elements(elements: Elements<'_>, ty: &Type) -> Result<Val> {
    if let Elements::Bytes(bytes) = elements {
        return Ok(Val::List(bytes.iter().copied().map(Val::U8).collect()));
    }
    let element = |index| read(elements.at(index), ty).map_err(|error| in_element(error, index));
    Ok(Val::List((0..elements.len()).map(element).collect::<Result<_>>()?))
}

fn read_payload(payload: Option<PayloadRef<'_>>, ty: Option<&Type>, case: &str) -> Result<Option<Box<Val>>> {
    let val = payload.zip(ty).map(|(payload, ty)| read(payload, ty).map_err(|error| in_field(error, case)));
    Ok(val.transpose()?.map(Box::new))
}
