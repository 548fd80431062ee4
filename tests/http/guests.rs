//! A guest that asks a guest, over the loopback of the system and in a simulated world: the same answers.

use std::{sync::Arc, time::Duration};

use nojit_shims::{
    Builder,
    host::{
        Host,
        sim::{LinkSettings, SimHost, SimTls, SimWorld},
        system::SystemHost,
    },
    http::GrantedHttp,
    sockets::{Grant, Policy},
};

use super::harness::{Listener, Server, Setup};
use crate::wasi::harness::{Program, Run};

/// Lets a guest ask everybody.
fn asking(host: Arc<dyn Host>) -> impl FnOnce(Builder) -> Builder {
    let policy = Policy::new([Grant::Http, Grant::Private]);
    let http = GrantedHttp::new(host, Arc::new(SimTls::new()), policy.clone());
    move |guest| guest.network(policy).http(Arc::new(http))
}

/// The guest `http-client`, which asks `http-server`; all of it in one world, and how long it took there.
fn simulated(seed: u64, link: LinkSettings, command: &[&str]) -> (Run, Duration) {
    let world = SimWorld::new(seed);
    world.net().link(link);
    let [serving, client]: [Arc<SimHost>; 2] = [world.host(), world.host()];
    let address = format!("{}:80", serving.net().ipv4()).parse().expect("an address");
    let listener = Listener::new(serving.clone(), address, Setup::default());
    let args = arguments(command, &format!("http://{address}"));
    let (stop, stopped) = smol::channel::bounded::<()>(1);
    let served = world.spawn(&serving, listener.serve(stopped));
    let asked = world.spawn(&client.clone(), async move {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = Program::new("http-client/http-client.wasm").run_on(client.clone(), &args, asking(client)).await;
        drop(stop);
        run
    });
    let run = world.run(async move {
        let run = asked.await;
        served.await;
        run
    });
    (run.expect("both come to an end"), world.now())
}

/// The same on the system.
fn on_system(server: &Server, command: &[&str]) -> Run {
    let host: Arc<dyn Host> = Arc::new(SystemHost::new());
    let args = arguments(command, &format!("http://{}", server.address()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Program::new("http-client/http-client.wasm").run_on_system(&args, |guest, _| asking(host)(guest))
}

/// The arguments of the client: what begins with a slash is a path of the server.
fn arguments(command: &[&str], origin: &str) -> Vec<String> {
    let argument = |word: &&str| if word.starts_with('/') { format!("{origin}{word}") } else { (*word).to_owned() };
    command.iter().map(argument).collect()
}

#[test]
fn both_hosts_answer_alike() {
    for (command, expected) in [
        (&["get", "/hello"][..], "status 200\nhello from http-server"),
        (&["get", "/status/404"], "status 404\n"),
        (&["get", "/error"], "status 500\n"),
        (&["get", "/trap-after-set"], "status 200\n"),
        (&["get", "/unread"], "status 200\nnot read"),
        (&["get", "/after"], "status 200\n"),
        (&["post", "/echo", "100000"], "received 100000 bytes"),
        (&["stream-up", "/upper", "300000"], "received 300000 bytes"),
        (&["stream-down", "/stream/300000"], "received 300000 bytes"),
        (&["trailers", "/trailers"], "x-length: 1000"),
    ] {
        let (simulated, _) = simulated(1, LinkSettings::default(), command);
        let system = on_system(&Server::new(Setup::default()), command);
        assert_eq!((&*simulated.stdout, &*simulated.end), (&*system.stdout, &*system.end), "{command:?}");
        assert!(system.stdout.contains(expected), "{command:?}: {}", system.stdout);
    }
}

#[test]
fn times_of_requests_are_virtual() {
    let slow = LinkSettings { latency: Duration::from_millis(30), ..LinkSettings::default() };
    let (run, took) = simulated(1, slow, &["get", "/slow/9000"]);
    assert_eq!(run.stdout, "status 200\nslow\n");
    assert!(took > Duration::from_secs(9), "{took:?}");
    let (run, _) = simulated(1, slow, &["get", "/slow/60000"]);
    assert_eq!(run.stdout, "status 504\nthe answer took too long", "the server's limit");
}

#[test]
fn a_run_over_a_lossy_network_can_be_repeated() {
    let lossy = LinkSettings { loss_per_mille: 50, ..LinkSettings::default() };
    let run = |seed| simulated(seed, lossy, &["post", "/echo", "200000"]);
    let (first, took) = run(3);
    assert!(first.stdout.contains("received 200000 bytes"), "{}", first.stdout);
    assert_eq!(run(3), (first, took));
    assert_ne!(run(4).1, took);
}

/// A request for `path` whose response nobody takes after `ms`; what the guest wrote to stdout, and how long it took.
fn left_after(ms: u64, path: &str) -> (String, Duration) {
    let world = SimWorld::new(1);
    let host = world.host();
    let address = format!("{}:80", host.net().ipv4()).parse().expect("an address");
    let listener = Listener::new(host.clone(), address, Setup::default());
    let exchange = listener.begin(path);
    let guest = world.spawn(&host, exchange.work.expect("a guest works"));
    let run = world.run(async {
        host.clock().sleep_until(Duration::from_millis(ms)).await;
        drop(exchange.response);
        guest.await;
    });
    run.expect("the guest comes to an end");
    (listener.stdout(), world.now())
}

#[test]
fn a_guest_whose_client_has_left_learns_it_when_it_writes() {
    // Before it sets its response, and after.
    for ms in [0, 1000] {
        let (stdout, took) = left_after(ms, "/stream/300000");
        assert_eq!(stdout, "/stream/300000: not answered to its end\n");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}
