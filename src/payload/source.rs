//! Payloads as what lowering reads from.

use super::{
    Payload, PayloadRef,
    shape::{Elements, Entries},
    val::refused,
};
use crate::{
    component::{
        abi::{
            Cx,
            source::{CaseTy, Source},
        },
        types::{Display, NamesDef, Prim, RecordDef, Ty, TypeDef, TypeTable},
    },
    error::{Error, Result},
};

impl Source for PayloadRef<'_> {
    fn prim(self, _: &mut Cx<'_>, prim: Prim) -> Result<u64> {
        self.prim(prim)
    }

    fn string(self, cx: &mut Cx<'_>) -> Result<(u32, u32)> {
        cx.store_str(self.text()?)
    }

    fn len(self, cx: &mut Cx<'_>, ty: Ty) -> Result<usize> {
        let expected = Display(cx.types, ty);
        match def(cx.types, ty) {
            Some(TypeDef::List(element)) => Ok(self.list(is_u8(*element), &expected)?.len()),
            Some(TypeDef::FixedList(element, len)) => Ok(self.fixed_list(*len, is_u8(*element), &expected)?.len()),
            Some(TypeDef::Map(..)) => Ok(self.map(&expected)?.len()),
            _ => Err(Error::bug("the length was asked of a type that has none")),
        }
    }

    fn copy_elements(self, cx: &mut Cx<'_>, _: Ty, element: Prim, ptr: u32) -> Result<bool> {
        match (element, self) {
            (Prim::U8, PayloadRef::Value(Payload::Bytes(bytes))) => cx.write(ptr, bytes).map(|()| true),
            (Prim::U8, PayloadRef::Value(Payload::String(text))) => cx.write(ptr, text.as_bytes()).map(|()| true),
            _ => Ok(false),
        }
    }

    fn element(self, cx: &mut Cx<'_>, _: Ty, element: Ty, index: usize) -> Result<Self> {
        Ok(self.list(is_u8(element), &Display(cx.types, element))?.at(index))
    }

    fn entry(self, cx: &mut Cx<'_>, map: Ty, index: usize) -> Result<(Self, Self)> {
        let entries: Entries<'_> = self.map(&Display(cx.types, map))?;
        entries.at(index)
    }

    fn check_fields(self, cx: &mut Cx<'_>, record: &RecordDef, is_tuple: bool) -> Result<()> {
        if is_tuple {
            return self.tuple(record.fields.len()).map(|_: Elements<'_>| ());
        }
        self.check_record(&record.fields, |field| is_option(cx.types, field.ty))
    }

    fn field(self, _: &mut Cx<'_>, record: &RecordDef, is_tuple: bool, index: usize) -> Result<Self> {
        if is_tuple {
            return Ok(self.tuple(record.fields.len())?.at(index));
        }
        Ok(self.field(&record.fields, index))
    }

    fn case(self, cx: &mut Cx<'_>, ty: Ty, cases: CaseTy<'_>) -> Result<(u32, Option<Self>)> {
        let expected = Display(cx.types, ty);
        let (index, payload) = match cases {
            CaseTy::Variant(variant) => self.variant(&variant.cases, |(_, ty)| ty.is_some(), &expected)?,
            CaseTy::Enum(names) => (self.enumeration(&names.names)?, None),
            CaseTy::Result { ok, err } => self.result(ok.is_some(), err.is_some(), &expected)?,
            CaseTy::Option(some) => match self.option(is_option(cx.types, some), &expected)? {
                None => (0, None),
                some => (1, some),
            },
        };
        Ok((u32::try_from(index).map_err(|_| Error::bug("a type has too many cases"))?, payload))
    }

    fn flags(self, _: &mut Cx<'_>, names: &NamesDef) -> Result<u32> {
        self.flags(&names.names)
    }

    fn handle(self, cx: &mut Cx<'_>, ty: Ty) -> Result<u32> {
        Err(refused(&Display(cx.types, ty)))
    }
}

fn def(types: &TypeTable, ty: Ty) -> Option<&TypeDef> {
    match ty {
        Ty::Def(id) => Some(types.def(id)),
        _ => None,
    }
}

fn is_u8(ty: Ty) -> bool {
    ty == Ty::Prim(Prim::U8)
}

pub(super) fn is_option(types: &TypeTable, ty: Ty) -> bool {
    matches!(def(types, ty), Some(TypeDef::Option(..)))
}
