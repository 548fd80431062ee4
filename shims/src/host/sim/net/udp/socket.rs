//! The state of one socket.

use std::{collections::VecDeque, mem, net::SocketAddr};

use crate::{
    host::sim::net::{address::HostNumber, options::Options},
    io::waiters::Waiters,
    sockets::IpAddressFamily,
};

/// What a datagram takes of a buffer beside its bytes.
pub(super) const OVERHEAD_BYTES: usize = 256;

/// The state of a socket.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Udp {
    pub(super) host: HostNumber,
    pub(super) family: IpAddressFamily,
    pub(super) options: Options,
    pub(super) bound: Option<SocketAddr>,
    /// The only other side, and from which address it is reached.
    pub(super) connected: Option<Connected>,
    queue: VecDeque<(Vec<u8>, SocketAddr)>,
    queued_bytes: usize,
    pub(super) readers: Waiters,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Connected {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
}

impl Udp {
    pub(super) fn new(host: HostNumber, family: IpAddressFamily) -> Self {
        Udp {
            host,
            family,
            options: Options::default(),
            bound: None,
            connected: None,
            queue: VecDeque::new(),
            queued_bytes: 0,
            readers: Waiters::default(),
        }
    }

    pub(super) fn is_readable(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The address that it is bound to; of a connected one that from which it sends.
    pub(super) fn local(&self) -> Option<SocketAddr> {
        self.connected.map(|connected| connected.local).or(self.bound)
    }

    /// Takes the next datagram that has come.
    pub(super) fn take(&mut self) -> Option<(Vec<u8>, SocketAddr)> {
        let (bytes, from) = self.queue.pop_front()?;
        self.queued_bytes -= bytes.len() + OVERHEAD_BYTES;
        Some((bytes, from))
    }

    /// From now on it hears `connected` only, if there is one; what others have sent is gone.
    pub(super) fn connect(&mut self, connected: Option<Connected>) {
        self.connected = connected;
        self.queued_bytes = 0;
        for (bytes, from) in mem::take(&mut self.queue) {
            self.put(bytes, from);
        }
    }

    /// Keeps a datagram, if it comes from who may send and there is space; one always finds space.
    pub(super) fn put(&mut self, bytes: Vec<u8>, from: SocketAddr) -> bool {
        let size = bytes.len() + OVERHEAD_BYTES;
        let has_space = self.queue.is_empty() || (self.queued_bytes + size) as u64 <= self.options.receive_buffer();
        let is_heard = has_space && self.connected.is_none_or(|connected| connected.remote == from);
        if is_heard {
            self.queued_bytes += size;
            self.queue.push_back((bytes, from));
        }
        is_heard
    }
}
