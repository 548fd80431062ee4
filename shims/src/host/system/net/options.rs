//! Options of sockets. A value that the system would refuse is clamped to what it takes.

use std::{os::fd::OwnedFd, time::Duration};

use rustix::{io::Errno, net::sockopt};

use crate::{host::SocketOption, sockets::IpAddressFamily};

const NANOS_PER_SEC: u64 = 1_000_000_000;

/// Seconds between probes: those that Linux takes, which no other system falls below.
const MIN_KEEP_ALIVE_SECS: u64 = 1;
const MAX_KEEP_ALIVE_SECS: u64 = i16::MAX as u64;

/// Probes: as many as Linux takes.
const MAX_KEEP_ALIVE_COUNT: u64 = i8::MAX as u64;

/// Bytes of a buffer that fit the argument of `setsockopt`.
const MAX_BUFFER_BYTES: u64 = i32::MAX as u64;

/// What an option is now, in the unit of WASI.
pub(super) fn option(socket: &OwnedFd, family: IpAddressFamily, option: SocketOption) -> Result<u64, Errno> {
    match option {
        SocketOption::KeepAliveEnabled => sockopt::socket_keepalive(socket).map(u64::from),
        SocketOption::KeepAliveIdleTime => sockopt::tcp_keepidle(socket).map(nanos),
        SocketOption::KeepAliveInterval => sockopt::tcp_keepintvl(socket).map(nanos),
        SocketOption::KeepAliveCount => sockopt::tcp_keepcnt(socket).map(u64::from),
        SocketOption::HopLimit => match family {
            IpAddressFamily::Ipv4 => sockopt::ip_ttl(socket).map(u64::from),
            IpAddressFamily::Ipv6 => sockopt::ipv6_unicast_hops(socket).map(u64::from),
        },
        SocketOption::ReceiveBufferSize => sockopt::socket_recv_buffer_size(socket).map(usable),
        SocketOption::SendBufferSize => sockopt::socket_send_buffer_size(socket).map(usable),
    }
}

/// Sets an option to a value in the unit of WASI.
pub(super) fn set_option(
    socket: &OwnedFd,
    family: IpAddressFamily,
    option: SocketOption,
    value: u64,
) -> Result<(), Errno> {
    match option {
        SocketOption::KeepAliveEnabled => sockopt::set_socket_keepalive(socket, value != 0),
        SocketOption::KeepAliveIdleTime => sockopt::set_tcp_keepidle(socket, keep_alive_time(value)),
        SocketOption::KeepAliveInterval => sockopt::set_tcp_keepintvl(socket, keep_alive_time(value)),
        SocketOption::KeepAliveCount => sockopt::set_tcp_keepcnt(socket, value.clamp(1, MAX_KEEP_ALIVE_COUNT) as u32),
        SocketOption::HopLimit => {
            let hops = value.clamp(1, u8::MAX.into()) as u8;
            match family {
                IpAddressFamily::Ipv4 => sockopt::set_ip_ttl(socket, hops.into()),
                IpAddressFamily::Ipv6 => sockopt::set_ipv6_unicast_hops(socket, Some(hops)),
            }
        }
        SocketOption::ReceiveBufferSize => {
            set_buffer_size(value, |bytes| sockopt::set_socket_recv_buffer_size(socket, bytes))
        }
        SocketOption::SendBufferSize => {
            set_buffer_size(value, |bytes| sockopt::set_socket_send_buffer_size(socket, bytes))
        }
    }
}

/// Nanoseconds as whole seconds that the system takes, rounded up: none would be a reset.
fn keep_alive_time(nanos: u64) -> Duration {
    Duration::from_secs(nanos.div_ceil(NANOS_PER_SEC).clamp(MIN_KEEP_ALIVE_SECS, MAX_KEEP_ALIVE_SECS))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The bytes of a buffer that data may take. Linux doubles what is asked for to have room for its own, and says so.
fn usable(bytes: usize) -> u64 {
    let bytes = bytes as u64;
    if cfg!(any(target_os = "linux", target_os = "android")) { bytes / 2 } else { bytes }
}

/// Asks for less until the system has it: Linux clamps by itself, BSD refuses.
fn set_buffer_size(bytes: u64, set: impl Fn(usize) -> Result<(), Errno>) -> Result<(), Errno> {
    let mut bytes = bytes.clamp(1, MAX_BUFFER_BYTES) as usize;
    loop {
        match set(bytes) {
            Err(Errno::NOBUFS) if bytes > 1 => bytes /= 2,
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn times_are_rounded_up_and_clamped() {
        assert_eq!(keep_alive_time(1), Duration::from_secs(1));
        assert_eq!(keep_alive_time(NANOS_PER_SEC), Duration::from_secs(1));
        assert_eq!(keep_alive_time(NANOS_PER_SEC + 1), Duration::from_secs(2));
        assert_eq!(keep_alive_time(u64::MAX), Duration::from_secs(32767));
    }

    #[test]
    fn a_buffer_that_is_too_large_is_halved_until_it_fits() {
        let set = Cell::new(0);
        let most = 1_000_000;
        let setter = |bytes| {
            set.set(bytes);
            if bytes > most { Err(Errno::NOBUFS) } else { Ok(()) }
        };
        assert_eq!(set_buffer_size(u64::MAX, setter), Ok(()));
        assert!((most / 2..=most).contains(&set.get()));
        assert_eq!(set_buffer_size(4096, setter), Ok(()));
        assert_eq!(set.get(), 4096);
        assert_eq!(set_buffer_size(1, |_| Err(Errno::NOBUFS)), Err(Errno::NOBUFS));
    }
}
