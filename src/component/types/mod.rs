//! Component types: the table that calls work with, and the reflection that embedders see.

mod reflect;
mod table;
mod text;

pub use reflect::{
    Enum, FixedList, Flags, FuncType, List, Map, OptionType, Record, ResourceHandle, ResultType, StreamType, Tuple,
    Type, Variant,
};
pub use table::Prim;
#[doc(hidden)]
pub use table::{DefId, FieldDef, Ty};
pub(crate) use table::{
    FlatTy, FuncDef, FuncTyId, MAX_FLAT_PARAMS, NamesDef, PayloadAt, RecordDef, ResourceId, TypeDef, TypeTable,
    VariantDef, align_to, flags_size,
};
pub(crate) use text::{Display, join_names, write_type};
