//! A guest that looks names up.

#![no_std]

mod rules;

use wasip2::alloc::string::{String, ToString};
use wasip2::alloc::vec::Vec;
use wasip2::wasi::sockets::instance_network::instance_network;
use wasip2::wasi::sockets::ip_name_lookup::resolve_addresses;
use wasip2::wasi::sockets::network::ErrorCode;
use wasip2::{ip_to_core, line, Check};

wasip2::program!(run);

fn run(args: &[&str], check: &mut Check) {
    match *args {
        ["resolve", name] => match resolve(name) {
            Ok(addresses) => addresses.iter().for_each(|address| line!("{address}")),
            Err(error) => line!("{}", error.name()),
        },
        ["rules"] => rules::run(check),
        _ => check.fail("usage: resolve NAME | rules"),
    }
}

/// Waits for all addresses of a name.
fn resolve(name: &str) -> Result<Vec<String>, ErrorCode> {
    let stream = resolve_addresses(&instance_network(), name)?;
    let ready = stream.subscribe();
    let mut addresses = Vec::new();
    loop {
        match stream.resolve_next_address() {
            Ok(Some(address)) => addresses.push(ip_to_core(address).to_string()),
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => ready.block(),
            Err(error) => return Err(error),
        }
    }
}
