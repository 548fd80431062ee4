//! Rust types as component types: [`Lift`] and [`Lower`], for calls whose types are known at compile time.
//!
//! The same rules as in `abi`, resolved by the compiler; a property test holds the two against each other.

mod tuples;

use alloc::{borrow::ToOwned, boxed::Box, string::String, sync::Arc, vec::Vec};

use super::{
    abi::{
        Cx, Passed,
        guest::{At, GuestSource},
        lower::{list_bytes, store_bits, store_pair},
        scalar,
        source::Source,
    },
    func::result_source,
    resource::{Resource, ResourceAny, ResourceType},
    types::{Display, FieldDef, FuncDef, Prim, Ty, TypeDef, TypeTable},
};
use crate::{
    engine::CoreVal,
    error::{Error, Result},
};

/// A Rust type that stands for component types.
pub trait ComponentType {
    /// Whether `ty` is what this type stands for.
    #[doc(hidden)]
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()>;
}

/// What a type is checked against.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a function")]
pub struct Check<'a> {
    pub(crate) types: &'a TypeTable,
    pub(crate) resources: &'a super::canon::ResourceNames<'a>,
}

/// A Rust type that can be given to a guest.
pub trait Lower: ComponentType {
    /// The value as the one flat value that it is, whatever guest it is for. None for types that need more.
    #[doc(hidden)]
    const SCALAR: Option<fn(&Self) -> CoreVal> = None;

    #[doc(hidden)]
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()>;

    #[doc(hidden)]
    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()>;

    /// Stores the elements of a list at `ptr`, where they fit.
    #[doc(hidden)]
    fn store_elements(list: &[Self], cx: &mut Cx<'_>, element: Ty, ptr: u32) -> Result<()>
    where
        Self: Sized,
    {
        cx.charge_elements(list.len() as u64)?;
        let size = cx.types.size(element);
        for (index, value) in list.iter().enumerate() {
            value.store(cx, element, ptr + index as u32 * size)?;
        }
        Ok(())
    }
}

/// A Rust type that can be taken from a guest.
pub trait Lift: ComponentType + Sized {
    /// The value of the one flat value that it is, whatever guest it is of. None for types that need more.
    #[doc(hidden)]
    const SCALAR: Option<fn(&CoreVal) -> Result<Self>> = None;

    #[doc(hidden)]
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self>;

    /// Takes a list of this type.
    #[doc(hidden)]
    fn lift_list(cx: &mut Cx<'_>, list: Ty, element: Ty, source: GuestSource<'_>) -> Result<Vec<Self>> {
        let len = source.len(cx, list)?;
        cx.charge_elements(len as u64)?;
        cx.account(len as u64 * core::mem::size_of::<Self>().max(1) as u64)?;
        let mut elements = Vec::with_capacity(len.min(4096));
        for index in 0..len {
            let value = source.element(cx, list, element, index)?;
            elements.push(Self::lift(cx, element, value)?);
        }
        Ok(elements)
    }
}

/// Tuples and records, field by field: parameter lists and results are tuples.
pub trait Fields {
    #[doc(hidden)]
    fn check_fields(cx: &Check<'_>, fields: &[FieldDef]) -> Result<()>;
}

/// Tuples and records whose fields can be given to a guest.
pub trait LowerFields: Fields {
    /// Whether each field is a scalar and all are passed flat; else there is no [`LowerFields::lower_scalars`].
    #[doc(hidden)]
    const ARE_SCALARS: bool;

    /// How many there are.
    #[doc(hidden)]
    fn lower_scalars(&self, flat: &mut [CoreVal]) -> Result<usize>;

    #[doc(hidden)]
    fn lower_flat_fields(&self, cx: &mut Cx<'_>, fields: &[FieldDef], flat: &mut [CoreVal]) -> Result<()>;

    #[doc(hidden)]
    fn store_fields(&self, cx: &mut Cx<'_>, fields: &[FieldDef], ptr: u32) -> Result<()>;
}

/// Tuples and records whose fields can be taken from a guest.
pub trait LiftFields: Fields + Sized {
    /// Whether each field is a scalar and all are passed flat; else there is no [`LiftFields::lift_scalars`].
    #[doc(hidden)]
    const ARE_SCALARS: bool;

    #[doc(hidden)]
    fn lift_scalars(flat: &[CoreVal]) -> Result<Self>;

    #[doc(hidden)]
    fn lift_fields(cx: &mut Cx<'_>, fields: &[FieldDef], source: GuestSource<'_>) -> Result<Self>;
}

/// Whether a tuple stands for a function's parameters.
pub(crate) fn check_params<P: Fields>(check: &Check<'_>, def: &FuncDef) -> Result<()> {
    P::check_fields(check, &def.params.fields).map_err(|error| error.at("parameters"))
}

/// Whether a tuple of at most one element stands for a function's result.
pub(crate) fn check_results<R: Fields>(check: &Check<'_>, def: &FuncDef) -> Result<()> {
    let checked = match def.result {
        None => R::check_fields(check, &[]),
        Some(ty) => R::check_fields(check, &[result_field(ty)]),
    };
    checked.map_err(|error| error.at("result"))
}

/// The result as the one field of a tuple.
fn result_field(ty: Ty) -> FieldDef {
    FieldDef { name: Box::default(), ty, offset: 0 }
}

/// Lifts a function's result.
#[inline]
pub(crate) fn lift_result<R: LiftFields>(cx: &mut Cx<'_>, def: &FuncDef, results: &[CoreVal]) -> Result<R> {
    if R::ARE_SCALARS {
        return R::lift_scalars(results);
    }
    match def.result {
        None => R::lift_fields(cx, &[], GuestSource { options: cx.options, at: At::Flat(&[]) }),
        Some(ty) => {
            let source = result_source(cx, def, results)?;
            R::lift_fields(cx, &[result_field(ty)], source)
        }
    }
}

/// Lowers the result of a host function: flat, or to where the guest wants it.
#[inline]
pub(crate) fn lower_result<R: LowerFields>(
    cx: &mut Cx<'_>,
    def: &FuncDef,
    return_ptr: Option<u32>,
    value: &R,
    results: &mut [CoreVal],
) -> Result<()> {
    let Some(ty) = def.result else { return Ok(()) };
    match return_ptr {
        None => value.lower_flat_fields(cx, &[result_field(ty)], results),
        Some(ptr) => {
            let layout = &def.result_layout;
            cx.check_range("the caller gave", ptr, layout.align, layout.size)?;
            value.store_fields(cx, &[result_field(ty)], ptr)
        }
    }
}

#[cold]
fn mismatch(cx: &Check<'_>, ty: Ty, rust: &str) -> Error {
    Error::invalid(alloc::format!("{} is no {rust}", Display(cx.types, ty)))
}

#[inline]
fn slot(flat: &mut [CoreVal], index: usize) -> Result<&mut CoreVal> {
    flat.get_mut(index).ok_or_else(|| Error::bug("fewer flat values than the type has"))
}

fn def(types: &TypeTable, ty: Ty) -> Option<&TypeDef> {
    match ty {
        Ty::Def(id) => Some(types.def(id)),
        _ => None,
    }
}

/// Implements the traits for one primitive type: its bits out, its bits in.
macro_rules! primitives {
    ($($rust:ty, $prim:ident, |$value:ident| $bits:expr, |$raw:ident| $from:expr;)*) => {$(
        impl ComponentType for $rust {
            fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
                if ty == Ty::Prim(Prim::$prim) { Ok(()) } else { Err(mismatch(cx, ty, stringify!($rust))) }
            }
        }

        impl Lower for $rust {
            const SCALAR: Option<fn(&Self) -> CoreVal> = Some(|value| {
                let $value = *value;
                scalar::value(Prim::$prim.flat(), $bits)
            });

            #[inline]
            fn lower_flat(&self, _: &mut Cx<'_>, _: Ty, flat: &mut [CoreVal]) -> Result<()> {
                let $value = *self;
                scalar::set(slot(flat, 0)?, $bits);
                Ok(())
            }

            #[inline]
            fn store(&self, cx: &mut Cx<'_>, _: Ty, ptr: u32) -> Result<()> {
                let $value = *self;
                store_bits(cx, ptr, Prim::$prim.size(), $bits)
            }

            fn store_elements(list: &[Self], cx: &mut Cx<'_>, _: Ty, ptr: u32) -> Result<()> {
                const SIZE: usize = Prim::$prim.size() as usize;
                cx.charge_bytes((list.len() * SIZE) as u64)?;
                let memory = cx.memory()?;
                let start = ptr as usize;
                let Some(place) = cx.guest.bytes_mut(memory).get_mut(start..start + list.len() * SIZE) else {
                    return Err(Error::abi("a list is out of the memory's bounds"));
                };
                for (place, value) in place.chunks_exact_mut(SIZE).zip(list) {
                    let $value = *value;
                    let bits: u64 = $bits;
                    place.copy_from_slice(&bits.to_le_bytes()[..SIZE]);
                }
                Ok(())
            }
        }

        impl Lift for $rust {
            const SCALAR: Option<fn(&CoreVal) -> Result<Self>> = Some(|value| {
                let $raw = scalar::normalize(Prim::$prim, scalar::bits(value))?;
                Ok($from)
            });

            #[inline]
            fn lift(cx: &mut Cx<'_>, _: Ty, source: GuestSource<'_>) -> Result<Self> {
                let $raw = source.prim(cx, Prim::$prim)?;
                Ok($from)
            }

            fn lift_list(cx: &mut Cx<'_>, _: Ty, _: Ty, source: GuestSource<'_>) -> Result<Vec<Self>> {
                const SIZE: usize = Prim::$prim.size() as usize;
                let (ptr, len) = source.elements(cx, SIZE as u32, SIZE as u32)?;
                cx.charge_bytes((len * SIZE) as u64)?;
                cx.account((len * SIZE) as u64)?;
                let memory = source.options.memory.ok_or_else(|| Error::bug("a list without the option memory"))?;
                let start = ptr as usize;
                let bytes = cx.guest.bytes(memory).get(start..start + len * SIZE).unwrap_or_default();
                bytes
                    .chunks_exact(SIZE)
                    .map(|chunk| {
                        let mut word = [0; 8];
                        word[..SIZE].copy_from_slice(chunk);
                        let $raw = scalar::normalize(Prim::$prim, u64::from_le_bytes(word))?;
                        Ok($from)
                    })
                    .collect()
            }
        }
    )*};
}

primitives! {
    bool, Bool, |value| u64::from(value), |bits| bits != 0;
    i8, S8, |value| value as u64, |bits| bits as i8;
    i16, S16, |value| value as u64, |bits| bits as i16;
    u16, U16, |value| u64::from(value), |bits| bits as u16;
    i32, S32, |value| value as u64, |bits| bits as i32;
    u32, U32, |value| u64::from(value), |bits| bits as u32;
    i64, S64, |value| value as u64, |bits| bits as i64;
    u64, U64, |value| value, |bits| bits;
    f32, F32, |value| scalar::canonical_f32_bits(value), |bits| f32::from_bits(bits as u32);
    f64, F64, |value| scalar::canonical_f64_bits(value), |bits| f64::from_bits(bits);
    char, Char, |value| u64::from(u32::from(value)), |bits| char::from_u32(bits as u32).unwrap_or_default();
}

impl ComponentType for u8 {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        if ty == Ty::Prim(Prim::U8) { Ok(()) } else { Err(mismatch(cx, ty, "u8")) }
    }
}

impl Lower for u8 {
    const SCALAR: Option<fn(&Self) -> CoreVal> = Some(|value| scalar::value(Prim::U8.flat(), u64::from(*value)));

    fn lower_flat(&self, _: &mut Cx<'_>, _: Ty, flat: &mut [CoreVal]) -> Result<()> {
        scalar::set(slot(flat, 0)?, u64::from(*self));
        Ok(())
    }

    fn store(&self, cx: &mut Cx<'_>, _: Ty, ptr: u32) -> Result<()> {
        store_bits(cx, ptr, 1, u64::from(*self))
    }

    fn store_elements(list: &[Self], cx: &mut Cx<'_>, _: Ty, ptr: u32) -> Result<()> {
        cx.charge_bytes(list.len() as u64)?;
        cx.write(ptr, list)
    }
}

impl Lift for u8 {
    const SCALAR: Option<fn(&CoreVal) -> Result<Self>> =
        Some(|value| scalar::normalize(Prim::U8, scalar::bits(value)).map(|bits| bits as u8));

    fn lift(cx: &mut Cx<'_>, _: Ty, source: GuestSource<'_>) -> Result<Self> {
        Ok(source.prim(cx, Prim::U8)? as u8)
    }

    fn lift_list(cx: &mut Cx<'_>, _: Ty, _: Ty, source: GuestSource<'_>) -> Result<Vec<Self>> {
        let (ptr, len) = source.elements(cx, 1, 1)?;
        cx.charge_bytes(len as u64)?;
        cx.account(len as u64)?;
        let memory = source.options.memory.ok_or_else(|| Error::bug("a list without the option memory"))?;
        let start = ptr as usize;
        Ok(cx.guest.bytes(memory).get(start..start + len).unwrap_or_default().to_owned())
    }
}

impl ComponentType for str {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        if ty == Ty::String { Ok(()) } else { Err(mismatch(cx, ty, "string")) }
    }
}

impl Lower for str {
    fn lower_flat(&self, cx: &mut Cx<'_>, _: Ty, flat: &mut [CoreVal]) -> Result<()> {
        let (ptr, len) = cx.store_str(self)?;
        scalar::set(slot(flat, 0)?, u64::from(ptr));
        scalar::set(slot(flat, 1)?, u64::from(len));
        Ok(())
    }

    fn store(&self, cx: &mut Cx<'_>, _: Ty, ptr: u32) -> Result<()> {
        let (data, len) = cx.store_str(self)?;
        store_pair(cx, ptr, data, len)
    }
}

impl ComponentType for String {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        str::check(cx, ty)
    }
}

impl Lower for String {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        self.as_str().lower_flat(cx, ty, flat)
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        self.as_str().store(cx, ty, ptr)
    }
}

impl Lift for String {
    fn lift(cx: &mut Cx<'_>, _: Ty, source: GuestSource<'_>) -> Result<Self> {
        source.text(cx)
    }
}

impl<E: ComponentType> ComponentType for [E] {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        match def(cx.types, ty) {
            Some(TypeDef::List(element)) => E::check(cx, *element),
            _ => Err(mismatch(cx, ty, "list")),
        }
    }
}

fn store_list<E: Lower>(list: &[E], cx: &mut Cx<'_>, ty: Ty) -> Result<(u32, u32)> {
    let Some(TypeDef::List(element)) = def(cx.types, ty) else {
        return Err(Error::bug("a list of a type that is none"));
    };
    let size = list_bytes(list.len(), cx.types.size(*element))?;
    let ptr = cx.alloc(cx.types.align(*element), size)?;
    E::store_elements(list, cx, *element, ptr)?;
    Ok((ptr, list.len() as u32))
}

impl<E: Lower> Lower for [E] {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        let (ptr, len) = store_list(self, cx, ty)?;
        scalar::set(slot(flat, 0)?, u64::from(ptr));
        scalar::set(slot(flat, 1)?, u64::from(len));
        Ok(())
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        let (data, len) = store_list(self, cx, ty)?;
        store_pair(cx, ptr, data, len)
    }
}

impl<E: ComponentType> ComponentType for Vec<E> {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        <[E]>::check(cx, ty)
    }
}

impl<E: Lower> Lower for Vec<E> {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        self.as_slice().lower_flat(cx, ty, flat)
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        self.as_slice().store(cx, ty, ptr)
    }
}

impl<E: Lift> Lift for Vec<E> {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        match def(cx.types, ty) {
            Some(TypeDef::List(element)) => E::lift_list(cx, ty, *element, source),
            _ => Err(Error::bug("a list of a type that is none")),
        }
    }
}

/// Implements the traits for pointers to types that have them.
macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<V: ComponentType + ?Sized> ComponentType for $pointer {
            fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
                V::check(cx, ty)
            }
        }

        impl<V: Lower + ?Sized> Lower for $pointer {
            fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
                V::lower_flat(self, cx, ty, flat)
            }

            fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
                V::store(self, cx, ty, ptr)
            }
        }
    )*};
}

pointers!(&V, Box<V>, Arc<V>);

impl<V: Lift> Lift for Box<V> {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        V::lift(cx, ty, source).map(Box::new)
    }
}

impl<V: ComponentType> ComponentType for Option<V> {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        match def(cx.types, ty) {
            Some(TypeDef::Option(ty, _)) => V::check(cx, *ty),
            _ => Err(mismatch(cx, ty, "option")),
        }
    }
}

/// Lowers one case of a variant into flat slots.
fn lower_flat_case<V: Lower>(
    cx: &mut Cx<'_>,
    case: u32,
    payload: Option<(&V, Ty)>,
    flat: &mut [CoreVal],
) -> Result<()> {
    scalar::set(slot(flat, 0)?, u64::from(case));
    match payload {
        Some((value, ty)) => {
            let len = cx.types.flat_len(ty);
            let slots = flat.get_mut(1..1 + len).ok_or_else(|| Error::bug("fewer flat values than the type has"))?;
            value.lower_flat(cx, ty, slots)
        }
        None => Ok(()),
    }
}

impl<V: Lower> Lower for Option<V> {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        let Some(TypeDef::Option(some, _)) = def(cx.types, ty) else { return Err(Error::bug("no option")) };
        lower_flat_case(cx, u32::from(self.is_some()), self.as_ref().map(|value| (value, *some)), flat)
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        let Some(TypeDef::Option(some, at)) = def(cx.types, ty) else { return Err(Error::bug("no option")) };
        store_bits(cx, ptr, at.discriminant_size, u64::from(self.is_some()))?;
        match self {
            Some(value) => value.store(cx, *some, ptr + at.offset),
            None => Ok(()),
        }
    }
}

impl<V: Lift> Lift for Option<V> {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        let cases = super::abi::lower::cases(cx.types, ty)?;
        match (source.case(cx, ty, cases)?, def(cx.types, ty)) {
            ((1, Some(payload)), Some(TypeDef::Option(some, _))) => V::lift(cx, *some, payload).map(Some),
            _ => Ok(None),
        }
    }
}

impl ComponentType for () {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        Err(mismatch(cx, ty, "unit"))
    }
}

/// A payload that is absent where the Rust type is `()`.
fn check_payload<V: ComponentType + 'static>(cx: &Check<'_>, ty: Option<Ty>) -> Result<()> {
    match ty {
        Some(ty) => V::check(cx, ty),
        None if core::any::TypeId::of::<V>() == core::any::TypeId::of::<()>() => Ok(()),
        None => Err(Error::invalid("a case without payload where the Rust type has one")),
    }
}

impl Lower for () {
    fn lower_flat(&self, _: &mut Cx<'_>, _: Ty, _: &mut [CoreVal]) -> Result<()> {
        Ok(())
    }

    fn store(&self, _: &mut Cx<'_>, _: Ty, _: u32) -> Result<()> {
        Ok(())
    }
}

impl Lift for () {
    fn lift(_: &mut Cx<'_>, _: Ty, _: GuestSource<'_>) -> Result<Self> {
        Ok(())
    }
}

impl<V: ComponentType + 'static, E: ComponentType + 'static> ComponentType for Result<V, E> {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        match def(cx.types, ty) {
            Some(TypeDef::Result { ok, err, .. }) => {
                check_payload::<V>(cx, *ok)?;
                check_payload::<E>(cx, *err)
            }
            _ => Err(mismatch(cx, ty, "result")),
        }
    }
}

impl<V: Lower + 'static, E: Lower + 'static> Lower for Result<V, E> {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        let Some(TypeDef::Result { ok, err, .. }) = def(cx.types, ty) else { return Err(Error::bug("no result")) };
        match self {
            Ok(value) => lower_flat_case(cx, 0, ok.map(|ty| (value, ty)), flat),
            Err(value) => lower_flat_case(cx, 1, err.map(|ty| (value, ty)), flat),
        }
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        let Some(TypeDef::Result { ok, err, at }) = def(cx.types, ty) else { return Err(Error::bug("no result")) };
        store_bits(cx, ptr, at.discriminant_size, u64::from(self.is_err()))?;
        match (self, ok, err) {
            (Ok(value), Some(ty), _) => value.store(cx, *ty, ptr + at.offset),
            (Err(value), _, Some(ty)) => value.store(cx, *ty, ptr + at.offset),
            _ => Ok(()),
        }
    }
}

impl<V: Lift + 'static, E: Lift + 'static> Lift for Result<V, E> {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        let cases = super::abi::lower::cases(cx.types, ty)?;
        let (case, payload) = source.case(cx, ty, cases)?;
        // A case without payload is lifted as `()`, which reads nothing.
        let payload = payload.unwrap_or(source);
        let Some(TypeDef::Result { ok, err, .. }) = def(cx.types, ty) else { return Err(Error::bug("no result")) };
        Ok(match case {
            0 => Ok(V::lift(cx, ok.unwrap_or(Ty::ErrorContext), payload)?),
            _ => Err(E::lift(cx, err.unwrap_or(Ty::ErrorContext), payload)?),
        })
    }
}

impl<R: 'static> ComponentType for Resource<R> {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        match def(cx.types, ty) {
            Some(TypeDef::Own(id) | TypeDef::Borrow(id)) => match (cx.resources)(*id) {
                Some(found) if found == ResourceType::host::<R>() => Ok(()),
                _ => Err(Error::invalid("the resource is of another type")),
            },
            _ => Err(mismatch(cx, ty, "resource")),
        }
    }
}

impl<R: 'static> Lower for Resource<R> {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        let handle = lower_resource(self, cx, ty)?;
        scalar::set(slot(flat, 0)?, u64::from(handle));
        Ok(())
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        let handle = lower_resource(self, cx, ty)?;
        store_bits(cx, ptr, 4, u64::from(handle))
    }
}

fn lower_resource<R: 'static>(resource: &Resource<R>, cx: &mut Cx<'_>, ty: Ty) -> Result<u32> {
    let (wanted, _) = cx.resource(ty)?;
    if cx.guest.state().resources.ty(wanted).host != Some(ResourceType::host::<R>()) {
        return Err(Error::invalid("the resource is of another type than the function takes"));
    }
    cx.lower_handle(ty, Passed { ty: wanted, rep: resource.rep() })
}

impl<R: 'static> Lift for Resource<R> {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        let index = source.handle_index(cx)?;
        let (passed, _) = cx.lift_handle(ty, index)?;
        if cx.guest.state().resources.ty(passed.ty).host != Some(ResourceType::host::<R>()) {
            return Err(Error::invalid("the resource is of another type than the host function takes"));
        }
        Ok(Resource::new(passed.rep))
    }
}

impl ComponentType for ResourceAny {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        match def(cx.types, ty) {
            Some(TypeDef::Own(_) | TypeDef::Borrow(_)) => Ok(()),
            _ => Err(mismatch(cx, ty, "resource")),
        }
    }
}

impl Lower for ResourceAny {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        let handle = super::abi::lower_any(cx, ty, *self)?;
        scalar::set(slot(flat, 0)?, u64::from(handle));
        Ok(())
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        let handle = super::abi::lower_any(cx, ty, *self)?;
        store_bits(cx, ptr, 4, u64::from(handle))
    }
}

impl Lift for ResourceAny {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        super::abi::lift::lift_any(cx, ty, source)
    }
}
