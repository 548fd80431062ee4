//! TCP sockets.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use rustix::{
    buffer::spare_capacity,
    io::{Errno, retry_on_intr},
    net::{self, RecvFlags, Shutdown, SocketType, sockopt},
};

use super::{
    error::{accept_code, connect_code, errno_code, listen_code},
    socket::{SEND_FLAGS, Socket},
};
use crate::{
    host::{SocketOption, TcpSocket, system::readiness::Direction},
    io::streams::MAX_READ_BYTES,
    sockets::{ErrorCode, IpAddressFamily, ShutdownType},
};

/// A TCP socket of the operating system.
pub(super) fn tcp_socket(family: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
    let socket = Socket::open(family, SocketType::STREAM)?;
    Ok(Arc::new(SystemTcpSocket::new(socket, Connection::None)))
}

struct SystemTcpSocket {
    socket: Socket,
    connection: Mutex<Connection>,
    /// What was set, for the connections that are accepted: not every system hands it down.
    options: Mutex<BTreeMap<SocketOption, u64>>,
    /// Nothing was left when it was last received, so that something has to happen before there is more.
    is_drained: AtomicBool,
}

/// What has become of the connection. The system tells of a failure once; several tasks may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    /// None was asked for.
    None,
    /// One is being made.
    Begun,
    Made,
    /// It was not made, or it broke.
    Failed(ErrorCode),
}

impl SystemTcpSocket {
    fn new(socket: Socket, connection: Connection) -> Self {
        SystemTcpSocket {
            socket,
            connection: Mutex::new(connection),
            options: Mutex::default(),
            is_drained: AtomicBool::new(false),
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn options(&self) -> MutexGuard<'_, BTreeMap<SocketOption, u64>> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code of an error of the connection. One that breaks it is remembered: what the system says of it afterwards
    /// looks like an end.
    fn failed(&self, errno: Errno) -> ErrorCode {
        let mut connection = self.connection();
        match (errno, *connection) {
            // Nothing can be sent, for a reason that was said before.
            (Errno::PIPE, Connection::Failed(code)) => code,
            // The other side takes nothing more; what it sent before can be read to the end.
            (Errno::PIPE, _) => errno_code(errno),
            (_, Connection::Made) if is_broken(errno_code(errno)) => {
                *connection = Connection::Failed(errno_code(errno));
                errno_code(errno)
            }
            _ => errno_code(errno),
        }
    }
}

/// Whether a connection is over when an operation on it has failed so.
fn is_broken(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ConnectionReset
            | ErrorCode::ConnectionAborted
            | ErrorCode::ConnectionRefused
            | ErrorCode::RemoteUnreachable
            | ErrorCode::Timeout
    )
}

impl TcpSocket for SystemTcpSocket {
    fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode> {
        sockopt::set_socket_reuseaddr(self.socket.descriptor(), true).map_err(errno_code)?;
        self.socket.bind(local)
    }

    /// What is wrong with the call is said now, what becomes of the connection by `poll_connected`, even if the system
    /// knows it already.
    fn connect(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
        let mut connection = self.connection();
        match *connection {
            Connection::None => {}
            Connection::Begun => return Err(ErrorCode::ConcurrencyConflict),
            Connection::Made | Connection::Failed(_) => return Err(ErrorCode::InvalidState),
        }
        *connection = match net::connect(self.socket.descriptor(), &remote) {
            Ok(()) => Connection::Made,
            // An interrupted one goes on.
            Err(Errno::INPROGRESS | Errno::INTR) => Connection::Begun,
            Err(errno) => match connect_code(errno) {
                code @ (ErrorCode::InvalidArgument | ErrorCode::InvalidState) => return Err(code),
                code => Connection::Failed(code),
            },
        };
        Ok(())
    }

    fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        if *self.connection() == Connection::Begun {
            ready!(self.socket.poll_ready(Direction::Write, cx));
        }
        let mut connection = self.connection();
        // Unless another task was told.
        if *connection == Connection::Begun {
            *connection = match sockopt::socket_error(self.socket.descriptor()) {
                Ok(Ok(())) => Connection::Made,
                Ok(Err(errno)) | Err(errno) => Connection::Failed(connect_code(errno)),
            };
        }
        Poll::Ready(match *connection {
            Connection::None | Connection::Begun => Err(ErrorCode::NotInProgress),
            Connection::Made => Ok(()),
            Connection::Failed(code) => Err(code),
        })
    }

    fn listen(&self, backlog: u32) -> Result<(), ErrorCode> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        net::listen(self.socket.descriptor(), backlog).map_err(listen_code)
    }

    fn accept(&self) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
        loop {
            let socket = match self.socket.accept() {
                Ok(socket) => socket,
                Err(errno) if errno == Errno::INTR || is_gone(errno) => continue,
                Err(errno) => return Err(accept_code(errno)),
            };
            // Linux hands out those that were reset, with the error on them; elsewhere they cannot even be asked.
            if !matches!(sockopt::socket_error(socket.descriptor()), Ok(Ok(()))) {
                continue;
            }
            for (option, value) in &*self.options() {
                // As much as possible; the connection is good without.
                let _ = socket.set_option(*option, *value);
            }
            return Ok(Arc::new(SystemTcpSocket::new(socket, Connection::Made)));
        }
    }

    fn poll_acceptable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_ready(Direction::Read, cx)
    }

    /// With a length of 0 it says whether the stream has ended; `would-block` if not.
    fn receive(&self, len: usize) -> Result<Vec<u8>, ErrorCode> {
        let flags = if len == 0 { RecvFlags::PEEK } else { RecvFlags::empty() };
        let mut bytes = Vec::with_capacity(len.clamp(1, MAX_READ_BYTES));
        match retry_on_intr(|| net::recv(self.socket.descriptor(), spare_capacity(&mut bytes), flags)) {
            Ok((0, _)) => match *self.connection() {
                Connection::Failed(code) => Err(code),
                _ => Ok(bytes),
            },
            Ok(_) if len == 0 => Err(ErrorCode::WouldBlock),
            Ok(_) => Ok(bytes),
            Err(errno) => Err(self.failed(errno)),
        }
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_ready(Direction::Read, cx)
    }

    fn poll_receive(&self, len: usize, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, ErrorCode>> {
        loop {
            if self.is_drained.load(Ordering::Relaxed) {
                ready!(self.socket.poll_event(Direction::Read, cx));
                self.is_drained.store(false, Ordering::Relaxed);
            }
            let received = self.receive(len);
            let is_short =
                received.as_ref().is_ok_and(|bytes| !bytes.is_empty() && bytes.len() < len.min(MAX_READ_BYTES));
            if is_short || received == Err(ErrorCode::WouldBlock) {
                self.is_drained.store(true, Ordering::Relaxed);
            }
            match received {
                Err(ErrorCode::WouldBlock) => {}
                received => return Poll::Ready(received),
            }
        }
    }

    fn send(&self, bytes: &[u8]) -> Result<usize, ErrorCode> {
        retry_on_intr(|| net::send(self.socket.descriptor(), bytes, SEND_FLAGS)).map_err(|errno| self.failed(errno))
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_ready(Direction::Write, cx)
    }

    fn shutdown(&self, how: ShutdownType) -> Result<(), ErrorCode> {
        let how = match how {
            ShutdownType::Receive => Shutdown::Read,
            ShutdownType::Send => Shutdown::Write,
            ShutdownType::Both => Shutdown::Both,
        };
        match net::shutdown(self.socket.descriptor(), how) {
            // The connection is over, and both directions with it.
            Err(Errno::NOTCONN) if matches!(*self.connection(), Connection::Made | Connection::Failed(_)) => Ok(()),
            result => result.map_err(errno_code),
        }
    }

    fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.socket.local_address()
    }

    fn remote_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.socket.remote_address()
    }

    fn option(&self, option: SocketOption) -> Result<u64, ErrorCode> {
        self.socket.option(option)
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        self.socket.set_option(option, value)?;
        self.options().insert(option, value);
        Ok(())
    }
}

/// Whether `accept` tells of a connection that is gone. Linux passes on what has happened to it on the network.
fn is_gone(errno: Errno) -> bool {
    #[cfg(target_os = "linux")]
    if errno == Errno::NONET {
        return true;
    }
    matches!(
        errno,
        Errno::CONNABORTED
            | Errno::CONNRESET
            | Errno::NETRESET
            | Errno::HOSTUNREACH
            | Errno::HOSTDOWN
            | Errno::NETDOWN
            | Errno::NETUNREACH
            | Errno::PROTO
            | Errno::NOPROTOOPT
            | Errno::TIMEDOUT
    )
}
