//! An output that keeps what is written.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use super::{
    poll::Ready,
    streams::{Ended, Output},
};

/// Bytes that one `check-write` of a [`Collected`] permits.
const PERMIT_BYTES: usize = 1 << 20;

/// Takes all bytes at once and keeps them. There is no limit: it is for tests, and for guests whose output is limited by
/// their fuel.
#[derive(Debug, Default)]
pub struct Collected {
    bytes: Mutex<Vec<u8>>,
}

impl Collected {
    /// Nothing yet.
    pub fn new() -> Self {
        Collected::default()
    }

    /// What was written so far, and not taken.
    pub fn to_vec(&self) -> Vec<u8> {
        self.lock().clone()
    }

    /// Takes what was written so far.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready for Collected {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl Output for Collected {
    fn check_write(&self) -> Result<usize, Ended> {
        Ok(PERMIT_BYTES)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        self.lock().extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_kept_until_it_is_taken() {
        let output = Collected::new();
        assert!(output.is_ready());
        assert!(output.check_write().unwrap() > 0);
        output.write(b"ab").unwrap();
        output.write(b"c").unwrap();
        assert_eq!(output.to_vec(), b"abc");
        assert_eq!(output.take(), b"abc");
        assert_eq!(output.take(), b"");
    }
}
