//! What the tests of this folder do with sockets, until it is done.

use std::{future::poll_fn, net::SocketAddr, sync::Arc, time::Duration};

use crate::{
    host::{
        Host, Net, Sleep, TcpSocket, UdpSocket,
        sim::{LinkSettings, SimHost, SimWorld},
    },
    sockets::{ErrorCode, IpAddressFamily},
};

pub(super) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(super) fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Lets time pass.
pub(super) fn pass(world: &SimWorld, time: Duration) -> Sleep {
    world.host().clock().sleep_until(world.now() + time)
}

/// Ways that take so long and lose nothing.
pub(super) fn latency(latency: Duration) -> LinkSettings {
    LinkSettings { latency, ..LinkSettings::default() }
}

/// Ways that lose so many of a thousand.
pub(super) fn loss(loss_per_mille: u16) -> LinkSettings {
    LinkSettings { loss_per_mille, ..LinkSettings::default() }
}

pub(super) fn tcp(host: &SimHost) -> Arc<dyn TcpSocket> {
    host.net().tcp_socket(IpAddressFamily::Ipv4).unwrap()
}

pub(super) fn udp(host: &SimHost) -> Arc<dyn UdpSocket> {
    host.net().udp_socket(IpAddressFamily::Ipv4).unwrap()
}

pub(super) fn udp_at(host: &SimHost, local: &str) -> Arc<dyn UdpSocket> {
    let socket = udp(host);
    socket.bind(at(local)).unwrap();
    socket
}

pub(super) fn listen(host: &SimHost, local: &str) -> Arc<dyn TcpSocket> {
    let socket = host.net().tcp_socket(IpAddressFamily::of(at(local))).unwrap();
    socket.bind(at(local)).unwrap();
    socket.listen(128).unwrap();
    socket
}

pub(super) async fn finish(socket: Arc<dyn TcpSocket>) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
    poll_fn(|cx| socket.poll_connected(cx)).await?;
    Ok(socket)
}

pub(super) async fn connect(host: &SimHost, remote: &str) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
    let socket = host.net().tcp_socket(IpAddressFamily::of(at(remote))).unwrap();
    socket.connect(at(remote))?;
    finish(socket).await
}

pub(super) async fn accept(listener: &Arc<dyn TcpSocket>) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
    poll_fn(|cx| listener.poll_acceptable(cx)).await;
    listener.accept()
}

pub(super) async fn send(socket: &Arc<dyn TcpSocket>, mut bytes: &[u8]) -> Result<(), ErrorCode> {
    while !bytes.is_empty() {
        poll_fn(|cx| socket.poll_writable(cx)).await;
        bytes = &bytes[socket.send(bytes)?..];
    }
    Ok(())
}

pub(super) async fn receive(socket: &Arc<dyn TcpSocket>) -> Result<Vec<u8>, ErrorCode> {
    poll_fn(|cx| socket.poll_readable(cx)).await;
    socket.receive(usize::MAX)
}

/// Everything until the end.
pub(super) async fn receive_all(socket: &Arc<dyn TcpSocket>) -> Result<Vec<u8>, ErrorCode> {
    let mut all = Vec::new();
    loop {
        let bytes = receive(socket).await?;
        if bytes.is_empty() {
            return Ok(all);
        }
        all.extend(bytes);
    }
}

pub(super) async fn receive_datagram(socket: &Arc<dyn UdpSocket>) -> (Vec<u8>, SocketAddr) {
    poll_fn(|cx| socket.poll_readable(cx)).await;
    socket.receive().unwrap()
}

/// A world of two hosts with a connection from the second to the first.
pub(super) struct Pair {
    pub(super) world: SimWorld,
    pub(super) hosts: [Arc<SimHost>; 2],
    pub(super) server: Arc<dyn TcpSocket>,
    pub(super) client: Arc<dyn TcpSocket>,
}

pub(super) fn pair(link: LinkSettings) -> Pair {
    let world = SimWorld::new(7);
    let hosts = [world.host(), world.host()];
    world.net().link(link);
    let listener = listen(&hosts[0], "10.0.0.1:80");
    let (client, server) = world
        .run(async {
            let client = connect(&hosts[1], "10.0.0.1:80").await.unwrap();
            (client, accept(&listener).await.unwrap())
        })
        .unwrap();
    Pair { world, hosts, server, client }
}
