//! A fuzzer that needs no nightly compiler: random bytes and mutated seeds for plain `fn(&[u8])`.
//!
//! Knows nothing of what its targets do. The same target, seed and corpus give the same inputs in the same order, so a
//! finding can be repeated by its number as well as by its file. To add a target, add an entry to [`TARGETS`], and a file of
//! its name to `conformance/fuzz/fuzz_targets`.
//!
//! A finding becomes a test beside the code that it was found in. Before a release each target runs for ten minutes:
//!
//! ```sh
//! cargo build --release -p nojit-conformance --bin nojit-fuzz
//! target/release/nojit-fuzz --list | while read -r name about; do target/release/nojit-fuzz "$name" 600 "$(date +%s)"; done
//! ```
//!
//! `cargo +nightly fuzz run decode -- -max_total_time=600`, in the folder `conformance`, runs the same function with coverage.

use std::time::Duration;

use crate::{engine, panics};

/// A function that must return for every input, and panics if it finds a defect.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it checks, as a sentence.
    pub about: &'static str,
    /// The function.
    pub run: fn(&[u8]),
    /// Inputs to mutate when no corpus is given.
    pub seeds: &'static [&'static [u8]],
    /// Text of components, whose binaries are seeds too.
    pub texts: &'static [&'static str],
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "decode",
        about: "any bytes are a component or are refused",
        run: engine::fuzz_decode,
        seeds: &[b"\0asm\x0d\0\x01\0", b"(component)", COMPUTE, TEXTS[0].as_bytes(), TEXTS[1].as_bytes()],
        texts: TEXTS,
    },
    Target {
        name: "plan",
        about: "any valid component has a plan or is refused",
        run: nojit::component::fuzz_plan,
        seeds: &[COMPUTE, KITCHEN],
        texts: TEXTS,
    },
    Target {
        name: "run",
        about: "any component runs alike in one go, in slices and with parked host calls",
        run: engine::fuzz_run,
        seeds: &[COMPUTE],
        texts: TEXTS,
    },
    Target {
        name: "lift",
        about: "any memory is a value or a trap",
        run: nojit::component::fuzz_lift,
        seeds: &[
            &[0; 64],
            b"\x03\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\x03\0\0\0",
            b"\x06\x03\x03\x02\x0a\x01\x07\x0b\x02\x08\x05\x01\x04\x09\x0c\0\x18\0\0\0\x03\0\0\0\x01\0\0\0\x20\0\0\0\x05\0\0\0hello",
        ],
        texts: &[],
    },
    Target {
        name: "transcode",
        about: "any string passes between guests unchanged, or traps",
        run: nojit::component::fuzz_transcode,
        seeds: &[
            b"\0\x01\0\x05\0hello",
            b"\0\x02\0\x08\0h\xc3\xa9llo\xe2\x82\xac",
            b"\x01\0\0\x04\0h\0\xe9\0\xac\x20\x3d\xd8",
            b"\x02\x02\0\x03\x01h\0\xe9\0\xac\x20",
            b"\x02\x01\0\x04\0h\xe9\xff\x7f",
        ],
        texts: &[],
    },
    Target {
        name: "registry",
        about: "any definition file is read or refused, and so are the small texts in it",
        run: nojit::registry::fuzz,
        seeds: &[
            include_bytes!("../../examples/pipeline/_index.yaml"),
            include_bytes!("../../examples/answer-file/_index.yaml"),
            b"30s",
            b"../a//b/./c",
            b"ns:name",
        ],
        texts: &[],
    },
    Target {
        name: "wrap",
        about: "any core module and any WIT make a component or are refused",
        run: engine::fuzz_wrap,
        seeds: &[
            b"add: func(a: s32, b: s32) -> s32\0(module (func (export \"add\") (param i32 i32) (result i32) local.get 0))",
            b"\0(module (import \"env\" \"f\" (func (param f64))) (func (export \"addTwo\") (param i64) (result i64 i32) unreachable))",
            b"interface math { record p { x: f32 } add: func(p: p) -> list<p>; }\0(module (memory (export \"memory\") 1)
              (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) i32.const 8)
              (func (export \"math#add\") (param f32) (result i32) i32.const 8))",
            b"package a:b; world w { import log: func(s: string); export run: func() -> result<string>; }\0(module)",
        ],
        texts: &[],
    },
];

const COMPUTE: &[u8] = include_bytes!("../../examples/pipeline/wasm/compute.wasm");
const KITCHEN: &[u8] = include_bytes!("../../tests/guests/kitchen/kitchen.wasm");

/// Components that use most definitions there are.
const TEXTS: &[&str] = &[
    r#"(component (core module $m (func (export "f") (result i32) i32.const 1)) (core instance $i (instantiate $m))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))"#,
    r#"(component (import "a:b/c@1.0.0" (instance (export "r" (type (sub resource))))))"#,
    r#"(component
      (component $inner
        (type $thing' (resource (rep i32)))
        (export $thing "thing" (type $thing'))
        (core func $new (canon resource.new $thing'))
        (core func $rep (canon resource.rep $thing'))
        (core module $m
          (import "" "new" (func $new (param i32) (result i32)))
          (import "" "rep" (func $rep (param i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
          (func (export "make") (result i32) (call $new (i32.const 7)))
          (func (export "len") (param i32 i32) (result i32) (local.get 1)))
        (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "rep" (func $rep))))))
        (func (export "make") (result (own $thing)) (canon lift (core func $i "make")))
        (func (export "len") (param "s" string) (result u32)
          (canon lift (core func $i "len") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
      (instance $inner (instantiate $inner))
      (alias export $inner "thing" (type $thing))
      (core module $libc (memory (export "memory") 1 2) (data (i32.const 16) "some text"))
      (core instance $libc (instantiate $libc))
      (core func $make (canon lower (func $inner "make")))
      (core func $len (canon lower (func $inner "len") (memory (core memory $libc "memory")) string-encoding=utf8))
      (core func $drop (canon resource.drop $thing))
      (core module $m
        (import "" "make" (func $make (result i32)))
        (import "" "len" (func $len (param i32 i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (import "libc" "memory" (memory 1))
        (table 4 funcref)
        (func $start (drop (memory.grow (i32.const 1))))
        (start $start)
        (func (export "run") (result i32)
          (local $n i32)
          (call $drop (call $make))
          (loop
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (memory.fill (i32.const 0) (local.get $n) (i32.const 8))
            (br_if 0 (i32.lt_u (local.get $n) (i32.const 10))))
          (i32.add (i32.load (i32.const 4)) (call $len (i32.const 16) (i32.const 9)))))
      (core instance $i (instantiate $m
        (with "" (instance (export "make" (func $make)) (export "len" (func $len)) (export "drop" (func $drop))))
        (with "libc" (instance $libc))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))"#,
];

impl Target {
    /// The inputs to begin with.
    pub fn corpus(&self) -> Vec<Vec<u8>> {
        let binaries = self.texts.iter().filter_map(|text| wat::parse_str(text).ok());
        self.seeds.iter().map(|seed| seed.to_vec()).chain(binaries).collect()
    }
}

/// Runs the target of this name on one input, for fuzzers that bring their own.
///
/// # Panics
///
/// If there is no such target, or it has found something.
pub fn target(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("every file of fuzz_targets has its target").run)(input);
}

/// Inputs are at most this long, unless a seed is longer.
const MAX_LEN_BYTES: usize = 4096;

/// Values at which code decides.
const EDGES: [u32; 10] = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// An input that made its target panic.
#[derive(Debug)]
pub struct Finding {
    /// How many inputs ran before it.
    pub number: u64,
    /// The input.
    pub input: Vec<u8>,
    /// The panic.
    pub message: String,
}

/// Runs `run` on generated inputs until `elapsed` says that the time is over; how many inputs ran.
///
/// # Errors
///
/// The first input that makes it panic.
pub fn fuzz(
    run: fn(&[u8]),
    corpus: &[Vec<u8>],
    seed: u64,
    duration: Duration,
    mut elapsed: impl FnMut() -> Duration,
) -> Result<u64, Finding> {
    let mut inputs = Inputs::new(corpus, seed);
    let mut number = 0;
    while elapsed() < duration {
        let input = inputs.next_input();
        if let Err(message) = panics::catch(|| run(&input)) {
            return Err(Finding { number, input, message });
        }
        number += 1;
    }
    Ok(number)
}

/// Generates inputs: first the seeds as they are, then mutations of them and a few random ones.
struct Inputs<'a> {
    corpus: &'a [Vec<u8>],
    next_seed: usize,
    random: Random,
}

impl<'a> Inputs<'a> {
    fn new(corpus: &'a [Vec<u8>], seed: u64) -> Self {
        Inputs { corpus, next_seed: 0, random: Random(seed) }
    }

    fn next_input(&mut self) -> Vec<u8> {
        if let Some(seed) = self.corpus.get(self.next_seed) {
            self.next_seed += 1;
            return seed.clone();
        }
        if self.corpus.is_empty() || self.random.below(16) == 0 {
            let len = self.random.below(256);
            return (0..len).map(|_| self.random.byte()).collect();
        }
        let mut input = self.any_seed().to_vec();
        let max_len = input.len().max(MAX_LEN_BYTES);
        for _ in 0..=self.random.below(8) {
            self.mutate(&mut input);
        }
        input.truncate(max_len);
        input
    }

    fn any_seed(&mut self) -> &'a [u8] {
        match self.corpus.len() {
            0 => &[],
            len => &self.corpus[self.random.below(len)],
        }
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.random.below(input.len() + 1);
        match self.random.below(8) {
            0 => input.insert(at, self.random.byte()),
            1 => input.truncate(at),
            2 => {
                let end = input.len().min(at + 1 + self.random.below(16));
                input.drain(at..end);
            }
            3 => {
                let chunk = chunk(&mut self.random, input).to_vec();
                input.splice(at..at, chunk);
            }
            4 => {
                let seed = self.any_seed();
                let chunk = chunk(&mut self.random, seed).to_vec();
                input.splice(at..at, chunk);
            }
            5 => {
                let edge = EDGES[self.random.below(EDGES.len())].to_le_bytes();
                let end = input.len().min(at + edge.len());
                input.splice(at..end, edge);
            }
            6 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.random.below(8);
                }
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.random.byte();
                }
            }
        }
    }
}

/// A random part of `bytes`, at most 64 long.
fn chunk<'a>(random: &mut Random, bytes: &'a [u8]) -> &'a [u8] {
    let start = random.below(bytes.len() + 1);
    let end = bytes.len().min(start + random.below(65));
    &bytes[start..end]
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        // The remainder is smaller than `limit`, so it fits.
        (self.next() % limit as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A clock that lets `inputs` inputs run.
    fn until(inputs: u64) -> (Duration, impl FnMut() -> Duration) {
        let mut now = Duration::ZERO;
        let tick = move || {
            now += Duration::from_secs(1);
            now
        };
        (Duration::from_secs(inputs + 1), tick)
    }

    #[test]
    fn a_defect_two_mutations_away_is_found() {
        fn target(input: &[u8]) {
            assert!(!(input.len() == 9 && input[0] == b'\0' && input.contains(&0xff)), "a defect");
        }
        let (duration, clock) = until(1_000_000);
        let corpus = [b"\0asm\x0d\0\x01\0".to_vec()];
        let finding = fuzz(target, &corpus, 1, duration, clock).expect_err("has a defect");
        assert!(finding.message.contains("a defect"), "{}", finding.message);
        assert!(panics::catch(|| target(&finding.input)).is_err(), "the input repeats it");
    }

    #[test]
    fn a_target_without_defect_runs_until_the_time_is_over() {
        let (duration, clock) = until(100);
        assert_eq!(fuzz(|_| {}, &[], 1, duration, clock).expect("finds nothing"), 100);
    }

    #[test]
    fn a_seed_repeats_the_inputs_and_another_gives_others() {
        let corpus = [b"abc".to_vec(), b"0123456789".to_vec()];
        let inputs = |seed| {
            let mut inputs = Inputs::new(&corpus, seed);
            (0..200).map(|_| inputs.next_input()).collect::<Vec<_>>()
        };
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
        assert_eq!(inputs(1)[..2], corpus);
        assert!(inputs(1).iter().collect::<BTreeSet<_>>().len() > 150, "most inputs are new");
    }

    #[test]
    fn target_names_are_unique() {
        let names: BTreeSet<_> = TARGETS.iter().map(|target| target.name).collect();
        assert_eq!(names.len(), TARGETS.len());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the targets are files")]
    fn every_target_has_its_file() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("is there");
        for target in TARGETS {
            let file = std::fs::read_to_string(folder.join(format!("fuzz_targets/{}.rs", target.name)));
            assert!(file.expect(target.name).contains(&format!("target(\"{}\", input)", target.name)));
            assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{}", target.name);
        }
    }

    #[test]
    fn every_target_stands_its_own_seeds() {
        for target in TARGETS {
            let corpus = target.corpus();
            assert_eq!(corpus.len(), target.seeds.len() + target.texts.len(), "{}: every text is valid", target.name);
            for seed in corpus {
                panics::catch(|| (target.run)(&seed)).unwrap_or_else(|panic| panic!("{}: {panic}", target.name));
            }
        }
    }
}
