//! The value types of `wasi:sockets`. Addresses are those of the standard library.

use std::net::{IpAddr, SocketAddr};

crate::values::named! {
    /// `error-code`: why an operation failed.
    pub enum ErrorCode {
        /// None of the others.
        Unknown = "unknown",
        /// The guest was not granted that, as `EACCES` and `EPERM`.
        AccessDenied = "access-denied",
        /// The host cannot do that, as `EOPNOTSUPP`.
        NotSupported = "not-supported",
        /// An argument makes no sense, as `EINVAL`.
        InvalidArgument = "invalid-argument",
        /// Not enough memory, as `ENOMEM` and `ENOBUFS`.
        OutOfMemory = "out-of-memory",
        /// It took too long, as `ETIMEDOUT`.
        Timeout = "timeout",
        /// Another operation goes on, as `EALREADY`.
        ConcurrencyConflict = "concurrency-conflict",
        /// There is nothing to finish.
        NotInProgress = "not-in-progress",
        /// Not now, as `EWOULDBLOCK`.
        WouldBlock = "would-block",
        /// Not in this state.
        InvalidState = "invalid-state",
        /// No more sockets, as `EMFILE`.
        NewSocketLimit = "new-socket-limit",
        /// No address of this host, as `EADDRNOTAVAIL`.
        AddressNotBindable = "address-not-bindable",
        /// The address is used, or no port is left, as `EADDRINUSE`.
        AddressInUse = "address-in-use",
        /// No way there, as `EHOSTUNREACH` and `ENETUNREACH`.
        RemoteUnreachable = "remote-unreachable",
        /// Nobody listens there, as `ECONNREFUSED`.
        ConnectionRefused = "connection-refused",
        /// The other side broke the connection, as `ECONNRESET`.
        ConnectionReset = "connection-reset",
        /// The connection was given up, as `ECONNABORTED`.
        ConnectionAborted = "connection-aborted",
        /// A datagram is too large, as `EMSGSIZE`.
        DatagramTooLarge = "datagram-too-large",
        /// There is no such name, or it has no addresses.
        NameUnresolvable = "name-unresolvable",
        /// The resolver failed; later it may not.
        TemporaryResolverFailure = "temporary-resolver-failure",
        /// The resolver failed, and will.
        PermanentResolverFailure = "permanent-resolver-failure",
    }
}

crate::values::named! {
    /// `ip-address-family`.
    pub enum IpAddressFamily {
        /// IPv4.
        Ipv4 = "ipv4",
        /// IPv6.
        Ipv6 = "ipv6",
    }
}

crate::values::named! {
    /// `shutdown-type`: which directions of a connection are ended.
    pub enum ShutdownType {
        /// Nothing more is received.
        Receive = "receive",
        /// Nothing more is sent.
        Send = "send",
        /// Both.
        Both = "both",
    }
}

impl IpAddressFamily {
    /// The family of an address.
    pub fn of(address: SocketAddr) -> Self {
        match address.ip() {
            IpAddr::V4(_) => IpAddressFamily::Ipv4,
            IpAddr::V6(_) => IpAddressFamily::Ipv6,
        }
    }
}
