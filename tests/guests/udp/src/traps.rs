//! The cases that must trap: each breaks one rule of the interface.

use wasip2::alloc::vec;
use wasip2::wasi::sockets::udp::OutgoingDatagram;
use wasip2::Check;

use crate::sockets::{loopback, Peer};

pub fn run(name: &str, check: &mut Check) {
    let Ok(peer) = Peer::at(loopback()) else {
        return check.fail("no socket");
    };
    let datagram = OutgoingDatagram { data: b"x".to_vec(), remote_address: peer.address() };
    match name {
        "stream-twice" => drop(peer.socket.stream(None)),
        "stream-twice-incoming" => {
            drop(peer.outgoing);
            drop(peer.socket.stream(None));
        }
        "stream-twice-outgoing" => {
            drop(peer.incoming);
            drop(peer.socket.stream(None));
        }
        "send-without-check" => _ = peer.outgoing.send(&[datagram]),
        "send-permit-used" => {
            _ = peer.outgoing.check_send();
            _ = peer.outgoing.send(&[datagram.clone()]);
            _ = peer.outgoing.send(&[datagram]);
        }
        "send-over-permit" => {
            let permit = peer.outgoing.check_send().unwrap_or(0);
            _ = peer.outgoing.send(&vec![datagram; permit as usize + 1]);
        }
        "drop-parent" => drop(peer.socket),
        "drop-parent-pollable" => {
            let _pollable = peer.incoming.subscribe();
            drop(peer.incoming);
        }
        _ => return check.fail("no such case"),
    }
    check.fail(&wasip2::alloc::format!("{name}: no trap"));
}
