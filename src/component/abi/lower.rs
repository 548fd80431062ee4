//! Lowering: a value of any source becomes flat core values or bytes in a guest's memory.
//!
//! Follows "Flat Lowering" and "Storing" of CanonicalABI.md.

use super::{
    Cx, MAX_BYTES,
    path::{in_element, in_field},
    scalar,
    source::{CaseTy, Source},
};
use crate::{
    component::types::{Display, PayloadAt, RecordDef, Ty, TypeDef, TypeTable, flags_size},
    engine::CoreVal,
    error::{Error, Result},
};

/// Lowers a value into flat core values: as many as its type has, each already of its flat type.
pub(crate) fn lower_flat<S: Source>(cx: &mut Cx<'_>, ty: Ty, source: S, flat: &mut [CoreVal]) -> Result<()> {
    let id = match ty {
        Ty::Prim(prim) => {
            let bits = scalar::normalize(prim, source.prim(cx, prim)?)?;
            return set(flat, 0, bits);
        }
        Ty::String => {
            let (ptr, len) = source.string(cx)?;
            return set_pair(flat, ptr, len);
        }
        Ty::ErrorContext => return Err(unsupported(cx.types, ty)),
        Ty::Def(id) => id,
    };
    let types = cx.types;
    match types.def(id) {
        TypeDef::List(element) => {
            let (ptr, len) = lower_list(cx, ty, *element, source)?;
            set_pair(flat, ptr, len)
        }
        TypeDef::Map(..) => {
            let (ptr, len) = lower_map(cx, ty, source)?;
            set_pair(flat, ptr, len)
        }
        TypeDef::FixedList(element, len) => {
            check_len(cx, ty, *len, source)?;
            let step = types.flat_len(*element);
            for index in 0..*len as usize {
                let value = source.element(cx, ty, *element, index)?;
                let part = part(flat, index * step, step)?;
                lower_flat(cx, *element, value, part).map_err(|error| in_element(error, index))?;
            }
            Ok(())
        }
        TypeDef::Record(record) => lower_flat_fields(cx, record, false, source, flat),
        TypeDef::Tuple(tuple) => lower_flat_fields(cx, tuple, true, source, flat),
        TypeDef::Flags(names) => {
            let bits = source.flags(cx, names)?;
            set(flat, 0, u64::from(bits))
        }
        TypeDef::Own(_) | TypeDef::Borrow(_) => {
            let handle = source.handle(cx, ty)?;
            set(flat, 0, u64::from(handle))
        }
        TypeDef::Stream(_) | TypeDef::Future(_) => Err(unsupported(types, ty)),
        TypeDef::Variant(_) | TypeDef::Enum(_) | TypeDef::Option(..) | TypeDef::Result { .. } => {
            let cases = cases(types, ty)?;
            let (case, payload) = source.case(cx, ty, cases)?;
            set(flat, 0, u64::from(case))?;
            match (payload, case_type(cases, case)) {
                (Some(payload), Some(ty)) => {
                    let part = part(flat, 1, types.flat_len(ty))?;
                    lower_flat(cx, ty, payload, part).map_err(|error| in_case(error, cases, case))
                }
                _ => Ok(()),
            }
        }
    }
}

fn lower_flat_fields<S: Source>(
    cx: &mut Cx<'_>,
    record: &RecordDef,
    is_tuple: bool,
    source: S,
    flat: &mut [CoreVal],
) -> Result<()> {
    source.check_fields(cx, record, is_tuple)?;
    let mut at = 0;
    for (index, field) in record.fields.iter().enumerate() {
        let len = cx.types.flat_len(field.ty);
        let value = source.field(cx, record, is_tuple, index)?;
        let part = part(flat, at, len)?;
        lower_flat(cx, field.ty, value, part).map_err(|error| at_field(error, record, is_tuple, index))?;
        at += len;
    }
    Ok(())
}

/// Stores a value at `ptr`, which is aligned and in bounds.
pub(crate) fn store<S: Source>(cx: &mut Cx<'_>, ty: Ty, source: S, ptr: u32) -> Result<()> {
    let id = match ty {
        Ty::Prim(prim) => {
            let bits = scalar::normalize(prim, source.prim(cx, prim)?)?;
            return store_bits(cx, ptr, prim.size(), bits);
        }
        Ty::String => {
            let (data, len) = source.string(cx)?;
            return store_pair(cx, ptr, data, len);
        }
        Ty::ErrorContext => return Err(unsupported(cx.types, ty)),
        Ty::Def(id) => id,
    };
    let types = cx.types;
    match types.def(id) {
        TypeDef::List(element) => {
            let (data, len) = lower_list(cx, ty, *element, source)?;
            store_pair(cx, ptr, data, len)
        }
        TypeDef::Map(..) => {
            let (data, len) = lower_map(cx, ty, source)?;
            store_pair(cx, ptr, data, len)
        }
        TypeDef::FixedList(element, len) => {
            check_len(cx, ty, *len, source)?;
            store_elements(cx, ty, *element, *len as usize, source, ptr)
        }
        TypeDef::Record(record) => store_fields(cx, record, false, source, ptr),
        TypeDef::Tuple(tuple) => store_fields(cx, tuple, true, source, ptr),
        TypeDef::Flags(names) => {
            let bits = source.flags(cx, names)?;
            store_bits(cx, ptr, flags_size(names.names.len()), u64::from(bits))
        }
        TypeDef::Own(_) | TypeDef::Borrow(_) => {
            let handle = source.handle(cx, ty)?;
            store_bits(cx, ptr, 4, u64::from(handle))
        }
        TypeDef::Stream(_) | TypeDef::Future(_) => Err(unsupported(types, ty)),
        TypeDef::Variant(_) | TypeDef::Enum(_) | TypeDef::Option(..) | TypeDef::Result { .. } => {
            let cases = cases(types, ty)?;
            let at = payload_at(types, cases, ty);
            let (case, payload) = source.case(cx, ty, cases)?;
            store_bits(cx, ptr, at.discriminant_size, u64::from(case))?;
            match (payload, case_type(cases, case)) {
                (Some(payload), Some(ty)) => {
                    store(cx, ty, payload, ptr + at.offset).map_err(|error| in_case(error, cases, case))
                }
                _ => Ok(()),
            }
        }
    }
}

/// Stores the fields of a record, a tuple or a parameter list.
pub(crate) fn store_fields<S: Source>(
    cx: &mut Cx<'_>,
    record: &RecordDef,
    is_tuple: bool,
    source: S,
    ptr: u32,
) -> Result<()> {
    source.check_fields(cx, record, is_tuple)?;
    for (index, field) in record.fields.iter().enumerate() {
        let value = source.field(cx, record, is_tuple, index)?;
        store(cx, field.ty, value, ptr + field.offset).map_err(|error| at_field(error, record, is_tuple, index))?;
    }
    Ok(())
}

fn lower_list<S: Source>(cx: &mut Cx<'_>, ty: Ty, element: Ty, source: S) -> Result<(u32, u32)> {
    let len = source.len(cx, ty)?;
    let size = list_bytes(len, cx.types.size(element))?;
    let ptr = cx.alloc(cx.types.align(element), size)?;
    store_elements(cx, ty, element, len, source, ptr)?;
    Ok((ptr, len as u32))
}

fn store_elements<S: Source>(cx: &mut Cx<'_>, ty: Ty, element: Ty, len: usize, source: S, ptr: u32) -> Result<()> {
    let size = cx.types.size(element);
    if let Ty::Prim(prim) = element {
        cx.charge_bytes(u64::from(size) * len as u64)?;
        if source.copy_elements(cx, ty, prim, ptr)? {
            return Ok(());
        }
    } else {
        cx.charge_elements(len as u64)?;
    }
    for index in 0..len {
        let value = source.element(cx, ty, element, index)?;
        store(cx, element, value, ptr + index as u32 * size).map_err(|error| in_element(error, index))?;
    }
    Ok(())
}

fn lower_map<S: Source>(cx: &mut Cx<'_>, ty: Ty, source: S) -> Result<(u32, u32)> {
    let types = cx.types;
    let Ty::Def(id) = ty else { return Err(Error::bug("a map of a type that is none")) };
    let TypeDef::Map(key, value, at) = types.def(id) else { return Err(Error::bug("a map of a type that is none")) };
    let len = source.len(cx, ty)?;
    let ptr = cx.alloc(at.entry_align, list_bytes(len, at.entry_size)?)?;
    cx.charge_elements(len as u64)?;
    for index in 0..len {
        let entry = ptr + index as u32 * at.entry_size;
        let (k, v) = source.entry(cx, ty, index)?;
        store(cx, *key, k, entry).map_err(|error| in_element(error, index))?;
        store(cx, *value, v, entry + at.value_offset).map_err(|error| in_element(error, index))?;
    }
    Ok((ptr, len as u32))
}

/// The bytes of a list, if a guest may have one so long.
pub(crate) fn list_bytes(len: usize, size: u32) -> Result<u32> {
    match (len as u64).checked_mul(u64::from(size)) {
        Some(bytes) if bytes <= MAX_BYTES && len <= u32::MAX as usize => Ok(bytes as u32),
        _ => {
            Err(Error::abi(alloc::format!("a list of {len} elements of {size} bytes is longer than {MAX_BYTES} bytes")))
        }
    }
}

fn check_len<S: Source>(cx: &mut Cx<'_>, ty: Ty, wanted: u32, source: S) -> Result<()> {
    let found = source.len(cx, ty)?;
    if found == wanted as usize {
        return Ok(());
    }
    Err(Error::invalid(alloc::format!("expected {}, found {found} elements", Display(cx.types, ty))))
}

/// The alternatives of a variant, enum, option or result.
pub(crate) fn cases(types: &TypeTable, ty: Ty) -> Result<CaseTy<'_>> {
    let Ty::Def(id) = ty else { return Err(Error::bug("cases of a type without any")) };
    Ok(match types.def(id) {
        TypeDef::Variant(variant) => CaseTy::Variant(variant),
        TypeDef::Enum(names) => CaseTy::Enum(names),
        TypeDef::Option(ty, _) => CaseTy::Option(*ty),
        TypeDef::Result { ok, err, .. } => CaseTy::Result { ok: *ok, err: *err },
        _ => return Err(Error::bug("cases of a type without any")),
    })
}

/// How many alternatives there are.
pub(crate) fn case_count(cases: CaseTy<'_>) -> usize {
    match cases {
        CaseTy::Variant(variant) => variant.cases.len(),
        CaseTy::Enum(names) => names.names.len(),
        CaseTy::Option(_) | CaseTy::Result { .. } => 2,
    }
}

/// The payload type of a case.
pub(crate) fn case_type(cases: CaseTy<'_>, index: u32) -> Option<Ty> {
    match (cases, index) {
        (CaseTy::Variant(variant), index) => variant.cases.get(index as usize).and_then(|(_, ty)| *ty),
        (CaseTy::Option(ty), 1) => Some(ty),
        (CaseTy::Result { ok, .. }, 0) => ok,
        (CaseTy::Result { err, .. }, 1) => err,
        _ => None,
    }
}

/// Where discriminant and payload lie.
pub(crate) fn payload_at(types: &TypeTable, cases: CaseTy<'_>, ty: Ty) -> PayloadAt {
    match (cases, ty) {
        (CaseTy::Variant(variant), _) => variant.at,
        (_, Ty::Def(id)) => match types.def(id) {
            TypeDef::Option(_, at) | TypeDef::Result { at, .. } => *at,
            _ => PayloadAt { discriminant_size: types.size(ty), offset: types.size(ty) },
        },
        _ => PayloadAt { discriminant_size: 1, offset: 1 },
    }
}

#[cold]
fn at_field(error: Error, record: &RecordDef, is_tuple: bool, index: usize) -> Error {
    match record.fields.get(index) {
        Some(field) if !is_tuple => in_field(error, &field.name),
        _ => in_element(error, index),
    }
}

#[cold]
fn in_case(error: Error, cases: CaseTy<'_>, index: u32) -> Error {
    match cases {
        CaseTy::Variant(variant) => match variant.cases.get(index as usize) {
            Some((name, _)) => in_field(error, name),
            None => error,
        },
        CaseTy::Result { .. } => in_field(error, if index == 0 { "ok" } else { "err" }),
        CaseTy::Option(_) | CaseTy::Enum(_) => error,
    }
}

#[cold]
pub(crate) fn unsupported(types: &TypeTable, ty: Ty) -> Error {
    Error::invalid(alloc::format!("values of type {} cannot be passed yet", Display(types, ty)))
}

fn part(flat: &mut [CoreVal], at: usize, len: usize) -> Result<&mut [CoreVal]> {
    flat.get_mut(at..at + len).ok_or_else(|| Error::bug("fewer flat values than the type has"))
}

fn set(flat: &mut [CoreVal], at: usize, bits: u64) -> Result<()> {
    match flat.get_mut(at) {
        Some(slot) => scalar::set(slot, bits),
        None => return Err(Error::bug("fewer flat values than the type has")),
    }
    Ok(())
}

fn set_pair(flat: &mut [CoreVal], ptr: u32, len: u32) -> Result<()> {
    set(flat, 0, u64::from(ptr))?;
    set(flat, 1, u64::from(len))
}

/// Stores the low bytes of a word.
pub(crate) fn store_bits(cx: &mut Cx<'_>, ptr: u32, size: u32, bits: u64) -> Result<()> {
    let memory = cx.memory()?;
    scalar::store(cx.guest.bytes_mut(memory), ptr, size, bits)
}

/// Stores pointer and length.
pub(crate) fn store_pair(cx: &mut Cx<'_>, ptr: u32, data: u32, len: u32) -> Result<()> {
    store_bits(cx, ptr, 8, u64::from(data) | u64::from(len) << 32)
}
