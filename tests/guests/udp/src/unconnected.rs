//! Streams without a remote address: each datagram says whom it is for.

use wasip2::wasi::sockets::network::{ErrorCode, IpSocketAddress};
use wasip2::{parse_address, to_core, Check};

use crate::sockets::{loopback, name, same, Peer};

pub fn run(check: &mut Check) -> Option<()> {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        there_and_back(parse_address(at)?, check)?;
    }
    refused(check)?;
    receives(check)
}

fn there_and_back(at: IpSocketAddress, check: &mut Check) -> Option<()> {
    let (a, b) = (Peer::at(at).ok()?, Peer::at(at).ok()?);
    check.that("no remote address", a.socket.remote_address().is_err());
    check.equal("sent", a.send(&[(b"there", b.address())]).ok(), Some(1));
    let there = b.receive()?;
    check.that("what was sent", there.data == b"there");
    check.that("who sent it", same(there.remote_address, a.address()?));
    check.equal("sent back", b.send(&[(b"back", Some(there.remote_address))]).ok(), Some(1));
    check.that("what was sent back", a.receive()?.data == b"back");
    check.equal("sent of nothing", a.send(&[(b"", b.address())]).ok(), Some(1));
    check.that("an empty datagram comes", b.receive()?.data.is_empty());
    wasip2::line!("{}: there and back", if to_core(at).is_ipv4() { "ipv4" } else { "ipv6" });
    Some(())
}

/// Whom nothing can be sent to, and that a list goes as far as it can.
fn refused(check: &mut Check) -> Option<()> {
    let (a, b) = (Peer::at(loopback()).ok()?, Peer::at(loopback()).ok()?);
    let (good, missing): ((&[u8], _), (&[u8], _)) = ((b"good", b.address()), (b"missing", None));
    check.show("send without an address", name(a.send(&[missing])), "invalid-argument");
    for remote in ["127.0.0.1:0", "0.0.0.0:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] {
        let what = wasip2::alloc::format!("send to {remote}");
        check.show(&what, name(a.send(&[(b"x", parse_address(remote))])), "invalid-argument");
    }
    check.show("send of nothing", count(a.send(&[])), "0");
    check.show("send of good, missing, good", count(a.send(&[good, missing, good])), "1");
    check.show("send of missing, good", count(a.send(&[missing, good])), "invalid-argument");
    check.show("send of good, good", count(a.send(&[good, good])), "2");
    for _ in 0..3 {
        check.that("good comes", b.receive()?.data == b"good");
    }
    check.show("and then", if b.stays_empty() { "nothing" } else { "more" }, "nothing");
    Some(())
}

/// What `receive` gives.
fn receives(check: &mut Check) -> Option<()> {
    let (a, b) = (Peer::at(loopback()).ok()?, Peer::at(loopback()).ok()?);
    check.show("receive of none", received(&b, 10), "0");
    check.that("not ready", !b.incoming.subscribe().ready());
    for data in [b"1", b"2", b"3", b"4", b"5"] {
        a.send(&[(data, b.address())]).ok()?;
    }
    b.incoming.subscribe().block();
    check.show("receive up to 0", received(&b, 0), "0");
    check.that("ready still", b.incoming.subscribe().ready());
    check.that("in order", b.receive()?.data == b"1" && b.receive()?.data == b"2");
    let mut rest = 0;
    while rest < 3 {
        b.incoming.subscribe().block();
        rest += b.incoming.receive(u64::MAX).ok()?.len();
    }
    check.equal("the rest", rest, 3);
    check.show("receive when all is received", received(&b, u64::MAX), "0");
    Some(())
}

fn received(peer: &Peer, max: u64) -> &'static str {
    count(peer.incoming.receive(max).map(|datagrams| datagrams.len() as u64))
}

fn count(result: Result<u64, ErrorCode>) -> &'static str {
    match result {
        Ok(n) => ["0", "1", "2", "3"].get(n as usize).unwrap_or(&"more"),
        Err(error) => error.name(),
    }
}
