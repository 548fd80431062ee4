//! What the operating system calls an error, in the words of `wasi:sockets`.
//!
//! Some numbers mean something else in some calls; those calls have a function of their own, after the POSIX equivalents
//! that WIT names for each function.

use rustix::io::Errno;

use crate::sockets::ErrorCode;

/// The code of an error number; `unknown` for those that WASI has no word for.
pub(super) fn errno_code(errno: Errno) -> ErrorCode {
    ERRNO.iter().find(|(number, _)| *number == errno).map_or(ErrorCode::Unknown, |(_, code)| *code)
}

/// The code of an error of `bind`.
pub(super) fn bind_code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::AFNOSUPPORT => ErrorCode::InvalidArgument,
        errno => errno_code(errno),
    }
}

/// The code of an error of `connect`, or of a connection that was not made.
pub(super) fn connect_code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::AFNOSUPPORT => ErrorCode::InvalidArgument,
        // There is no port left: Linux, and BSD.
        Errno::ADDRNOTAVAIL | Errno::AGAIN => ErrorCode::AddressInUse,
        // It listens.
        Errno::OPNOTSUPP => ErrorCode::InvalidState,
        errno => errno_code(errno),
    }
}

/// The code of an error of `listen`.
pub(super) fn listen_code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::INVAL | Errno::DESTADDRREQ => ErrorCode::InvalidState,
        errno => errno_code(errno),
    }
}

/// The code of an error of `accept`.
pub(super) fn accept_code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::INVAL => ErrorCode::InvalidState,
        errno => errno_code(errno),
    }
}

/// The likely ones first. On some systems a number has two names, such as `ENOTSUP` and `EOPNOTSUPP`.
const ERRNO: &[(Errno, ErrorCode)] = &[
    (Errno::AGAIN, ErrorCode::WouldBlock),
    (Errno::WOULDBLOCK, ErrorCode::WouldBlock),
    (Errno::INPROGRESS, ErrorCode::WouldBlock),
    (Errno::CONNREFUSED, ErrorCode::ConnectionRefused),
    (Errno::CONNRESET, ErrorCode::ConnectionReset),
    (Errno::PIPE, ErrorCode::ConnectionReset),
    (Errno::CONNABORTED, ErrorCode::ConnectionAborted),
    (Errno::TIMEDOUT, ErrorCode::Timeout),
    (Errno::ADDRINUSE, ErrorCode::AddressInUse),
    (Errno::ADDRNOTAVAIL, ErrorCode::AddressNotBindable),
    (Errno::HOSTUNREACH, ErrorCode::RemoteUnreachable),
    (Errno::HOSTDOWN, ErrorCode::RemoteUnreachable),
    (Errno::NETUNREACH, ErrorCode::RemoteUnreachable),
    (Errno::NETDOWN, ErrorCode::RemoteUnreachable),
    (Errno::NETRESET, ErrorCode::RemoteUnreachable),
    #[cfg(target_os = "linux")]
    (Errno::NONET, ErrorCode::RemoteUnreachable),
    (Errno::MSGSIZE, ErrorCode::DatagramTooLarge),
    (Errno::NOTCONN, ErrorCode::InvalidState),
    (Errno::ISCONN, ErrorCode::InvalidState),
    (Errno::SHUTDOWN, ErrorCode::InvalidState),
    (Errno::ALREADY, ErrorCode::ConcurrencyConflict),
    (Errno::INVAL, ErrorCode::InvalidArgument),
    (Errno::DESTADDRREQ, ErrorCode::InvalidArgument),
    (Errno::FAULT, ErrorCode::InvalidArgument),
    (Errno::MFILE, ErrorCode::NewSocketLimit),
    (Errno::NFILE, ErrorCode::NewSocketLimit),
    (Errno::NOMEM, ErrorCode::OutOfMemory),
    (Errno::NOBUFS, ErrorCode::OutOfMemory),
    (Errno::ACCESS, ErrorCode::AccessDenied),
    (Errno::PERM, ErrorCode::AccessDenied),
    (Errno::NOTSUP, ErrorCode::NotSupported),
    (Errno::OPNOTSUPP, ErrorCode::NotSupported),
    (Errno::NOPROTOOPT, ErrorCode::NotSupported),
    (Errno::NOSYS, ErrorCode::NotSupported),
    (Errno::AFNOSUPPORT, ErrorCode::NotSupported),
    (Errno::PFNOSUPPORT, ErrorCode::NotSupported),
    (Errno::PROTONOSUPPORT, ErrorCode::NotSupported),
    (Errno::PROTOTYPE, ErrorCode::NotSupported),
    (Errno::SOCKTNOSUPPORT, ErrorCode::NotSupported),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_numbers_or_another_origin() {
        let unnumbered = [
            // Of numbers that nobody has a word for.
            ErrorCode::Unknown,
            // Of the state of a socket.
            ErrorCode::NotInProgress,
            // Of the resolver, which has no numbers.
            ErrorCode::NameUnresolvable,
            ErrorCode::TemporaryResolverFailure,
            ErrorCode::PermanentResolverFailure,
        ];
        for code in ErrorCode::ALL {
            let is_numbered = ERRNO.iter().any(|(_, known)| known == code);
            assert_ne!(is_numbered, unnumbered.contains(code), "{}", code.name());
        }
    }

    #[test]
    fn numbers_are_what_wit_says() {
        let cases = [
            (Errno::ACCESS, "access-denied"),
            (Errno::PERM, "access-denied"),
            (Errno::OPNOTSUPP, "not-supported"),
            (Errno::NOPROTOOPT, "not-supported"),
            (Errno::AFNOSUPPORT, "not-supported"),
            (Errno::INVAL, "invalid-argument"),
            (Errno::DESTADDRREQ, "invalid-argument"),
            (Errno::NOMEM, "out-of-memory"),
            (Errno::NOBUFS, "out-of-memory"),
            (Errno::TIMEDOUT, "timeout"),
            (Errno::ALREADY, "concurrency-conflict"),
            (Errno::WOULDBLOCK, "would-block"),
            (Errno::INPROGRESS, "would-block"),
            (Errno::NOTCONN, "invalid-state"),
            (Errno::ISCONN, "invalid-state"),
            (Errno::MFILE, "new-socket-limit"),
            (Errno::NFILE, "new-socket-limit"),
            (Errno::ADDRNOTAVAIL, "address-not-bindable"),
            (Errno::ADDRINUSE, "address-in-use"),
            (Errno::HOSTUNREACH, "remote-unreachable"),
            (Errno::HOSTDOWN, "remote-unreachable"),
            (Errno::NETUNREACH, "remote-unreachable"),
            (Errno::NETDOWN, "remote-unreachable"),
            (Errno::CONNREFUSED, "connection-refused"),
            (Errno::CONNRESET, "connection-reset"),
            (Errno::PIPE, "connection-reset"),
            (Errno::CONNABORTED, "connection-aborted"),
            (Errno::MSGSIZE, "datagram-too-large"),
            (Errno::XDEV, "unknown"),
        ];
        for (errno, name) in cases {
            assert_eq!(errno_code(errno).name(), name, "{errno:?}");
        }
    }

    #[test]
    fn some_calls_have_other_words() {
        assert_eq!(bind_code(Errno::AFNOSUPPORT), ErrorCode::InvalidArgument);
        assert_eq!(bind_code(Errno::ADDRNOTAVAIL), ErrorCode::AddressNotBindable);
        assert_eq!(connect_code(Errno::AFNOSUPPORT), ErrorCode::InvalidArgument);
        assert_eq!(connect_code(Errno::ADDRNOTAVAIL), ErrorCode::AddressInUse);
        assert_eq!(connect_code(Errno::AGAIN), ErrorCode::AddressInUse);
        assert_eq!(connect_code(Errno::OPNOTSUPP), ErrorCode::InvalidState);
        assert_eq!(connect_code(Errno::CONNREFUSED), ErrorCode::ConnectionRefused);
        assert_eq!(listen_code(Errno::DESTADDRREQ), ErrorCode::InvalidState);
        assert_eq!(listen_code(Errno::INVAL), ErrorCode::InvalidState);
        assert_eq!(listen_code(Errno::ADDRINUSE), ErrorCode::AddressInUse);
        assert_eq!(accept_code(Errno::INVAL), ErrorCode::InvalidState);
        assert_eq!(accept_code(Errno::MFILE), ErrorCode::NewSocketLimit);
    }
}
