//! Random types, with random values of them.

use proptest::{
    collection::vec,
    prelude::{BoxedStrategy, Just, Strategy, any},
    prop_oneof,
    sample::subsequence,
};

use crate::component::{
    abi::bed::PRIMS,
    types::{NamesDef, Prim, Ty, TypeDef, TypeTable, VariantDef},
    value::Val,
};

/// A type that is not in a table yet.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Prim(Prim),
    String,
    List(Box<Shape>),
    FixedList(Box<Shape>, u32),
    Map(Prim, Box<Shape>),
    Record(Vec<Shape>),
    Tuple(Vec<Shape>),
    Variant(Vec<Option<Shape>>),
    Enum(usize),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Flags(usize),
}

/// A random type.
pub(super) fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        4 => proptest::sample::select(&PRIMS[..]).prop_map(Shape::Prim),
        2 => Just(Shape::String),
        1 => (1..300_usize).prop_map(Shape::Enum),
        1 => (1..=32_usize).prop_map(Shape::Flags),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let optional = || proptest::option::of(boxed());
        prop_oneof![
            boxed().prop_map(Shape::List),
            (boxed(), 1..6_u32).prop_map(|(shape, len)| Shape::FixedList(shape, len)),
            (proptest::sample::select(&PRIMS[..]), boxed()).prop_map(|(key, value)| Shape::Map(key, value)),
            vec(inner.clone(), 1..5).prop_map(Shape::Record),
            vec(inner.clone(), 1..5).prop_map(Shape::Tuple),
            vec(proptest::option::of(inner.clone()), 1..6).prop_map(Shape::Variant),
            boxed().prop_map(Shape::Option),
            (optional(), optional()).prop_map(|(ok, err)| Shape::Result(ok, err)),
        ]
    })
}

/// A random type with a random value of it.
pub(super) fn shape_and_value() -> impl Strategy<Value = (Shape, Val)> {
    shape().prop_flat_map(|shape| (Just(shape.clone()), value(&shape)))
}

impl Shape {
    /// The type in a table.
    pub(super) fn intern(&self, types: &mut TypeTable) -> Ty {
        let labels = |count: usize, letter: &str| NamesDef {
            names: (0..count).map(|index| format!("{letter}{index}").into()).collect(),
        };
        let def = match self {
            Shape::Prim(prim) => return Ty::Prim(*prim),
            Shape::String => return Ty::String,
            Shape::List(element) => TypeDef::List(element.intern(types)),
            Shape::FixedList(element, len) => TypeDef::FixedList(element.intern(types), *len),
            Shape::Map(key, value) => {
                let (key, value) = (Ty::Prim(*key), value.intern(types));
                TypeDef::Map(key, value, types.entry_at(key, value).expect("is small"))
            }
            Shape::Record(fields) => {
                let fields: Vec<Ty> = fields.iter().map(|field| field.intern(types)).collect();
                let named = fields.into_iter().enumerate().map(|(index, ty)| (format!("f{index}").into(), ty));
                TypeDef::Record(types.record(named).expect("is small"))
            }
            Shape::Tuple(fields) => {
                let fields: Vec<Ty> = fields.iter().map(|field| field.intern(types)).collect();
                TypeDef::Tuple(types.tuple(fields).expect("is small"))
            }
            Shape::Variant(cases) => {
                let payloads: Vec<Option<Ty>> =
                    cases.iter().map(|case| case.as_ref().map(|case| case.intern(types))).collect();
                let at = types.payload_at(cases.len(), payloads.iter().flatten().copied());
                let named = payloads.into_iter().enumerate().map(|(index, ty)| (format!("c{index}").into(), ty));
                TypeDef::Variant(VariantDef { cases: named.collect(), at })
            }
            Shape::Enum(count) => TypeDef::Enum(labels(*count, "e")),
            Shape::Option(some) => {
                let some = some.intern(types);
                TypeDef::Option(some, types.payload_at(2, [some]))
            }
            Shape::Result(ok, err) => {
                let ok = ok.as_ref().map(|ok| ok.intern(types));
                let err = err.as_ref().map(|err| err.intern(types));
                TypeDef::Result { ok, err, at: types.payload_at(2, ok.into_iter().chain(err)) }
            }
            Shape::Flags(count) => TypeDef::Flags(labels(*count, "b")),
        };
        types.intern(def).expect("is small")
    }
}

fn prim(prim: Prim) -> BoxedStrategy<Val> {
    match prim {
        Prim::Bool => any::<bool>().prop_map(Val::Bool).boxed(),
        Prim::S8 => any::<i8>().prop_map(Val::S8).boxed(),
        Prim::U8 => any::<u8>().prop_map(Val::U8).boxed(),
        Prim::S16 => any::<i16>().prop_map(Val::S16).boxed(),
        Prim::U16 => any::<u16>().prop_map(Val::U16).boxed(),
        Prim::S32 => any::<i32>().prop_map(Val::S32).boxed(),
        Prim::U32 => any::<u32>().prop_map(Val::U32).boxed(),
        Prim::S64 => any::<i64>().prop_map(Val::S64).boxed(),
        Prim::U64 => any::<u64>().prop_map(Val::U64).boxed(),
        Prim::F32 => any::<u32>().prop_map(|bits| Val::Float32(f32::from_bits(bits))).boxed(),
        Prim::F64 => any::<u64>().prop_map(|bits| Val::Float64(f64::from_bits(bits))).boxed(),
        Prim::Char => any::<char>().prop_map(Val::Char).boxed(),
    }
}

/// A random value of a type.
pub(super) fn value(shape: &Shape) -> BoxedStrategy<Val> {
    let payload = |shape: &Option<Box<Shape>>| match shape {
        Some(shape) => value(shape).prop_map(|value| Some(Box::new(value))).boxed(),
        None => Just(None).boxed(),
    };
    match shape {
        Shape::Prim(kind) => prim(*kind),
        Shape::String => any::<String>().prop_map(Val::String).boxed(),
        Shape::List(element) => vec(value(element), 0..4).prop_map(Val::List).boxed(),
        Shape::FixedList(element, len) => vec(value(element), *len as usize).prop_map(Val::List).boxed(),
        Shape::Map(key, element) => vec((prim(*key), value(element)), 0..4).prop_map(Val::Map).boxed(),
        Shape::Record(fields) => {
            let fields: Vec<_> =
                fields.iter().enumerate().map(|(index, field)| (Just(format!("f{index}")), value(field))).collect();
            fields.prop_map(Val::Record).boxed()
        }
        Shape::Tuple(fields) => fields.iter().map(value).collect::<Vec<_>>().prop_map(Val::Tuple).boxed(),
        Shape::Variant(cases) => {
            let case = |(index, case): (usize, &Option<Shape>)| {
                let payload = payload(&case.clone().map(Box::new));
                payload.prop_map(move |payload| Val::Variant(format!("c{index}"), payload)).boxed()
            };
            proptest::strategy::Union::new(cases.iter().enumerate().map(case).collect::<Vec<_>>()).boxed()
        }
        Shape::Enum(count) => (0..*count).prop_map(|index| Val::Enum(format!("e{index}"))).boxed(),
        Shape::Option(some) => {
            let some = value(some);
            proptest::option::of(some).prop_map(|some| Val::Option(some.map(Box::new))).boxed()
        }
        Shape::Result(ok, err) => {
            let (ok, err) = (payload(ok), payload(err));
            prop_oneof![ok.prop_map(|ok| Val::Result(Ok(ok))), err.prop_map(|err| Val::Result(Err(err)))].boxed()
        }
        Shape::Flags(count) => {
            let names: Vec<String> = (0..*count).map(|index| format!("b{index}")).collect();
            subsequence(names, 0..=*count).prop_map(Val::Flags).boxed()
        }
    }
}
