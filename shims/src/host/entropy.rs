//! Random bytes, in three streams that do not influence each other.

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` so that nobody can guess them.
    fn fill(&self, bytes: &mut [u8]);

    /// Fills `bytes`, fast rather than well.
    fn fill_insecure(&self, bytes: &mut [u8]);

    /// The seed that guests take for their hash maps.
    fn insecure_seed(&self) -> (u64, u64);
}
