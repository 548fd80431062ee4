//! Services, endpoints and functions checked against each other, as far as their fields are sound. Knows no wasm.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::super::{Damage, Entry, Id, Problems, Spec, Transport};
use super::{Parents, site};

/// Reports what no two entries may have in common, and functions that cannot answer requests.
pub(crate) fn check(entries: &BTreeMap<Id, Entry>, parents: &Parents, damage: &mut Damage, problems: &mut Problems) {
    let findings = [
        shared_addresses(entries, damage),
        shared_routes(entries, parents, damage),
        functions_of_other_transports(entries, damage),
    ];
    for Finding { entry, field, message } in findings.into_iter().flatten() {
        problems.push(entry.problem(field, message));
        damage.add(entry.id(), field);
    }
}

struct Finding<'a> {
    entry: &'a Entry,
    field: &'static str,
    message: String,
}

/// A service and where it listens.
struct Listener<'a> {
    entry: &'a Entry,
    addr: SocketAddr,
}

/// Each service that cannot listen because one before it, by ID, does.
fn shared_addresses<'a>(entries: &'a BTreeMap<Id, Entry>, damage: &Damage) -> Vec<Finding<'a>> {
    // By family and port, for sockets are of one family.
    let mut taken: BTreeMap<(bool, u16), BTreeMap<IpAddr, Listener<'_>>> = BTreeMap::new();
    let mut findings = Vec::new();
    for (id, entry) in entries {
        let Spec::HttpService(service) = entry.spec() else { continue };
        let addr = service.addr;
        if addr.port() == 0 || !damage.spares(id, &["addr"]) {
            continue;
        }
        let taken = taken.entry((addr.is_ipv4(), addr.port())).or_default();
        // The address that stands for all of them is the least.
        let same = match taken.first_key_value() {
            Some((ip, first)) if ip.is_unspecified() || addr.ip().is_unspecified() => Some(first),
            _ => taken.get(&addr.ip()),
        };
        if let Some(Listener { entry: other, addr }) = same {
            let message = format!("addr must be free, but {} listens on {addr}; change the port of one", named(other));
            findings.push(Finding { entry, field: "addr", message });
        } else {
            taken.insert(addr.ip(), Listener { entry, addr });
        }
    }
    findings
}

/// Each endpoint whose requests one before it, by ID, answers.
fn shared_routes<'a>(entries: &'a BTreeMap<Id, Entry>, parents: &Parents, damage: &Damage) -> Vec<Finding<'a>> {
    let mut findings = Vec::new();
    for routes in site::routes(entries, parents, damage).into_values() {
        let mut first = BTreeMap::new();
        for route in routes {
            let Some(entry) = entries.get(&route.endpoint) else { continue };
            let key = (route.method.clone(), route.path.shape());
            let Some((other, path)) = first.get(&key) else {
                first.insert(key, (entry, route.path));
                continue;
            };
            let message = format!(
                "path must be unique, but {} answers {} {path} as well; change or remove one",
                named(other),
                route.method
            );
            findings.push(Finding { entry, field: "path", message });
        }
    }
    findings
}

fn functions_of_other_transports<'a>(entries: &'a BTreeMap<Id, Entry>, damage: &Damage) -> Vec<Finding<'a>> {
    let finding = |(id, entry): (&'a Id, &'a Entry)| {
        let Spec::HttpEndpoint(endpoint) = entry.spec() else { return None };
        let function = entries.get(&endpoint.func)?.function()?;
        let is_known = damage.spares(id, &["func"]) && damage.spares(&endpoint.func, &["transport"]);
        let name = match function.transport {
            Transport::Payload if is_known => "payload",
            Transport::Payload | Transport::WasiHttp => return None,
        };
        let message = format!(
            "func: {} has transport {name}; set transport: wasi-http on it to let it answer requests",
            endpoint.func
        );
        Some(Finding { entry, field: "func", message })
    };
    entries.iter().filter_map(finding).collect()
}

/// The entry with its place.
fn named(entry: &Entry) -> String {
    format!("{} ({}:{})", entry.id(), entry.file(), entry.line())
}
