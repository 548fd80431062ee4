//! What the operating system calls an error, in the words of `wasi:filesystem`.

use std::io;

use crate::filesystem::ErrorCode;

/// The code of an error. `cap-primitives` says with an error of no number that a path leads out of its folder.
pub(in crate::host::system) fn error_code(error: &io::Error) -> ErrorCode {
    numbered(error).unwrap_or_else(|| kind_code(error.kind()))
}

/// The code of an error that has a number.
#[cfg(unix)]
fn numbered(error: &io::Error) -> Option<ErrorCode> {
    rustix::io::Errno::from_io_error(error).map(errno_code)
}

/// The kinds of the standard library are all that is asked elsewhere, so that `access` and an escape are told apart by
/// whether there is a number.
#[cfg(not(unix))]
fn numbered(error: &io::Error) -> Option<ErrorCode> {
    error.raw_os_error().map(|_| match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorCode::Access,
        kind => kind_code(kind),
    })
}

/// The code of an error number; `io` for those that WASI has no word for.
#[cfg(unix)]
pub(in crate::host::system) fn errno_code(errno: rustix::io::Errno) -> ErrorCode {
    ERRNO.iter().find(|(number, _)| *number == errno).map_or(ErrorCode::Io, |(_, code)| *code)
}

/// The likely ones first. On some systems a number has two names, such as `ENOTSUP` and `EOPNOTSUPP`.
#[cfg(unix)]
const ERRNO: &[(rustix::io::Errno, ErrorCode)] = {
    use rustix::io::Errno;
    &[
        (Errno::NOENT, ErrorCode::NoEntry),
        (Errno::EXIST, ErrorCode::Exist),
        (Errno::AGAIN, ErrorCode::WouldBlock),
        (Errno::WOULDBLOCK, ErrorCode::WouldBlock),
        (Errno::NOTDIR, ErrorCode::NotDirectory),
        (Errno::ISDIR, ErrorCode::IsDirectory),
        (Errno::LOOP, ErrorCode::Loop),
        (Errno::NOTEMPTY, ErrorCode::NotEmpty),
        (Errno::INVAL, ErrorCode::Invalid),
        (Errno::ACCESS, ErrorCode::Access),
        (Errno::PERM, ErrorCode::NotPermitted),
        (Errno::PIPE, ErrorCode::Pipe),
        (Errno::SPIPE, ErrorCode::InvalidSeek),
        (Errno::BADF, ErrorCode::BadDescriptor),
        (Errno::IO, ErrorCode::Io),
        (Errno::ALREADY, ErrorCode::Already),
        (Errno::BUSY, ErrorCode::Busy),
        (Errno::DEADLK, ErrorCode::Deadlock),
        (Errno::DQUOT, ErrorCode::Quota),
        (Errno::FBIG, ErrorCode::FileTooLarge),
        (Errno::ILSEQ, ErrorCode::IllegalByteSequence),
        (Errno::INPROGRESS, ErrorCode::InProgress),
        (Errno::INTR, ErrorCode::Interrupted),
        (Errno::MLINK, ErrorCode::TooManyLinks),
        (Errno::MSGSIZE, ErrorCode::MessageSize),
        (Errno::NAMETOOLONG, ErrorCode::NameTooLong),
        (Errno::NODEV, ErrorCode::NoDevice),
        (Errno::NOLCK, ErrorCode::NoLock),
        (Errno::NOMEM, ErrorCode::InsufficientMemory),
        (Errno::NOBUFS, ErrorCode::InsufficientMemory),
        // WASI has no word of its own for too many open files.
        (Errno::MFILE, ErrorCode::InsufficientMemory),
        (Errno::NFILE, ErrorCode::InsufficientMemory),
        (Errno::NOSPC, ErrorCode::InsufficientSpace),
        (Errno::NOTRECOVERABLE, ErrorCode::NotRecoverable),
        (Errno::NOTSUP, ErrorCode::Unsupported),
        (Errno::OPNOTSUPP, ErrorCode::Unsupported),
        (Errno::NOSYS, ErrorCode::Unsupported),
        (Errno::NOTTY, ErrorCode::NoTty),
        (Errno::NXIO, ErrorCode::NoSuchDevice),
        (Errno::OVERFLOW, ErrorCode::Overflow),
        (Errno::ROFS, ErrorCode::ReadOnly),
        (Errno::TXTBSY, ErrorCode::TextFileBusy),
        (Errno::XDEV, ErrorCode::CrossDevice),
    ]
};

/// The code of a kind of error; `io` for those that WASI has no word for.
fn kind_code(kind: io::ErrorKind) -> ErrorCode {
    match kind {
        io::ErrorKind::NotFound => ErrorCode::NoEntry,
        io::ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
        io::ErrorKind::AlreadyExists => ErrorCode::Exist,
        io::ErrorKind::WouldBlock => ErrorCode::WouldBlock,
        io::ErrorKind::NotADirectory => ErrorCode::NotDirectory,
        io::ErrorKind::IsADirectory => ErrorCode::IsDirectory,
        io::ErrorKind::DirectoryNotEmpty => ErrorCode::NotEmpty,
        io::ErrorKind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
        io::ErrorKind::InvalidInput => ErrorCode::Invalid,
        io::ErrorKind::BrokenPipe => ErrorCode::Pipe,
        io::ErrorKind::StorageFull => ErrorCode::InsufficientSpace,
        io::ErrorKind::NotSeekable => ErrorCode::InvalidSeek,
        io::ErrorKind::QuotaExceeded => ErrorCode::Quota,
        io::ErrorKind::FileTooLarge => ErrorCode::FileTooLarge,
        io::ErrorKind::ResourceBusy => ErrorCode::Busy,
        io::ErrorKind::ExecutableFileBusy => ErrorCode::TextFileBusy,
        io::ErrorKind::Deadlock => ErrorCode::Deadlock,
        io::ErrorKind::CrossesDevices => ErrorCode::CrossDevice,
        io::ErrorKind::TooManyLinks => ErrorCode::TooManyLinks,
        io::ErrorKind::InvalidFilename => ErrorCode::NameTooLong,
        io::ErrorKind::Interrupted => ErrorCode::Interrupted,
        io::ErrorKind::Unsupported => ErrorCode::Unsupported,
        io::ErrorKind::OutOfMemory => ErrorCode::InsufficientMemory,
        _ => ErrorCode::Io,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn every_code_has_an_error_number() {
        for code in ErrorCode::ALL {
            assert!(ERRNO.iter().any(|(_, has)| has == code), "{} has none", code.name());
        }
    }

    #[test]
    fn too_many_open_files_are_what_a_guest_is_told_at_its_own_limit() {
        assert_eq!(error_code(&Errno::MFILE.into()), ErrorCode::InsufficientMemory);
        assert_eq!(error_code(&Errno::NFILE.into()), ErrorCode::InsufficientMemory);
    }

    #[test]
    fn an_escape_is_not_what_the_system_forbids() {
        let escape = io::Error::new(io::ErrorKind::PermissionDenied, "a path led outside of the filesystem");
        assert_eq!(error_code(&escape), ErrorCode::NotPermitted);
        assert_eq!(error_code(&Errno::ACCESS.into()), ErrorCode::Access);
        assert_eq!(error_code(&Errno::PERM.into()), ErrorCode::NotPermitted);
        assert_eq!(error_code(&Errno::STALE.into()), ErrorCode::Io);
    }
}
