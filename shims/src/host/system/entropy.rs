//! The entropy of the operating system.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use crate::host::{
    Entropy,
    splitmix64::{STEP, mix},
};

/// Random bytes of the operating system; nothing is asked of it before the first guest asks.
///
/// # Panics
///
/// All functions, if the operating system has no random bytes to give: it is older than `getrandom` and has no
/// `/dev/urandom`, or a filter forbids it to answer. [`Entropy`] has no word for that, and neither has WASI. Any bytes made
/// up instead would be guessed by somebody, silently; a panic ends only the call that asked. Once a system has answered it
/// does not stop.
#[derive(Debug, Default)]
pub struct SystemEntropy {
    /// The state of the fast generator, seeded when it is first used.
    counter: OnceLock<AtomicU64>,
    insecure_seed: OnceLock<(u64, u64)>,
}

impl SystemEntropy {
    /// A source that has not been asked yet.
    pub fn new() -> Self {
        SystemEntropy::default()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        fill(bytes);
    }

    fn fill_insecure(&self, bytes: &mut [u8]) {
        let counter = self.counter.get_or_init(|| AtomicU64::new(word()));
        // All words of this call are taken at once, so that none is given to two threads.
        let words = bytes.len().div_ceil(size_of::<u64>()) as u64;
        let mut state = counter.fetch_add(words.wrapping_mul(STEP), Ordering::Relaxed);
        for piece in bytes.chunks_mut(size_of::<u64>()) {
            state = state.wrapping_add(STEP);
            for (byte, random) in piece.iter_mut().zip(mix(state).to_le_bytes()) {
                *byte = random;
            }
        }
    }

    fn insecure_seed(&self) -> (u64, u64) {
        *self.insecure_seed.get_or_init(|| (word(), word()))
    }
}

#[expect(clippy::panic, reason = "see `SystemEntropy`: bytes that can be guessed are worse")]
fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the operating system gives no random bytes: {error}");
    }
}

fn word() -> u64 {
    let mut bytes = [0; size_of::<u64>()];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_differ_from_call_to_call() {
        let entropy = SystemEntropy::new();
        let mut bytes = [[0; 33]; 4];
        let [first, second, third, fourth] = &mut bytes;
        entropy.fill(first);
        entropy.fill(second);
        entropy.fill_insecure(third);
        entropy.fill_insecure(fourth);
        bytes.sort_unstable();
        assert!(bytes.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(bytes.iter().all(|bytes| *bytes != [0; 33]));
    }

    #[test]
    fn words_follow_each_other_however_they_are_asked_for() {
        let (whole, pieces) = (SystemEntropy::new(), SystemEntropy::new());
        for entropy in [&whole, &pieces] {
            assert!(entropy.counter.set(AtomicU64::new(7)).is_ok());
        }
        let (mut expected, mut found) = ([0; 40], [0; 40]);
        whole.fill_insecure(&mut expected);
        found.chunks_mut(8).for_each(|piece| pieces.fill_insecure(piece));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_seed_of_hash_maps_stays_and_is_of_one_host() {
        let (one, other) = (SystemEntropy::new(), SystemEntropy::new());
        assert_eq!(one.insecure_seed(), one.insecure_seed());
        assert_ne!(one.insecure_seed(), other.insecure_seed());
    }
}
