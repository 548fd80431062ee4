//! Tuples: parameters and results field by field, and the type `tuple`. Knows no type of a field.

use super::{Check, ComponentType, Fields, Lift, LiftFields, Lower, LowerFields, def, mismatch, slot};
use crate::{
    component::{
        abi::{Cx, guest::GuestSource},
        types::{FieldDef, MAX_FLAT_PARAMS, Ty, TypeDef},
    },
    engine::CoreVal,
    error::{Error, Result},
};

/// Implements the traits for tuples of one length.
macro_rules! tuples {
    ($($count:literal: $($name:ident $index:tt)*;)*) => {$(
        impl<$($name: ComponentType),*> Fields for ($($name,)*) {
            fn check_fields(cx: &Check<'_>, fields: &[FieldDef]) -> Result<()> {
                if fields.len() != $count {
                    return Err(Error::invalid(alloc::format!(
                        "there are {}, the Rust tuple has {}", fields.len(), $count
                    )));
                }
                $($name::check(cx, fields[$index].ty)?;)*
                let _ = cx;
                Ok(())
            }
        }

        impl<$($name: Lower),*> LowerFields for ($($name,)*) {
            const ARE_SCALARS: bool = $($name::SCALAR.is_some() &&)* is_flat($count);

            #[inline]
            fn lower_scalars(&self, flat: &mut [CoreVal]) -> Result<usize> {
                $(*slot(flat, $index)? = $name::SCALAR.ok_or_else(too_few)?(&self.$index);)*
                let _ = flat;
                Ok($count)
            }

            #[inline]
            fn lower_flat_fields(&self, cx: &mut Cx<'_>, fields: &[FieldDef], flat: &mut [CoreVal]) -> Result<()> {
                let mut _at = 0;
                $(
                    let ty = field(fields, $index)?.ty;
                    let len = cx.types.flat_len(ty);
                    let slots = flat.get_mut(_at.._at + len);
                    self.$index.lower_flat(cx, ty, slots.ok_or_else(too_few)?)?;
                    _at += len;
                )*
                let _ = (cx, fields, flat);
                Ok(())
            }

            #[inline]
            fn store_fields(&self, cx: &mut Cx<'_>, fields: &[FieldDef], ptr: u32) -> Result<()> {
                $(
                    let def = field(fields, $index)?;
                    self.$index.store(cx, def.ty, ptr + def.offset)?;
                )*
                let _ = (cx, fields, ptr);
                Ok(())
            }
        }

        impl<$($name: Lift),*> LiftFields for ($($name,)*) {
            const ARE_SCALARS: bool = $($name::SCALAR.is_some() &&)* is_flat($count);

            #[inline]
            fn lift_scalars(flat: &[CoreVal]) -> Result<Self> {
                let value = ($(
                    $name::SCALAR.ok_or_else(too_few)?(flat.get($index).ok_or_else(too_few)?)?,
                )*);
                let _ = flat;
                Ok(value)
            }

            #[inline]
            fn lift_fields(cx: &mut Cx<'_>, fields: &[FieldDef], source: GuestSource<'_>) -> Result<Self> {
                let mut _at = 0;
                let value = ($(
                    {
                        let def = field(fields, $index)?;
                        let len = cx.types.flat_len(def.ty);
                        let part = source.part(_at, len, def.offset)?;
                        _at += len;
                        $name::lift(cx, def.ty, part)?
                    },
                )*);
                let _ = (cx, fields, source);
                Ok(value)
            }
        }
    )*};
}

/// Whether so many scalars are passed flat.
const fn is_flat(count: usize) -> bool {
    count <= MAX_FLAT_PARAMS
}

#[inline]
fn field(fields: &[FieldDef], index: usize) -> Result<&FieldDef> {
    fields.get(index).ok_or_else(too_few)
}

#[cold]
fn too_few() -> Error {
    Error::bug("fewer fields than the Rust tuple has")
}

tuples! {
    0: ;
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
    13: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12;
    14: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13;
    15: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14;
    16: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15;
    17: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15 Q 16;
}

/// Implements the value traits for tuples, by their fields.
macro_rules! tuple_values {
    ($(($($name:ident)*);)*) => {$(
        impl<$($name: ComponentType),*> ComponentType for ($($name,)*) {
            fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
                match def(cx.types, ty) {
                    Some(TypeDef::Tuple(tuple)) => Self::check_fields(cx, &tuple.fields),
                    _ => Err(mismatch(cx, ty, "tuple")),
                }
            }
        }

        impl<$($name: Lower),*> Lower for ($($name,)*) {
            fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
                match def(cx.types, ty) {
                    Some(TypeDef::Tuple(tuple)) => self.lower_flat_fields(cx, &tuple.fields, flat),
                    _ => Err(too_few()),
                }
            }

            fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
                match def(cx.types, ty) {
                    Some(TypeDef::Tuple(tuple)) => self.store_fields(cx, &tuple.fields, ptr),
                    _ => Err(too_few()),
                }
            }
        }

        impl<$($name: Lift),*> Lift for ($($name,)*) {
            fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
                match def(cx.types, ty) {
                    Some(TypeDef::Tuple(tuple)) => Self::lift_fields(cx, &tuple.fields, source),
                    _ => Err(too_few()),
                }
            }
        }
    )*};
}

tuple_values! {
    (A); (A B); (A B C); (A B C D); (A B C D E); (A B C D E F); (A B C D E F G); (A B C D E F G H);
    (A B C D E F G H I); (A B C D E F G H I J); (A B C D E F G H I J K); (A B C D E F G H I J K L);
}
