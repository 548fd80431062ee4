//! The options of a TCP socket. A value of 0 is `invalid-argument`; getters answer what is in effect, which may be less.

use super::{State, TcpSocket};
use crate::{
    Handle, Trap, Wasi,
    host::SocketOption,
    sockets::{ErrorCode, NetResult},
};

fn option(wasi: &Wasi, this: Handle<TcpSocket>, option: SocketOption) -> Result<NetResult<u64>, Trap> {
    let socket = wasi.table.get(this)?;
    Ok(match socket.state {
        State::Closed => Err(ErrorCode::InvalidState),
        _ => socket.shared.socket.option(option),
    })
}

fn set_option(wasi: &Wasi, this: Handle<TcpSocket>, option: SocketOption, value: u64) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get(this)?;
    Ok(match socket.state {
        State::Closed => Err(ErrorCode::InvalidState),
        _ if value == 0 && option != SocketOption::KeepAliveEnabled => Err(ErrorCode::InvalidArgument),
        _ => socket.shared.socket.set_option(option, value),
    })
}

/// `tcp-socket.set-listen-backlog-size: func(value: u64) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_listen_backlog_size(wasi: &mut Wasi, this: Handle<TcpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    let backlog = u32::try_from(value).unwrap_or(u32::MAX).min(i32::MAX as u32);
    Ok(match socket.state {
        _ if value == 0 => Err(ErrorCode::InvalidArgument),
        State::Unbound | State::BindStarted | State::Bound => {
            socket.backlog = backlog;
            Ok(())
        }
        State::ListenStarted | State::Listening => socket.shared.socket.listen(backlog),
        State::ConnectStarted | State::Connected { .. } | State::Closed => Err(ErrorCode::InvalidState),
    })
}

/// `tcp-socket.keep-alive-enabled: func() -> result<bool, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn keep_alive_enabled(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<bool>, Trap> {
    Ok(option(wasi, this, SocketOption::KeepAliveEnabled)?.map(|value| value != 0))
}

/// `tcp-socket.set-keep-alive-enabled: func(value: bool) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_keep_alive_enabled(wasi: &Wasi, this: Handle<TcpSocket>, value: bool) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::KeepAliveEnabled, value.into())
}

/// `tcp-socket.keep-alive-idle-time: func() -> result<duration, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn keep_alive_idle_time(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<u64>, Trap> {
    option(wasi, this, SocketOption::KeepAliveIdleTime)
}

/// `tcp-socket.set-keep-alive-idle-time: func(value: duration) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_keep_alive_idle_time(wasi: &Wasi, this: Handle<TcpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::KeepAliveIdleTime, value)
}

/// `tcp-socket.keep-alive-interval: func() -> result<duration, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn keep_alive_interval(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<u64>, Trap> {
    option(wasi, this, SocketOption::KeepAliveInterval)
}

/// `tcp-socket.set-keep-alive-interval: func(value: duration) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_keep_alive_interval(wasi: &Wasi, this: Handle<TcpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::KeepAliveInterval, value)
}

/// `tcp-socket.keep-alive-count: func() -> result<u32, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn keep_alive_count(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<u32>, Trap> {
    Ok(option(wasi, this, SocketOption::KeepAliveCount)?.map(|value| u32::try_from(value).unwrap_or(u32::MAX)))
}

/// `tcp-socket.set-keep-alive-count: func(value: u32) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_keep_alive_count(wasi: &Wasi, this: Handle<TcpSocket>, value: u32) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::KeepAliveCount, value.into())
}

/// `tcp-socket.hop-limit: func() -> result<u8, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn hop_limit(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<u8>, Trap> {
    Ok(option(wasi, this, SocketOption::HopLimit)?.map(|value| u8::try_from(value).unwrap_or(u8::MAX)))
}

/// `tcp-socket.set-hop-limit: func(value: u8) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_hop_limit(wasi: &Wasi, this: Handle<TcpSocket>, value: u8) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::HopLimit, value.into())
}

/// `tcp-socket.receive-buffer-size: func() -> result<u64, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn receive_buffer_size(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<u64>, Trap> {
    option(wasi, this, SocketOption::ReceiveBufferSize)
}

/// `tcp-socket.set-receive-buffer-size: func(value: u64) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_receive_buffer_size(wasi: &Wasi, this: Handle<TcpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::ReceiveBufferSize, value)
}

/// `tcp-socket.send-buffer-size: func() -> result<u64, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn send_buffer_size(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<u64>, Trap> {
    option(wasi, this, SocketOption::SendBufferSize)
}

/// `tcp-socket.set-send-buffer-size: func(value: u64) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_send_buffer_size(wasi: &Wasi, this: Handle<TcpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::SendBufferSize, value)
}
