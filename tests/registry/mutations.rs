//! Nothing panics, whatever the bytes of a definition file are.

use nojit::registry::fuzz;

use super::loads::EVERYTHING;
use super::web::WEB;

/// The generator xorshift64*: the same bytes on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 when there is none.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap_or(0) % end.max(1)
    }
}

/// Pieces that mean something to YAML or to definition files.
const PIECES: [&str; 40] = [
    "- ",
    ": ",
    "? ",
    "\n",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!!int ",
    "!x ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "#",
    "---\n",
    "...\n",
    "<<: ",
    "~",
    "\u{feff}",
    "\0",
    "${env:A|b}",
    "${env:",
    "$${",
    "file://x",
    "file://../..",
    "%YAML 1.2\n",
    "-1",
    "0x",
    "1e999",
    ".nan",
    "entries:",
    "namespace: a\n",
    "kind: function.wat",
    "\u{85}",
];

fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    let place = random.below(text.len() + 1);
    let end = (place + random.below(20)).min(text.len());
    match random.below(6) {
        0 => drop(text.drain(place..end)),
        1 => text.insert(place, (random.next() >> 56) as u8),
        2 => {
            let piece = PIECES[random.below(PIECES.len())];
            drop(text.splice(place..place, piece.bytes()));
        }
        3 => text.truncate(place),
        4 => {
            let copy = text[place..end].to_vec();
            let target = random.below(text.len() + 1);
            drop(text.splice(target..target, copy));
        }
        _ => {
            if let Some(byte) = text.get_mut(place) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

#[test]
fn mutated_definition_files_do_not_panic() {
    let mut random = Random(0x6e6f_6a69_7400_0001);
    for round in 0..3_000 {
        let mut text = [EVERYTHING, EVERYTHING, WEB][round % 3].as_bytes().to_vec();
        for _ in 0..=random.below(8) {
            mutate(&mut text, &mut random);
        }
        fuzz(&text);
    }
}

#[test]
fn pieces_of_yaml_do_not_panic() {
    let mut random = Random(0x6e6f_6a69_7400_0002);
    for _ in 0..5_000 {
        let mut text = if random.below(2) == 0 { b"namespace: a\n".to_vec() } else { Vec::new() };
        for _ in 0..random.below(30) {
            text.extend_from_slice(PIECES[random.below(PIECES.len())].as_bytes());
        }
        fuzz(&text);
    }
}

#[test]
fn random_bytes_do_not_panic() {
    let mut random = Random(0x6e6f_6a69_7400_0003);
    for _ in 0..2_000 {
        let ascii = random.below(2) == 0;
        let length = random.below(200);
        let bytes = (0..length).map(|_| (random.next() >> 56) as u8 & if ascii { 0x7f } else { 0xff });
        fuzz(&bytes.collect::<Vec<u8>>());
    }
}

#[test]
fn large_and_deep_files_end_in_time() {
    for text in ["[", "{a: ", "- ", "? ", "a:\n ", "!!map ", "&a ", "a: 1\n", "[a,", "${env:", "x"] {
        fuzz(format!("namespace: a\nx: {}", text.repeat(100_000)).as_bytes());
        fuzz(text.repeat(100_000).as_bytes());
    }
}
