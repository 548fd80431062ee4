//! Strings between all encodings, against text that was encoded by hand.

use proptest::{
    prelude::{Just, ProptestConfig, Strategy},
    prop_assert_eq, prop_oneof, proptest,
};

use crate::component::{
    abi::{bed::Bed, string},
    plan::StringEncoding,
    types::TypeTable,
};

/// The model: bytes of a text, and its tagged code units.
fn encode(text: &str, encoding: StringEncoding) -> (Vec<u8>, u32) {
    let utf16 = || -> (Vec<u8>, u32) {
        let units: Vec<u16> = text.encode_utf16().collect();
        (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), units.len() as u32)
    };
    match encoding {
        StringEncoding::Utf8 => (text.as_bytes().into(), text.len() as u32),
        StringEncoding::Utf16 => utf16(),
        StringEncoding::CompactUtf16 => match text.chars().map(|c| u8::try_from(u32::from(c))).collect() {
            Ok(bytes) => {
                let bytes: Vec<u8> = bytes;
                let len = bytes.len() as u32;
                (bytes, len)
            }
            Err(_) => {
                let (bytes, units) = utf16();
                (bytes, units | 1 << 31)
            }
        },
    }
}

fn encodings() -> impl Strategy<Value = StringEncoding> {
    prop_oneof![Just(StringEncoding::Utf8), Just(StringEncoding::Utf16), Just(StringEncoding::CompactUtf16)]
}

/// Text of ASCII, of Latin-1, of the basic plane and of anything, and mixtures of those.
fn texts() -> impl Strategy<Value = String> {
    let parts = prop_oneof!["[a-z]{0,8}", "[\u{80}-\u{ff}]{0,8}", "[\u{100}-\u{d7ff}]{0,4}", ".{0,4}"];
    proptest::collection::vec(parts, 0..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_text_arrives_as_the_model_writes_it(text in texts(), from in encodings(), to in encodings()) {
        let (bytes, units) = encode(&text, from);
        let mut bed = Bed::new().expect("is a module");
        (bed.other.encoding, bed.options.encoding) = (from, to);
        let (options, other) = (bed.options, bed.other);
        bed.fill(&other, 4_096, &bytes);
        let types = TypeTable::default();
        let (found, found_units) = bed.with(&types, |cx| {
            let (ptr, units) = string::transcode(cx, &other, 4_096, units).expect("is well formed");
            let memory = cx.guest.bytes(options.memory.expect("has one"));
            let range = string::range(memory, ptr, units, to).expect("is in bounds");
            (memory[range.bytes].to_vec(), units)
        });
        prop_assert_eq!((found, found_units), encode(&text, to));
    }

    #[test]
    fn a_text_of_the_host_arrives_as_the_model_writes_it(text in texts(), to in encodings()) {
        let mut bed = Bed::new().expect("is a module");
        bed.options.encoding = to;
        let options = bed.options;
        let types = TypeTable::default();
        let (found, found_units) = bed.with(&types, |cx| {
            let (ptr, units) = cx.store_str(&text).expect("is small");
            let memory = cx.guest.bytes(options.memory.expect("has one"));
            let range = string::range(memory, ptr, units, to).expect("is in bounds");
            (memory[range.bytes].to_vec(), units)
        });
        prop_assert_eq!((found, found_units), encode(&text, to));
    }
}
