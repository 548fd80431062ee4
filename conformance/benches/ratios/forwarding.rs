//! A large body through a component that forwards it, against a native hyper server that forwards it likewise.
//!
//! Where it comes from and where it goes are in this process, on the core of whoever asks.

#![expect(clippy::disallowed_methods, reason = "a bench is a client and a server")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Instant,
};

use super::{
    pinned::{CLIENT, Pinned},
    row::{Batch, Result, Row, lazily},
    serving::{Servers, Which},
};

/// The length of the body.
const BODY_LEN_BYTES: u64 = 16 << 20;

/// What is written and read at once.
const BLOCK_LEN_BYTES: usize = 64 << 10;

pub(crate) fn rows(servers: &Servers) -> Vec<Row> {
    vec![Row {
        name: "16 MiB through a forwarding component, against native hyper",
        operations: 1,
        ours: forwarded(servers, Which::App),
        theirs: Some(forwarded(servers, Which::Native)),
        bound: None,
    }]
}

fn forwarded(servers: &Servers, which: Which) -> Batch {
    let servers = servers.clone();
    lazily(move || {
        let address = servers.get(which)?;
        let origin = begin_origin()?;
        Ok(Box::new(move |runs| {
            let _pinned = Pinned::to(CLIENT);
            let start = Instant::now();
            for _ in 0..runs {
                download(address, origin)?;
            }
            Ok(start.elapsed())
        }))
    })
}

/// Answers every request with the body, until the process ends.
fn begin_origin() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        let _pinned = Pinned::to(CLIENT);
        for stream in listener.incoming().flatten() {
            thread::spawn(|| {
                // An error: whoever asked has gone.
                let _gone = answer_all(stream);
            });
        }
    });
    Ok(address)
}

fn answer_all(stream: TcpStream) -> std::io::Result<()> {
    let block = vec![b'x'; BLOCK_LEN_BYTES];
    let mut answers = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        // The end of a request's head; it has no body.
        if line == "\r\n" {
            write!(answers, "HTTP/1.1 200 OK\r\nContent-Length: {BODY_LEN_BYTES}\r\n\r\n")?;
            for _ in 0..BODY_LEN_BYTES / BLOCK_LEN_BYTES as u64 {
                answers.write_all(&block)?;
            }
        }
        line.clear();
    }
    Ok(())
}

/// Reads what the server at `address` forwards of `origin`.
fn download(address: SocketAddr, origin: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let request = format!("GET /forward?http://{origin}/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let (mut block, mut received) = (vec![0; BLOCK_LEN_BYTES], 0);
    let mut is_ok = false;
    loop {
        let len = stream.read(&mut block)?;
        if received == 0 {
            is_ok = block.starts_with(b"HTTP/1.1 200 ");
        }
        if len == 0 {
            break;
        }
        received += len as u64;
    }
    // Heads and chunks add a little.
    match is_ok && received > BODY_LEN_BYTES && received < BODY_LEN_BYTES + BODY_LEN_BYTES / 100 {
        true => Ok(()),
        false => Err(format!("a wrong answer of {received} bytes").into()),
    }
}
