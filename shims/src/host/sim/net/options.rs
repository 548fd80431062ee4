//! Options of sockets, with the values and bounds of Linux.

use std::collections::BTreeMap;

use super::ports::Protocol;
use crate::{host::SocketOption, sockets::ErrorCode};

const SECOND_NS: u64 = 1_000_000_000;

/// What the times of keep-alive are clamped to, in seconds.
const MAX_KEEP_ALIVE_SECONDS: u64 = 32_767;

const MAX_KEEP_ALIVE_COUNT: u64 = 127;

const MAX_HOP_LIMIT: u64 = 255;

/// Bytes of a buffer, if nobody asks for another size.
const BUFFER_BYTES: u64 = 64 << 10;

/// What the sizes of buffers are clamped to.
const MIN_BUFFER_BYTES: u64 = 2 << 10;
const MAX_BUFFER_BYTES: u64 = 4 << 20;

/// The options that were set; the others are as they are at first.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    values: BTreeMap<SocketOption, u64>,
}

impl Options {
    /// What an option is now.
    ///
    /// # Errors
    ///
    /// If sockets of that protocol do not have it.
    pub(super) fn value(&self, protocol: Protocol, option: SocketOption) -> Result<u64, ErrorCode> {
        check(protocol, option)?;
        Ok(self.values.get(&option).copied().unwrap_or(initial(option)))
    }

    /// Sets an option, to what of `value` is possible.
    ///
    /// # Errors
    ///
    /// If sockets of that protocol do not have it, or the value makes no sense.
    pub(super) fn set(&mut self, protocol: Protocol, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        check(protocol, option)?;
        self.values.insert(option, clamp(option, value)?);
        Ok(())
    }

    /// Bytes that may wait to be received.
    pub(super) fn receive_buffer(&self) -> u64 {
        self.values.get(&SocketOption::ReceiveBufferSize).copied().unwrap_or(BUFFER_BYTES)
    }

    /// Bytes that may wait to be sent.
    pub(super) fn send_buffer(&self) -> u64 {
        self.values.get(&SocketOption::SendBufferSize).copied().unwrap_or(BUFFER_BYTES)
    }
}

fn check(protocol: Protocol, option: SocketOption) -> Result<(), ErrorCode> {
    match option {
        SocketOption::HopLimit | SocketOption::ReceiveBufferSize | SocketOption::SendBufferSize => Ok(()),
        SocketOption::KeepAliveEnabled
        | SocketOption::KeepAliveIdleTime
        | SocketOption::KeepAliveInterval
        | SocketOption::KeepAliveCount => match protocol {
            Protocol::Tcp => Ok(()),
            Protocol::Udp => Err(ErrorCode::NotSupported),
        },
    }
}

fn initial(option: SocketOption) -> u64 {
    match option {
        SocketOption::KeepAliveEnabled => 0,
        SocketOption::KeepAliveIdleTime => 7_200 * SECOND_NS,
        SocketOption::KeepAliveInterval => 75 * SECOND_NS,
        SocketOption::KeepAliveCount => 9,
        SocketOption::HopLimit => 64,
        SocketOption::ReceiveBufferSize | SocketOption::SendBufferSize => BUFFER_BYTES,
    }
}

fn clamp(option: SocketOption, value: u64) -> Result<u64, ErrorCode> {
    match option {
        SocketOption::KeepAliveEnabled => Ok(value.min(1)),
        _ if value == 0 => Err(ErrorCode::InvalidArgument),
        SocketOption::KeepAliveIdleTime | SocketOption::KeepAliveInterval => {
            Ok((value / SECOND_NS).clamp(1, MAX_KEEP_ALIVE_SECONDS) * SECOND_NS)
        }
        SocketOption::KeepAliveCount => Ok(value.min(MAX_KEEP_ALIVE_COUNT)),
        SocketOption::HopLimit if value > MAX_HOP_LIMIT => Err(ErrorCode::InvalidArgument),
        SocketOption::HopLimit => Ok(value),
        SocketOption::ReceiveBufferSize | SocketOption::SendBufferSize => {
            Ok(value.clamp(MIN_BUFFER_BYTES, MAX_BUFFER_BYTES))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_what_was_set_of_what_is_possible() {
        let none = Err(ErrorCode::InvalidArgument);
        for (option, first, sets) in [
            (SocketOption::KeepAliveEnabled, 0, &[(1, Ok(1)), (9, Ok(1)), (0, Ok(0))][..]),
            (
                SocketOption::KeepAliveIdleTime,
                7_200 * SECOND_NS,
                &[(0, none), (1, Ok(SECOND_NS)), (u64::MAX, Ok(32_767 * SECOND_NS))],
            ),
            (SocketOption::KeepAliveInterval, 75 * SECOND_NS, &[(0, none), (2_500_000_000, Ok(2 * SECOND_NS))]),
            (SocketOption::KeepAliveCount, 9, &[(0, none), (1, Ok(1)), (1_000, Ok(127))]),
            (SocketOption::HopLimit, 64, &[(0, none), (255, Ok(255)), (256, none)]),
            (SocketOption::ReceiveBufferSize, 65_536, &[(0, none), (1, Ok(2_048)), (u64::MAX, Ok(4 << 20))]),
            (SocketOption::SendBufferSize, 65_536, &[(0, none), (100_000, Ok(100_000))]),
        ] {
            let mut options = Options::default();
            assert_eq!(options.value(Protocol::Tcp, option), Ok(first));
            for (value, expected) in sets {
                let set = options.set(Protocol::Tcp, option, *value);
                let value = set.and_then(|()| options.value(Protocol::Tcp, option));
                assert_eq!(value, *expected, "{option:?}");
            }
        }
        let udp = Options::default().value(Protocol::Udp, SocketOption::KeepAliveEnabled);
        assert_eq!(udp, Err(ErrorCode::NotSupported));
    }
}
