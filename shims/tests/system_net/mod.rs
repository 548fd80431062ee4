//! What sockets and names of the operating system do, on the loopback interface alone.

#![expect(clippy::disallowed_methods, reason = "tests wait, and some of the other sides are of the standard library")]

mod names;
mod tcp;
mod udp;

use std::{
    future::poll_fn,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use nojit_shims::{
    host::{Net, TcpSocket, UdpSocket, system::SystemNet},
    sockets::{ErrorCode, IpAddressFamily},
};

/// What an operation answers.
type Answer<V> = Result<V, ErrorCode>;

/// The families that this machine has on its loopback interface.
fn families() -> Vec<IpAddressFamily> {
    let has_ipv6 = udp(IpAddressFamily::Ipv6).is_ok_and(|socket| socket.bind(loopback(IpAddressFamily::Ipv6)).is_ok());
    if has_ipv6 { IpAddressFamily::ALL.to_vec() } else { vec![IpAddressFamily::Ipv4] }
}

/// The loopback address with any port.
fn loopback(family: IpAddressFamily) -> SocketAddr {
    let ip: IpAddr = match family {
        IpAddressFamily::Ipv4 => Ipv4Addr::LOCALHOST.into(),
        IpAddressFamily::Ipv6 => Ipv6Addr::LOCALHOST.into(),
    };
    (ip, 0).into()
}

fn tcp(family: IpAddressFamily) -> Answer<Arc<dyn TcpSocket>> {
    SystemNet.tcp_socket(family)
}

fn udp(family: IpAddressFamily) -> Answer<Arc<dyn UdpSocket>> {
    SystemNet.udp_socket(family)
}

/// A socket that listens on the loopback interface.
fn listener(family: IpAddressFamily) -> Arc<dyn TcpSocket> {
    let listener = tcp(family).unwrap();
    listener.bind(loopback(family)).unwrap();
    listener.listen(16).unwrap();
    listener
}

/// A connection as its client and its server have it.
fn connection(family: IpAddressFamily) -> (Arc<dyn TcpSocket>, Arc<dyn TcpSocket>) {
    let listener = listener(family);
    let client = tcp(family).unwrap();
    client.connect(listener.local_address().unwrap()).unwrap();
    assert_eq!(connected(&*client), Ok(()));
    (client, accept(&*listener))
}

/// Waits until the connection is made, or not.
fn connected(socket: &dyn TcpSocket) -> Answer<()> {
    smol::block_on(poll_fn(|cx| socket.poll_connected(cx)))
}

/// Waits for a connection.
fn accept(listener: &dyn TcpSocket) -> Arc<dyn TcpSocket> {
    loop {
        smol::block_on(poll_fn(|cx| listener.poll_acceptable(cx)));
        match listener.accept() {
            Err(ErrorCode::WouldBlock) => {}
            accepted => return accepted.unwrap(),
        }
    }
}

/// Waits for bytes, an end or an error.
async fn receive(socket: &dyn TcpSocket, len: usize) -> Answer<Vec<u8>> {
    loop {
        match socket.receive(len) {
            Err(ErrorCode::WouldBlock) => poll_fn(|cx| socket.poll_readable(cx)).await,
            received => return received,
        }
    }
}

/// Waits until all bytes are taken.
async fn send(socket: &dyn TcpSocket, mut bytes: &[u8]) -> Answer<()> {
    while !bytes.is_empty() {
        match socket.send(bytes) {
            Err(ErrorCode::WouldBlock) => poll_fn(|cx| socket.poll_writable(cx)).await,
            sent => bytes = &bytes[sent?..],
        }
    }
    Ok(())
}

/// Waits for everything up to the end.
async fn receive_all(socket: &dyn TcpSocket) -> Answer<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let bytes = receive(socket, usize::MAX).await?;
        if bytes.is_empty() {
            return Ok(all);
        }
        all.extend(bytes);
    }
}
