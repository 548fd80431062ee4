//! The target `run` of `nojit_conformance::fuzz`, by coverage.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| nojit_conformance::fuzz::target("run", input));
