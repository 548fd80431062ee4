//! What is a name, what comes of one, and when.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::wasi::sockets::instance_network::instance_network;
use wasip2::wasi::sockets::ip_name_lookup::resolve_addresses;
use wasip2::wasi::sockets::network::ErrorCode;
use wasip2::{line, Check};

use crate::resolve;

/// Addresses, which are not looked up.
const LITERALS: &[(&str, &str)] = &[
    ("127.0.0.1", "127.0.0.1"),
    ("0.0.0.0", "0.0.0.0"),
    ("255.255.255.255", "255.255.255.255"),
    ("192.0.2.7", "192.0.2.7"),
    ("::", "::"),
    ("::1", "::1"),
    ("2001:db8::a:0:b", "2001:db8::a:0:b"),
    ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
];

/// What is no name; printed with escapes.
#[rustfmt::skip]
const INVALID: &[&str] = &[
    "", " ", "\t", "\n", " localhost", "localhost ", "local host", "127.0.0.1 ", "::1 ", "a\0b", "a/b", "a:80", "user@a", "[::1",
    "1.2.3.4.5.6", "256.0.0.1", "2001:db8::1::2",
];

pub fn run(check: &mut Check) {
    for (name, expected) in LITERALS {
        check.show(&format!("{name}"), &joined(name), expected);
    }
    let mapped = joined("::ffff:127.0.0.1");
    check.show("::ffff:127.0.0.1", if mapped.contains("ffff") { "mapped" } else { "not mapped" }, "not mapped");
    for name in INVALID {
        check.show(&format!("{name:?}"), &joined(name), "invalid-argument");
    }
    long(check);
    waits(check);
    localhost(check);
    not_there(check);
}

/// The addresses of a name, or the error.
fn joined(name: &str) -> String {
    match resolve(name) {
        Ok(addresses) => addresses.join(", "),
        Err(error) => error.name().into(),
    }
}

/// Longer than any name.
fn long(check: &mut Check) {
    let label = "a".repeat(64);
    let name = format!("{label}.invalid");
    check.that("a label of 64 bytes", resolve(&name).is_err());
    let name = ["abcdefghi"; 30].join(".");
    check.that("a name of 299 bytes", resolve(&name).is_err());
    line!("names that are too long: refused");
}

/// Before it is ready it would block; at the end there is no more, however often one asks.
fn waits(check: &mut Check) {
    for name in ["127.0.0.1", "localhost"] {
        let Ok(stream) = resolve_addresses(&instance_network(), name) else {
            check.fail(&format!("{name} is no name"));
            continue;
        };
        let ready = stream.subscribe();
        let before = (ready.ready(), stream.resolve_next_address());
        check.that("blocks only if it is not ready", !before.0 || !matches!(before.1, Err(ErrorCode::WouldBlock)));
        ready.block();
        check.that("ready", ready.ready());
        let mut addresses = usize::from(matches!(before.1, Ok(Some(_))));
        while let Ok(Some(_)) = stream.resolve_next_address() {
            addresses += 1;
        }
        check.that("some", addresses > 0);
        for _ in 0..3 {
            check.that("none at the end", matches!(stream.resolve_next_address(), Ok(None)));
            check.that("ready at the end", ready.ready());
        }
        line!("{name}: to its end");
    }
}

fn localhost(check: &mut Check) {
    for name in ["localhost", "LOCALHOST"] {
        let found = resolve(name).unwrap_or_default();
        let loopback = |address: &String| address == "127.0.0.1" || address == "::1";
        let all = !found.is_empty() && found.iter().all(loopback);
        check.show(name, if all { "loopback" } else { "not loopback" }, "loopback");
    }
}

/// A name that nobody can have. What the resolver says depends on whom it asks.
fn not_there(check: &mut Check) {
    let failures = ["name-unresolvable", "temporary-resolver-failure", "permanent-resolver-failure"];
    for name in ["nowhere.invalid", "b\u{fc}cher.invalid"] {
        let code = joined(name);
        check.show(name, if failures.contains(&code.as_str()) { "fails" } else { &code }, "fails");
    }
}
