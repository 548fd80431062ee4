//! The canonical ABI, written once over a source and a sink.
//!
//! Must not await and must not know who implements [`source::Source`] and [`source::Sink`]: typed Rust values, [`Val`],
//! payloads and another guest's memory are lowered by the same functions.
//!
//! [`Val`]: super::value::Val

pub(crate) mod path;
pub(crate) mod source;

/// What lowering works with: the guest that is written to.
#[derive(Debug)]
pub(crate) struct LowerCx<'a> {
    pub(crate) types: &'a super::types::TypeTable,
}

impl LowerCx<'_> {
    /// Stores a string in the guest; its pointer and tagged code units.
    pub(crate) fn store_str(&mut self, _text: &str) -> crate::error::Result<(u32, u32)> {
        Err(crate::error::Error::bug("stub"))
    }

    /// Copies bytes into the guest's memory.
    pub(crate) fn write(&mut self, _ptr: u32, _bytes: &[u8]) -> crate::error::Result<()> {
        Err(crate::error::Error::bug("stub"))
    }
}
