//! `wasi:sockets/ip-name-lookup`: from names to addresses.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{ErrorCode, NetResult, address::is_mapped, network::Network};
use crate::{
    Denial, Handle, Trap, Wasi,
    host::Resolving,
    io::poll::{Pollable, Ready},
};

/// The resource `resolve-address-stream`.
pub struct ResolveAddressStream {
    shared: Arc<Shared>,
    /// The name that was looked up; none for an address, which is nobody's name.
    name: Option<String>,
}

struct Shared(Mutex<Answer>);

enum Answer {
    Waiting(Resolving),
    /// Found, and not given yet.
    Found(VecDeque<IpAddr>),
    Failed(ErrorCode),
}

impl Shared {
    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready for Shared {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut answer = self.answer();
        if let Answer::Waiting(resolving) = &mut *answer {
            *answer = match resolving.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(found)) => Answer::Found(found.into_iter().filter(|ip| !is_mapped(*ip)).collect()),
                Poll::Ready(Err(error)) => Answer::Failed(error),
            };
        }
        Poll::Ready(())
    }
}

impl std::fmt::Debug for ResolveAddressStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResolveAddressStream").field("name", &self.name).finish_non_exhaustive()
    }
}

/// `resolve-addresses: func(network: borrow<network>, name: string) -> result<resolve-address-stream, error-code>`
///
/// # Errors
///
/// If there is no such network.
pub fn resolve_addresses(
    wasi: &mut Wasi,
    network: Handle<Network>,
    name: &str,
) -> Result<NetResult<Handle<ResolveAddressStream>>, Trap> {
    wasi.table.get(network)?;
    let (answer, name) = match literal(name) {
        Some(address) if is_mapped(address) => return Ok(Err(ErrorCode::InvalidArgument)),
        Some(address) => (Answer::Found(VecDeque::from([address])), None),
        None => {
            let Some(name) = ascii(name) else { return Ok(Err(ErrorCode::InvalidArgument)) };
            if !wasi.network.allows_name(&name) {
                wasi.denials.insert(Denial::Dns);
                return Ok(Err(ErrorCode::PermanentResolverFailure));
            }
            (Answer::Waiting(wasi.host().net().resolve(&name)), Some(name))
        }
    };
    let shared = Arc::new(Shared(Mutex::new(answer)));
    Ok(Ok(wasi.table.push(ResolveAddressStream { shared, name })))
}

/// An address that is written out.
fn literal(name: &str) -> Option<IpAddr> {
    name.parse().ok().or_else(|| name.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6))
}

/// A name as resolvers take it: Unicode in its ASCII form.
fn ascii(name: &str) -> Option<String> {
    let name = idna::domain_to_ascii(name).ok()?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let labels = name.strip_suffix('.').unwrap_or(&name);
    // A name that ends in a number would be an address.
    let is_number = labels.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    (labels.len() <= 253 && labels.split('.').all(is_label) && !is_number).then_some(name)
}

/// `resolve-address-stream.resolve-next-address: func() -> result<option<ip-address>, error-code>`
///
/// # Errors
///
/// If there is no such stream.
pub fn resolve_next_address(
    wasi: &mut Wasi,
    this: Handle<ResolveAddressStream>,
) -> Result<NetResult<Option<IpAddr>>, Trap> {
    let stream = wasi.table.get(this)?;
    if stream.shared.poll_ready(&mut Context::from_waker(Waker::noop())).is_pending() {
        return Ok(Err(ErrorCode::WouldBlock));
    }
    let next = match &mut *stream.shared.answer() {
        Answer::Waiting(_) => Err(ErrorCode::WouldBlock),
        Answer::Found(addresses) => Ok(addresses.pop_front()),
        Answer::Failed(error) => Err(*error),
    };
    if let (Ok(Some(address)), Some(name)) = (next, &stream.name) {
        wasi.network.resolved(name, &[address]);
    }
    Ok(next)
}

/// `resolve-address-stream.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such stream.
pub fn subscribe(wasi: &mut Wasi, this: Handle<ResolveAddressStream>) -> Result<Handle<Pollable>, Trap> {
    let shared = wasi.table.get(this)?.shared.clone();
    wasi.table.push_child(Pollable::new(shared), this)
}

/// Drops a stream.
///
/// # Errors
///
/// If there is no such stream, or one of its pollables lives.
pub fn drop_resolve_address_stream(wasi: &mut Wasi, this: Handle<ResolveAddressStream>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ascii_labels() {
        for (name, expected) in [
            ("example.com", Some("example.com")),
            ("EXAMPLE.com.", Some("example.com.")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("_sip._tcp.example", Some("_sip._tcp.example")),
            ("", None),
            (" ", None),
            ("a b", None),
            ("a..b", None),
            (".", None),
            ("a/b", None),
            ("a:80", None),
            ("a@b", None),
            ("256.0.0.1", None),
            ("1.example", Some("1.example")),
        ] {
            assert_eq!(ascii(name).as_deref(), expected, "{name:?}");
        }
        assert_eq!(ascii(&"a".repeat(64)), None);
        assert_eq!(ascii(&vec!["a"; 200].join(".")), None);
    }

    #[test]
    fn addresses_are_no_names() {
        for (text, expected) in
            [("1.2.3.4", true), ("::1", true), ("[::1]", true), ("1.2.3", false), ("[1.2.3.4]", false)]
        {
            assert_eq!(literal(text).is_some(), expected, "{text}");
        }
    }
}
