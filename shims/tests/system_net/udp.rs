//! UDP.

use std::{
    future::poll_fn,
    net::{SocketAddr, UdpSocket as StdSocket},
    sync::{Arc, Barrier},
    task::{Context, Waker},
    thread,
};

use nojit_shims::{
    host::{SocketOption, UdpSocket},
    sockets::{ErrorCode, IpAddressFamily},
};

use super::{Answer, families, loopback, udp};

/// A socket on the loopback interface, and where it is.
fn bound(family: IpAddressFamily) -> (Arc<dyn UdpSocket>, SocketAddr) {
    let socket = udp(family).unwrap();
    socket.bind(loopback(family)).unwrap();
    let address = socket.local_address().unwrap();
    (socket, address)
}

/// Waits for a datagram.
fn receive(socket: &dyn UdpSocket) -> Answer<(Vec<u8>, SocketAddr)> {
    loop {
        smol::block_on(poll_fn(|cx| socket.poll_readable(cx)));
        match socket.receive() {
            Err(ErrorCode::WouldBlock) => {}
            received => return received,
        }
    }
}

/// An address of the loopback interface where nobody receives.
fn deserted(family: IpAddressFamily) -> SocketAddr {
    bound(family).1
}

#[test]
fn an_echo_comes_back() {
    for family in families() {
        let (one, here) = bound(family);
        let (other, there) = bound(family);
        assert_eq!(other.receive(), Err(ErrorCode::WouldBlock));
        assert!(other.poll_readable(&mut Context::from_waker(Waker::noop())).is_pending());
        smol::block_on(poll_fn(|cx| one.poll_writable(cx)));
        one.send(b"first", Some(there)).unwrap();
        one.send(b"", Some(there)).unwrap();
        assert_eq!(receive(&*other), Ok((b"first".to_vec(), here)));
        assert_eq!(receive(&*other), Ok((Vec::new(), here)));
        other.send(b"back", Some(here)).unwrap();
        assert_eq!(receive(&*one), Ok((b"back".to_vec(), there)));
    }
}

#[test]
fn an_address_is_used_once() {
    let (first, address) = bound(IpAddressFamily::Ipv4);
    let second = udp(IpAddressFamily::Ipv4).unwrap();
    assert_eq!(second.local_address(), Err(ErrorCode::InvalidState));
    assert_eq!(second.bind(address), Err(ErrorCode::AddressInUse));
    drop(first);
    assert_eq!(second.bind(address), Ok(()));
    assert_eq!(second.bind(address), Err(ErrorCode::InvalidState));
    let elsewhere = udp(IpAddressFamily::Ipv4).unwrap();
    assert_eq!(elsewhere.bind("192.0.2.1:0".parse().unwrap()), Err(ErrorCode::AddressNotBindable));
}

#[test]
fn who_is_not_connected_says_where_to() {
    let (socket, _) = bound(IpAddressFamily::Ipv4);
    assert_eq!(socket.send(b"to whom?", None), Err(ErrorCode::InvalidArgument));
    if families().contains(&IpAddressFamily::Ipv6) {
        let six = deserted(IpAddressFamily::Ipv6);
        assert_eq!(socket.send(b"across", Some(six)), Err(ErrorCode::InvalidArgument));
        assert_eq!(socket.connect(Some(six)), Err(ErrorCode::InvalidArgument));
    }
}

#[test]
fn who_is_connected_hears_no_strangers() {
    for family in families() {
        let (socket, here) = bound(family);
        let (friend, friends) = bound(family);
        let (stranger, _) = bound(family);
        stranger.send(b"early", Some(here)).unwrap();
        friend.send(b"early too", Some(here)).unwrap();
        smol::block_on(poll_fn(|cx| socket.poll_readable(cx)));
        socket.connect(Some(friends)).unwrap();
        stranger.send(b"late", Some(here)).unwrap();
        friend.send(b"late too", Some(here)).unwrap();
        assert_eq!(receive(&*socket), Ok((b"early too".to_vec(), friends)));
        assert_eq!(receive(&*socket), Ok((b"late too".to_vec(), friends)));
        assert_eq!(socket.receive(), Err(ErrorCode::WouldBlock));
        socket.send(b"hello", None).unwrap();
        assert_eq!(receive(&*friend), Ok((b"hello".to_vec(), here)));
    }
}

#[test]
fn a_connection_can_be_changed_and_undone() {
    for family in families() {
        for ip in [loopback(family).ip(), unspecified(family)] {
            let socket = udp(family).unwrap();
            socket.bind((ip, 0).into()).unwrap();
            let port = socket.local_address().unwrap().port();
            let here = (loopback(family).ip(), port).into();
            let (one, first) = bound(family);
            let (other, second) = bound(family);
            assert_eq!(socket.connect(None), Ok(()));
            socket.connect(Some(first)).unwrap();
            socket.connect(Some(second)).unwrap();
            socket.send(b"to the second", None).unwrap();
            assert_eq!(receive(&*other), Ok((b"to the second".to_vec(), here)));
            socket.connect(None).unwrap();
            // The port stays, and the address too.
            assert_eq!(socket.local_address(), Ok((ip, port).into()));
            one.send(b"from anybody", Some(here)).unwrap();
            assert_eq!(receive(&*socket), Ok((b"from anybody".to_vec(), first)));
            assert_eq!(socket.send(b"to whom?", None), Err(ErrorCode::InvalidArgument));
            socket.send(b"to the first", Some(first)).unwrap();
            assert_eq!(receive(&*one), Ok((b"to the first".to_vec(), here)));
        }
    }
}

fn unspecified(family: IpAddressFamily) -> std::net::IpAddr {
    match family {
        IpAddressFamily::Ipv4 => std::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddressFamily::Ipv6 => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[test]
fn reports_that_nobody_receives_are_left_out() {
    for family in families() {
        let (socket, here) = bound(family);
        let there = deserted(family);
        socket.connect(Some(there)).unwrap();
        // The report of each one would come with the next.
        for _ in 0..5 {
            assert_eq!(socket.send(b"anybody there?", None), Ok(()));
        }
        smol::block_on(poll_fn(|cx| socket.poll_readable(cx)));
        assert_eq!(socket.receive(), Err(ErrorCode::WouldBlock));
        assert_eq!(socket.send(b"still nobody?", None), Ok(()));
        let late = StdSocket::bind(there).unwrap();
        late.send_to(b"here I am", here).unwrap();
        assert_eq!(receive(&*socket), Ok((b"here I am".to_vec(), there)));
    }
}

#[test]
fn datagrams_may_be_large_but_not_too_large() {
    for family in families() {
        let (one, here) = bound(family);
        let (other, there) = bound(family);
        other.set_option(SocketOption::ReceiveBufferSize, 1 << 20).unwrap();
        one.set_option(SocketOption::SendBufferSize, 1 << 20).unwrap();
        let large = vec![7; 65507];
        assert_eq!(one.send(&large, Some(there)), Ok(()));
        assert_eq!(receive(&*other), Ok((large, here)));
        for len in [65536, 1 << 20] {
            assert_eq!(one.send(&vec![7; len], Some(there)), Err(ErrorCode::DatagramTooLarge), "{len}");
        }
    }
}

#[test]
fn options_are_those_of_udp() {
    for family in families() {
        let (socket, _) = bound(family);
        let cases = [
            (SocketOption::HopLimit, 42),
            (SocketOption::ReceiveBufferSize, 0x10000),
            (SocketOption::SendBufferSize, 0x10000),
        ];
        for (option, value) in cases {
            assert_eq!(socket.set_option(option, value), Ok(()));
            assert_eq!(socket.option(option), Ok(value));
        }
        assert_eq!(socket.set_option(SocketOption::ReceiveBufferSize, u64::MAX), Ok(()));
        assert_eq!(socket.option(SocketOption::KeepAliveEnabled), Err(ErrorCode::NotSupported));
        assert_eq!(socket.set_option(SocketOption::KeepAliveCount, 3), Err(ErrorCode::NotSupported));
    }
}

#[test]
fn several_tasks_wait_for_one_socket() {
    let (socket, here) = bound(IpAddressFamily::Ipv4);
    let (other, _) = bound(IpAddressFamily::Ipv4);
    let begun = Barrier::new(3);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                assert!(socket.poll_readable(&mut Context::from_waker(Waker::noop())).is_pending());
                begun.wait();
                receive(&*socket).unwrap();
            });
        }
        begun.wait();
        for _ in 0..2 {
            other.send(b"one for each", Some(here)).unwrap();
        }
    });
}
