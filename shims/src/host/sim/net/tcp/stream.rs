//! One side of a connection: what it sends and what has come.
//!
//! Bytes are counted from the start of their direction. The end of a direction counts as one more.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use crate::{
    host::sim::net::{address::HostNumber, network::SocketId},
    sockets::ErrorCode,
};

/// Bytes that travel together at most.
const SEGMENT_BYTES: u64 = 16 << 10;

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) peer: SocketId,
    pub(super) peer_host: HostNumber,
    pub(super) remote: SocketAddr,
    pub(super) owner: Owner,
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Incoming,
    /// Why nothing goes on.
    pub(super) error: Option<ErrorCode>,
}

/// Who has the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A socket that listens, until it is accepted.
    Listener(SocketId),
    Guest,
    /// It was closed, and has something to send.
    Nobody,
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    unsent: VecDeque<u8>,
    /// How far it was sent, and how far that has come.
    sent: u64,
    acked: u64,
    /// How far the other side has space.
    granted: u64,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    /// After what is unsent.
    Asked,
    Sent,
}

/// What has come.
#[derive(Debug)]
pub(super) struct Incoming {
    unread: VecDeque<u8>,
    /// How far everything has come, and how much of that was read.
    pub(super) received: u64,
    read: u64,
    /// How far the other side may send.
    pub(super) granted: u64,
    /// What has come before something that should have come first.
    early: BTreeMap<u64, Piece>,
    has_ended: bool,
    /// Nothing is received any more by who has it.
    pub(super) is_shut: bool,
}

/// Some of what is sent.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) is_last: bool,
}

impl Stream {
    /// A connection with `peer`, who has space as far as `granted`; here is space for `space`.
    pub(super) fn new(
        (peer, peer_host, remote): (SocketId, HostNumber, SocketAddr),
        owner: Owner,
        granted: u64,
        space: u64,
    ) -> Self {
        let outgoing = Outgoing { unsent: VecDeque::new(), sent: 0, acked: 0, granted, end: End::Open };
        let incoming = Incoming {
            unread: VecDeque::new(),
            received: 0,
            read: 0,
            granted: space,
            early: BTreeMap::new(),
            has_ended: false,
            is_shut: false,
        };
        Stream { peer, peer_host, remote, owner, outgoing, incoming, error: None }
    }

    pub(super) fn is_readable(&self) -> bool {
        let Incoming { unread, has_ended, is_shut, .. } = &self.incoming;
        !unread.is_empty() || *has_ended || *is_shut || self.error.is_some()
    }

    pub(super) fn is_writable(&self, limit: u64) -> bool {
        self.outgoing.room(limit) > 0 || self.outgoing.end != End::Open || self.error.is_some()
    }

    /// Takes up to `len` bytes that have come; none at the end.
    pub(super) fn receive(&mut self, len: usize) -> Result<Vec<u8>, ErrorCode> {
        let incoming = &mut self.incoming;
        if incoming.is_shut || len == 0 {
            return Ok(Vec::new());
        }
        if incoming.unread.is_empty() && !incoming.has_ended {
            return Err(self.error.unwrap_or(ErrorCode::WouldBlock));
        }
        let len = len.min(incoming.unread.len());
        incoming.read += len as u64;
        Ok(incoming.unread.drain(..len).collect())
    }

    /// Takes some of `bytes` to be sent, as far as there is room among `limit`.
    pub(super) fn send(&mut self, bytes: &[u8], limit: u64) -> Result<usize, ErrorCode> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let outgoing = &mut self.outgoing;
        if outgoing.end != End::Open {
            return Err(ErrorCode::InvalidState);
        }
        let taken = bytes.len().min(usize::try_from(outgoing.room(limit)).unwrap_or(usize::MAX));
        if taken == 0 && !bytes.is_empty() {
            return Err(ErrorCode::WouldBlock);
        }
        outgoing.unsent.extend(bytes.iter().take(taken));
        Ok(taken)
    }

    /// Nothing goes on any more.
    pub(super) fn fail(&mut self, error: ErrorCode) {
        self.error.get_or_insert(error);
        self.outgoing.unsent = VecDeque::new();
        self.incoming.early = BTreeMap::new();
    }
}

impl Outgoing {
    /// How much more is taken, if all that has not come counts against `limit`.
    fn room(&self, limit: u64) -> u64 {
        limit.saturating_sub(self.unsent.len() as u64 + (self.sent - self.acked))
    }

    /// Nothing more will be taken.
    pub(super) fn end(&mut self) {
        if self.end == End::Open {
            self.end = End::Asked;
        }
    }

    /// The other side has got everything, and knows that it is everything.
    pub(super) fn is_done(&self) -> bool {
        self.end == End::Sent && self.acked == self.sent
    }

    /// What can be sent now.
    pub(super) fn next_piece(&mut self) -> Option<Piece> {
        let at = self.sent;
        let len = SEGMENT_BYTES.min(self.unsent.len() as u64).min(self.granted.saturating_sub(at));
        let bytes: Vec<u8> = self.unsent.drain(..len as usize).collect();
        let is_last = self.end == End::Asked && self.unsent.is_empty();
        if bytes.is_empty() && !is_last {
            return None;
        }
        self.sent += len + u64::from(is_last);
        if is_last {
            self.end = End::Sent;
        }
        Some(Piece { at, bytes, is_last })
    }

    /// The other side says how far it has received, and how far it has space.
    pub(super) fn acknowledge(&mut self, received: u64, granted: u64) {
        self.acked = self.acked.max(received.min(self.sent));
        self.granted = self.granted.max(granted);
    }
}

impl Incoming {
    /// Whether there is something that nobody has read.
    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Takes what arrives, and all that was early and is not any more.
    pub(super) fn arrive(&mut self, piece: Piece) {
        self.early.insert(piece.at, piece);
        while let Some(Piece { bytes, is_last, .. }) = self.early.remove(&self.received) {
            self.received += bytes.len() as u64 + u64::from(is_last);
            self.has_ended |= is_last;
            self.unread.extend(bytes);
        }
    }

    /// Whether the other side should be told that there is more space: half of `limit` at least, so that few bytes that are
    /// read cause nothing.
    pub(super) fn grant(&mut self, limit: u64) -> bool {
        let granted = self.read + limit;
        let is_worth_it = granted >= self.granted + limit / 2 && granted > self.granted;
        if is_worth_it {
            self.granted = granted;
        }
        is_worth_it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(granted: u64, space: u64) -> Stream {
        let remote = "10.0.0.2:80".parse().unwrap();
        Stream::new((2, HostNumber::of_world(1), remote), Owner::Guest, granted, space)
    }

    fn piece(at: u64, bytes: &[u8], is_last: bool) -> Piece {
        Piece { at, bytes: bytes.to_vec(), is_last }
    }

    #[test]
    fn no_more_is_sent_than_there_is_space_for() {
        let mut stream = stream(4, 8);
        assert_eq!(stream.send(b"abcdefgh", 6), Ok(6));
        assert_eq!(stream.outgoing.next_piece().map(|piece| piece.bytes), Some(b"abcd".to_vec()));
        assert!(stream.outgoing.next_piece().is_none());
        assert_eq!(stream.send(b"gh", 6), Err(ErrorCode::WouldBlock));
        stream.outgoing.acknowledge(4, 4);
        assert_eq!(stream.send(b"gh", 6), Ok(2));
        stream.outgoing.end();
        assert!(stream.outgoing.next_piece().is_none());
        stream.outgoing.acknowledge(4, 8);
        let last = stream.outgoing.next_piece().unwrap();
        assert_eq!((last.at, last.bytes, last.is_last), (4, b"efgh".to_vec(), true));
        assert!(!stream.outgoing.is_done());
        stream.outgoing.acknowledge(9, 8);
        assert!(stream.outgoing.is_done());
    }

    #[test]
    fn what_comes_early_waits() {
        let mut stream = stream(8, 8);
        stream.incoming.arrive(piece(4, b"ef", true));
        stream.incoming.arrive(piece(2, b"cd", false));
        assert_eq!(stream.receive(9), Err(ErrorCode::WouldBlock));
        stream.incoming.arrive(piece(0, b"ab", false));
        assert_eq!(stream.receive(3), Ok(b"abc".to_vec()));
        assert_eq!(stream.receive(9), Ok(b"def".to_vec()));
        assert_eq!(stream.receive(9), Ok(Vec::new()));
        assert_eq!(stream.incoming.received, 7);
    }

    #[test]
    fn space_is_told_when_half_of_it_is_free() {
        let mut stream = stream(8, 8);
        stream.incoming.arrive(piece(0, b"abcdefgh", false));
        stream.receive(3).unwrap();
        assert!(!stream.incoming.grant(8));
        stream.receive(1).unwrap();
        assert!(stream.incoming.grant(8));
        assert_eq!(stream.incoming.granted, 12);
        assert!(!stream.incoming.grant(4));
        assert!(stream.incoming.grant(16));
    }

    #[test]
    fn what_has_come_can_be_read_before_the_error() {
        let mut stream = stream(8, 8);
        stream.incoming.arrive(piece(0, b"ab", false));
        stream.fail(ErrorCode::ConnectionReset);
        assert_eq!(stream.receive(9), Ok(b"ab".to_vec()));
        assert_eq!(stream.receive(9), Err(ErrorCode::ConnectionReset));
        assert_eq!(stream.send(b"c", 8), Err(ErrorCode::ConnectionReset));
    }
}
