//! Rust types lower to the same bytes as [`Val`], and lift the same values.

use proptest::{
    prelude::{ProptestConfig, any},
    prop_assume, proptest,
};

use super::shape::Shape;
use crate::component::{
    abi::{
        ValSink,
        bed::{Bed, MEMORY_BYTES},
        guest::{At, GuestSource},
        lift::lift,
        lower::store,
    },
    typed::{Lift, Lower},
    types::{Prim, TypeTable},
    value::Val,
};

/// The whole memory after a value was stored, and where.
fn stored(types: &TypeTable, ty: crate::component::types::Ty, lower: &dyn Lowers) -> (Vec<u8>, u32) {
    let mut bed = Bed::new().expect("is a module");
    let options = bed.options;
    bed.with(types, |cx| {
        let ptr = cx.alloc(types.align(ty), types.size(ty)).expect("is small");
        lower.store(cx, ty, ptr);
        (cx.guest.bytes(options.memory.expect("has one")).to_vec(), ptr)
    })
}

/// Either way to lower.
trait Lowers {
    fn store(&self, cx: &mut crate::component::abi::Cx<'_>, ty: crate::component::types::Ty, ptr: u32);
}

struct Typed<'a, V>(&'a V);
struct Untyped<'a>(&'a Val);

impl<V: Lower> Lowers for Typed<'_, V> {
    fn store(&self, cx: &mut crate::component::abi::Cx<'_>, ty: crate::component::types::Ty, ptr: u32) {
        self.0.store(cx, ty, ptr).expect("is of the type");
    }
}

impl Lowers for Untyped<'_> {
    fn store(&self, cx: &mut crate::component::abi::Cx<'_>, ty: crate::component::types::Ty, ptr: u32) {
        store(cx, ty, self.0, ptr).expect("is of the type");
    }
}

/// Holds the two paths against each other for one value.
fn check<V: Lower + Lift + PartialEq + std::fmt::Debug>(shape: &Shape, value: &V, val: &Val) {
    let mut types = TypeTable::default();
    let ty = shape.intern(&mut types);
    let (typed, ptr) = stored(&types, ty, &Typed(value));
    let (untyped, _) = stored(&types, ty, &Untyped(val));
    assert_eq!(typed.len(), MEMORY_BYTES);
    assert!(typed == untyped, "{value:?} and {val:?} lie differently in memory");
    let mut bed = Bed::new().expect("is a module");
    let options = bed.options;
    bed.fill(&options, 0, &typed);
    bed.with(&types, |cx| {
        let source = GuestSource { options: &options, at: At::Memory(ptr) };
        assert_eq!(&V::lift(cx, ty, source).expect("was lowered"), value);
        assert_eq!(&lift(cx, ty, source, &mut ValSink).expect("was lowered"), val);
    });
}

fn some<V>(value: Option<V>, val: impl Fn(V) -> Val) -> Val {
    Val::Option(value.map(|value| Box::new(val(value))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn tuples(value in any::<(u8, i64, bool, char, i16)>()) {
        let shape = Shape::Tuple([Prim::U8, Prim::S64, Prim::Bool, Prim::Char, Prim::S16].map(Shape::Prim).into());
        let (a, b, c, d, e) = value;
        check(&shape, &value, &Val::Tuple(vec![Val::U8(a), Val::S64(b), Val::Bool(c), Val::Char(d), Val::S16(e)]));
    }

    #[test]
    fn lists_of_primitives(a in any::<Vec<u16>>(), b in any::<Vec<i32>>(), c in any::<Vec<char>>(), d in any::<Vec<bool>>()) {
        let list = |prim| Shape::List(Box::new(Shape::Prim(prim)));
        let shape = Shape::Tuple([Prim::U16, Prim::S32, Prim::Char, Prim::Bool].map(list).into());
        let val = Val::Tuple(vec![
            Val::List(a.iter().copied().map(Val::U16).collect()),
            Val::List(b.iter().copied().map(Val::S32).collect()),
            Val::List(c.iter().copied().map(Val::Char).collect()),
            Val::List(d.iter().copied().map(Val::Bool).collect()),
        ]);
        check(&shape, &(a, b, c, d), &val);
    }

    #[test]
    fn options_results_and_strings(value in any::<Vec<(Option<String>, Result<u8, Option<f64>>)>>()) {
        prop_assume!(value.iter().all(|(_, result)| !matches!(result, Err(Some(float)) if float.is_nan())));
        let shape = Shape::List(Box::new(Shape::Tuple(vec![
            Shape::Option(Box::new(Shape::String)),
            Shape::Result(
                Some(Box::new(Shape::Prim(Prim::U8))),
                Some(Box::new(Shape::Option(Box::new(Shape::Prim(Prim::F64))))),
            ),
        ])));
        let val = Val::List(value.iter().cloned().map(|(text, result)| {
            let result = match result {
                Ok(byte) => Ok(Some(Box::new(Val::U8(byte)))),
                Err(float) => Err(Some(Box::new(some(float, Val::Float64)))),
            };
            Val::Tuple(vec![some(text, Val::String), Val::Result(result)])
        }).collect());
        check(&shape, &value, &val);
    }

    #[test]
    fn bytes(value in any::<Vec<u8>>()) {
        let val = Val::List(value.iter().copied().map(Val::U8).collect());
        check(&Shape::List(Box::new(Shape::Prim(Prim::U8))), &value, &val);
    }
}
