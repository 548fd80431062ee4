//! A descriptor as an input.

use std::{
    os::fd::AsFd,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use rustix::{
    buffer::spare_capacity,
    io::{Errno, retry_on_intr},
};

use super::readiness::Readiness;
use crate::{
    host::system::{files::errno_code, readiness::Direction},
    io::{
        poll::Ready,
        streams::{Ended, Input, MAX_READ_BYTES},
    },
};

/// Reads from a descriptor when there is something.
pub(super) struct DescriptorInput<D> {
    readiness: Readiness<D>,
    /// Held from the question whether there is something until it is read.
    has_ended: Mutex<bool>,
}

impl<D: AsFd> DescriptorInput<D> {
    pub(super) fn new(descriptor: D) -> Self {
        DescriptorInput { readiness: Readiness::new(descriptor, Direction::Read), has_ended: Mutex::new(false) }
    }

    fn has_ended(&self) -> std::sync::MutexGuard<'_, bool> {
        self.has_ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: AsFd + Send + Sync> Ready for DescriptorInput<D> {
    fn is_ready(&self) -> bool {
        *self.has_ended() || self.readiness.is_ready()
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if *self.has_ended() { Poll::Ready(()) } else { self.readiness.poll_ready(cx) }
    }
}

impl<D: AsFd + Send + Sync> Input for DescriptorInput<D> {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        let mut has_ended = self.has_ended();
        if *has_ended {
            return Err(Ended::Closed);
        }
        if len == 0 || !self.readiness.is_ready() {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::with_capacity(len.min(MAX_READ_BYTES));
        match retry_on_intr(|| rustix::io::read(self.readiness.descriptor(), spare_capacity(&mut bytes))) {
            // The parent may have closed it, which is as good as an end.
            Ok(0) | Err(Errno::BADF) => {
                *has_ended = true;
                Err(Ended::Closed)
            }
            Ok(_) => Ok(bytes),
            // Somebody else made it non-blocking, and somebody was faster.
            Err(Errno::AGAIN) => Ok(Vec::new()),
            Err(errno) => {
                *has_ended = true;
                Err(errno_code(errno).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filesystem::ErrorCode;
    use std::{fs, io, io::Write};

    #[test]
    fn a_pipe_gives_what_is_there_then_nothing_then_its_end() {
        let (reader, mut writer) = io::pipe().expect("there are pipes");
        let input = DescriptorInput::new(reader);
        assert!(!input.is_ready());
        assert_eq!(input.read(9), Ok(Vec::new()));
        writer.write_all(b"twelve bytes").expect("a pipe takes twelve bytes");
        assert!(input.is_ready());
        assert_eq!(input.read(0), Ok(Vec::new()));
        assert_eq!(input.read(6), Ok(b"twelve".to_vec()));
        assert_eq!(input.read(usize::MAX), Ok(b" bytes".to_vec()));
        assert!(!input.is_ready());
        drop(writer);
        assert!(input.is_ready());
        assert_eq!(input.read(9), Err(Ended::Closed));
        assert_eq!(input.read(0), Err(Ended::Closed));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "standard input can be any file")]
    fn a_folder_is_an_error_and_what_cannot_be_read_is_an_end() {
        let folder = DescriptorInput::new(fs::File::open("/").expect("there is a root"));
        assert!(folder.is_ready());
        assert_eq!(folder.read(9), Err(ErrorCode::IsDirectory.into()));
        assert_eq!(folder.read(9), Err(Ended::Closed));
        let unreadable = fs::OpenOptions::new().write(true).open("/dev/null").expect("there is a /dev/null");
        assert_eq!(DescriptorInput::new(unreadable).read(9), Err(Ended::Closed));
        let empty = DescriptorInput::new(fs::File::open("/dev/null").expect("there is a /dev/null"));
        assert!(empty.is_ready());
        assert_eq!(empty.read(9), Err(Ended::Closed));
    }
}
