//! `wasi:sockets`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use nojit_shims::sockets::{ErrorCode, IpAddressFamily, NetResult, ShutdownType, ip_name_lookup, network, tcp, udp};

use super::{
    WasiView,
    interface::{Interface, Package},
};
use crate::error::Result;

crate::enumeration! {
    impl ErrorCode {
        Unknown, AccessDenied, NotSupported, InvalidArgument, OutOfMemory, Timeout, ConcurrencyConflict, NotInProgress,
        WouldBlock, InvalidState, NewSocketLimit, AddressNotBindable, AddressInUse, RemoteUnreachable, ConnectionRefused,
        ConnectionReset, ConnectionAborted, DatagramTooLarge, NameUnresolvable, TemporaryResolverFailure,
        PermanentResolverFailure,
    }
}
crate::enumeration! { impl IpAddressFamily { Ipv4, Ipv6 } }
crate::enumeration! { impl ShutdownType { Receive, Send, Both } }

type Octets = (u8, u8, u8, u8);
type Segments = (u16, u16, u16, u16, u16, u16, u16, u16);

crate::variant! {
    /// `ip-address`.
    #[derive(Debug)]
    enum IpAddress { Ipv4(Octets), Ipv6(Segments) }
}
crate::record! {
    /// `ipv4-socket-address`.
    #[derive(Debug)]
    struct Ipv4SocketAddress { port: u16, address: Octets }
}
crate::record! {
    /// `ipv6-socket-address`.
    #[derive(Debug)]
    struct Ipv6SocketAddress { port: u16, flow_info: u32, address: Segments, scope_id: u32 }
}
crate::variant! {
    /// `ip-socket-address`.
    #[derive(Debug)]
    enum IpSocketAddress { Ipv4(Ipv4SocketAddress), Ipv6(Ipv6SocketAddress) }
}
crate::record! {
    /// `incoming-datagram`.
    #[derive(Debug)]
    struct IncomingDatagram { data: Vec<u8>, remote_address: IpSocketAddress }
}
crate::record! {
    /// `outgoing-datagram`.
    #[derive(Debug)]
    struct OutgoingDatagram { data: Vec<u8>, remote_address: Option<IpSocketAddress> }
}

fn octets(ip: Ipv4Addr) -> Octets {
    ip.octets().into()
}

fn segments(ip: Ipv6Addr) -> Segments {
    ip.segments().into()
}

impl From<IpAddr> for IpAddress {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => IpAddress::Ipv4(octets(ip)),
            IpAddr::V6(ip) => IpAddress::Ipv6(segments(ip)),
        }
    }
}

impl From<SocketAddr> for IpSocketAddress {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(v4) => {
                IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: octets(*v4.ip()) })
            }
            SocketAddr::V6(v6) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: v6.flowinfo(),
                address: segments(*v6.ip()),
                scope_id: v6.scope_id(),
            }),
        }
    }
}

impl From<IpSocketAddress> for SocketAddr {
    fn from(address: IpSocketAddress) -> Self {
        match address {
            IpSocketAddress::Ipv4(v4) => (<[u8; 4]>::from(v4.address), v4.port).into(),
            IpSocketAddress::Ipv6(v6) => {
                let ip = Ipv6Addr::from(<[u16; 8]>::from(v6.address));
                SocketAddrV6::new(ip, v6.port, v6.flow_info, v6.scope_id).into()
            }
        }
    }
}

/// An address as the guest gets it.
fn given(address: NetResult<SocketAddr>) -> NetResult<IpSocketAddress> {
    address.map(IpSocketAddress::from)
}

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    package.interface("wasi:sockets/network")?.resource("network", network::drop_network)?;
    package
        .interface("wasi:sockets/instance-network")?
        .func("instance-network", |wasi, ()| Ok(network::instance_network(wasi)))?;
    package
        .interface("wasi:sockets/tcp-create-socket")?
        .func("create-tcp-socket", |wasi, (family,)| Ok(tcp::create_tcp_socket(wasi, family)))?;
    package
        .interface("wasi:sockets/udp-create-socket")?
        .func("create-udp-socket", |wasi, (family,)| Ok(udp::create_udp_socket(wasi, family)))?;

    let mut of_tcp = package.interface("wasi:sockets/tcp")?;
    of_tcp.resource("tcp-socket", tcp::drop_tcp_socket)?;
    define_tcp(&mut of_tcp)?;
    define_tcp_options(&mut of_tcp)?;

    let mut of_udp = package.interface("wasi:sockets/udp")?;
    of_udp.resource("udp-socket", udp::drop_udp_socket)?;
    of_udp.resource("incoming-datagram-stream", udp::drop_incoming_datagram_stream)?;
    of_udp.resource("outgoing-datagram-stream", udp::drop_outgoing_datagram_stream)?;
    define_udp(&mut of_udp)?;
    define_datagrams(&mut of_udp)?;

    let mut names = package.interface("wasi:sockets/ip-name-lookup")?;
    names.resource("resolve-address-stream", ip_name_lookup::drop_resolve_address_stream)?;
    names.func("resolve-addresses", |wasi, (network, name): (_, String)| {
        ip_name_lookup::resolve_addresses(wasi, network, &name)
    })?;
    names.func("[method]resolve-address-stream.resolve-next-address", |wasi, (this,)| {
        let next = ip_name_lookup::resolve_next_address(wasi, this)?;
        Ok(next.map(|address| address.map(IpAddress::from)))
    })?;
    names.func("[method]resolve-address-stream.subscribe", |wasi, (this,)| ip_name_lookup::subscribe(wasi, this))
}

fn define_tcp<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]tcp-socket.start-bind", |wasi, (this, network, local): (_, _, IpSocketAddress)| {
        tcp::start_bind(wasi, this, network, local.into())
    })?;
    interface.func("[method]tcp-socket.finish-bind", |wasi, (this,)| tcp::finish_bind(wasi, this))?;
    interface.func("[method]tcp-socket.start-connect", |wasi, (this, network, remote): (_, _, IpSocketAddress)| {
        tcp::start_connect(wasi, this, network, remote.into())
    })?;
    interface.func("[method]tcp-socket.finish-connect", |wasi, (this,)| tcp::finish_connect(wasi, this))?;
    interface.func("[method]tcp-socket.start-listen", |wasi, (this,)| tcp::start_listen(wasi, this))?;
    interface.func("[method]tcp-socket.finish-listen", |wasi, (this,)| tcp::finish_listen(wasi, this))?;
    interface.func("[method]tcp-socket.accept", |wasi, (this,)| tcp::accept(wasi, this))?;
    interface.func("[method]tcp-socket.local-address", |wasi, (this,)| tcp::local_address(wasi, this).map(given))?;
    interface.func("[method]tcp-socket.remote-address", |wasi, (this,)| tcp::remote_address(wasi, this).map(given))?;
    interface.func("[method]tcp-socket.is-listening", |wasi, (this,)| tcp::is_listening(wasi, this))?;
    interface.func("[method]tcp-socket.address-family", |wasi, (this,)| tcp::address_family(wasi, this))?;
    interface.func("[method]tcp-socket.subscribe", |wasi, (this,)| tcp::subscribe(wasi, this))?;
    interface.func("[method]tcp-socket.shutdown", |wasi, (this, how)| tcp::shutdown(wasi, this, how))
}

fn define_tcp_options<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    /// Defines the two functions of an option, as `keep-alive-count` and `set-keep-alive-count`.
    macro_rules! options {
        ($($name:literal, $get:ident, $set:ident;)*) => {$(
            interface.func(concat!("[method]tcp-socket.", $name), |wasi, (this,)| tcp::$get(wasi, this))?;
            interface
                .func(concat!("[method]tcp-socket.set-", $name), |wasi, (this, value)| tcp::$set(wasi, this, value))?;
        )*};
    }
    options! {
        "keep-alive-enabled", keep_alive_enabled, set_keep_alive_enabled;
        "keep-alive-idle-time", keep_alive_idle_time, set_keep_alive_idle_time;
        "keep-alive-interval", keep_alive_interval, set_keep_alive_interval;
        "keep-alive-count", keep_alive_count, set_keep_alive_count;
        "hop-limit", hop_limit, set_hop_limit;
        "receive-buffer-size", receive_buffer_size, set_receive_buffer_size;
        "send-buffer-size", send_buffer_size, set_send_buffer_size;
    }
    interface.func("[method]tcp-socket.set-listen-backlog-size", |wasi, (this, value)| {
        tcp::set_listen_backlog_size(wasi, this, value)
    })
}

fn define_udp<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]udp-socket.start-bind", |wasi, (this, network, local): (_, _, IpSocketAddress)| {
        udp::start_bind(wasi, this, network, local.into())
    })?;
    interface.func("[method]udp-socket.finish-bind", |wasi, (this,)| udp::finish_bind(wasi, this))?;
    interface.func("[method]udp-socket.stream", |wasi, (this, remote): (_, Option<IpSocketAddress>)| {
        udp::stream(wasi, this, remote.map(SocketAddr::from))
    })?;
    interface.func("[method]udp-socket.local-address", |wasi, (this,)| udp::local_address(wasi, this).map(given))?;
    interface.func("[method]udp-socket.remote-address", |wasi, (this,)| udp::remote_address(wasi, this).map(given))?;
    interface.func("[method]udp-socket.address-family", |wasi, (this,)| udp::address_family(wasi, this))?;
    interface.func("[method]udp-socket.unicast-hop-limit", |wasi, (this,)| udp::unicast_hop_limit(wasi, this))?;
    interface.func("[method]udp-socket.set-unicast-hop-limit", |wasi, (this, value)| {
        udp::set_unicast_hop_limit(wasi, this, value)
    })?;
    interface.func("[method]udp-socket.receive-buffer-size", |wasi, (this,)| udp::receive_buffer_size(wasi, this))?;
    interface.func("[method]udp-socket.set-receive-buffer-size", |wasi, (this, value)| {
        udp::set_receive_buffer_size(wasi, this, value)
    })?;
    interface.func("[method]udp-socket.send-buffer-size", |wasi, (this,)| udp::send_buffer_size(wasi, this))?;
    interface.func("[method]udp-socket.set-send-buffer-size", |wasi, (this, value)| {
        udp::set_send_buffer_size(wasi, this, value)
    })?;
    interface.func("[method]udp-socket.subscribe", |wasi, (this,)| udp::subscribe(wasi, this))
}

fn define_datagrams<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]incoming-datagram-stream.receive", |wasi, (this, max_results)| {
        let received = udp::receive(wasi, this, max_results)?;
        let given = |datagram: udp::IncomingDatagram| IncomingDatagram {
            data: datagram.data,
            remote_address: datagram.remote_address.into(),
        };
        Ok(received.map(|datagrams| datagrams.into_iter().map(given).collect::<Vec<_>>()))
    })?;
    interface
        .func("[method]incoming-datagram-stream.subscribe", |wasi, (this,)| udp::subscribe_incoming(wasi, this))?;
    interface.func("[method]outgoing-datagram-stream.check-send", |wasi, (this,)| udp::check_send(wasi, this))?;
    interface.func(
        "[method]outgoing-datagram-stream.send",
        |wasi, (this, datagrams): (_, Vec<OutgoingDatagram>)| {
            let taken = |datagram: OutgoingDatagram| udp::OutgoingDatagram {
                data: datagram.data,
                remote_address: datagram.remote_address.map(SocketAddr::from),
            };
            let datagrams: Vec<_> = datagrams.into_iter().map(taken).collect();
            udp::send(wasi, this, &datagrams)
        },
    )?;
    interface.func("[method]outgoing-datagram-stream.subscribe", |wasi, (this,)| udp::subscribe_outgoing(wasi, this))
}
