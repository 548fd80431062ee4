//! Primitive values as bits: between core values, memory and the 64 bits that sources and sinks exchange.
//!
//! Follows "Loading" and "Storing" of CanonicalABI.md for types without pointers. A NaN is made canonical on its way in
//! and out, so that runs repeat.

use crate::{
    component::types::{FlatTy, Prim},
    engine::{CoreVal, F32, F64},
    error::{Error, Result},
};

const CANONICAL_NAN32: u32 = 0x7fc0_0000;
const CANONICAL_NAN64: u64 = 0x7ff8_0000_0000_0000;

/// Brings bits that a guest gave into the form that [`Prim`] has: narrowed, extended, checked.
#[inline]
pub(crate) fn normalize(prim: Prim, bits: u64) -> Result<u64> {
    Ok(match prim {
        Prim::Bool => u64::from(bits as u32 != 0),
        Prim::S8 => bits as i8 as u64,
        Prim::U8 => u64::from(bits as u8),
        Prim::S16 => bits as i16 as u64,
        Prim::U16 => u64::from(bits as u16),
        Prim::S32 => bits as i32 as u64,
        Prim::U32 => u64::from(bits as u32),
        Prim::S64 | Prim::U64 => bits,
        Prim::F32 => u64::from(canonical_f32(bits as u32)),
        Prim::F64 => canonical_f64(bits),
        Prim::Char => match char::from_u32(bits as u32) {
            Some(char) => u64::from(u32::from(char)),
            None => return Err(Error::abi(alloc::format!("{:#x} is no Unicode scalar value", bits as u32))),
        },
    })
}

#[inline]
fn canonical_f32(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() { CANONICAL_NAN32 } else { bits }
}

#[inline]
fn canonical_f64(bits: u64) -> u64 {
    if f64::from_bits(bits).is_nan() { CANONICAL_NAN64 } else { bits }
}

/// The bits of a float, NaN made canonical.
#[inline]
pub(crate) fn canonical_f32_bits(value: f32) -> u64 {
    u64::from(canonical_f32(value.to_bits()))
}

/// The bits of a float, NaN made canonical.
#[inline]
pub(crate) fn canonical_f64_bits(value: f64) -> u64 {
    canonical_f64(value.to_bits())
}

/// The bits of a core value.
#[inline]
pub(crate) fn bits(value: &CoreVal) -> u64 {
    match value {
        CoreVal::I32(value) => u64::from(*value as u32),
        CoreVal::I64(value) => *value as u64,
        CoreVal::F32(value) => u64::from(value.to_bits()),
        CoreVal::F64(value) => value.to_bits(),
        // Canonical functions have no other types.
        _ => 0,
    }
}

/// Sets a core value, whose type stays: bits go into wider types as variants join them.
#[inline]
pub(crate) fn set(slot: &mut CoreVal, bits: u64) {
    *slot = match slot {
        CoreVal::I64(_) => CoreVal::I64(bits as i64),
        CoreVal::F32(_) => CoreVal::F32(F32::from_bits(bits as u32)),
        CoreVal::F64(_) => CoreVal::F64(F64::from_bits(bits)),
        _ => CoreVal::I32(bits as i32),
    };
}

/// The core value of a flat type that has these bits.
#[inline]
pub(crate) fn value(ty: FlatTy, bits: u64) -> CoreVal {
    let mut value = zero(ty);
    set(&mut value, bits);
    value
}

/// A zero of a flat type: what unused flat values are.
#[inline]
pub(crate) fn zero(ty: FlatTy) -> CoreVal {
    match ty {
        FlatTy::I32 => CoreVal::I32(0),
        FlatTy::I64 => CoreVal::I64(0),
        FlatTy::F32 => CoreVal::F32(F32::from_bits(0)),
        FlatTy::F64 => CoreVal::F64(F64::from_bits(0)),
    }
}

/// Reads `size` bytes at `ptr`, little-endian.
#[inline]
pub(crate) fn load(bytes: &[u8], ptr: u32, size: u32) -> Result<u64> {
    let ptr = ptr as usize;
    let Some(place) = bytes.get(ptr..ptr.saturating_add(size as usize)) else {
        return Err(Error::abi(alloc::format!("{size} bytes at {ptr:#x} are out of the memory's bounds")));
    };
    let mut word = [0; 8];
    if let Some(low) = word.get_mut(..place.len()) {
        low.copy_from_slice(place);
    }
    Ok(u64::from_le_bytes(word))
}

/// Writes the low `size` bytes at `ptr`, little-endian.
#[inline]
pub(crate) fn store(bytes: &mut [u8], ptr: u32, size: u32, bits: u64) -> Result<()> {
    let ptr = ptr as usize;
    match (bytes.get_mut(ptr..ptr.saturating_add(size as usize)), bits.to_le_bytes().get(..size as usize)) {
        (Some(place), Some(word)) => place.copy_from_slice(word),
        _ => return Err(Error::abi(alloc::format!("{size} bytes at {ptr:#x} are out of the memory's bounds"))),
    }
    Ok(())
}
