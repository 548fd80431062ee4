//! Types in WIT, structures spelled out.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::table::{NamesDef, Ty, TypeDef, TypeTable};

/// Writes a type in WIT, structures spelled out.
pub(crate) fn write_type(f: &mut fmt::Formatter<'_>, table: &TypeTable, ty: Ty) -> fmt::Result {
    let id = match ty {
        Ty::Prim(prim) => return f.write_str(prim.keyword()),
        Ty::String => return f.write_str("string"),
        Ty::ErrorContext => return f.write_str("error-context"),
        Ty::Def(id) => id,
    };
    let optional = |f: &mut fmt::Formatter<'_>, ty: &Option<Ty>| match ty {
        Some(ty) => write_type(f, table, *ty),
        None => f.write_str("_"),
    };
    let list =
        |f: &mut fmt::Formatter<'_>, word: &str, names: &NamesDef| write!(f, "{word} {{ {} }}", names.names.join(", "));
    match table.def(id) {
        TypeDef::List(ty) => write_args(f, table, "list", &[*ty]),
        TypeDef::FixedList(ty, len) => {
            f.write_str("list<")?;
            write_type(f, table, *ty)?;
            write!(f, ", {len}>")
        }
        TypeDef::Map(key, value, _) => write_args(f, table, "map", &[*key, *value]),
        TypeDef::Tuple(tuple) => {
            write_args(f, table, "tuple", &tuple.fields.iter().map(|field| field.ty).collect::<Vec<_>>())
        }
        TypeDef::Option(ty, _) => write_args(f, table, "option", &[*ty]),
        TypeDef::Record(record) => {
            f.write_str("record { ")?;
            for (index, field) in record.fields.iter().enumerate() {
                write!(f, "{}{}: ", if index == 0 { "" } else { ", " }, field.name)?;
                write_type(f, table, field.ty)?;
            }
            f.write_str(" }")
        }
        TypeDef::Variant(variant) => {
            f.write_str("variant { ")?;
            for (index, (name, ty)) in variant.cases.iter().enumerate() {
                write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
                if let Some(ty) = ty {
                    write_args(f, table, "", &[*ty])?;
                }
            }
            f.write_str(" }")
        }
        TypeDef::Result { ok: None, err: None, .. } => f.write_str("result"),
        TypeDef::Result { ok, err: None, .. } => {
            f.write_str("result<")?;
            optional(f, ok)?;
            f.write_str(">")
        }
        TypeDef::Result { ok, err, .. } => {
            f.write_str("result<")?;
            optional(f, ok)?;
            f.write_str(", ")?;
            optional(f, err)?;
            f.write_str(">")
        }
        TypeDef::Enum(names) => list(f, "enum", names),
        TypeDef::Flags(names) => list(f, "flags", names),
        TypeDef::Own(_) => f.write_str("own<resource>"),
        TypeDef::Borrow(_) => f.write_str("borrow<resource>"),
        TypeDef::Stream(ty) => write_args(f, table, "stream", ty.as_slice()),
        TypeDef::Future(ty) => write_args(f, table, "future", ty.as_slice()),
    }
}

fn write_args(f: &mut fmt::Formatter<'_>, table: &TypeTable, word: &str, args: &[Ty]) -> fmt::Result {
    let (open, close) = match (word, args) {
        ("", _) => ("(", ")"),
        (_, []) => ("", ""),
        _ => ("<", ">"),
    };
    write!(f, "{word}{open}")?;
    for (index, ty) in args.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        write_type(f, table, *ty)?;
    }
    f.write_str(close)
}

/// A type as text, for messages.
pub(crate) struct Display<'a>(pub(crate) &'a TypeTable, pub(crate) Ty);

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_type(f, self.0, self.1)
    }
}

/// A list of names for a message: at most `most` of them.
pub(crate) fn join_names<'a>(names: impl Iterator<Item = &'a str>, most: usize) -> String {
    let mut text = String::new();
    for (index, name) in names.enumerate() {
        if index == most {
            text.push_str(", ..");
            break;
        }
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    text
}
