//! The built binary as a server: it says where it listens, answers, and ends when it is asked to.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the test runs the binary and is its client")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

/// The binary, as long as it runs.
struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Running {
    fn new(args: &[&str]) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nojit"))
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let log = BufReader::new(child.stderr.take().expect("it is piped"));
        Running { child, log }
    }

    /// The next line of the log that has `word`.
    fn line(&mut self, word: &str) -> String {
        let mut line = String::new();
        while self.log.read_line(&mut line).expect("it is text") > 0 {
            if line.contains(word) {
                return line;
            }
            line.clear();
        }
        format!("the log has no {word}")
    }

    /// Asks it to end; its exit code, and what it still logs.
    fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("there is a command kill");
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).expect("it is text");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, if all went well.
        let _gone = self.child.kill();
    }
}

/// The answer to a request, status and body.
fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let (head, body) = text.split_once("\r\n\r\n").expect("there is a head");
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

/// The address in a text with `http://ADDRESS`.
fn address(line: &str) -> String {
    let (_, rest) = line.split_once("http://").expect("the line has an address");
    rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect()
}

const APP: &str = "\
namespace: a
entries:
- {name: web, kind: http.service, addr: 127.0.0.1:0}
- {name: answer, kind: function.wat, method: answer, transport: wasi-http,
   source: '(module (func (export \"answer\") (result i32) (i32.const 42)))'}
- {name: trap, kind: function.wat, method: trap, transport: wasi-http, source: '(module (func (export \"trap\") unreachable))'}
- {name: get, kind: http.endpoint, method: GET, path: /answer, func: answer}
- {name: get_trap, kind: http.endpoint, method: GET, path: /trap, func: trap}
";

#[test]
fn an_app_serves_until_it_is_asked_to_stop() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serving-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder for tests is writable");
    fs::write(folder.join("_index.yaml"), APP).expect("the folder is writable");
    let app = folder.to_str().expect("the path is text");
    let mut running = Running::new(&["run", "--app", app, "--log-format", "json"]);
    let address = address(&running.line("listening"));
    assert_eq!(get(&address, "/answer"), ("HTTP/1.1 200 OK".to_owned(), "42".to_owned()));
    let (status, body) = get(&address, "/trap");
    assert_eq!(status, "HTTP/1.1 500 Internal Server Error");
    let call = body.strip_prefix("internal error ").expect("it has the ID of the call");
    let failed = running.line("failed");
    assert!(failed.contains(&format!("\"call\":\"{call}\"")) && failed.contains("unreachable executed"), "{failed}");
    let (code, rest) = running.stop();
    assert_eq!(code, Some(0));
    assert!(rest.contains("\"event\":\"stopping\""), "{rest}");
    fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn a_component_answers_in_instances_of_its_own_or_in_one() {
    for reuse in ["1", "2"] {
        let guest = "tests/guests/hello/hello.wasm";
        let mut running = Running::new(&["serve", "--addr", "127.0.0.1:0", "--reuse", reuse, guest]);
        let address = address(&running.line("listening"));
        for _ in 0..5 {
            let (status, body) = get(&address, "/any");
            assert_eq!(status, "HTTP/1.1 200 OK", "--reuse {reuse}");
            // In a chunk, as the guest does not say how long it is.
            assert_eq!(body, "6\r\nhello\n\r\n0\r\n\r\n", "--reuse {reuse}");
        }
        assert_eq!(running.stop().0, Some(0));
    }
}

#[test]
fn a_component_serves_until_it_is_asked_to_stop() {
    let mut running = Running::new(&["serve", "--addr", "127.0.0.1:0", "tests/guests/http-server/http-server.wasm"]);
    let address = address(&running.line("listening"));
    assert_eq!(get(&address, "/status/404").0, "HTTP/1.1 404 Not Found");
    assert_eq!(running.stop().0, Some(0));
}
