//! Strings between encodings, with the calls of `realloc` that the specification prescribes.
//!
//! Follows `load_string_from_range` and `store_string_into_range` of CanonicalABI.md.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::ops::Range;

use super::{Cx, MAX_BYTES, Options};
use crate::{
    component::plan::StringEncoding,
    engine::CoreVal,
    error::{Error, Result},
};

/// Set in a length when a compact string is UTF-16.
const UTF16_TAG: u32 = 1 << 31;

/// What the bytes of one string are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Utf8,
    Utf16,
    Latin1,
}

/// Where a string lies, checked against alignment and memory.
#[derive(Clone, Debug)]
pub(crate) struct TextRange {
    pub(crate) bytes: Range<usize>,
    pub(crate) form: Form,
}

/// A decoded string.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Utf8(&'a str),
    /// Code units without lone surrogates.
    Utf16(Cow<'a, [u16]>),
    Latin1(&'a [u8]),
}

impl Text<'_> {
    /// Code units in the string's own form.
    fn units(&self) -> usize {
        match self {
            Text::Utf8(text) => text.len(),
            Text::Utf16(units) => units.len(),
            Text::Latin1(bytes) => bytes.len(),
        }
    }

    pub(crate) fn to_host(&self) -> String {
        match self {
            Text::Utf8(text) => String::from(*text),
            Text::Utf16(units) => String::from_utf16_lossy(units),
            Text::Latin1(bytes) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    }

    fn to_utf16(&self) -> Vec<u16> {
        match self {
            Text::Utf8(text) => text.encode_utf16().collect(),
            Text::Utf16(units) => units.to_vec(),
            Text::Latin1(bytes) => bytes.iter().map(|byte| u16::from(*byte)).collect(),
        }
    }

    /// Latin-1 bytes up to the first character that has none.
    fn latin1_prefix(&self) -> Vec<u8> {
        match self {
            Text::Utf8(text) => text.chars().map_while(|char| u8::try_from(u32::from(char)).ok()).collect(),
            Text::Utf16(units) => units.iter().map_while(|unit| u8::try_from(*unit).ok()).collect(),
            Text::Latin1(bytes) => bytes.to_vec(),
        }
    }

    /// How many of the first characters are ASCII.
    fn ascii_prefix(&self) -> usize {
        match self {
            Text::Utf8(text) => text.bytes().take_while(u8::is_ascii).count(),
            Text::Utf16(units) => units.iter().take_while(|unit| **unit < 0x80).count(),
            Text::Latin1(bytes) => bytes.iter().take_while(|byte| byte.is_ascii()).count(),
        }
    }
}

/// Checks where a string is.
///
/// # Errors
///
/// If it is too long, misaligned or out of bounds.
pub(crate) fn range(memory: &[u8], ptr: u32, units: u32, encoding: StringEncoding) -> Result<TextRange> {
    let (form, align, len) = match encoding {
        StringEncoding::Utf8 => (Form::Utf8, 1, u64::from(units)),
        StringEncoding::Utf16 => (Form::Utf16, 2, u64::from(units) * 2),
        StringEncoding::CompactUtf16 if units & UTF16_TAG != 0 => (Form::Utf16, 2, u64::from(units ^ UTF16_TAG) * 2),
        StringEncoding::CompactUtf16 => (Form::Latin1, 2, u64::from(units)),
    };
    if len > MAX_BYTES {
        return Err(Error::abi(alloc::format!("a string of {len} bytes is longer than {MAX_BYTES} bytes")));
    }
    if !ptr.is_multiple_of(align) {
        return Err(Error::abi(alloc::format!("a string's pointer is not aligned: {ptr:#x} to {align}")));
    }
    if u64::from(ptr) + len > memory.len() as u64 {
        return Err(Error::abi(alloc::format!("a string is out of the memory's bounds: {len} bytes at {ptr:#x}")));
    }
    let start = ptr as usize;
    Ok(TextRange { bytes: start..start + len as usize, form })
}

/// Decodes a string's bytes.
///
/// # Errors
///
/// If they are no valid UTF-8, or UTF-16 with lone surrogates.
pub(crate) fn decode(bytes: &[u8], form: Form) -> Result<Text<'_>> {
    Ok(match form {
        Form::Utf8 => Text::Utf8(core::str::from_utf8(bytes).map_err(|error| {
            Error::abi(alloc::format!("a string is not valid UTF-8 (at byte {})", error.valid_up_to()))
        })?),
        Form::Latin1 => Text::Latin1(bytes),
        Form::Utf16 => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| pair.iter().rev().fold(0, |unit, byte| unit << 8 | u16::from(*byte)))
                .collect();
            if let Some(index) = char::decode_utf16(units.iter().copied()).position(|char| char.is_err()) {
                return Err(Error::abi(alloc::format!("a string is not valid UTF-16 (character {index})")));
            }
            Text::Utf16(Cow::Owned(units))
        }
    })
}

/// Stores a string that the host has decoded; its pointer and tagged code units.
pub(crate) fn store(cx: &mut Cx<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let units = text.units();
    if units as u64 > MAX_BYTES {
        return Err(Error::abi(alloc::format!("a string of {units} code units is longer than {MAX_BYTES} bytes")));
    }
    cx.charge_bytes(units as u64)?;
    match (cx.options.encoding, text) {
        (StringEncoding::Utf8, Text::Utf8(text)) => store_copy(cx, text.as_bytes(), 1, units),
        (StringEncoding::Utf8, Text::Utf16(_)) => store_to_utf8(cx, text, 3),
        (StringEncoding::Utf8, Text::Latin1(_)) => store_to_utf8(cx, text, 2),
        (StringEncoding::Utf16, Text::Utf8(_)) => store_utf8_to_utf16(cx, text),
        (StringEncoding::Utf16, Text::Utf16(_) | Text::Latin1(_)) => {
            store_copy(cx, &le_bytes(&text.to_utf16()), 2, units)
        }
        (StringEncoding::CompactUtf16, Text::Latin1(bytes)) => store_copy(cx, bytes, 2, units),
        (StringEncoding::CompactUtf16, Text::Utf8(_) | Text::Utf16(_)) => store_to_latin1_or_utf16(cx, text),
    }
}

/// Passes a string from one guest to another.
pub(crate) fn transcode(cx: &mut Cx<'_>, from: &Options, ptr: u32, units: u32) -> Result<(u32, u32)> {
    let memory = from.memory.ok_or_else(|| Error::bug("a string without the option memory"))?;
    let bytes = cx.guest.bytes(memory);
    let range = range(bytes, ptr, units, from.encoding)?;
    let source = bytes.get(range.bytes.clone()).unwrap_or_default();
    if range.form == Form::Utf8 && cx.options.encoding == StringEncoding::Utf8 {
        // The common case is checked where it lies and copied once.
        decode(source, range.form)?;
        cx.charge_bytes(source.len() as u64)?;
        let to = cx.alloc(1, units)?;
        copy(cx, from, ptr, to, units)?;
        return Ok((to, units));
    }
    // The decoded form must not borrow the memory that is about to be written to.
    let source = Vec::from(source);
    let text = decode(&source, range.form)?;
    if let (StringEncoding::CompactUtf16, StringEncoding::CompactUtf16, Text::Utf16(_)) =
        (from.encoding, cx.options.encoding, &text)
    {
        cx.charge_bytes(source.len() as u64)?;
        return store_probably_utf16(cx, &text);
    }
    store(cx, &text)
}

/// Copies bytes from another guest's memory to this one's.
pub(crate) fn copy(cx: &mut Cx<'_>, from: &Options, source: u32, to: u32, len: u32) -> Result<()> {
    if let Some(copier) = cx.copier {
        let args = [to, source, len].map(|arg| CoreVal::I32(arg as i32));
        return cx.guest.call_plain(copier, &args, &mut []);
    }
    let memory = from.memory.ok_or_else(|| Error::bug("bytes without the option memory"))?;
    let start = source as usize;
    let bytes = cx.guest.bytes(memory).get(start..start + len as usize);
    let bytes = Vec::from(bytes.ok_or_else(|| Error::abi("a copy is out of the memory's bounds"))?);
    cx.write(to, &bytes)
}

fn le_bytes(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

/// `store_string_copy`: the code units are known before.
fn store_copy(cx: &mut Cx<'_>, bytes: &[u8], align: u32, units: usize) -> Result<(u32, u32)> {
    let ptr = cx.alloc(align, bytes.len() as u32)?;
    cx.write(ptr, bytes)?;
    Ok((ptr, units as u32))
}

/// `store_string_to_utf8`: room for ASCII first, for the worst case at the first other character.
fn store_to_utf8(cx: &mut Cx<'_>, text: &Text<'_>, worst: u32) -> Result<(u32, u32)> {
    let units = text.units() as u32;
    let ptr = cx.alloc(1, units)?;
    let host = text.to_host();
    let encoded = host.as_bytes();
    let ascii = text.ascii_prefix();
    cx.write(ptr, encoded.get(..ascii).unwrap_or_default())?;
    if ascii == units as usize {
        return Ok((ptr, units));
    }
    let worst_size = units * worst;
    let mut ptr = cx.realloc(ptr, units, 1, worst_size)?;
    cx.write(ptr + ascii as u32, encoded.get(ascii..).unwrap_or_default())?;
    let len = encoded.len() as u32;
    if worst_size > len {
        ptr = cx.realloc(ptr, worst_size, 1, len)?;
    }
    Ok((ptr, len))
}

/// `store_utf8_to_utf16`.
fn store_utf8_to_utf16(cx: &mut Cx<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let worst_size = 2 * text.units() as u32;
    let mut ptr = cx.alloc(2, worst_size)?;
    let units = text.to_utf16();
    let encoded = le_bytes(&units);
    cx.write(ptr, &encoded)?;
    let len = encoded.len() as u32;
    if len < worst_size {
        ptr = cx.realloc(ptr, worst_size, 2, len)?;
    }
    Ok((ptr, units.len() as u32))
}

/// `store_string_to_latin1_or_utf16`: Latin-1 until a character has none.
fn store_to_latin1_or_utf16(cx: &mut Cx<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let source_units = text.units() as u32;
    let mut ptr = cx.alloc(2, source_units)?;
    let latin1 = text.latin1_prefix();
    let is_whole = match text {
        Text::Utf8(text) => text.chars().count() == latin1.len(),
        Text::Utf16(units) => units.len() == latin1.len(),
        Text::Latin1(_) => true,
    };
    if is_whole {
        cx.write(ptr, &latin1)?;
        let len = latin1.len() as u32;
        if len < source_units {
            ptr = cx.realloc(ptr, source_units, 2, len)?;
        }
        return Ok((ptr, len));
    }
    let worst_size = 2 * source_units;
    ptr = cx.realloc(ptr, source_units, 2, worst_size)?;
    let units = text.to_utf16();
    let encoded = le_bytes(&units);
    cx.write(ptr, &encoded)?;
    let len = encoded.len() as u32;
    if worst_size > len {
        ptr = cx.realloc(ptr, worst_size, 2, len)?;
    }
    Ok((ptr, units.len() as u32 | UTF16_TAG))
}

/// `store_probably_utf16_to_latin1_or_utf16`.
fn store_probably_utf16(cx: &mut Cx<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let encoded = le_bytes(&text.to_utf16());
    let size = encoded.len() as u32;
    let ptr = cx.alloc(2, size)?;
    cx.write(ptr, &encoded)?;
    let latin1 = text.latin1_prefix();
    if latin1.len() < text.units() {
        return Ok((ptr, text.units() as u32 | UTF16_TAG));
    }
    cx.write(ptr, &latin1)?;
    let len = latin1.len() as u32;
    let ptr = cx.realloc(ptr, size, 1, len)?;
    Ok((ptr, len))
}
