//! Seeded bytes.
//!
//! **Frozen.** The bytes are part of what makes a run repeatable: a change of the generator or of how streams are derived
//! changes the result of every recorded run. The tests below hold both.
//!
//! The generator is SplitMix64. Each host has three streams of its own, derived from the seed of the world and the number of
//! the host, so that what one guest draws changes nothing for another.

use std::sync::{Mutex, PoisonError};

use crate::host::{
    Entropy,
    splitmix64::{STEP, mix},
};

/// What a stream is for; the numbers are part of what is frozen.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Random = 1,
    Insecure = 2,
    InsecureSeed = 3,
    /// The order of tasks whose clocks are equal.
    Ties = 4,
    /// What is lost or late on the network.
    Network = 5,
}

/// A sequence of bytes: the words of SplitMix64, each with its little end first.
#[derive(Debug)]
pub(super) struct SplitMix64 {
    state: u64,
    /// What is left of a word that was not used up, and how many bytes that is.
    word: u64,
    left: u8,
}

impl SplitMix64 {
    fn new(state: u64) -> Self {
        SplitMix64 { state, word: 0, left: 0 }
    }

    /// The stream of one host for one purpose: seed, number and purpose are mixed in, one after the other.
    pub(super) fn derived(seed: u64, host: u64, purpose: Purpose) -> Self {
        let parts = [seed, host, purpose as u64];
        SplitMix64::new(parts.into_iter().fold(0, |state, part| mix((state ^ part).wrapping_add(STEP))))
    }

    /// The next word; what is left of an earlier one stays.
    pub(super) fn next_word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// The next bytes. How a sequence is cut into calls does not change it.
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.left == 0 {
                self.word = self.next_word();
                self.left = 8;
            }
            *byte = self.word as u8;
            self.word >>= 8;
            self.left -= 1;
        }
    }
}

/// The three streams of one host.
#[derive(Debug)]
pub(super) struct SimEntropy {
    random: Mutex<SplitMix64>,
    insecure: Mutex<SplitMix64>,
    insecure_seed: (u64, u64),
}

impl SimEntropy {
    /// The streams of the host with this number, in the world with this seed.
    pub(super) fn new(seed: u64, host: u64) -> Self {
        let mut seeds = SplitMix64::derived(seed, host, Purpose::InsecureSeed);
        SimEntropy {
            random: Mutex::new(SplitMix64::derived(seed, host, Purpose::Random)),
            insecure: Mutex::new(SplitMix64::derived(seed, host, Purpose::Insecure)),
            insecure_seed: (seeds.next_word(), seeds.next_word()),
        }
    }
}

impl Entropy for SimEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }

    fn fill_insecure(&self, bytes: &mut [u8]) {
        self.insecure.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }

    fn insecure_seed(&self) -> (u64, u64) {
        self.insecure_seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(entropy: &SimEntropy) -> [u8; 8] {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        bytes
    }

    fn insecure(entropy: &SimEntropy) -> [u8; 8] {
        let mut bytes = [0; 8];
        entropy.fill_insecure(&mut bytes);
        bytes
    }

    #[test]
    fn the_generator_is_splitmix64() {
        let mut words = SplitMix64::new(1_234_567);
        let words = [words.next_word(), words.next_word(), words.next_word()];
        assert_eq!(words, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn the_streams_of_a_host_stay_as_they_are() {
        let entropy = SimEntropy::new(7, 1);
        assert_eq!(u64::from_le_bytes(random(&entropy)), FROZEN[0]);
        assert_eq!(u64::from_le_bytes(insecure(&entropy)), FROZEN[1]);
        assert_eq!(entropy.insecure_seed(), (FROZEN[2], FROZEN[3]));
    }

    /// Change these only together with a note that recorded runs are void.
    const FROZEN: [u64; 4] =
        [0x1aef_7af4_f5bd_11ff, 0x46da_c02a_08aa_ea2c, 0x0a5b_b0d3_5d46_5878, 0xaace_ed5f_ec9f_86b2];

    #[test]
    fn a_sequence_does_not_depend_on_how_it_is_cut() {
        let mut whole = [0; 21];
        SimEntropy::new(7, 0).fill(&mut whole);
        let (pieces, mut cut) = (SimEntropy::new(7, 0), [0; 21]);
        let (first, rest) = cut.split_at_mut(3);
        pieces.fill(first);
        pieces.fill(&mut []);
        pieces.fill(rest);
        assert_eq!(cut, whole);
    }

    #[test]
    fn one_stream_takes_nothing_from_another() {
        let (drawn, fresh) = (SimEntropy::new(7, 0), SimEntropy::new(7, 0));
        random(&drawn);
        assert_eq!(insecure(&drawn), insecure(&fresh));
        assert_eq!(drawn.insecure_seed(), fresh.insecure_seed());
        assert_ne!(random(&drawn), random(&fresh));
        assert_eq!(drawn.insecure_seed(), drawn.insecure_seed());
    }

    #[test]
    fn seeds_and_hosts_have_streams_of_their_own() {
        let of = |seed, host| random(&SimEntropy::new(seed, host));
        assert_eq!(of(7, 0), of(7, 0));
        assert_ne!(of(7, 0), of(8, 0));
        assert_ne!(of(7, 0), of(7, 1));
        assert_ne!(of(0, 1), of(1, 0));
        assert_ne!(random(&SimEntropy::new(7, 0)), insecure(&SimEntropy::new(7, 0)));
    }
}
