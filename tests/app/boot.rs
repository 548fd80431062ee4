//! What an app is told that cannot begin.

use std::sync::Arc;

use nojit::{app::App, function::World};
use nojit_shims::host::{
    Host, Net,
    sim::{SimHost, SimWorld},
};

use super::{
    entries::{HALF, WEB},
    folder::Folder,
};

/// The problems of an app that is to listen on a host.
fn listen(folder: &Folder, host: &Arc<SimHost>) -> String {
    let (registry, functions) = folder.load();
    let guests = {
        let host = host.clone();
        move || -> Arc<dyn Host> { host.clone() }
    };
    let app = App::new(registry, functions, World::new(guests));
    app.listen(host.clone(), &[]).map_or_else(|problems| problems.to_string(), |listening| format!("{listening:?}"))
}

#[test]
fn addresses_that_are_in_use_are_told_all_at_once() {
    let host = SimWorld::new(1).host();
    let folder = Folder::of(&[
        WEB,
        "
  - {name: free, kind: http.service, addr: ':81'}
  - name: second
    kind: http.service
    addr: '127.0.0.1:82'
  - {name: elsewhere, kind: http.service, addr: '9.9.9.9:83'}
  - {name: later, kind: http.service, addr: ':84', lifecycle: {auto_start: false}}
",
    ])
    .with("nojit.yaml", "metrics: {listen: ':90'}\n");
    let taken = ["0.0.0.0:80", "127.0.0.1:82", "0.0.0.0:84", "0.0.0.0:90"].map(|address| {
        let socket = host.net().tcp_socket(nojit_shims::sockets::IpAddressFamily::Ipv4).expect("there is one");
        socket.bind(address.parse().expect("an address")).and_then(|()| socket.listen(1)).expect("it is free");
        socket
    });
    let in_use = "another program listens there; stop it or declare another address";
    let elsewhere = "_index.yaml:10: entry t:elsewhere: addr: cannot listen at 9.9.9.9:83: this machine has no such address; \
                     0.0.0.0 is all it has";
    let expected = [
        &format!("_index.yaml:4: entry t:web: addr: cannot listen at 0.0.0.0:80: {in_use}"),
        &format!("_index.yaml:9: entry t:second: addr: cannot listen at 127.0.0.1:82: {in_use}"),
        elsewhere,
        &format!("nojit.yaml: metrics.listen: cannot listen at 0.0.0.0:90: {in_use}"),
    ];
    assert_eq!(listen(&folder, &host).lines().collect::<Vec<_>>(), expected);
    drop(taken);
    assert_eq!(listen(&folder, &host), elsewhere, "what could listen was given back");
}

#[test]
fn endpoints_without_a_service_have_one_of_their_own() {
    let host = SimWorld::new(1).host();
    let folder = Folder::of(&[HALF, &super::entries::endpoint("get", "GET", "/half", "half")]);
    let socket = host.net().tcp_socket(nojit_shims::sockets::IpAddressFamily::Ipv4).expect("there is one");
    let address = "127.0.0.1:8080".parse().expect("an address");
    socket.bind(address).and_then(|()| socket.listen(1)).expect("it is free");
    let expected = "_index.yaml:19: entry t:get: cannot listen at 127.0.0.1:8080, the address of apps that declare no \
                    http.service: another program listens there; stop it or declare another address";
    assert_eq!(listen(&folder, &host), expected);
    drop(socket);
    let place = r#"[Place { service: None, addr: 127.0.0.1:8080, is_secure: false, endpoints: Some([Id("t:get")]) }]"#;
    assert_eq!(listen(&folder, &host), place);
}
