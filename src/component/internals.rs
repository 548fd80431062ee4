//! What the traits [`Lower`] and [`Lift`] and the macros of `macros.rs` are written in; not for use by hand.

use super::{
    ComponentType, Lift, Lower,
    abi::{
        lower::{case_type, cases, payload_at, store_bits},
        scalar,
        source::{CaseTy, Source as _},
    },
    types::{PayloadAt, TypeDef, TypeTable, flags_size},
};
pub use super::{
    abi::{Cx, guest::GuestSource},
    typed::Check,
    types::{DefId, FieldDef, Ty},
};
pub use crate::engine::CoreVal;
use crate::error::{Error, Result};

/// The fields of a record, one after the other.
#[derive(Debug)]
pub struct Cursor<'a> {
    fields: core::slice::Iter<'a, FieldDef>,
    /// Flat values of the fields before.
    flat: usize,
}

impl<'a> Cursor<'a> {
    /// The fields of `ty`, if they have these names.
    ///
    /// # Errors
    ///
    /// If `ty` is no record, or one with other fields.
    pub fn record(cx: &Check<'a>, ty: Ty, names: &[&str]) -> Result<Self> {
        let cursor = Cursor::of(cx.types, ty)?;
        let found = cursor.fields.as_slice();
        if found.len() == names.len() && found.iter().zip(names).all(|(field, name)| is_named(&field.name, name)) {
            return Ok(cursor);
        }
        Err(Error::invalid(alloc::format!("the record has not the fields {}", names.join(", "))))
    }

    /// The fields of `ty`, which was checked.
    ///
    /// # Errors
    ///
    /// If it was not.
    pub fn fields(cx: &Cx<'a>, ty: Ty) -> Result<Self> {
        Cursor::of(cx.types, ty)
    }

    fn of(types: &'a TypeTable, ty: Ty) -> Result<Self> {
        match def(types, ty) {
            Some(TypeDef::Record(record)) => Ok(Cursor { fields: record.fields.iter(), flat: 0 }),
            _ => Err(Error::invalid("expected a record")),
        }
    }

    fn next(&mut self) -> Result<&'a FieldDef> {
        self.fields.next().ok_or_else(|| Error::bug("fewer fields than the Rust type has"))
    }

    /// Checks the type of the next field.
    ///
    /// # Errors
    ///
    /// If it is another.
    pub fn check<V: ComponentType>(&mut self, cx: &Check<'_>) -> Result<()> {
        let field = self.next()?;
        V::check(cx, field.ty).map_err(|error| error.at(alloc::format!("field {}", field.name)))
    }

    /// Lowers the next field.
    ///
    /// # Errors
    ///
    /// As lowering does.
    pub fn lower_flat<V: Lower>(&mut self, cx: &mut Cx<'_>, value: &V, flat: &mut [CoreVal]) -> Result<()> {
        let field = self.next()?;
        let at = self.flat;
        self.flat += cx.types.flat_len(field.ty);
        let slots = flat.get_mut(at..self.flat).ok_or_else(|| Error::bug("fewer flat values than the type has"))?;
        value.lower_flat(cx, field.ty, slots)
    }

    /// Stores the next field of the record at `ptr`.
    ///
    /// # Errors
    ///
    /// As storing does.
    pub fn store<V: Lower>(&mut self, cx: &mut Cx<'_>, value: &V, ptr: u32) -> Result<()> {
        let field = self.next()?;
        value.store(cx, field.ty, ptr + field.offset)
    }

    /// Lifts the next field of the record at `source`.
    ///
    /// # Errors
    ///
    /// As lifting does.
    pub fn lift<V: Lift>(&mut self, cx: &mut Cx<'_>, source: GuestSource<'_>) -> Result<V> {
        let field = self.next()?;
        let len = cx.types.flat_len(field.ty);
        let part = source.part(self.flat, len, field.offset)?;
        self.flat += len;
        V::lift(cx, field.ty, part)
    }
}

/// The cases of a variant or enum.
#[derive(Clone, Copy, Debug)]
pub struct Cases<'a> {
    ty: Ty,
    cases: CaseTy<'a>,
    at: PayloadAt,
    next: u32,
}

/// Checks a payload's type.
pub type CheckPayload<'a> = &'a dyn Fn(Ty) -> Result<()>;

impl<'a> Cases<'a> {
    /// The cases of `ty`, if they have these names: the Rust name, and the component's if it is given.
    ///
    /// # Errors
    ///
    /// If `ty` has no cases, or others.
    pub fn check(cx: &Check<'a>, ty: Ty, names: &[(&str, &str)]) -> Result<Self> {
        let found = Cases::new(cx.types, ty)?;
        let has = |index: usize, name: &str| match found.cases {
            CaseTy::Variant(variant) => variant.cases.get(index).is_some_and(|(case, _)| is_named(case, name)),
            CaseTy::Enum(names) => names.names.get(index).is_some_and(|case| is_named(case, name)),
            CaseTy::Option(_) | CaseTy::Result { .. } => false,
        };
        let is_same = super::abi::lower::case_count(found.cases) == names.len()
            && names
                .iter()
                .enumerate()
                .all(|(index, (rust, text))| has(index, if text.is_empty() { rust } else { text }));
        match is_same {
            true => Ok(found),
            false => Err(Error::invalid("the cases are others than those of the Rust type")),
        }
    }

    /// The cases of `ty`, which was checked.
    ///
    /// # Errors
    ///
    /// If it was not.
    pub fn of(cx: &Cx<'a>, ty: Ty) -> Result<Self> {
        Cases::new(cx.types, ty)
    }

    fn new(types: &'a TypeTable, ty: Ty) -> Result<Self> {
        let found = cases(types, ty).map_err(|_| Error::invalid("expected a variant or an enum"))?;
        Ok(Cases { ty, cases: found, at: payload_at(types, found, ty), next: 0 })
    }

    /// Checks the payload of the next case.
    ///
    /// # Errors
    ///
    /// If it is another, or there where there should be none, or the other way round.
    pub fn next_case(&mut self, check: Option<CheckPayload<'_>>) -> Result<()> {
        let payload = case_type(self.cases, self.next);
        self.next += 1;
        match (payload, check) {
            (Some(ty), Some(check)) => check(ty),
            (None, None) => Ok(()),
            _ => Err(Error::invalid("a case has a payload on one side only")),
        }
    }

    /// Lowers a case.
    ///
    /// # Errors
    ///
    /// As lowering does.
    pub fn lower_flat<V: Lower>(
        &self,
        cx: &mut Cx<'_>,
        index: u32,
        payload: Option<&V>,
        flat: &mut [CoreVal],
    ) -> Result<()> {
        let (case, rest) = flat.split_first_mut().ok_or_else(no_case)?;
        scalar::set(case, u64::from(index));
        match (payload, case_type(self.cases, index)) {
            (Some(value), Some(ty)) => {
                let slots = rest.get_mut(..cx.types.flat_len(ty)).ok_or_else(no_case)?;
                value.lower_flat(cx, ty, slots)
            }
            _ => Ok(()),
        }
    }

    /// Stores a case.
    ///
    /// # Errors
    ///
    /// As storing does.
    pub fn store<V: Lower>(&self, cx: &mut Cx<'_>, index: u32, payload: Option<&V>, ptr: u32) -> Result<()> {
        store_bits(cx, ptr, self.at.discriminant_size, u64::from(index))?;
        match (payload, case_type(self.cases, index)) {
            (Some(value), Some(ty)) => value.store(cx, ty, ptr + self.at.offset),
            _ => Ok(()),
        }
    }

    /// Which case there is, and where its payload is.
    ///
    /// # Errors
    ///
    /// If there is no such case.
    pub fn read<'s>(&self, cx: &mut Cx<'_>, source: GuestSource<'s>) -> Result<(u32, Option<GuestSource<'s>>)> {
        source.case(cx, self.ty, self.cases)
    }

    /// Lifts the payload of a case.
    ///
    /// # Errors
    ///
    /// As lifting does.
    pub fn lift<V: Lift>(&self, cx: &mut Cx<'_>, index: u32, payload: Option<GuestSource<'_>>) -> Result<V> {
        match (payload, case_type(self.cases, index)) {
            (Some(payload), Some(ty)) => V::lift(cx, ty, payload),
            _ => Err(no_case()),
        }
    }
}

/// A case that the Rust type has not.
#[cold]
pub fn no_case() -> Error {
    Error::bug("a case that the Rust type has not")
}

/// Checks the names of flags.
///
/// # Errors
///
/// If `ty` is no set of these flags.
pub fn check_flags(cx: &Check<'_>, ty: Ty, names: &[&str]) -> Result<()> {
    match def(cx.types, ty) {
        Some(TypeDef::Flags(found))
            if found.names.len() == names.len()
                && found.names.iter().zip(names).all(|(flag, name)| is_named(flag, name)) =>
        {
            Ok(())
        }
        _ => Err(Error::invalid(alloc::format!("expected flags {}", names.join(", ")))),
    }
}

/// Lowers flags.
///
/// # Errors
///
/// If there is no slot for them.
pub fn lower_flat_flags(bits: u32, flat: &mut [CoreVal]) -> Result<()> {
    scalar::set(flat.first_mut().ok_or_else(no_case)?, u64::from(bits));
    Ok(())
}

/// Stores flags.
///
/// # Errors
///
/// As storing does.
pub fn store_flags(cx: &mut Cx<'_>, ty: Ty, bits: u32, ptr: u32) -> Result<()> {
    match def(cx.types, ty) {
        Some(TypeDef::Flags(names)) => store_bits(cx, ptr, flags_size(names.names.len()), u64::from(bits)),
        _ => Err(Error::invalid("expected flags")),
    }
}

/// Lifts flags.
///
/// # Errors
///
/// As lifting does.
pub fn lift_flags(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<u32> {
    match def(cx.types, ty) {
        Some(TypeDef::Flags(names)) => source.flags(cx, names),
        _ => Err(Error::invalid("expected flags")),
    }
}

fn def(types: &TypeTable, ty: Ty) -> Option<&TypeDef> {
    match ty {
        Ty::Def(id) => Some(types.def(id)),
        _ => None,
    }
}

/// Whether a Rust name means a name of a component: `tag_count`, `TagCount` and `TAG_COUNT` mean `tag-count`.
fn is_named(name: &str, rust: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = u8> {
        text.bytes().filter(|byte| !matches!(byte, b'-' | b'_')).map(|byte| byte.to_ascii_lowercase())
    }
    letters(name).eq(letters(rust))
}
