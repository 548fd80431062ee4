//! What a guest hears that may not listen, and how many sockets it has.

use std::{future::poll_fn, net::SocketAddr, sync::Arc, time::Duration};

use super::{ErrorCode, Grant, IpAddressFamily, Policy, network, tcp, udp};
use crate::{
    Handle, Limits, Wasi,
    host::{
        Host,
        sim::{SimHost, SimWorld},
    },
    io::streams::{drop_input_stream, drop_output_stream},
};

/// A guest on `host` with these grants, and its datagrams at any port.
fn guest(host: &Arc<SimHost>, grants: &[&str]) -> (Wasi, Handle<udp::UdpSocket>, udp::Streams) {
    let policy = Policy::new(grants.iter().map(|grant| grant.parse::<Grant>().unwrap()));
    let mut wasi = Wasi::builder(host.clone()).network(policy).build();
    let network = network::instance_network(&mut wasi);
    let socket = udp::create_udp_socket(&mut wasi, IpAddressFamily::Ipv4).unwrap();
    udp::start_bind(&mut wasi, socket, network, "0.0.0.0:0".parse().unwrap()).unwrap().unwrap();
    udp::finish_bind(&mut wasi, socket).unwrap().unwrap();
    let streams = udp::stream(&mut wasi, socket, None).unwrap().unwrap();
    (wasi, socket, streams)
}

/// Who is heard of two hosts that send.
fn heard(grants: impl Fn([SocketAddr; 2]) -> Vec<String>) -> Vec<usize> {
    let world = SimWorld::new(1);
    let [listening, one, other] = [world.host(), world.host(), world.host()];
    let sockets = [&one, &other].map(|host| {
        let socket = Host::net(&**host).udp_socket(IpAddressFamily::Ipv4).unwrap();
        socket.bind(SocketAddr::new(host.net().ipv4().into(), 9)).unwrap();
        socket
    });
    let addresses = [0, 1].map(|at: usize| sockets[at].local_address().unwrap());
    let grants = grants(addresses);
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    let (wasi, socket, (incoming, _)) = guest(&listening, &grants);
    let port = udp::local_address(&wasi, socket).unwrap().unwrap().port();
    let came = world.run(async {
        for sender in &sockets {
            let to = SocketAddr::new(listening.net().ipv4().into(), port);
            sender.send(b"hello", Some(to)).unwrap();
        }
        let clock = listening.clock();
        clock.sleep_until(clock.now() + Duration::from_secs(1)).await;
        udp::receive(&wasi, incoming, 10).unwrap().unwrap()
    });

    let came = came.unwrap();
    came.iter().map(|datagram| addresses.iter().position(|a| *a == datagram.remote_address).unwrap()).collect()
}

#[test]
fn who_may_not_listen_hears_whom_it_may_reach() {
    assert_eq!(heard(|[one, _]| vec![format!("net={one}")]), [0]);
    assert_eq!(heard(|[_, other]| vec![format!("net={}", other.ip())]), [1]);
}

#[test]
fn who_may_listen_hears_everybody() {
    assert_eq!(heard(|[one, _]| vec![format!("net={one}"), "listen=0.0.0.0:0".to_owned()]), [0, 1]);
}

#[test]
fn a_guest_has_so_many_sockets() {
    let world = SimWorld::new(1);
    let host = world.host();
    let policy = Policy::new([Grant::Net, Grant::Private, "listen=0.0.0.0:80".parse().unwrap()]);
    let limits = Limits { descriptors: 3, ..Limits::default() };
    let mut wasi = Wasi::builder(host.clone()).network(policy).limits(limits).build();
    let network = network::instance_network(&mut wasi);
    let listener = tcp::create_tcp_socket(&mut wasi, IpAddressFamily::Ipv4).unwrap();
    tcp::start_bind(&mut wasi, listener, network, "0.0.0.0:80".parse().unwrap()).unwrap().unwrap();
    tcp::finish_bind(&mut wasi, listener).unwrap().unwrap();
    tcp::start_listen(&mut wasi, listener).unwrap().unwrap();
    tcp::finish_listen(&mut wasi, listener).unwrap().unwrap();
    let other = Host::net(&*world.host()).tcp_socket(IpAddressFamily::Ipv4).unwrap();
    other.connect(SocketAddr::new(host.net().ipv4().into(), 80)).unwrap();
    world.run(poll_fn(|cx| other.poll_connected(cx))).unwrap().unwrap();

    let udp = udp::create_udp_socket(&mut wasi, IpAddressFamily::Ipv4).unwrap();
    let tcp = tcp::create_tcp_socket(&mut wasi, IpAddressFamily::Ipv4).unwrap();
    assert_eq!(udp::create_udp_socket(&mut wasi, IpAddressFamily::Ipv4), Err(ErrorCode::NewSocketLimit));
    assert_eq!(tcp::create_tcp_socket(&mut wasi, IpAddressFamily::Ipv4), Err(ErrorCode::NewSocketLimit));
    assert_eq!(tcp::accept(&mut wasi, listener).unwrap(), Err(ErrorCode::NewSocketLimit));
    tcp::drop_tcp_socket(&mut wasi, tcp).unwrap();
    let (accepted, input, output) = tcp::accept(&mut wasi, listener).unwrap().expect("it still waits");
    udp::drop_udp_socket(&mut wasi, udp).unwrap();
    assert_eq!(tcp::accept(&mut wasi, listener).unwrap(), Err(ErrorCode::WouldBlock));
    // A connection is one, with its streams.
    drop_input_stream(&mut wasi, input).unwrap();
    drop_output_stream(&mut wasi, output).unwrap();
    tcp::drop_tcp_socket(&mut wasi, accepted).unwrap();
    for left in [true, true, false] {
        assert_eq!(tcp::create_tcp_socket(&mut wasi, IpAddressFamily::Ipv4).is_ok(), left);
    }
}
