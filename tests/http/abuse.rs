//! Plays the requests of `abuse.txt` in a simulated world, and asks after each of them whether the server is as it was.

use std::{
    future::{pending, poll_fn},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use ::http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use nojit_shims::{
    host::{
        Host, Net,
        sim::{SimHost, SimWorld},
    },
    http::{
        BoxBody, ErrorCode, OutgoingHttpBody,
        server::{Exchange, Handler, Received, Server, ServerLimits},
    },
    sockets::IpAddressFamily,
};
use smol::future::or;

use super::line::{rest, send};

/// What is said after each entry. Its answer is the last.
const SMUGGLED: &[u8] = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// What a well-behaved client asks meanwhile.
const CANARY: &[u8] = b"GET /canary HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// How many pieces the bytes of an entry are sent in, if not at once.
const PIECES: usize = 200;

/// An entry.
struct Abuse {
    name: String,
    steps: Vec<Step>,
    expected: String,
}

/// What a client does.
enum Step {
    Send(Vec<u8>),
    PauseMs(u64),
}

/// The entries of a text.
fn entries(text: &str) -> Vec<Abuse> {
    let mut entries: Vec<Abuse> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some(line) = line.strip_prefix("  ") else {
            let (name, _why) = line.split_once(": ").expect("an entry says why");
            entries.push(Abuse { name: name.to_owned(), steps: Vec::new(), expected: String::new() });
            continue;
        };
        let (sign, rest) = line.split_at(1);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let entry = entries.last_mut().expect("a name comes first");
        let bytes = match sign {
            ">" => [unescaped(rest), b"\r\n".to_vec()].concat(),
            "+" => unescaped(rest),
            "*" => {
                let (count, bytes) = rest.split_once(' ').expect("a count and bytes");
                unescaped(bytes).repeat(count.parse().expect("a number"))
            }
            "~" => {
                entry.steps.push(Step::PauseMs(rest.parse().expect("a number")));
                continue;
            }
            _ => {
                assert_eq!(sign, "=", "{}: {line:?} is no step", entry.name);
                entry.expected = rest.to_owned();
                continue;
            }
        };
        match entry.steps.last_mut() {
            Some(Step::Send(sent)) => sent.extend(bytes),
            _ => entry.steps.push(Step::Send(bytes)),
        }
    }
    entries
}

/// The bytes that a text stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().expect("something is escaped") {
                b'r' => b'\r',
                b'n' => b'\n',
                b't' => b'\t',
                b'0' => 0,
                b'x' => {
                    let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.expect("two digits")));
                    u8::from_str_radix(&digits.iter().collect::<String>(), 16).expect("hexadecimal digits")
                }
                other => {
                    assert_eq!(other, b'\\', "{text:?} escapes something else");
                    other
                }
            },
            byte => byte,
        });
    }
    bytes
}

/// Answers what it was asked.
struct Echo(Arc<SimHost>);

impl Handler for Echo {
    fn begin(&self, Received { request, authority, .. }: Received) -> Exchange {
        let host = self.0.clone();
        let answer = async move {
            let head = head(&request, &authority);
            let path = request.uri().path().to_owned();
            if path == "/slow" {
                host.clock().sleep_until(host.clock().now() + Duration::from_secs(90)).await;
            }
            let body = if path == "/unread" { Box::pin(OutgoingHttpBody::empty()) } else { request.into_body() };
            let (status, text) = match body.collect().await {
                Ok(_) if path == "/head" => (StatusCode::OK, head.into()),
                Ok(body) => (StatusCode::OK, body.to_bytes()),
                Err(ErrorCode::ConnectionReadTimeout) => (StatusCode::REQUEST_TIMEOUT, "".into()),
                Err(_) => (StatusCode::BAD_REQUEST, "".into()),
            };
            let mut response = Response::new(OutgoingHttpBody::full(text));
            *response.status_mut() = status;
            response.headers_mut().insert("x-path", path.parse().expect("a path"));
            response
        };
        Exchange { response: Box::pin(answer), work: None, done: Box::new(|_| {}) }
    }
}

/// How, from whom and with which fields it was asked.
fn head(request: &Request<BoxBody>, authority: &str) -> String {
    let fields = request.headers().iter().map(|(name, value)| format!(" {name}:{}", value.as_bytes().escape_ascii()));
    let mut fields: Vec<String> = fields.collect();
    fields.sort();
    format!("{} {authority}{}", request.method(), fields.concat())
}

/// Runs a client of a server in one world. What comes of the client.
fn play<R, C>(client: impl FnOnce(Client) -> C + Send + 'static) -> R
where
    R: Send + 'static,
    C: Future<Output = R> + Send + 'static,
{
    let world = SimWorld::new(1);
    let [serving, asking] = [world.host(), world.host()];
    let address = SocketAddr::new(serving.net().ipv4().into(), 80);
    let limits = ServerLimits { body_read: Some(Duration::from_secs(5)), ..ServerLimits::default() };
    let server = Server::bind(serving.clone(), address, limits).expect("the port is free");
    let _served = world.spawn(&serving, server.serve(Arc::new(Echo(serving.clone())), pending()));
    let asked = world.spawn(&asking.clone(), client(Client { host: asking, address }));
    world.run(asked).expect("the client comes to an end")
}

/// Who asks.
#[derive(Clone)]
struct Client {
    host: Arc<SimHost>,
    address: SocketAddr,
}

impl Client {
    fn now(&self) -> Duration {
        self.host.clock().now()
    }

    async fn pause_ms(&self, ms: u64) {
        self.host.clock().sleep_until(self.now() + Duration::from_millis(ms)).await;
    }

    /// Does this over one connection. What comes of it, as the expectations are written.
    async fn play(&self, steps: &[Step]) -> String {
        let socket = self.host.net().tcp_socket(IpAddressFamily::of(self.address)).expect("there is one");
        socket.connect(self.address).expect("it begins");
        poll_fn(|cx| socket.poll_connected(cx)).await.expect("the server listens");
        let began = self.now();
        let saying = async {
            for step in steps {
                match step {
                    Step::Send(bytes) => send(&*socket, bytes).await,
                    Step::PauseMs(ms) => self.pause_ms(*ms).await,
                }
            }
            pending().await
        };
        let answers = or(rest(&*socket), saying).await;
        let seconds = (self.now() - began).as_secs();
        let took = (seconds > 0).then(|| format!("{seconds} s"));
        answers_of(&answers).into_iter().chain(took).collect::<Vec<_>>().join("; ")
    }
}

/// The answers in these bytes, and whether the last is for what was said after the entry.
fn answers_of(mut bytes: &[u8]) -> Vec<String> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
        let (head, rest) = bytes.split_at(end + 4);
        let head = String::from_utf8_lossy(head);
        let field = |name| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let len = field("content-length").map_or(0, |len| len.parse().expect("a length"));
        let (body, rest) = rest.split_at(len);
        if field("x-path") == Some("/smuggled") {
            answers.push("next".to_owned());
            assert_eq!(rest, b"", "it asks for the end of the connection");
            return answers;
        }
        let status = head.split(' ').nth(1).expect("a status");
        answers.push(format!("{status} {}", body.escape_ascii()).trim_end().to_owned());
        bytes = rest;
    }
    answers.push("closed".to_owned());
    answers
}

/// The same steps with the bytes in pieces, each of them on a way of its own.
fn in_pieces(steps: &[Step]) -> Vec<Step> {
    let mut pieces = Vec::new();
    for step in steps {
        match step {
            Step::PauseMs(ms) => pieces.push(Step::PauseMs(*ms)),
            Step::Send(bytes) => {
                for piece in bytes.chunks(bytes.len().div_ceil(PIECES)) {
                    pieces.extend([Step::Send(piece.to_vec()), Step::PauseMs(1)]);
                }
            }
        }
    }
    pieces
}

#[test]
fn abuse_comes_to_what_is_expected_and_to_nothing_else() {
    let entries = entries(include_str!("abuse.txt"));
    let wrong = play(|client| async move {
        let mut wrong = Vec::new();
        for Abuse { name, mut steps, expected } in entries {
            steps.push(Step::Send(SMUGGLED.to_vec()));
            for (way, steps) in [("in pieces", in_pieces(&steps)), ("at once", steps)] {
                let found = client.play(&steps).await;
                if !expected.split(" | ").any(|expected| expected == found) {
                    wrong.push(format!("{name}, {way}: expected {expected}, found {found}"));
                }
                let canary = client.play(&[Step::Send(CANARY.to_vec())]).await;
                if canary != "200; closed" {
                    wrong.push(format!("{name}, {way}: after it others get {canary}"));
                }
            }
        }
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
