//! The state of one socket.

use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
};

use super::stream::Stream;
use crate::{
    host::sim::net::{address::HostNumber, network::SocketId, options::Options},
    io::waiters::Waiters,
    sockets::{ErrorCode, IpAddressFamily},
};

/// A socket of a host.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Tcp {
    pub(super) host: HostNumber,
    pub(super) family: IpAddressFamily,
    pub(super) options: Options,
    /// The address that it is bound to; none of a connection that nobody holds any more.
    pub(super) local: Option<SocketAddr>,
    pub(super) phase: Phase,
    pub(super) readers: Waiters,
    pub(super) writers: Waiters,
}

#[derive(Debug)]
pub(super) enum Phase {
    /// Neither connected nor listening, bound or not.
    Idle,
    Connecting {
        remote: SocketAddr,
    },
    /// It was not connected, and will not be.
    Failed(ErrorCode),
    Listening(Listener),
    Connected(Stream),
}

/// What connections come to.
#[derive(Debug)]
pub(super) struct Listener {
    /// How many may wait; one more does, as on Linux.
    pub(super) backlog: usize,
    /// Those of whom the other side does not know yet that they are made.
    pub(super) half_open: BTreeSet<SocketId>,
    /// Those that can be accepted, in the order in which they came.
    pub(super) acceptable: VecDeque<SocketId>,
}

/// Who waits: to receive and to accept, or to send and to be connected.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Read,
    Write,
}

impl Tcp {
    pub(super) fn new(host: HostNumber, family: IpAddressFamily) -> Self {
        Tcp {
            host,
            family,
            options: Options::default(),
            local: None,
            phase: Phase::Idle,
            readers: Waiters::default(),
            writers: Waiters::default(),
        }
    }

    pub(super) fn waiters(&mut self, side: Side) -> &mut Waiters {
        match side {
            Side::Read => &mut self.readers,
            Side::Write => &mut self.writers,
        }
    }

    /// The connection.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn connected(&mut self) -> Result<&mut Stream, ErrorCode> {
        match &mut self.phase {
            Phase::Connected(stream) => Ok(stream),
            _ => Err(ErrorCode::InvalidState),
        }
    }

    /// Whether to receive or to accept would answer at once, be it with an error.
    pub(super) fn is_readable(&self) -> bool {
        match &self.phase {
            Phase::Idle | Phase::Failed(_) => true,
            Phase::Connecting { .. } => false,
            Phase::Listening(listener) => !listener.acceptable.is_empty(),
            Phase::Connected(stream) => stream.is_readable(),
        }
    }

    /// Whether to send would answer at once, be it with an error.
    pub(super) fn is_writable(&self) -> bool {
        match &self.phase {
            Phase::Idle | Phase::Failed(_) | Phase::Listening(_) => true,
            Phase::Connecting { .. } => false,
            Phase::Connected(stream) => stream.is_writable(self.options.send_buffer()),
        }
    }
}

impl Listener {
    /// Whether another connection has to wait outside.
    pub(super) fn is_full(&self) -> bool {
        self.half_open.len() + self.acceptable.len() > self.backlog
    }

    /// Whether a connection is there that could be accepted; a half-open one is acceptable from now on.
    pub(super) fn establish(&mut self, child: SocketId) -> bool {
        let is_new = self.half_open.remove(&child);
        if is_new {
            self.acceptable.push_back(child);
        }
        is_new
    }

    /// A connection is gone before it was accepted.
    pub(super) fn forget(&mut self, child: SocketId) {
        self.half_open.remove(&child);
        self.acceptable.retain(|waiting| *waiting != child);
    }
}
