//! TCP.

use std::{
    future::poll_fn,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Barrier},
    task::{Context, Waker},
    thread,
    time::Duration,
};

use nojit_shims::{
    host::{SocketOption, TcpSocket},
    sockets::{ErrorCode, IpAddressFamily, ShutdownType},
};

use super::{accept, connected, connection, families, listener, loopback, receive, receive_all, send, tcp};

const SECOND: u64 = 1_000_000_000;

/// A connection to a socket of the standard library.
fn connection_to_std() -> (Arc<dyn TcpSocket>, TcpStream) {
    let listener = TcpListener::bind(loopback(IpAddressFamily::Ipv4)).unwrap();
    let client = tcp(IpAddressFamily::Ipv4).unwrap();
    client.connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(connected(&*client), Ok(()));
    (client, listener.accept().unwrap().0)
}

/// Closes a connection by a reset.
fn reset(stream: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// An address of the loopback interface where nobody listens as long as there is the socket, which has it.
fn deserted(family: IpAddressFamily) -> (Arc<dyn TcpSocket>, SocketAddr) {
    let socket = tcp(family).unwrap();
    socket.bind(loopback(family)).unwrap();
    let address = socket.local_address().unwrap();
    (socket, address)
}

/// Bytes that differ from their neighbours.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8).collect()
}

#[test]
fn an_echo_comes_back() {
    for family in families() {
        let (client, server) = connection(family);
        assert_eq!(client.remote_address(), server.local_address());
        assert_eq!(server.remote_address(), client.local_address());
        assert_eq!(client.receive(9), Err(ErrorCode::WouldBlock));
        smol::block_on(async {
            send(&*client, b"hello").await.unwrap();
            let heard = receive(&*server, 4).await.unwrap();
            assert_eq!(heard, b"hell");
            send(&*server, &heard).await.unwrap();
            assert_eq!(receive(&*client, usize::MAX).await.unwrap(), b"hell");
            assert_eq!(receive(&*server, usize::MAX).await.unwrap(), b"o");
        });
        drop(client);
        assert_eq!(smol::block_on(receive(&*server, 9)), Ok(Vec::new()));
        assert_eq!(server.receive(9), Ok(Vec::new()));
    }
}

#[test]
fn one_that_was_not_asked_for_a_connection_has_none() {
    let socket = tcp(IpAddressFamily::Ipv4).unwrap();
    assert_eq!(connected(&*socket), Err(ErrorCode::NotInProgress));
    assert_eq!(socket.local_address(), Err(ErrorCode::InvalidState));
    assert_eq!(socket.remote_address(), Err(ErrorCode::InvalidState));
    assert_eq!(socket.receive(9), Err(ErrorCode::InvalidState));
    assert_eq!(socket.shutdown(ShutdownType::Both), Err(ErrorCode::InvalidState));
    assert_eq!(socket.accept().map(drop), Err(ErrorCode::InvalidState));
}

#[test]
fn a_state_that_is_wrong_is_said() {
    let (client, _server) = connection(IpAddressFamily::Ipv4);
    assert_eq!(client.connect(loopback(IpAddressFamily::Ipv4)), Err(ErrorCode::InvalidState));
    assert_eq!(client.bind(loopback(IpAddressFamily::Ipv4)), Err(ErrorCode::InvalidState));
    assert_eq!(client.listen(1), Err(ErrorCode::InvalidState));
    let bound = tcp(IpAddressFamily::Ipv4).unwrap();
    bound.bind(loopback(IpAddressFamily::Ipv4)).unwrap();
    assert_eq!(bound.bind(loopback(IpAddressFamily::Ipv4)), Err(ErrorCode::InvalidState));
    let listener = listener(IpAddressFamily::Ipv4);
    let there = listener.local_address().unwrap();
    assert_eq!(listener.connect(there), Err(ErrorCode::InvalidState));
    // More or fewer may wait from now on.
    assert_eq!(listener.listen(u32::MAX), Ok(()));
}

#[test]
fn a_connection_may_be_refused_and_stays_so() {
    for family in families() {
        let (_idle, there) = deserted(family);
        let client = tcp(family).unwrap();
        client.connect(there).unwrap();
        assert_eq!(connected(&*client), Err(ErrorCode::ConnectionRefused));
        assert_eq!(connected(&*client), Err(ErrorCode::ConnectionRefused));
        assert_eq!(client.connect(there), Err(ErrorCode::InvalidState));
    }
}

#[test]
fn an_address_is_used_once_while_somebody_listens() {
    for family in families() {
        let first = listener(family);
        let address = first.local_address().unwrap();
        assert_ne!(address.port(), 0);
        let second = tcp(family).unwrap();
        assert_eq!(second.bind(address), Err(ErrorCode::AddressInUse));
        // A failed bind leaves it as it was.
        assert_eq!(second.bind(loopback(family)), Ok(()));
    }
}

#[test]
fn an_address_can_be_used_again_at_once() {
    let first = listener(IpAddressFamily::Ipv4);
    let address = first.local_address().unwrap();
    let client = tcp(IpAddressFamily::Ipv4).unwrap();
    client.connect(address).unwrap();
    assert_eq!(connected(&*client), Ok(()));
    let server = accept(&*first);
    // Who closes first keeps the address in TIME_WAIT.
    drop(server);
    assert_eq!(smol::block_on(receive(&*client, 9)), Ok(Vec::new()));
    drop((client, first));
    let second = tcp(IpAddressFamily::Ipv4).unwrap();
    assert_eq!(second.bind(address), Ok(()));
    assert_eq!(second.listen(1), Ok(()));
}

#[test]
fn an_address_of_nobody_here_is_not_bindable() {
    // Kept for documentation.
    let cases = [(IpAddressFamily::Ipv4, "192.0.2.1:0"), (IpAddressFamily::Ipv6, "[2001:db8::1]:0")];
    for (family, address) in cases.into_iter().filter(|(family, _)| families().contains(family)) {
        let socket = tcp(family).unwrap();
        assert_eq!(socket.bind(address.parse().unwrap()), Err(ErrorCode::AddressNotBindable));
    }
}

#[test]
fn an_address_of_the_other_family_is_an_invalid_argument() {
    if families().contains(&IpAddressFamily::Ipv6) {
        let socket = tcp(IpAddressFamily::Ipv4).unwrap();
        assert_eq!(socket.bind(loopback(IpAddressFamily::Ipv6)), Err(ErrorCode::InvalidArgument));
        assert_eq!(socket.connect(deserted(IpAddressFamily::Ipv6).1), Err(ErrorCode::InvalidArgument));
        // It can still be used.
        assert_eq!(socket.bind(loopback(IpAddressFamily::Ipv4)), Ok(()));
    }
}

#[test]
fn ipv6_does_not_carry_ipv4() {
    if families().contains(&IpAddressFamily::Ipv6) {
        // The same port is free for IPv4, unless another test has it.
        let is_free = (0..3).any(|_| {
            let six = tcp(IpAddressFamily::Ipv6).unwrap();
            six.bind("[::]:0".parse().unwrap()).unwrap();
            six.listen(1).unwrap();
            let four = tcp(IpAddressFamily::Ipv4).unwrap();
            four.bind(([127, 0, 0, 1], six.local_address().unwrap().port()).into()).is_ok()
        });
        assert!(is_free);
    }
}

#[test]
fn nobody_to_accept_would_block() {
    let listener = listener(IpAddressFamily::Ipv4);
    assert_eq!(listener.accept().map(drop), Err(ErrorCode::WouldBlock));
    assert!(listener.poll_acceptable(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn connections_that_were_reset_before_are_left_out() {
    let listener = listener(IpAddressFamily::Ipv4);
    let address = listener.local_address().unwrap();
    reset(TcpStream::connect(address).unwrap());
    let mut talkative = TcpStream::connect(address).unwrap();
    talkative.write_all(b"nobody will read this").unwrap();
    reset(talkative);
    let good = TcpStream::connect(address).unwrap();
    assert_eq!(accept(&*listener).remote_address(), Ok(good.local_addr().unwrap()));
    assert_eq!(listener.accept().map(drop), Err(ErrorCode::WouldBlock));
}

#[test]
fn an_end_of_sending_leaves_the_other_direction_open() {
    for family in families() {
        let (client, server) = connection(family);
        smol::block_on(async {
            send(&*client, b"the last words").await.unwrap();
            client.shutdown(ShutdownType::Send).unwrap();
            assert_eq!(receive_all(&*server).await.unwrap(), b"the last words");
            send(&*server, b"an answer").await.unwrap();
            server.shutdown(ShutdownType::Send).unwrap();
            assert_eq!(receive_all(&*client).await.unwrap(), b"an answer");
        });
        assert!(client.send(b"more").is_err());
        assert_eq!(client.shutdown(ShutdownType::Send), Ok(()));
        assert_eq!(server.shutdown(ShutdownType::Both), Ok(()));
    }
}

#[test]
fn an_end_of_receiving_leaves_the_other_direction_open() {
    let (client, mut server) = connection_to_std();
    client.shutdown(ShutdownType::Receive).unwrap();
    assert_eq!(smol::block_on(receive(&*client, 9)), Ok(Vec::new()));
    smol::block_on(send(&*client, b"still here")).unwrap();
    client.shutdown(ShutdownType::Both).unwrap();
    let mut heard = String::new();
    server.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "still here");
    server.shutdown(Shutdown::Both).unwrap();
}

#[test]
fn whether_a_stream_has_ended_can_be_asked() {
    let (client, mut server) = connection_to_std();
    assert_eq!(client.receive(0), Err(ErrorCode::WouldBlock));
    server.write_all(b"x").unwrap();
    drop(server);
    smol::block_on(poll_fn(|cx| client.poll_readable(cx)));
    assert_eq!(client.receive(0), Err(ErrorCode::WouldBlock));
    assert_eq!(client.receive(9), Ok(b"x".to_vec()));
    assert_eq!(smol::block_on(receive(&*client, 9)), Ok(Vec::new()));
    assert_eq!(client.receive(0), Ok(Vec::new()));
}

#[test]
fn a_reset_is_an_error_and_no_end() {
    let (client, mut server) = connection_to_std();
    server.write_all(b"unfinish").unwrap();
    reset(server);
    assert_eq!(smol::block_on(receive_all(&*client)), Err(ErrorCode::ConnectionReset));
    assert_eq!(client.receive(9), Err(ErrorCode::ConnectionReset));
    assert_eq!(client.send(b"too late"), Err(ErrorCode::ConnectionReset));
    assert_eq!(client.shutdown(ShutdownType::Both), Ok(()));
}

#[test]
fn a_reset_that_a_sender_met_is_no_end_to_a_receiver() {
    let (client, server) = connection_to_std();
    reset(server);
    smol::block_on(poll_fn(|cx| client.poll_readable(cx)));
    assert_eq!(client.send(b"too late"), Err(ErrorCode::ConnectionReset));
    assert_eq!(client.receive(9), Err(ErrorCode::ConnectionReset));
    assert_eq!(client.send(b"still too late"), Err(ErrorCode::ConnectionReset));
}

#[test]
fn what_was_sent_before_a_close_is_read_to_its_end() {
    let (client, mut server) = connection_to_std();
    server.write_all(b"all of it").unwrap();
    drop(server);
    smol::block_on(poll_fn(|cx| client.poll_readable(cx)));
    // The other side answers with a reset, as nobody is there to read this.
    while client.send(b"anybody there?").is_ok() {}
    assert_eq!(smol::block_on(receive_all(&*client)).unwrap(), b"all of it");
}

#[test]
fn a_mebibyte_goes_both_ways_through_full_buffers() {
    for family in families() {
        let (client, server) = connection(family);
        for socket in [&client, &server] {
            socket.set_option(SocketOption::SendBufferSize, 16 << 10).unwrap();
            socket.set_option(SocketOption::ReceiveBufferSize, 16 << 10).unwrap();
        }
        let there = pattern(1 << 20);
        let back: Vec<u8> = there.iter().rev().copied().collect();
        while client.send(&[0; 4096]).is_ok() {}
        assert!(client.poll_writable(&mut Context::from_waker(Waker::noop())).is_pending());
        let side = |socket: Arc<dyn TcpSocket>, bytes: Vec<u8>| {
            thread::spawn(move || {
                let sending = async {
                    send(&*socket, &bytes).await.unwrap();
                    socket.shutdown(ShutdownType::Send).unwrap();
                };
                smol::block_on(smol::future::zip(sending, receive_all(&*socket))).1.unwrap()
            })
        };
        let client = side(client, there.clone());
        let server = side(server, back.clone());
        assert!(client.join().unwrap() == back);
        let heard = server.join().unwrap();
        assert!(heard.ends_with(&there) && heard[..heard.len() - there.len()].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn several_tasks_wait_for_one_socket() {
    let (client, mut server) = connection_to_std();
    while client.send(&[0; 4096]).is_ok() {}
    let begun = Barrier::new(5);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                assert!(client.poll_readable(&mut Context::from_waker(Waker::noop())).is_pending());
                begun.wait();
                smol::block_on(poll_fn(|cx| client.poll_readable(cx)));
            });
            scope.spawn(|| {
                assert!(client.poll_writable(&mut Context::from_waker(Waker::noop())).is_pending());
                begun.wait();
                smol::block_on(poll_fn(|cx| client.poll_writable(cx)));
            });
        }
        begun.wait();
        server.write_all(b"x").unwrap();
        let mut read = vec![0; 1 << 20];
        while client.poll_writable(&mut Context::from_waker(Waker::noop())).is_pending() {
            assert!(server.read(&mut read).unwrap() > 0);
        }
    });
}

#[test]
fn several_tasks_are_told_of_one_connection() {
    let (_idle, there) = deserted(IpAddressFamily::Ipv4);
    let client = tcp(IpAddressFamily::Ipv4).unwrap();
    client.connect(there).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(connected(&*client), Err(ErrorCode::ConnectionRefused)));
        }
    });
}

#[test]
fn options_are_clamped_and_read_back() {
    use SocketOption::{
        HopLimit, KeepAliveCount, KeepAliveEnabled, KeepAliveIdleTime, KeepAliveInterval, ReceiveBufferSize,
        SendBufferSize,
    };
    let cases = [
        (KeepAliveEnabled, 1, 1),
        (KeepAliveEnabled, 0, 0),
        (KeepAliveIdleTime, 42 * SECOND, 42 * SECOND),
        (KeepAliveIdleTime, 1, SECOND),
        (KeepAliveIdleTime, SECOND + 1, 2 * SECOND),
        (KeepAliveIdleTime, u64::MAX, 32767 * SECOND),
        (KeepAliveInterval, 42 * SECOND, 42 * SECOND),
        (KeepAliveInterval, 1, SECOND),
        (KeepAliveInterval, u64::MAX, 32767 * SECOND),
        (KeepAliveCount, 42, 42),
        (KeepAliveCount, u32::MAX.into(), 127),
        (HopLimit, 42, 42),
        (HopLimit, 255, 255),
        (ReceiveBufferSize, 0x10000, 0x10000),
        (SendBufferSize, 0x10000, 0x10000),
    ];
    for family in families() {
        let socket = tcp(family).unwrap();
        for (option, value, effective) in cases {
            assert_eq!(socket.set_option(option, value), Ok(()), "{option:?} {value}");
            assert_eq!(socket.option(option), Ok(effective), "{option:?} {value}");
        }
        for option in [ReceiveBufferSize, SendBufferSize] {
            for value in [1, u64::MAX, u64::from(u32::MAX) + 1] {
                assert_eq!(socket.set_option(option, value), Ok(()), "{option:?} {value}");
                let effective = socket.option(option).unwrap();
                assert!((1..=i32::MAX as u64).contains(&effective), "{option:?} {value} {effective}");
            }
            assert!(socket.option(option).unwrap() > 0x10000);
        }
    }
}

#[test]
fn accepted_connections_have_the_options_of_their_listener() {
    let options = [
        (SocketOption::KeepAliveEnabled, 1),
        (SocketOption::KeepAliveIdleTime, 42 * SECOND),
        (SocketOption::KeepAliveInterval, 43 * SECOND),
        (SocketOption::KeepAliveCount, 44),
        (SocketOption::HopLimit, 45),
        (SocketOption::ReceiveBufferSize, 0x10000),
        (SocketOption::SendBufferSize, 0x10000),
    ];
    for family in families() {
        let listener = listener(family);
        for (option, value) in options {
            listener.set_option(option, value).unwrap();
        }
        let client = tcp(family).unwrap();
        client.connect(listener.local_address().unwrap()).unwrap();
        assert_eq!(connected(&*client), Ok(()));
        let server = accept(&*listener);
        listener.set_option(SocketOption::HopLimit, 9).unwrap();
        for (option, value) in options {
            assert_eq!(server.option(option), Ok(value), "{option:?}");
        }
    }
}
