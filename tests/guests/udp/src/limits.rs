//! How large a datagram can be, and how many can be sent.

use wasip2::alloc::vec;
use wasip2::Check;

use crate::sockets::{loopback, name, Peer};

/// The most that fits into a datagram over IPv4.
const LARGEST_LEN_BYTES: usize = 65_507;

pub fn run(check: &mut Check) -> Option<()> {
    let (a, b) = (Peer::at(loopback()).ok()?, Peer::at(loopback()).ok()?);
    let data = vec![b'x'; 1 << 20];
    check.show("send of 65507 bytes", name(a.send(&[(&data[..LARGEST_LEN_BYTES], b.address())])), "ok");
    check.equal("they come", b.receive()?.data.len(), LARGEST_LEN_BYTES);
    for len in [LARGEST_LEN_BYTES + 1, 65_535, 65_536, data.len()] {
        let what = wasip2::alloc::format!("send of {len} bytes");
        check.show(&what, name(a.send(&[(&data[..len], b.address())])), "datagram-too-large");
    }
    check.show("nothing of it comes", if b.stays_empty() { "nothing" } else { "something" }, "nothing");
    check.show("send after that", name(a.send(&[(b"x", b.address())])), "ok");
    check.equal("it comes", b.receive()?.data.len(), 1);
    permits(&a, &b, check)
}

/// As many as are permitted can be sent at once, and all come: the receiver has room for them.
fn permits(a: &Peer, b: &Peer, check: &mut Check) -> Option<()> {
    check.that("a permit", a.outgoing.check_send().is_ok_and(|n| n > 0));
    let permit = a.outgoing.check_send().ok()?;
    let datagram: (&[u8], _) = (b"x", b.address());
    let mut sent = 0;
    while sent < permit {
        let n = a.send(&vec![datagram; (permit - sent) as usize]).ok()?;
        check.that("not more than there are", n <= permit - sent);
        sent += n;
    }
    for _ in 0..permit {
        check.that("each comes", b.receive().is_some());
    }
    check.show("a whole permit", if b.stays_empty() { "comes once" } else { "comes twice" }, "comes once");
    Some(())
}
