//! Both ends of an echo.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::sockets::network::IpSocketAddress;
use wasip2::{line, parse_address, to_core, Check};

use crate::sockets::{bound_at, open, Peer};

/// Sends `count` datagrams back to whom they came from.
pub fn server(address: IpSocketAddress, count: u64) -> Option<()> {
    let peer = Peer::at(address).ok()?;
    line!("listening on {}", to_core(peer.address()?));
    let (mut left, mut total) = (count, 0);
    while left > 0 {
        peer.incoming.subscribe().block();
        for datagram in peer.incoming.receive(left).ok()? {
            total += datagram.data.len();
            left -= 1;
            peer.send(&[(&datagram.data, Some(datagram.remote_address))]).ok()?;
        }
    }
    line!("served {count} datagrams, {total} bytes");
    Some(())
}

/// Sends `count` datagrams to an echo, the first empty and each 7 bytes longer, up to 8,000, and waits for each to come back.
pub fn client(remote: IpSocketAddress, count: u64, check: &mut Check) -> Option<()> {
    let any = if to_core(remote).is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let peer = open(bound_at(parse_address(any)?).ok()?, Some(remote)).ok()?;
    let mut total = 0;
    for n in 0..count {
        let data: Vec<u8> = (0..n * 7 % 8000).map(|at| ((at + n) % 251) as u8).collect();
        peer.send(&[(&data, None)]).ok()?;
        let Some(datagram) = peer.receive() else {
            check.fail("nothing comes back");
            return None;
        };
        check.that("what comes back was sent", datagram.data == data);
        total += data.len();
    }
    line!("echoed {count} datagrams, {total} bytes");
    Some(())
}
