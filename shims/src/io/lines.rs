//! An output that hands on whole lines: what a function writes to a log. Knows no log.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use super::{
    poll::Ready,
    streams::{Ended, Output},
};

/// Bytes that one `check-write` of [`Lines`] permits.
const PERMIT_BYTES: usize = 64 << 10;

/// A line is cut after so many bytes, so that a guest that never ends one keeps no more.
pub const MAX_LINE_BYTES: usize = 16 << 10;

/// Hands every line on as soon as it has ended; what is left without an end, when it is dropped. Text that is not UTF-8 has
/// replacement characters, and no line has its end.
pub struct Lines {
    sink: Box<dyn Fn(&str) + Send + Sync>,
    /// The line that has not ended.
    begun: Mutex<Vec<u8>>,
}

impl Lines {
    /// Hands lines to `sink`, which must not wait.
    pub fn new(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Lines { sink: Box::new(sink), begun: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_on(&self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (self.sink)(&String::from_utf8_lossy(line));
    }
}

impl Ready for Lines {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl Output for Lines {
    fn check_write(&self) -> Result<usize, Ended> {
        Ok(PERMIT_BYTES)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        let mut begun = self.lock();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    begun.extend_from_slice(end);
                    self.hand_on(&begun);
                    begun.clear();
                }
                None => begun.extend_from_slice(piece),
            }
            while begun.len() > MAX_LINE_BYTES {
                let rest = begun.split_off(MAX_LINE_BYTES);
                self.hand_on(&begun);
                *begun = rest;
            }
        }
        Ok(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let begun = std::mem::take(&mut *self.lock());
        if !begun.is_empty() {
            self.hand_on(&begun);
        }
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// The lines of these writes.
    fn lines(writes: &[&[u8]]) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let to = seen.clone();
        let output = Lines::new(move |line| to.lock().unwrap().push(line.to_owned()));
        for bytes in writes {
            output.write(bytes).unwrap();
        }
        drop(output);
        Arc::into_inner(seen).unwrap().into_inner().unwrap()
    }

    #[test]
    fn lines_come_whole_and_the_last_one_at_the_end() {
        assert_eq!(lines(&[]), [""; 0]);
        assert_eq!(lines(&[b"a", b"b\nc\r\n\nd"]), ["ab", "c", "", "d"]);
        assert_eq!(lines(&[b"\xff\n"]), ["\u{fffd}"]);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let long = vec![b'x'; 2 * MAX_LINE_BYTES + 1];
        let lengths: Vec<usize> = lines(&[&long]).iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE_BYTES, MAX_LINE_BYTES, 1]);
    }
}
