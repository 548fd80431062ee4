//! Types of texts as WIT has them: `list<record { id: u32 }>`.

use std::sync::Arc;

use crate::component::{
    Type,
    types::{NamesDef, Prim, ResourceId, Ty, TypeDef, TypeTable, VariantDef},
};

/// The type that a text names.
pub(super) fn ty(text: &str) -> Type {
    let (table, ty) = in_table(text);
    Type::new(&table, ty)
}

/// The type that a text names, and the table that it is in.
pub(super) fn in_table(text: &str) -> (Arc<TypeTable>, Ty) {
    let mut parser = Parser { rest: text, table: TypeTable::default() };
    let ty = parser.ty();
    assert_eq!(parser.rest, "", "in {text}");
    (Arc::new(parser.table), ty)
}

struct Parser<'a> {
    rest: &'a str,
    table: TypeTable,
}

impl<'a> Parser<'a> {
    fn ty(&mut self) -> Ty {
        self.optional_ty().expect("a type")
    }

    fn optional_ty(&mut self) -> Option<Ty> {
        let def = match self.word() {
            "_" => return None,
            "bool" => return Some(Ty::Prim(Prim::Bool)),
            "s8" => return Some(Ty::Prim(Prim::S8)),
            "u8" => return Some(Ty::Prim(Prim::U8)),
            "s16" => return Some(Ty::Prim(Prim::S16)),
            "u16" => return Some(Ty::Prim(Prim::U16)),
            "s32" => return Some(Ty::Prim(Prim::S32)),
            "u32" => return Some(Ty::Prim(Prim::U32)),
            "s64" => return Some(Ty::Prim(Prim::S64)),
            "u64" => return Some(Ty::Prim(Prim::U64)),
            "f32" => return Some(Ty::Prim(Prim::F32)),
            "f64" => return Some(Ty::Prim(Prim::F64)),
            "char" => return Some(Ty::Prim(Prim::Char)),
            "string" => return Some(Ty::String),
            "error-context" => return Some(Ty::ErrorContext),
            "list" => self.list(),
            "map" => {
                let args = self.args();
                let (key, value) = (arg(&args, 0), arg(&args, 1));
                TypeDef::Map(key, value, self.table.entry_at(key, value).expect("a small map"))
            }
            "tuple" => {
                let args = self.args();
                TypeDef::Tuple(self.table.tuple(args.into_iter().flatten()).expect("a small tuple"))
            }
            "option" => {
                let some = arg(&self.args(), 0);
                TypeDef::Option(some, self.table.payload_at(2, [some]))
            }
            "result" => {
                let args = self.args();
                let (ok, err) = (args.first().copied().flatten(), args.get(1).copied().flatten());
                TypeDef::Result { ok, err, at: self.table.payload_at(2, ok.into_iter().chain(err)) }
            }
            "record" => {
                let fields = self.labels(':').into_iter().map(|(name, ty)| (name, ty.expect("a field's type")));
                TypeDef::Record(self.table.record(fields).expect("a small record"))
            }
            "variant" => {
                let cases = self.labels('(');
                let at = self.table.payload_at(cases.len(), cases.iter().filter_map(|(_, ty)| *ty));
                TypeDef::Variant(VariantDef { cases: cases.into(), at })
            }
            "enum" => TypeDef::Enum(self.names()),
            "flags" => TypeDef::Flags(self.names()),
            "own" => {
                self.args();
                TypeDef::Own(ResourceId(0))
            }
            "borrow" => {
                self.args();
                TypeDef::Borrow(ResourceId(0))
            }
            "stream" => TypeDef::Stream(self.args().first().copied().flatten()),
            "future" => TypeDef::Future(self.args().first().copied().flatten()),
            word => unreachable!("{word} before {}", self.rest),
        };
        Some(self.table.intern(def).expect("a small type"))
    }

    fn list(&mut self) -> TypeDef {
        assert!(self.take('<'));
        let element = self.ty();
        let len = self.take(',').then(|| self.word().parse().expect("a length"));
        assert!(self.take('>'));
        len.map_or(TypeDef::List(element), |len| TypeDef::FixedList(element, len))
    }

    fn args(&mut self) -> Vec<Option<Ty>> {
        let mut args = Vec::new();
        if self.take('<') {
            loop {
                args.push(self.optional_ty_or_resource());
                if !self.take(',') {
                    break;
                }
            }
            assert!(self.take('>'));
        }
        args
    }

    fn optional_ty_or_resource(&mut self) -> Option<Ty> {
        match self.rest.strip_prefix("resource") {
            Some(rest) => {
                self.rest = rest;
                None
            }
            None => self.optional_ty(),
        }
    }

    fn names(&mut self) -> NamesDef {
        NamesDef { names: self.labels('(').into_iter().map(|(name, _)| name).collect() }
    }

    fn labels(&mut self, opening: char) -> Vec<(Box<str>, Option<Ty>)> {
        let mut labels = Vec::new();
        assert!(self.take('{'));
        while !self.take('}') {
            let name = self.word().into();
            let ty = self.take(opening).then(|| self.ty());
            if ty.is_some() && opening == '(' {
                assert!(self.take(')'));
            }
            labels.push((name, ty));
            self.take(',');
        }
        labels
    }

    fn take(&mut self, sign: char) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !letter.is_alphanumeric() && !"-_".contains(letter)).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.rest = rest;
        word
    }
}

fn arg(args: &[Option<Ty>], index: usize) -> Ty {
    args.get(index).copied().flatten().expect("a type argument")
}

#[test]
fn a_type_prints_as_the_text_it_was_made_of() {
    for text in [
        "list<record { id: u32, name: option<string> }>",
        "map<string, list<u8, 4>>",
        "variant { a, b(tuple<u8, char>) }",
        "result<_, enum { x, y }>",
        "result<flags { x, y }>",
        "result",
    ] {
        assert_eq!(ty(text).to_string(), text);
    }
}
