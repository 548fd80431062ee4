//! A guest as source: flat core values or bytes in its memory, read as a type directs.
//!
//! Follows "Flat Lifting" and "Loading" of CanonicalABI.md. Lifting to the host and passing values from guest to guest
//! read through the same methods, so that both check the same things.

use alloc::string::String;

use super::{
    Cx, MAX_BYTES, Options,
    lower::{self, case_count, case_type, payload_at},
    scalar,
    source::{CaseTy, Source},
    string,
};
use crate::{
    component::types::{NamesDef, Prim, RecordDef, Ty, TypeDef, align_to, flags_size},
    engine::CoreVal,
    error::{Error, Result},
};

/// A value in a guest.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct GuestSource<'a> {
    /// The options of the guest that is read; not those of the [`Cx`] when values go from guest to guest.
    pub(crate) options: &'a Options,
    pub(crate) at: At<'a>,
}

/// Where a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'a> {
    Flat(&'a [CoreVal]),
    Memory(u32),
}

impl<'a> GuestSource<'a> {
    fn bytes<'g>(&self, cx: &'g Cx<'_>) -> Result<&'g [u8]> {
        let memory = self.options.memory.ok_or_else(|| Error::bug("a value in memory without the option memory"))?;
        Ok(cx.guest.bytes(memory))
    }

    #[inline]
    fn flat(values: &[CoreVal], index: usize) -> Result<u64> {
        values.get(index).map(scalar::bits).ok_or_else(|| Error::bug("fewer flat values than the type has"))
    }

    #[inline]
    fn bits(&self, cx: &Cx<'_>, size: u32) -> Result<u64> {
        match self.at {
            At::Flat(values) => Self::flat(values, 0),
            At::Memory(ptr) => scalar::load(self.bytes(cx)?, ptr, size),
        }
    }

    /// Pointer and length (or tagged code units).
    fn pair(&self, cx: &Cx<'_>) -> Result<(u32, u32)> {
        match self.at {
            At::Flat(values) => Ok((Self::flat(values, 0)? as u32, Self::flat(values, 1)? as u32)),
            At::Memory(ptr) => {
                let word = scalar::load(self.bytes(cx)?, ptr, 8)?;
                Ok((word as u32, (word >> 32) as u32))
            }
        }
    }

    /// The value at an offset of this one: in flat values past `flat`, in memory `offset` bytes on.
    #[inline]
    pub(crate) fn part(&self, flat: usize, flat_len: usize, offset: u32) -> Result<Self> {
        let at = match self.at {
            At::Flat(values) => At::Flat(
                values.get(flat..flat + flat_len).ok_or_else(|| Error::bug("fewer flat values than the type has"))?,
            ),
            At::Memory(ptr) => At::Memory(ptr + offset),
        };
        Ok(GuestSource { options: self.options, at })
    }

    fn at_memory(&self, ptr: u32) -> Self {
        GuestSource { options: self.options, at: At::Memory(ptr) }
    }

    /// The elements of a list: where they are and how many.
    pub(crate) fn elements(&self, cx: &Cx<'_>, size: u32, align: u32) -> Result<(u32, usize)> {
        let (ptr, len) = self.pair(cx)?;
        let bytes = u64::from(len) * u64::from(size);
        if bytes > MAX_BYTES {
            return Err(Error::abi(alloc::format!(
                "a list of {len} elements of {size} bytes is longer than {MAX_BYTES} bytes"
            )));
        }
        if align_to(ptr, align) != Some(ptr) {
            return Err(Error::abi(alloc::format!("a list's pointer is not aligned: {ptr:#x} to {align}")));
        }
        if u64::from(ptr) + bytes > self.bytes(cx)?.len() as u64 {
            return Err(Error::abi(alloc::format!("a list is out of the memory's bounds: {bytes} bytes at {ptr:#x}")));
        }
        Ok((ptr, len as usize))
    }

    /// The string, for the host.
    pub(crate) fn text(&self, cx: &mut Cx<'_>) -> Result<String> {
        let (ptr, units) = self.pair(cx)?;
        let bytes = self.bytes(cx)?;
        let range = string::range(bytes, ptr, units, self.options.encoding)?;
        let text = string::decode(bytes.get(range.bytes.clone()).unwrap_or_default(), range.form)?;
        let text = text.to_host();
        let len = range.bytes.len() as u64;
        cx.charge_bytes(len)?;
        cx.account(len)?;
        Ok(text)
    }

    /// The raw handle index.
    pub(crate) fn handle_index(&self, cx: &Cx<'_>) -> Result<u32> {
        Ok(self.bits(cx, 4)? as u32)
    }

    fn list_shape(&self, cx: &Cx<'_>, ty: Ty) -> Result<Elements> {
        let Ty::Def(id) = ty else { return Err(Error::bug("a list of a type that is none")) };
        Ok(match cx.types.def(id) {
            TypeDef::List(element) => {
                Elements::Pointed { size: cx.types.size(*element), align: cx.types.align(*element) }
            }
            TypeDef::Map(_, _, at) => Elements::Pointed { size: at.entry_size, align: at.entry_align },
            TypeDef::FixedList(_, len) => Elements::Inline(*len as usize),
            _ => return Err(Error::bug("a list of a type that is none")),
        })
    }

    /// The first element of a list: pointed to, or inline where a list of fixed length is.
    fn first(&self, cx: &Cx<'_>, ty: Ty) -> Result<Self> {
        match self.list_shape(cx, ty)? {
            Elements::Pointed { size, align } => {
                let (ptr, _) = self.elements(cx, size, align)?;
                Ok(self.at_memory(ptr))
            }
            Elements::Inline(_) => Ok(*self),
        }
    }
}

enum Elements {
    Pointed { size: u32, align: u32 },
    Inline(usize),
}

impl Source for GuestSource<'_> {
    #[inline]
    fn prim(self, cx: &mut Cx<'_>, prim: Prim) -> Result<u64> {
        scalar::normalize(prim, self.bits(cx, prim.size())?)
    }

    fn string(self, cx: &mut Cx<'_>) -> Result<(u32, u32)> {
        let (ptr, units) = self.pair(cx)?;
        string::transcode(cx, self.options, ptr, units)
    }

    fn len(self, cx: &mut Cx<'_>, ty: Ty) -> Result<usize> {
        match self.list_shape(cx, ty)? {
            Elements::Pointed { size, align } => Ok(self.elements(cx, size, align)?.1),
            Elements::Inline(len) => Ok(len),
        }
    }

    fn copy_elements(self, cx: &mut Cx<'_>, list: Ty, element: Prim, ptr: u32) -> Result<bool> {
        if matches!(element, Prim::Bool | Prim::Char | Prim::F32 | Prim::F64) {
            // These are checked or made canonical one by one.
            return Ok(false);
        }
        let Elements::Pointed { size, align } = self.list_shape(cx, list)? else { return Ok(false) };
        let (from, len) = self.elements(cx, size, align)?;
        string::copy(cx, self.options, from, ptr, len as u32 * size)?;
        Ok(true)
    }

    fn element(self, cx: &mut Cx<'_>, list: Ty, element: Ty, index: usize) -> Result<Self> {
        let first = self.first(cx, list)?;
        let step = match first.at {
            At::Flat(_) => cx.types.flat_len(element),
            At::Memory(_) => 0,
        };
        first.part(index * step, step, index as u32 * cx.types.size(element))
    }

    fn entry(self, cx: &mut Cx<'_>, map: Ty, index: usize) -> Result<(Self, Self)> {
        let first = self.first(cx, map)?;
        let Ty::Def(id) = map else { return Err(Error::bug("a map of a type that is none")) };
        let (TypeDef::Map(_, _, at), At::Memory(ptr)) = (cx.types.def(id), first.at) else {
            return Err(Error::bug("a map of a type that is none"));
        };
        let entry = ptr + index as u32 * at.entry_size;
        Ok((self.at_memory(entry), self.at_memory(entry + at.value_offset)))
    }

    fn check_fields(self, _: &mut Cx<'_>, _: &RecordDef, _: bool) -> Result<()> {
        Ok(())
    }

    fn field(self, cx: &mut Cx<'_>, record: &RecordDef, _: bool, index: usize) -> Result<Self> {
        let Some(field) = record.fields.get(index) else { return Err(Error::bug("no such field")) };
        match self.at {
            At::Memory(ptr) => Ok(self.at_memory(ptr + field.offset)),
            At::Flat(_) => {
                let before = record.fields.iter().take(index).map(|field| cx.types.flat_len(field.ty)).sum();
                self.part(before, cx.types.flat_len(field.ty), 0)
            }
        }
    }

    fn case(self, cx: &mut Cx<'_>, ty: Ty, cases: CaseTy<'_>) -> Result<(u32, Option<Self>)> {
        let at = payload_at(cx.types, cases, ty);
        let case = self.bits(cx, at.discriminant_size)? as u32;
        if case as usize >= case_count(cases) {
            return Err(Error::abi(alloc::format!("invalid variant discriminant: {case} of {}", case_count(cases))));
        }
        let payload = case_type(cases, case).map(|ty| self.part(1, cx.types.flat_len(ty), at.offset)).transpose()?;
        Ok((case, payload))
    }

    fn flags(self, cx: &mut Cx<'_>, names: &NamesDef) -> Result<u32> {
        let len = names.names.len();
        let bits = self.bits(cx, flags_size(len))? as u32;
        // Bits without a name are dropped.
        Ok(if len >= 32 { bits } else { bits & ((1 << len) - 1) })
    }

    fn handle(self, cx: &mut Cx<'_>, ty: Ty) -> Result<u32> {
        let index = self.handle_index(cx)?;
        let from = Cx { options: self.options, guest: &mut *cx.guest, copier: None, ..*cx }.lift_handle(ty, index)?;
        cx.lower_handle(ty, from.0)
    }
}

/// The parameters or the result of a call, as the fields of a tuple.
#[inline]
pub(crate) fn arguments<'a>(
    cx: &Cx<'_>,
    options: &'a Options,
    flat: &'a [CoreVal],
    is_flat: bool,
    size: u32,
    align: u32,
) -> Result<GuestSource<'a>> {
    if is_flat {
        return Ok(GuestSource { options, at: At::Flat(flat) });
    }
    let ptr = GuestSource::flat(flat, 0)? as u32;
    let memory = options.memory.ok_or_else(|| Error::bug("values in memory without the option memory"))?;
    let len = cx.guest.bytes(memory).len() as u64;
    if align_to(ptr, align) != Some(ptr) {
        return Err(Error::abi(alloc::format!("a pointer to values is not aligned: {ptr:#x} to {align}")));
    }
    if u64::from(ptr) + u64::from(size) > len {
        return Err(Error::abi(alloc::format!("a pointer to values is out of bounds: {size} bytes at {ptr:#x}")));
    }
    Ok(GuestSource { options, at: At::Memory(ptr) })
}

/// Alternatives of a type, for callers outside of lowering.
pub(crate) use lower::cases;
