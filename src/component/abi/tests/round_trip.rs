//! What was lowered is lifted again, flat and through memory; and no bytes at all make lifting panic.

use proptest::{
    prelude::{Just, ProptestConfig, any},
    prop_assert_eq, prop_oneof, proptest,
};

use super::shape::shape_and_value;
use crate::{
    component::{
        abi::{
            ValSink,
            bed::{Bed, MEMORY_BYTES, TypeMaker, encoding},
            guest::{At, GuestSource},
            lift::lift,
            lower::{lower_flat, store},
            scalar,
        },
        types::TypeTable,
    },
    engine::CoreVal,
    error::Fault,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn through_memory((shape, value) in shape_and_value(), coding in 0..3_u8) {
        let mut types = TypeTable::default();
        let ty = shape.intern(&mut types);
        let mut bed = Bed::new().expect("is a module");
        bed.options.encoding = encoding(coding);
        let options = bed.options;
        let lifted = bed.with(&types, |cx| {
            let ptr = cx.alloc(types.align(ty), types.size(ty)).expect("is small");
            store(cx, ty, &value, ptr).expect("is of the type");
            lift(cx, ty, GuestSource { options: &options, at: At::Memory(ptr) }, &mut ValSink)
        });
        prop_assert_eq!(lifted.expect("was lowered"), value);
    }

    #[test]
    fn flat((shape, value) in shape_and_value(), coding in 0..3_u8) {
        let mut types = TypeTable::default();
        let ty = shape.intern(&mut types);
        let Some(flat) = types.flat(ty) else { return Ok(()) };
        let mut slots: Vec<CoreVal> = flat.iter().map(|ty| scalar::zero(*ty)).collect();
        let mut bed = Bed::new().expect("is a module");
        bed.options.encoding = encoding(coding);
        let options = bed.options;
        let lifted = bed.with(&types, |cx| {
            lower_flat(cx, ty, &value, &mut slots).expect("is of the type");
            lift(cx, ty, GuestSource { options: &options, at: At::Flat(&slots) }, &mut ValSink)
        });
        prop_assert_eq!(lifted.expect("was lowered"), value);
    }

    #[test]
    fn from_guest_to_guest((shape, value) in shape_and_value(), from in 0..3_u8, to in 0..3_u8) {
        let mut types = TypeTable::default();
        let ty = shape.intern(&mut types);
        let mut bed = Bed::new().expect("is a module");
        (bed.other.encoding, bed.options.encoding) = (encoding(from), encoding(to));
        let (options, other) = (bed.options, bed.other);
        std::mem::swap(&mut bed.options, &mut bed.other);
        let at = bed.with(&types, |cx| {
            let ptr = cx.alloc(types.align(ty), types.size(ty)).expect("is small");
            store(cx, ty, &value, ptr).expect("is of the type");
            ptr
        });
        std::mem::swap(&mut bed.options, &mut bed.other);
        let lifted = bed.with(&types, |cx| {
            let ptr = cx.alloc(types.align(ty), types.size(ty)).expect("is small");
            store(cx, ty, GuestSource { options: &other, at: At::Memory(at) }, ptr).expect("is of the type");
            lift(cx, ty, GuestSource { options: &options, at: At::Memory(ptr) }, &mut ValSink)
        });
        prop_assert_eq!(lifted.expect("was lowered"), value);
    }

    #[test]
    fn any_bytes_are_a_value_or_a_trap(
        shape in proptest::collection::vec(any::<u8>(), 16),
        memory in proptest::collection::vec(prop_oneof![0..8_u8, any::<u8>()], 0..256),
        at in prop_oneof![Just(0_usize), Just(MEMORY_BYTES - 8), 0..256_usize],
        coding in 0..3_u8,
    ) {
        let mut types = TypeTable::default();
        let ty = TypeMaker { bytes: &shape }.ty(&mut types, 4).expect("is small");
        let mut bed = Bed::new().expect("is a module");
        bed.options.encoding = encoding(coding);
        let options = bed.options;
        bed.fill(&options, 0, &memory);
        let lifted = bed.with(&types, |cx| {
            cx.guest.state().max_copy_bytes = 1 << 20;
            lift(cx, ty, GuestSource { options: &options, at: At::Memory(at as u32) }, &mut ValSink)
        });
        if let Err(error) = lifted {
            prop_assert_eq!(error.fault(), Fault::Guest, "{}", error);
        }
    }
}
