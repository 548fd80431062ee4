//! Types with their canonical layout.
//!
//! A [`TypeTable`] holds the types of one component, each structure once, with size, alignment, offsets and flat form
//! already computed: nothing is laid out while a call runs. Follows the sections "Alignment", "Element Size" and
//! "Flattening" of CanonicalABI.md.

use alloc::{boxed::Box, collections::BTreeMap, vec, vec::Vec};

use crate::error::{Error, Result};

/// Parameters that are passed flat; one more and all go through memory.
pub(crate) const MAX_FLAT_PARAMS: usize = 16;
/// Results that are returned flat; one more and all go through memory.
pub(crate) const MAX_FLAT_RESULTS: usize = 1;

/// A value type of fixed size that needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are the specification's names")]
pub enum Prim {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
}

impl Prim {
    /// Size in bytes, which is the alignment too.
    pub(crate) const fn size(self) -> u32 {
        match self {
            Prim::Bool | Prim::S8 | Prim::U8 => 1,
            Prim::S16 | Prim::U16 => 2,
            Prim::S32 | Prim::U32 | Prim::F32 | Prim::Char => 4,
            Prim::S64 | Prim::U64 | Prim::F64 => 8,
        }
    }

    pub(crate) const fn flat(self) -> FlatTy {
        match self {
            Prim::S64 | Prim::U64 => FlatTy::I64,
            Prim::F32 => FlatTy::F32,
            Prim::F64 => FlatTy::F64,
            _ => FlatTy::I32,
        }
    }

    /// The WIT keyword.
    pub(crate) const fn keyword(self) -> &'static str {
        match self {
            Prim::Bool => "bool",
            Prim::S8 => "s8",
            Prim::U8 => "u8",
            Prim::S16 => "s16",
            Prim::U16 => "u16",
            Prim::S32 => "s32",
            Prim::U32 => "u32",
            Prim::S64 => "s64",
            Prim::U64 => "u64",
            Prim::F32 => "f32",
            Prim::F64 => "f64",
            Prim::Char => "char",
        }
    }
}

/// The core type of one flat value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FlatTy {
    I32,
    I64,
    F32,
    F64,
}

impl FlatTy {
    /// The type that holds both, as `join` in CanonicalABI.md.
    fn join(self, other: FlatTy) -> FlatTy {
        match (self, other) {
            (a, b) if a == b => a,
            (FlatTy::I32, FlatTy::F32) | (FlatTy::F32, FlatTy::I32) => FlatTy::I32,
            _ => FlatTy::I64,
        }
    }
}

/// A type: a primitive, or a definition in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(hidden)]
pub enum Ty {
    Prim(Prim),
    String,
    ErrorContext,
    Def(DefId),
}

/// Index of a definition in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(hidden)]
pub struct DefId(pub(crate) u32);

/// Index of a function type in a [`TypeTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FuncTyId(pub(crate) u32);

/// Index of a resource type in a plan: imported or defined, one for each definition that instantiation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ResourceId(pub(crate) u32);

/// The structure of a defined type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TypeDef {
    List(Ty),
    FixedList(Ty, u32),
    Map(Ty, Ty, FieldAt),
    Record(RecordDef),
    Tuple(TupleDef),
    Variant(VariantDef),
    Enum(NamesDef),
    Option(Ty, PayloadAt),
    Result { ok: Option<Ty>, err: Option<Ty>, at: PayloadAt },
    Flags(NamesDef),
    Own(ResourceId),
    Borrow(ResourceId),
    Stream(Option<Ty>),
    Future(Option<Ty>),
}

/// Where the second part of a map's entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldAt {
    /// Byte offset of the value within an entry.
    pub(crate) value_offset: u32,
    /// Bytes from one entry to the next.
    pub(crate) entry_size: u32,
    pub(crate) entry_align: u32,
}

/// Where the payload of a variant lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PayloadAt {
    /// Bytes of the discriminant: 1, 2 or 4.
    pub(crate) discriminant_size: u32,
    /// Byte offset of every case's payload.
    pub(crate) offset: u32,
}

/// A field of a record or tuple.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[doc(hidden)]
pub struct FieldDef {
    pub(crate) name: Box<str>,
    pub(crate) ty: Ty,
    /// Byte offset in memory.
    pub(crate) offset: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordDef {
    pub(crate) fields: Box<[FieldDef]>,
}

/// A tuple is a record whose fields are named "0", "1" and so on.
pub(crate) type TupleDef = RecordDef;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VariantDef {
    pub(crate) cases: Box<[(Box<str>, Option<Ty>)]>,
    pub(crate) at: PayloadAt,
}

/// The labels of an enum or of flags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NamesDef {
    pub(crate) names: Box<[Box<str>]>,
}

/// What memory and the core signature see of a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layout {
    /// Bytes of one element.
    pub(crate) size: u32,
    pub(crate) align: u32,
    /// The flat form; none when it is longer than [`MAX_FLAT_PARAMS`], for then it is never used.
    pub(crate) flat: Option<Box<[FlatTy]>>,
    /// How deep types nest in it: walks over values recurse as deep.
    depth: u32,
}

/// Types that nest deeper are refused.
const MAX_DEPTH: u32 = 100;

/// The type of a component function with everything a call needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FuncDef {
    pub(crate) is_async: bool,
    /// The parameters as the fields of the tuple that they are when they go through memory.
    pub(crate) params: RecordDef,
    pub(crate) params_layout: Layout,
    pub(crate) result: Option<Ty>,
    pub(crate) result_layout: Layout,
    /// Whether a parameter contains a borrow, so that calls have to keep books of lends.
    pub(crate) has_borrows: bool,
}

impl FuncDef {
    /// The flat parameter types, or none if the parameters go through memory.
    pub(crate) fn flat_params(&self) -> Option<&[FlatTy]> {
        self.params_layout.flat.as_deref()
    }

    /// How many flat values the parameters are: one if they go through memory.
    pub(crate) fn flat_param_count(&self) -> usize {
        self.flat_params().map_or(1, <[FlatTy]>::len)
    }

    /// The flat result types, or none if the result goes through memory.
    pub(crate) fn flat_results(&self) -> Option<&[FlatTy]> {
        self.result_layout.flat.as_deref().filter(|flat| flat.len() <= MAX_FLAT_RESULTS)
    }
}

/// All types of one component.
#[derive(Debug, Default)]
pub(crate) struct TypeTable {
    defs: Vec<TypeDef>,
    layouts: Vec<Layout>,
    funcs: Vec<FuncDef>,
    interned: BTreeMap<TypeDef, DefId>,
    interned_funcs: BTreeMap<FuncDef, FuncTyId>,
}

impl TypeTable {
    pub(crate) fn def(&self, id: DefId) -> &TypeDef {
        &self.defs[id.0 as usize]
    }

    pub(crate) fn func(&self, id: FuncTyId) -> &FuncDef {
        &self.funcs[id.0 as usize]
    }

    /// Size in bytes of a value in memory.
    pub(crate) fn size(&self, ty: Ty) -> u32 {
        match ty {
            Ty::Prim(prim) => prim.size(),
            Ty::String => 8,
            Ty::ErrorContext => 4,
            Ty::Def(id) => self.layouts[id.0 as usize].size,
        }
    }

    /// Alignment in bytes of a value in memory.
    pub(crate) fn align(&self, ty: Ty) -> u32 {
        match ty {
            Ty::Prim(prim) => prim.size(),
            Ty::String | Ty::ErrorContext => 4,
            Ty::Def(id) => self.layouts[id.0 as usize].align,
        }
    }

    /// The flat form, if it is short enough to be used.
    #[inline]
    pub(crate) fn flat(&self, ty: Ty) -> Option<&[FlatTy]> {
        const I32: &[FlatTy] = &[FlatTy::I32];
        const I64: &[FlatTy] = &[FlatTy::I64];
        const F32: &[FlatTy] = &[FlatTy::F32];
        const F64: &[FlatTy] = &[FlatTy::F64];
        const PAIR: &[FlatTy] = &[FlatTy::I32, FlatTy::I32];
        match ty {
            Ty::Prim(prim) => Some(match prim.flat() {
                FlatTy::I32 => I32,
                FlatTy::I64 => I64,
                FlatTy::F32 => F32,
                FlatTy::F64 => F64,
            }),
            Ty::String => Some(PAIR),
            Ty::ErrorContext => Some(I32),
            Ty::Def(id) => self.layouts[id.0 as usize].flat.as_deref(),
        }
    }

    /// How many flat values a type has; only asked of types whose flat form is used.
    #[inline]
    pub(crate) fn flat_len(&self, ty: Ty) -> usize {
        self.flat(ty).map_or(MAX_FLAT_PARAMS + 1, <[FlatTy]>::len)
    }

    /// The ID of a type definition, the same for equal structures.
    pub(crate) fn intern(&mut self, def: TypeDef) -> Result<Ty> {
        if let Some(&id) = self.interned.get(&def) {
            return Ok(Ty::Def(id));
        }
        let layout = self.layout(&def)?;
        if layout.depth > MAX_DEPTH {
            return Err(Error::malformed(alloc::format!("types nest deeper than {MAX_DEPTH}")));
        }
        let id = DefId(u32::try_from(self.defs.len()).map_err(|_| Error::malformed("too many types"))?);
        self.defs.push(def.clone());
        self.layouts.push(layout);
        self.interned.insert(def, id);
        Ok(Ty::Def(id))
    }

    /// The record of these fields, with offsets.
    pub(crate) fn record(&self, fields: impl IntoIterator<Item = (Box<str>, Ty)>) -> Result<RecordDef> {
        let mut end = 0;
        let mut defs = Vec::new();
        for (name, ty) in fields {
            let offset = align_to(end, self.align(ty)).ok_or_else(too_large)?;
            end = offset.checked_add(self.size(ty)).ok_or_else(too_large)?;
            defs.push(FieldDef { name, ty, offset });
        }
        Ok(RecordDef { fields: defs.into() })
    }

    /// The record of these types under the names "0", "1" and so on.
    pub(crate) fn tuple(&self, types: impl IntoIterator<Item = Ty>) -> Result<TupleDef> {
        self.record(types.into_iter().enumerate().map(|(index, ty)| (alloc::format!("{index}").into(), ty)))
    }

    /// Where the payload lies in a variant of `len` cases with these payloads.
    pub(crate) fn payload_at(&self, len: usize, payloads: impl IntoIterator<Item = Ty>) -> PayloadAt {
        let discriminant_size = match len {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        let align = payloads.into_iter().map(|ty| self.align(ty)).max().unwrap_or(1);
        PayloadAt { discriminant_size, offset: align.max(discriminant_size) }
    }

    /// Where keys and values lie in a map's entries.
    pub(crate) fn entry_at(&self, key: Ty, value: Ty) -> Result<FieldAt> {
        let record = self.tuple([key, value])?;
        let layout = self.record_layout(&record)?;
        let value_offset = record.fields.get(1).map_or(0, |field| field.offset);
        Ok(FieldAt { value_offset, entry_size: layout.size, entry_align: layout.align })
    }

    /// Adds a function type.
    pub(crate) fn add_func(
        &mut self,
        is_async: bool,
        params: impl IntoIterator<Item = (Box<str>, Ty)>,
        result: Option<Ty>,
    ) -> Result<FuncTyId> {
        let params = self.record(params)?;
        let params_layout = self.record_layout(&params)?;
        let result_layout = self.record_layout(&self.tuple(result)?)?;
        let has_borrows = params.fields.iter().any(|field| self.contains_borrow(field.ty));
        let func = FuncDef { is_async, params, params_layout, result, result_layout, has_borrows };
        if let Some(&id) = self.interned_funcs.get(&func) {
            return Ok(id);
        }
        let id = FuncTyId(u32::try_from(self.funcs.len()).map_err(|_| Error::malformed("too many function types"))?);
        self.funcs.push(func.clone());
        self.interned_funcs.insert(func, id);
        Ok(id)
    }

    /// Whether a borrow is anywhere in a type.
    pub(crate) fn contains_borrow(&self, ty: Ty) -> bool {
        let Ty::Def(id) = ty else { return false };
        match self.def(id) {
            TypeDef::Borrow(_) => true,
            TypeDef::List(ty) | TypeDef::FixedList(ty, _) | TypeDef::Option(ty, _) => self.contains_borrow(*ty),
            TypeDef::Map(key, value, _) => self.contains_borrow(*key) || self.contains_borrow(*value),
            TypeDef::Record(record) | TypeDef::Tuple(record) => {
                record.fields.iter().any(|field| self.contains_borrow(field.ty))
            }
            TypeDef::Variant(variant) => {
                variant.cases.iter().filter_map(|(_, ty)| *ty).any(|ty| self.contains_borrow(ty))
            }
            TypeDef::Result { ok, err, .. } => ok.iter().chain(err).any(|ty| self.contains_borrow(*ty)),
            TypeDef::Enum(_) | TypeDef::Flags(_) | TypeDef::Own(_) | TypeDef::Stream(_) | TypeDef::Future(_) => false,
        }
    }

    fn depth(&self, ty: Ty) -> u32 {
        match ty {
            Ty::Def(id) => self.layouts[id.0 as usize].depth,
            _ => 0,
        }
    }

    fn layout(&self, def: &TypeDef) -> Result<Layout> {
        let scalar = |size| Layout { size, align: size, flat: Some([FlatTy::I32].into()), depth: 1 };
        Ok(match def {
            TypeDef::List(ty) => self.pointer_layout(self.depth(*ty)),
            TypeDef::Map(key, value, _) => self.pointer_layout(self.depth(*key).max(self.depth(*value))),
            TypeDef::FixedList(ty, len) => {
                let size = self.size(*ty).checked_mul(*len).ok_or_else(too_large)?;
                let one = self.flat(*ty).map(<[FlatTy]>::len);
                let flat = one.filter(|one| one.saturating_mul(*len as usize) <= MAX_FLAT_PARAMS);
                let flat = flat.and_then(|_| self.flat(*ty)).map(|one| one.repeat(*len as usize).into());
                Layout { size, align: self.align(*ty), flat, depth: self.depth(*ty) + 1 }
            }
            TypeDef::Record(record) | TypeDef::Tuple(record) => self.record_layout(record)?,
            TypeDef::Variant(variant) => {
                self.variant_layout(variant.at, variant.cases.iter().map(|(_, payload)| *payload))?
            }
            TypeDef::Enum(names) => scalar(self.payload_at(names.names.len(), []).discriminant_size),
            TypeDef::Option(ty, at) => self.variant_layout(*at, [None, Some(*ty)])?,
            TypeDef::Result { ok, err, at } => self.variant_layout(*at, [*ok, *err])?,
            TypeDef::Flags(names) => scalar(flags_size(names.names.len())),
            TypeDef::Own(_) | TypeDef::Borrow(_) | TypeDef::Stream(_) | TypeDef::Future(_) => scalar(4),
        })
    }

    /// A pointer and a length, of elements that nest `depth` deep.
    fn pointer_layout(&self, depth: u32) -> Layout {
        Layout { size: 8, align: 4, flat: Some([FlatTy::I32, FlatTy::I32].into()), depth: depth + 1 }
    }

    fn record_layout(&self, record: &RecordDef) -> Result<Layout> {
        let mut align = 1;
        let mut end = 0;
        let mut depth = 0;
        let mut flat = Some(Vec::new());
        for field in &record.fields {
            align = align.max(self.align(field.ty));
            depth = depth.max(self.depth(field.ty));
            end = field.offset.checked_add(self.size(field.ty)).ok_or_else(too_large)?;
            flat = flat.zip(self.flat(field.ty)).map(|(mut all, more)| {
                all.extend_from_slice(more);
                all
            });
            flat = flat.filter(|all| all.len() <= MAX_FLAT_PARAMS);
        }
        let size = align_to(end, align).ok_or_else(too_large)?;
        Ok(Layout { size, align, flat: flat.map(Into::into), depth: depth + 1 })
    }

    fn variant_layout(&self, at: PayloadAt, cases: impl IntoIterator<Item = Option<Ty>>) -> Result<Layout> {
        let mut align = at.discriminant_size;
        let mut end = at.offset;
        let mut flat = Some(vec![FlatTy::I32]);
        let mut depth = 0;
        let mut any = false;
        for ty in cases.into_iter().flatten() {
            any = true;
            depth = depth.max(self.depth(ty));
            align = align.max(self.align(ty));
            end = end.max(at.offset.checked_add(self.size(ty)).ok_or_else(too_large)?);
            flat = flat.zip(self.flat(ty)).map(|(mut all, more)| {
                for (index, &ty) in more.iter().enumerate() {
                    match all.get_mut(index + 1) {
                        Some(slot) => *slot = slot.join(ty),
                        None => all.push(ty),
                    }
                }
                all
            });
            flat = flat.filter(|all| all.len() <= MAX_FLAT_PARAMS);
        }
        let end = if any { end } else { at.discriminant_size };
        let size = align_to(end, align).ok_or_else(too_large)?;
        Ok(Layout { size, align, flat: flat.map(Into::into), depth: depth + 1 })
    }
}

/// Bytes of a set of `len` flags.
pub(crate) const fn flags_size(len: usize) -> u32 {
    match len {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// The next multiple of `align`, a power of two.
pub(crate) const fn align_to(offset: u32, align: u32) -> Option<u32> {
    match offset.checked_add(align - 1) {
        Some(end) => Some(end & !(align - 1)),
        None => None,
    }
}

fn too_large() -> Error {
    Error::malformed("a type is larger than the canonical ABI allows")
}

/// Whether two types have the same structure, resources compared by `same`.
pub(crate) fn equal(
    left: &TypeTable,
    a: Ty,
    right: &TypeTable,
    b: Ty,
    same: &mut dyn FnMut(ResourceId, ResourceId) -> bool,
) -> bool {
    let (Ty::Def(a), Ty::Def(b)) = (a, b) else { return a == b };
    let mut both = |a: Ty, b: Ty| equal(left, a, right, b, same);
    let mut optional = |a: &Option<Ty>, b: &Option<Ty>| match (a, b) {
        (Some(a), Some(b)) => both(*a, *b),
        (a, b) => a.is_none() && b.is_none(),
    };
    match (left.def(a), right.def(b)) {
        (TypeDef::List(a), TypeDef::List(b)) | (TypeDef::Option(a, _), TypeDef::Option(b, _)) => both(*a, *b),
        (TypeDef::FixedList(a, n), TypeDef::FixedList(b, m)) => n == m && both(*a, *b),
        (TypeDef::Map(k, v, _), TypeDef::Map(l, w, _)) => both(*k, *l) && both(*v, *w),
        (TypeDef::Record(a), TypeDef::Record(b)) | (TypeDef::Tuple(a), TypeDef::Tuple(b)) => {
            a.fields.len() == b.fields.len()
                && a.fields.iter().zip(&b.fields).all(|(a, b)| a.name == b.name && both(a.ty, b.ty))
        }
        (TypeDef::Variant(a), TypeDef::Variant(b)) => {
            a.cases.len() == b.cases.len()
                && a.cases.iter().zip(&b.cases).all(|((n, a), (m, b))| n == m && optional(a, b))
        }
        (TypeDef::Enum(a), TypeDef::Enum(b)) | (TypeDef::Flags(a), TypeDef::Flags(b)) => a == b,
        (TypeDef::Result { ok: a, err: e, .. }, TypeDef::Result { ok: b, err: f, .. }) => {
            optional(a, b) && optional(e, f)
        }
        (TypeDef::Stream(a), TypeDef::Stream(b)) | (TypeDef::Future(a), TypeDef::Future(b)) => optional(a, b),
        (TypeDef::Own(a), TypeDef::Own(b)) | (TypeDef::Borrow(a), TypeDef::Borrow(b)) => same(*a, *b),
        _ => false,
    }
}
