//! The canonical ABI, written once over a source and a sink.
//!
//! Must not await and must not know who implements [`source::Source`] and [`source::Sink`]: typed Rust values, [`Val`],
//! payloads and another guest's memory are lowered by the same functions.
//!
//! [`Val`]: super::value::Val

pub(crate) mod source;

/// What lowering works with: the guest that is written to.
#[derive(Debug)]
pub(crate) struct LowerCx<'a> {
    pub(crate) types: &'a super::types::TypeTable,
}
