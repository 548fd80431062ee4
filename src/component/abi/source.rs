//! What lowering reads from and what lifting builds: the two traits between the ABI and the forms of values.

use alloc::{string::String, vec::Vec};

use super::Cx;
use crate::{
    component::{
        resource::ResourceAny,
        types::{NamesDef, Prim, RecordDef, Ty, VariantDef},
    },
    error::Result,
};

/// The types that consist of alternatives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CaseTy<'a> {
    Variant(&'a VariantDef),
    Enum(&'a NamesDef),
    /// `none` is case 0, `some` is case 1.
    Option(Ty),
    /// `ok` is case 0, `err` is case 1.
    Result {
        ok: Option<Ty>,
        err: Option<Ty>,
    },
}

/// A value that is read as the type directs: one position within a [`Val`](super::super::value::Val), a payload, or
/// another guest's memory.
///
/// A method fails with [`Kind::Invalid`](crate::Kind::Invalid) and `expected TYPE, found WHAT` when the value does not
/// have that type; the callers put the path before it.
pub(crate) trait Source: Copy {
    /// The value's bits, zero-extended or (signed integers) sign-extended to 64.
    fn prim(self, cx: &mut Cx<'_>, prim: Prim) -> Result<u64>;

    /// Stores the string in the guest; its pointer and tagged code units.
    fn string(self, cx: &mut Cx<'_>) -> Result<(u32, u32)>;

    /// The number of elements of a list or entries of a map.
    fn len(self, cx: &mut Cx<'_>, ty: Ty) -> Result<usize>;

    /// Copies the elements of a list of primitives to `ptr`, where their bytes fit; false if it has to be done one by one.
    fn copy_elements(self, cx: &mut Cx<'_>, list: Ty, element: Prim, ptr: u32) -> Result<bool>;

    /// Element `index` of a list whose element type is `element`.
    fn element(self, cx: &mut Cx<'_>, list: Ty, element: Ty, index: usize) -> Result<Self>;

    /// Entry `index` of a map.
    fn entry(self, cx: &mut Cx<'_>, map: Ty, index: usize) -> Result<(Self, Self)>;

    /// Checks that the value is a record with exactly these fields (options may be absent), or a tuple of that length.
    fn check_fields(self, cx: &mut Cx<'_>, record: &RecordDef, is_tuple: bool) -> Result<()>;

    /// Field `index` of a record or tuple that was checked.
    fn field(self, cx: &mut Cx<'_>, record: &RecordDef, is_tuple: bool, index: usize) -> Result<Self>;

    /// Which case the value is, and its payload if the case has one.
    fn case(self, cx: &mut Cx<'_>, ty: Ty, cases: CaseTy<'_>) -> Result<(u32, Option<Self>)>;

    /// The set flags as bits, the first name lowest.
    fn flags(self, cx: &mut Cx<'_>, names: &NamesDef) -> Result<u32>;

    /// Takes the handle out (`own`) or lends it (`borrow`), and gives it to the guest: the guest's handle or rep.
    fn handle(self, cx: &mut Cx<'_>, ty: Ty) -> Result<u32>;
}

/// Builds values of one form while they are lifted.
pub(crate) trait Sink {
    /// The form of values built.
    type Value;

    /// From bits as [`Source::prim`] gives them; a `char` is already known to be one.
    fn prim(&mut self, prim: Prim, bits: u64) -> Self::Value;
    /// A string.
    fn string(&mut self, text: String) -> Self::Value;
    /// A whole `list<u8>`, or none if it has to be built of elements.
    fn bytes(&mut self, bytes: &[u8]) -> Option<Self::Value>;
    /// A list, also one of fixed length.
    fn list(&mut self, elements: Vec<Self::Value>) -> Self::Value;
    /// A map.
    fn map(&mut self, entries: Vec<(Self::Value, Self::Value)>) -> Self::Value;
    /// A record.
    fn record(&mut self, record: &RecordDef, fields: Vec<Self::Value>) -> Self::Value;
    /// A tuple.
    fn tuple(&mut self, elements: Vec<Self::Value>) -> Self::Value;
    /// Case `index` of a variant, enum, option or result.
    fn case(&mut self, cases: CaseTy<'_>, index: u32, payload: Option<Self::Value>) -> Self::Value;
    /// A set of flags.
    fn flags(&mut self, names: &NamesDef, bits: u32) -> Self::Value;
    /// A handle, now the host's.
    fn handle(&mut self, handle: ResourceAny) -> Result<Self::Value>;
}
