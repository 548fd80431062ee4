//! Streams with a remote address, and changes of it.

use wasip2::wasi::clocks::monotonic_clock::subscribe_duration;
use wasip2::{parse_address, Check};

use crate::sockets::{bound_at, loopback, name, open, same, Peer};

pub fn run(check: &mut Check) -> Option<()> {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let (a, b) = (Peer::at(parse_address(at)?).ok()?, Peer::at(parse_address(at)?).ok()?);
        let remote = b.address()?;
        let a = a.reopen(Some(remote)).ok()?;
        check.that("the remote address", same(a.socket.remote_address().ok()?, remote));
        check.show("send without an address", name(a.send(&[(b"none", None)])), "ok");
        check.show("send to the remote address", name(a.send(&[(b"same", Some(remote))])), "ok");
        check.that("both come", b.receive()?.data == b"none" && b.receive()?.data == b"same");
        b.send(&[(b"back", a.address())]).ok()?;
        check.that("and one back", a.receive()?.data == b"back");
    }
    strangers(check)?;
    changes(check)?;
    nobody(check)
}

/// Nothing goes to anybody else, and nothing of anybody else comes, even if it came before.
fn strangers(check: &mut Check) -> Option<()> {
    let (a, b, stranger) = (Peer::at(loopback()).ok()?, Peer::at(loopback()).ok()?, Peer::at(loopback()).ok()?);
    stranger.send(&[(b"early", a.address())]).ok()?;
    subscribe_duration(20_000_000).block();
    let a = a.reopen(b.address()).ok()?;
    stranger.send(&[(b"late", a.address())]).ok()?;
    check.show("strangers", if a.stays_empty() { "left out" } else { "heard" }, "left out");
    b.send(&[(b"friend", a.address())]).ok()?;
    check.that("friends are heard", a.receive()?.data == b"friend");
    let friend: (&[u8], _) = (b"x", None);
    let other: (&[u8], _) = (b"x", stranger.address());
    check.show("send to a stranger", name(a.send(&[other])), "invalid-argument");
    check.equal("send to a friend and a stranger", a.send(&[friend, other]).ok(), Some(1));
    check.that("it comes", b.receive()?.data == b"x");
    Some(())
}

/// The remote address can be changed, and given up. The local port may change with it, where the host has picked it.
fn changes(check: &mut Check) -> Option<()> {
    let (b, c) = (Peer::at(loopback()).ok()?, Peer::at(loopback()).ok()?);
    let a = open(bound_at(loopback()).ok()?, b.address()).ok()?;
    let a = a.reopen(c.address()).ok()?;
    check.that("another remote address", same(a.socket.remote_address().ok()?, c.address()?));
    a.send(&[(b"to c", None)]).ok()?;
    check.that("it comes there", c.receive()?.data == b"to c" && b.stays_empty());
    let a = a.reopen(None).ok()?;
    check.show("remote-address, given up", name(a.socket.remote_address()), "invalid-state");
    check.show("send without an address, given up", name(a.send(&[(b"x", None)])), "invalid-argument");
    a.send(&[(b"to b", b.address())]).ok()?;
    check.that("it comes to anybody", b.receive()?.data == b"to b");
    b.send(&[(b"from b", a.address())]).ok()?;
    check.that("and from anybody", a.receive()?.data == b"from b");
    Some(())
}

/// That nobody hears a datagram is no end of the stream. Whoever sent it may be told, or not.
fn nobody(check: &mut Check) -> Option<()> {
    let remote = Peer::at(loopback()).ok()?.address()?;
    let a = open(bound_at(loopback()).ok()?, Some(remote)).ok()?;
    check.show("send to nobody", name(a.send(&[(b"lost", None)])), "ok");
    subscribe_duration(20_000_000).block();
    match a.incoming.receive(10) {
        Ok(datagrams) => check.that("nothing comes", datagrams.is_empty()),
        Err(error) => check.equal("receive", error.name(), "connection-refused"),
    }
    let b = Peer::at(remote).ok()?;
    let sent = (0..3).any(|_| a.send(&[(b"heard", None)]).is_ok());
    check.show("then somebody is there", if sent && b.receive()?.data == b"heard" { "heard" } else { "lost" }, "heard");
    b.send(&[(b"back", a.address())]).ok()?;
    check.that("and answers", a.receive()?.data == b"back");
    Some(())
}
