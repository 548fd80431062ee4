//! Random types and values: every form gives the value back, and no input makes a reader panic.

use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

use super::{text_type::in_table, walk::copy};
use crate::{
    component::{Type, Val},
    payload::{Map, Payload, check, from_val, json, parse_argument, to_val, wave, yaml},
};

/// A generator of numbers from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Small numbers and edges are likelier.
    fn bits(&mut self) -> u64 {
        match self.below(4) {
            0 => self.next(),
            1 => self.next() % 4,
            2 => u64::MAX - self.next() % 4,
            _ => (1 << 63) - self.next() % 2,
        }
    }

    fn char(&mut self) -> char {
        const EDGES: [char; 20] = [
            '\'', '"', '\\', '\n', '\r', '\t', '\0', ' ', ':', '#', '-', '{', '☃', '\u{301}', '\u{85}', '\u{2028}',
            '\u{feff}', '\u{7f}', '𝄞', '0',
        ];
        match self.below(3) {
            0 => EDGES[self.below(EDGES.len())],
            1 => char::from_u32(self.next() as u32 % 0x11_0000).unwrap_or('x'),
            _ => char::from(b'a' + self.below(26) as u8),
        }
    }

    fn string(&mut self) -> String {
        const WORDS: [&str; 12] = [
            "",
            "null",
            "~",
            "true",
            "1",
            "1e3",
            "NaN",
            ".inf",
            "none",
            "ok",
            "$serde_json::private::Number",
            " - x: y ",
        ];
        match self.below(3) {
            0 => WORDS[self.below(WORDS.len())].to_owned(),
            _ => (0..self.below(6)).map(|_| self.char()).collect(),
        }
    }

    fn type_text(&mut self, depth: usize) -> String {
        const PRIMS: [&str; 13] =
            ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"];
        const LABELS: [&str; 8] = ["a", "user-id", "none", "ok", "true", "some", "inf", "err"];
        if depth == 0 || self.below(4) == 0 {
            return PRIMS[self.below(PRIMS.len())].to_owned();
        }
        let depth = depth - 1;
        let count = 1 + self.below(LABELS.len());
        match self.below(10) {
            0 => format!("list<{}>", self.type_text(depth)),
            1 => format!("list<{}, {}>", self.type_text(depth), 1 + self.below(3)),
            2 => {
                const KEYS: [&str; 6] = ["string", "u8", "s64", "u64", "bool", "char"];
                format!("map<{}, {}>", KEYS[self.below(KEYS.len())], self.type_text(depth))
            }
            3 => {
                let fields: Vec<_> =
                    LABELS[..count].iter().map(|name| format!("{name}: {}", self.type_text(depth))).collect();
                format!("record {{ {} }}", fields.join(", "))
            }
            4 => {
                let types: Vec<_> = (0..1 + self.below(3)).map(|_| self.type_text(depth)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            5 => {
                let case = |name: &&str| match self.below(2) {
                    0 => (*name).to_owned(),
                    _ => format!("{name}({})", self.type_text(depth)),
                };
                let cases: Vec<_> = LABELS[..count].iter().map(case).collect();
                format!("variant {{ {} }}", cases.join(", "))
            }
            6 => format!("enum {{ {} }}", LABELS[..count].join(", ")),
            7 => format!("flags {{ {} }}", LABELS[..count].join(", ")),
            8 => format!("option<{}>", self.type_text(depth)),
            _ => match self.below(4) {
                0 => "result".to_owned(),
                1 => format!("result<{}>", self.type_text(depth)),
                2 => format!("result<_, {}>", self.type_text(depth)),
                _ => format!("result<{}, {}>", self.type_text(depth), self.type_text(depth)),
            },
        }
    }

    fn payload_of(&mut self, ty: Option<&Type>) -> Option<Box<Val>> {
        ty.map(|ty| Box::new(self.val(ty)))
    }

    fn vals(&mut self, ty: &Type, len: usize) -> Vec<Val> {
        (0..len).map(|_| self.val(ty)).collect()
    }

    fn val(&mut self, ty: &Type) -> Val {
        match ty {
            Type::Bool => Val::Bool(self.below(2) == 0),
            Type::S8 => Val::S8(self.bits() as i8),
            Type::U8 => Val::U8(self.bits() as u8),
            Type::S16 => Val::S16(self.bits() as i16),
            Type::U16 => Val::U16(self.bits() as u16),
            Type::S32 => Val::S32(self.bits() as i32),
            Type::U32 => Val::U32(self.bits() as u32),
            Type::S64 => Val::S64(self.bits() as i64),
            Type::U64 => Val::U64(self.bits()),
            Type::Float32 => Val::Float32(f32::from_bits(self.bits() as u32)),
            Type::Float64 => Val::Float64(f64::from_bits(self.bits())),
            Type::Char => Val::Char(self.char()),
            Type::String => Val::String(self.string()),
            Type::List(list) => {
                let len = self.below(5);
                Val::List(self.vals(&list.ty(), len))
            }
            Type::FixedList(list) => Val::List(self.vals(&list.ty(), list.elements() as usize)),
            Type::Map(map) => {
                let (key, value) = map.entry();
                Val::Map((0..self.below(4)).map(|_| (self.val(&key), self.val(&value))).collect())
            }
            Type::Record(record) => {
                Val::Record(record.fields().map(|(name, ty)| (name.to_owned(), self.val(&ty))).collect())
            }
            Type::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| self.val(&ty)).collect()),
            Type::Variant(variant) => {
                let (name, ty) = variant.cases().nth(self.below(variant.cases().len())).expect("a case");
                Val::Variant(name.to_owned(), self.payload_of(ty.as_ref()))
            }
            Type::Enum(names) => {
                Val::Enum(names.names().nth(self.below(names.names().len())).expect("a case").to_owned())
            }
            Type::Option(option) => match self.below(3) {
                0 => Val::Option(None),
                _ => Val::Option(self.payload_of(Some(&option.ty()))),
            },
            Type::Result(result) => match self.below(2) {
                0 => Val::Result(Ok(self.payload_of(result.ok().as_ref()))),
                _ => Val::Result(Err(self.payload_of(result.err().as_ref()))),
            },
            Type::Flags(flags) => Val::Flags(flags.names().filter(|_| self.below(2) == 0).map(str::to_owned).collect()),
            other => unreachable!("no {other} is generated"),
        }
    }

    fn payload(&mut self, depth: usize) -> Payload {
        const LABELS: [&str; 6] = ["a", "user-id", "user_id", "none", "ok", "some"];
        match self.below(if depth == 0 { 7 } else { 9 }) {
            0 => Payload::Null,
            1 => Payload::Bool(self.below(2) == 0),
            2 => Payload::Int(i128::from(self.bits() as i64)),
            3 => Payload::Float(f64::from_bits(self.bits())),
            4 => Payload::Float32(f32::from_bits(self.bits() as u32)),
            5 => Payload::String(match self.below(2) {
                0 => LABELS[self.below(LABELS.len())].to_owned(),
                _ => self.string(),
            }),
            6 => Payload::Bytes(self.string().into_bytes()),
            7 => Payload::Array((0..self.below(4)).map(|_| self.payload(depth - 1)).collect()),
            _ => {
                let mut map = Map::new();
                for _ in 0..self.below(4) {
                    let name = LABELS[self.below(LABELS.len())];
                    map.insert(name, self.payload(depth - 1));
                }
                Payload::Map(map)
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_form_gives_the_value_back(seed in any::<u64>()) {
        let mut random = Random(seed);
        let text = random.type_text(4);
        let (table, id) = in_table(&text);
        let ty = Type::new(&table, id);
        let val = random.val(&ty);

        let payload = from_val(&val, &ty)?;
        check(&payload, &ty)?;
        prop_assert_eq!(&to_val(&payload, &ty)?, &val, "payload as {}", &text);

        let json = json::to_text(&payload);
        prop_assert_eq!(&to_val(&json::from_text(&json)?, &ty)?, &val, "JSON {} as {}", &json, &text);

        let yaml = yaml::to_text(&payload)?;
        prop_assert_eq!(&to_val(&yaml::from_text(&yaml)?, &ty)?, &val, "YAML {} as {}", &yaml, &text);

        let wave = wave::to_text(&val)?;
        prop_assert_eq!(&to_val(&wave::from_text(&wave, &ty)?, &ty)?, &val, "WAVE {} as {}", &wave, &text);

        prop_assert_eq!(&to_val(&parse_argument(&json, &ty)?, &ty)?, &val, "argument {} as {}", &json, &text);
        prop_assert_eq!(&to_val(&copy((&payload).into(), &table, id)?, &ty)?, &val, "lowered and lifted {}", &text);
    }

    #[test]
    fn lowering_and_reading_agree_on_what_fits(seed in any::<u64>()) {
        let mut random = Random(seed);
        let text = random.type_text(3);
        let (table, id) = in_table(&text);
        let ty = Type::new(&table, id);
        let payload = random.payload(4);
        let read = to_val(&payload, &ty).map_err(|error| error.message().to_owned());
        let lowered = copy((&payload).into(), &table, id).map_err(|error| error.message().to_owned());
        prop_assert_eq!(read.as_ref().err(), lowered.as_ref().err(), "{} as {}", json::to_text(&payload), &text);
        let checked = check(&payload, &ty).map_err(|error| error.message().to_owned());
        prop_assert_eq!(read.as_ref().err(), checked.as_ref().err(), "{} as {}", json::to_text(&payload), text);
        if let (Ok(val), Ok(copied)) = (read, lowered) {
            prop_assert_eq!(to_val(&copied, &ty)?, val);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in r#"([\[\]{}(),:"'\\\-+.eE0-9a-z%/\n\r &*!|>~#]|some\(|"""|\\u\{|//|true|none|\PC){0,24}"#, seed in any::<u64>()) {
        let (table, id) = in_table(&Random(seed).type_text(3));
        let ty = Type::new(&table, id);
        let _ = wave::Call::parse(&text);
        let _ = parse_argument(&text, &ty);
        if let Ok(payload) = wave::from_text(&text, &ty) {
            prop_assert!(wave::payload_to_text(&payload, &ty).is_ok() || to_val(&payload, &ty).is_err());
        }
        if let Ok(payload) = yaml::from_text(&text) {
            let _ = to_val(&payload, &ty);
        }
    }
}
