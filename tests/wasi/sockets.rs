//! TCP, UDP and names: one text of answers on both hosts, guests that talk to each other, and what is not granted.

use std::{sync::Arc, time::Duration};

use nojit_shims::{
    Builder,
    host::sim::{LinkSettings, SimHost, SimWorld},
    sockets::{Grant, Policy},
};

use super::harness::{Program, Run};

/// Leave to do everything.
fn everything() -> Policy {
    granted(&["net", "private", "listen=0.0.0.0:0", "listen=[::]:0"])
}

fn granted(grants: &[&str]) -> Policy {
    Policy::new(grants.iter().map(|grant| grant.parse::<Grant>().expect("is a grant")))
}

/// The same guest with everything granted, on both hosts.
fn on_both(guest: &str, command: &str) -> [Run; 2] {
    let guest = Program::new(guest);
    let give = |guest: Builder| guest.network(everything());
    [guest.run_in(&SimWorld::new(0), &[command], give), guest.run_on_system(&[command], |guest, _| give(guest))]
}

#[test]
fn both_hosts_answer_alike() {
    for (guest, command) in [
        ("tcp/tcp.wasm", "states"),
        ("tcp/tcp.wasm", "addresses"),
        ("tcp/tcp.wasm", "shutdown"),
        ("udp/udp.wasm", "rules"),
        ("names/names.wasm", "rules"),
    ] {
        let [simulated, system] = on_both(guest, command);
        assert_eq!((&*simulated.stdout, &*simulated.end), (&*system.stdout, "exit 0"), "{guest} {command}");
        assert_eq!(system.end, "exit 0", "{guest} {command}: {}", system.stdout);
    }
}

#[test]
fn options_are_kept_and_inherited_on_both_hosts() {
    for run in on_both("tcp/tcp.wasm", "options") {
        assert_eq!(run.end, "exit 0", "{}", run.stdout);
    }
}

#[test]
fn what_is_not_granted_is_denied_from_the_start() {
    for guest in ["tcp/tcp.wasm", "udp/udp.wasm"] {
        let run = Program::new(guest).run(&["denied"]);
        assert_eq!(run.stdout.lines().filter(|line| line.ends_with(": access-denied")).count(), 4, "{}", run.stdout);
    }
    let names = Program::new("names/names.wasm");
    let resolve = |policy: Policy| {
        names.run_in(&SimWorld::new(0), &["resolve", "localhost"], |guest| guest.network(policy)).stdout
    };
    assert!(resolve(Policy::default()).contains("permanent-resolver-failure"));
    assert!(resolve(granted(&["dns"])).contains("127.0.0.1"));
}

#[test]
fn datagrams_without_leave_and_children_without_parents_trap() {
    for (case, expected) in [
        ("stream-twice", "udp-socket.stream while the streams that it had before live"),
        ("stream-twice-incoming", "udp-socket.stream while the streams that it had before live"),
        ("stream-twice-outgoing", "udp-socket.stream while the streams that it had before live"),
        ("send-without-check", "that permits 0"),
        ("send-permit-used", "that permits 0"),
        ("send-over-permit", "to a stream that permits 64"),
        ("drop-parent", "its children live"),
        ("drop-parent-pollable", "its children live"),
    ] {
        let run = Program::new("udp/udp.wasm").run_in(&SimWorld::new(0), &[case], |guest| guest.network(everything()));
        assert!(run.end.contains(expected), "{case}: {run:?}");
    }
}

/// An echo of one connection, and a client on another host of the world; what they print.
fn echo(world: &SimWorld, server: &'static str, client: &'static str, amount: &str) -> [String; 2] {
    let [serving, asking]: [Arc<SimHost>; 2] = [world.host(), world.host()];
    let address = format!("{}:7", serving.net().ipv4());
    let (server_program, client_program) = (Program::new(server), Program::new(client));
    let at = address.clone();
    let serve = world.spawn(&serving.clone(), async move {
        server_program.run_on(serving, &["server", &at], |guest| guest.network(everything())).await
    });
    let amount = amount.to_owned();
    let ask = world.spawn(&asking.clone(), async move {
        client_program.run_on(asking, &["client", &address, &amount], |guest| guest.network(everything())).await
    });
    let both = world.run(async move { [serve.await, ask.await] }).expect("both come to an end");
    both.map(Run::expect_ok)
}

#[test]
fn guests_talk_to_each_other_over_a_slow_network() {
    let world = SimWorld::new(3);
    world.net().link(LinkSettings { latency: Duration::from_millis(20), ..LinkSettings::default() });
    let [server, client] = echo(&world, "tcp/tcp.wasm", "tcp/tcp.wasm", "300000");
    assert_eq!(client, "echoed 300000\n");
    assert!(server.ends_with("served 1 connections, 0 broken, 300000 bytes\n"), "{server}");
    assert!(world.now() >= Duration::from_millis(80), "{:?}", world.now());
}

#[test]
fn what_the_network_loses_is_sent_again() {
    let run = |seed| {
        let world = SimWorld::new(seed);
        world.net().link(LinkSettings { loss_per_mille: 100, ..LinkSettings::default() });
        (echo(&world, "tcp/tcp.wasm", "tcp/tcp.wasm", "200000"), world.now())
    };
    let (first, took) = run(1);
    assert_eq!(first[1], "echoed 200000\n");
    assert_eq!(run(1), (first, took));
    assert_ne!(run(2).1, took);
}

#[test]
fn a_name_that_is_granted_is_reached_and_no_other() {
    let world = SimWorld::new(0);
    let [server, other] = [world.host(), world.host()];
    world.net().name("db.internal", [server.net().ipv4().into()]);
    world.net().name("other.internal", [other.net().ipv4().into()]);
    let names = Program::new("names/names.wasm");
    let resolve = |name: &str| {
        names.run_in(&world, &["resolve", name], |guest| guest.network(granted(&["net=db.internal:7"]))).stdout
    };
    assert!(resolve("db.internal").contains(&server.net().ipv4().to_string()));
    assert!(resolve("other.internal").contains("permanent-resolver-failure"));
}
