//! Outputs that take only so many bytes.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use super::{
    poll::Ready,
    streams::{Ended, Output, write_in_steps},
};

/// How many bytes a guest may still write, to all outputs that share it.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    left: AtomicU64,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Budget { limit, left: AtomicU64::new(limit) })
    }
}

/// An output that ends the guest when it writes more than the budget.
pub struct Limited {
    output: Arc<dyn Output>,
    budget: Arc<Budget>,
}

impl Limited {
    /// `output` within `budget`.
    pub fn new(output: Arc<dyn Output>, budget: Arc<Budget>) -> Self {
        Limited { output, budget }
    }
}

impl Ready for Limited {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.output.poll_ready(cx)
    }
}

impl Output for Limited {
    fn check_write(&self) -> Result<usize, Ended> {
        self.output.check_write()
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        let left = self.budget.left.load(Ordering::Relaxed);
        let Some(rest) = left.checked_sub(bytes.len() as u64) else {
            let within = bytes.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(bytes);
            self.budget.left.store(0, Ordering::Relaxed);
            self.output.write(within)?;
            let limit = self.budget.limit;
            return Err(Ended::Trap(format!("the guest writes more than {limit} bytes to its outputs").into()));
        };
        self.budget.left.store(rest, Ordering::Relaxed);
        self.output.write(bytes)
    }

    fn write_and_flush(&self, bytes: &[u8]) -> Result<(usize, Poll<()>), Ended> {
        let left = self.budget.left.load(Ordering::Relaxed);
        let Some(rest) = left.checked_sub(bytes.len() as u64) else { return write_in_steps(self, bytes) };
        let (written, flushed) = self.output.write_and_flush(bytes)?;
        self.budget.left.store(rest + bytes.len().saturating_sub(written) as u64, Ordering::Relaxed);
        Ok((written, flushed))
    }

    fn flush(&self) -> Result<Poll<()>, Ended> {
        self.output.flush()
    }
}

impl fmt::Debug for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limited").field("budget", &self.budget).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::buffer::Collected;

    #[test]
    fn one_more_byte_than_the_budget_ends_the_guest_in_one_step_or_three() {
        for in_steps in [false, true] {
            let (collected, budget) = (Arc::new(Collected::new()), Budget::new(5));
            let output = Limited::new(collected.clone(), budget);
            let write = |bytes| if in_steps { write_in_steps(&output, bytes) } else { output.write_and_flush(bytes) };
            assert_eq!(write(b"abc"), Ok((3, Poll::Ready(()))));
            assert_eq!(write(b"de"), Ok((2, Poll::Ready(()))));
            assert!(matches!(write(b"f"), Err(Ended::Trap(_))));
            assert_eq!(collected.take(), b"abcde");
        }
    }
}
