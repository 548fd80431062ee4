//! Sockets brought into a state, where nothing is expected to fail, and datagrams.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::clocks::monotonic_clock::subscribe_duration;
use wasip2::wasi::io::poll::poll;
use wasip2::wasi::sockets::instance_network::instance_network;
use wasip2::wasi::sockets::network::{ErrorCode, IpSocketAddress};
use wasip2::wasi::sockets::udp::{
    IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use wasip2::wasi::sockets::udp_create_socket::create_udp_socket;
use wasip2::{family_of, parse_address, to_core};

/// How long a datagram may take that must come, and must not.
const COMES_NS: u64 = 5_000_000_000;
const COMES_NOT_NS: u64 = 50_000_000;

/// A socket and its streams, which are dropped before it.
pub struct Peer {
    pub incoming: IncomingDatagramStream,
    pub outgoing: OutgoingDatagramStream,
    pub socket: UdpSocket,
}

/// `ok`, or the name of the error.
pub fn name<T>(result: Result<T, ErrorCode>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.name(),
    }
}

/// A free port of 127.0.0.1.
pub fn loopback() -> IpSocketAddress {
    parse_address("127.0.0.1:0").expect("is an address")
}

pub fn bind(socket: &UdpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&instance_network(), address)?;
    socket.subscribe().block();
    socket.finish_bind()
}

pub fn bound_at(address: IpSocketAddress) -> Result<UdpSocket, ErrorCode> {
    let socket = create_udp_socket(family_of(address))?;
    bind(&socket, address)?;
    Ok(socket)
}

/// Gives a bound socket its streams.
pub fn open(socket: UdpSocket, remote: Option<IpSocketAddress>) -> Result<Peer, ErrorCode> {
    let (incoming, outgoing) = socket.stream(remote)?;
    Ok(Peer { incoming, outgoing, socket })
}

impl Peer {
    /// A socket that talks to everybody.
    pub fn at(address: IpSocketAddress) -> Result<Self, ErrorCode> {
        open(bound_at(address)?, None)
    }

    /// The same socket with new streams.
    pub fn reopen(self, remote: Option<IpSocketAddress>) -> Result<Self, ErrorCode> {
        let Peer { incoming, outgoing, socket } = self;
        drop((incoming, outgoing));
        open(socket, remote)
    }

    pub fn address(&self) -> Option<IpSocketAddress> {
        self.socket.local_address().ok()
    }

    /// Sends what may be sent of `datagrams`, each with whom it is for; how many those were.
    pub fn send(&self, datagrams: &[(&[u8], Option<IpSocketAddress>)]) -> Result<u64, ErrorCode> {
        while self.outgoing.check_send()? == 0 {
            self.outgoing.subscribe().block();
        }
        let datagrams: Vec<_> = datagrams
            .iter()
            .map(|(data, remote_address)| OutgoingDatagram { data: data.to_vec(), remote_address: *remote_address })
            .collect();
        self.outgoing.send(&datagrams)
    }

    /// Waits for one datagram.
    pub fn receive(&self) -> Option<IncomingDatagram> {
        self.waits(COMES_NS)?;
        self.incoming.receive(1).ok()?.pop()
    }

    /// Whether nothing comes.
    pub fn stays_empty(&self) -> bool {
        self.waits(COMES_NOT_NS).is_none()
    }

    fn waits(&self, ns: u64) -> Option<()> {
        poll(&[&self.incoming.subscribe(), &subscribe_duration(ns)]).contains(&0).then_some(())
    }
}

pub fn same(a: IpSocketAddress, b: IpSocketAddress) -> bool {
    to_core(a) == to_core(b)
}
