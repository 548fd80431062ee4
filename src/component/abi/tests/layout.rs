//! Sizes, alignments and flat forms, against those of wit-parser.

use std::fmt::Write as _;

use proptest::{prelude::ProptestConfig, prop_assert_eq, proptest};
use wit_parser::{
    Resolve, SizeAlign, Type,
    abi::{FlatTypes, WasmType},
};

use super::shape::{Shape, shape};
use crate::component::types::{FlatTy, MAX_FLAT_PARAMS, TypeTable};

/// A type in WIT: its name, and the definitions that it needs.
fn wit(shape: &Shape, definitions: &mut String, count: &mut usize) -> String {
    let mut inner = |shape: &Shape| wit(shape, definitions, count);
    let (keyword, body) = match shape {
        Shape::Prim(prim) => return prim.keyword().into(),
        Shape::String => return "string".into(),
        Shape::List(element) => return format!("list<{}>", inner(element)),
        Shape::FixedList(element, len) => return format!("list<{}, {len}>", inner(element)),
        // The parser's keys are fewer than ours; in memory a map is a list.
        Shape::Map(key, value) => return format!("list<tuple<{}, {}>>", key.keyword(), inner(value)),
        Shape::Option(some) => return format!("option<{}>", inner(some)),
        Shape::Tuple(fields) => {
            let fields: Vec<String> = fields.iter().map(inner).collect();
            return format!("tuple<{}>", fields.join(", "));
        }
        Shape::Result(ok, err) => {
            return match (ok.as_ref().map(|ok| inner(ok)), err.as_ref().map(|err| inner(err))) {
                (None, None) => "result".into(),
                (Some(ok), None) => format!("result<{ok}>"),
                (None, Some(err)) => format!("result<_, {err}>"),
                (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
            };
        }
        Shape::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().enumerate().map(|(index, field)| format!("f{index}: {}", inner(field))).collect();
            ("record", fields)
        }
        Shape::Variant(cases) => {
            let case = |(index, case): (usize, &Option<Shape>)| match case {
                Some(case) => format!("c{index}({})", inner(case)),
                None => format!("c{index}"),
            };
            ("variant", cases.iter().enumerate().map(case).collect())
        }
        Shape::Enum(labels) => ("enum", (0..*labels).map(|index| format!("e{index}")).collect()),
        Shape::Flags(labels) => ("flags", (0..*labels).map(|index| format!("b{index}")).collect()),
    };
    *count += 1;
    let _ = writeln!(definitions, "{keyword} t{count} {{ {} }}", body.join(", "));
    format!("t{count}")
}

fn flat_type(ty: WasmType) -> FlatTy {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => FlatTy::I64,
        WasmType::F32 => FlatTy::F32,
        WasmType::F64 => FlatTy::F64,
        WasmType::I32 | WasmType::Pointer | WasmType::Length => FlatTy::I32,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn layouts_are_those_of_wit_parser(shape in shape()) {
        let mut types = TypeTable::default();
        let ty = shape.intern(&mut types);
        let mut definitions = String::new();
        let name = wit(&shape, &mut definitions, &mut 0);
        let text = format!("package a:b;\ninterface i {{\n{definitions}type it = {name};\n}}\n");
        let mut resolve = Resolve::default();
        resolve.push_str("a.wit", &text).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
        let (_, interface) = resolve.interfaces.iter().next().expect("has one");
        let it = Type::Id(interface.types["it"]);
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve).expect("is small");
        prop_assert_eq!(types.size(ty) as usize, sizes.size(&it).size_wasm32(), "size of {}", text);
        prop_assert_eq!(types.align(ty) as usize, sizes.align(&it).align_wasm32(), "alignment of {}", text);
        let mut slots = [WasmType::I32; MAX_FLAT_PARAMS];
        let mut flat = FlatTypes::new(&mut slots);
        let theirs = resolve.push_flat(&it, &mut flat).then(|| {
            flat.to_vec().into_iter().map(flat_type).collect::<Vec<_>>()
        });
        prop_assert_eq!(types.flat(ty).map(<[FlatTy]>::to_vec), theirs, "flat form of {}", text);
    }
}
