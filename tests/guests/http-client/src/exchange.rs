//! One request and its response, both bodies at the same time.

use core::fmt;

use wasip2::alloc::string::{String, ToString};
use wasip2::alloc::vec::Vec;
use wasip2::line;
use wasip2::wasi::io::poll::poll;
use wasip2::wasi::io::streams::{InputStream, OutputStream, StreamError};
use wasip2_http::outgoing_handler::handle;
use wasip2_http::types::{Fields, FutureIncomingResponse, IncomingBody, OutgoingBody, OutgoingRequest, RequestOptions};
use wasip2_http::{error_name, stream_error_name};

/// The most that is kept of a response.
const START_LEN_BYTES: usize = 65_536;

/// Length and 64-bit FNV-1a hash.
#[derive(Clone, Copy)]
pub struct Sum {
    len: u64,
    hash: u64,
}

/// A body that is being sent. The stream is a child of the body: it is dropped before it.
pub struct Upload {
    output: OutputStream,
    body: OutgoingBody,
    trailers: Option<Fields>,
    left: u64,
    sum: Sum,
}

/// A body that is being received.
struct Download {
    input: InputStream,
    body: IncomingBody,
}

pub struct Answer {
    /// The body that was sent, if there was one and it was sent to its end.
    pub sent: Option<Sum>,
    pub received: Sum,
    /// The beginning of the body.
    pub start: Vec<u8>,
    pub trailers: Option<Vec<(String, Vec<u8>)>>,
}

/// Sends a request; prints `status N` when the response comes, and reads it to its end. An error is a name.
pub fn run(
    request: OutgoingRequest,
    options: Option<RequestOptions>,
    mut upload: Option<Upload>,
) -> Result<Answer, String> {
    let future = handle(request, options).map_err(|error| error_name(&error))?;
    let mut download: Option<Download> = None;
    let mut answer = Answer { sent: None, received: Sum::EMPTY, start: Vec::new(), trailers: None };
    loop {
        if let Some(done) = upload.take_if(|upload| upload.left == 0) {
            answer.sent = Some(done.sum);
            done.finish()?;
        }
        let incoming = download.as_ref().map_or_else(|| future.subscribe(), |download| download.input.subscribe());
        let outgoing = upload.as_ref().map(|upload| upload.output.subscribe());
        let ready = match &outgoing {
            Some(outgoing) => poll(&[&incoming, outgoing]),
            None => poll(&[&incoming]),
        };
        drop((incoming, outgoing));
        if ready.contains(&1) && upload.as_mut().is_some_and(|upload| upload.step().is_err()) {
            // Nobody wants the rest: what the response says counts.
            upload = None;
        }
        if !ready.contains(&0) {
            continue;
        }
        match &download {
            None => download = Some(Download::begin(&future)?),
            Some(open) => match open.input.read(u64::MAX) {
                Ok(bytes) => answer.take(&bytes),
                Err(StreamError::Closed) => break,
                Err(error) => return Err(stream_error_name(&error)),
            },
        }
    }
    if let Some(download) = download {
        answer.trailers = download.finish()?;
    }
    Ok(answer)
}

impl Answer {
    fn take(&mut self, bytes: &[u8]) {
        self.received.add(bytes);
        let room = START_LEN_BYTES - self.start.len();
        self.start.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl Upload {
    /// `len` bytes, of a text that no power of two divides.
    pub fn new(request: &OutgoingRequest, len: u64, trailers: Option<Fields>) -> Option<Self> {
        let body = request.body().ok()?;
        let output = body.write().ok()?;
        Some(Upload { output, body, trailers, left: len, sum: Sum::EMPTY })
    }

    /// Sends what may be sent now.
    fn step(&mut self) -> Result<(), StreamError> {
        let len = self.output.check_write()?.min(self.left);
        let bytes: Vec<u8> = (self.sum.len..self.sum.len + len).map(|at| (at % 251) as u8).collect();
        self.output.write(&bytes)?;
        self.sum.add(&bytes);
        self.left -= len;
        Ok(())
    }

    fn finish(self) -> Result<(), String> {
        let Upload { output, body, trailers, .. } = self;
        drop(output);
        OutgoingBody::finish(body, trailers).map_err(|error| error_name(&error))
    }
}

impl Download {
    fn begin(future: &FutureIncomingResponse) -> Result<Self, String> {
        let response = match future.get() {
            Some(Ok(Ok(response))) => response,
            Some(Ok(Err(error))) => return Err(error_name(&error)),
            Some(Err(())) => return Err("no second response".to_string()),
            None => return Err("no response, though it is ready".to_string()),
        };
        line!("status {}", response.status());
        let body = response.consume().map_err(|()| "no body".to_string())?;
        let input = body.stream().map_err(|()| "no stream".to_string())?;
        Ok(Download { input, body })
    }

    fn finish(self) -> Result<Option<Vec<(String, Vec<u8>)>>, String> {
        let Download { input, body } = self;
        drop(input);
        let future = IncomingBody::finish(body);
        future.subscribe().block();
        let trailers = match future.get() {
            Some(Ok(Ok(trailers))) => trailers,
            Some(Ok(Err(error))) => return Err(error_name(&error)),
            _ => return Err("no trailers, though they are ready".to_string()),
        };
        Ok(trailers.map(|trailers| trailers.entries()))
    }
}

impl Sum {
    const EMPTY: Sum = Sum { len: 0, hash: 0xcbf2_9ce4_8422_2325 };

    fn add(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        self.hash = bytes.iter().fold(self.hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, checksum {:016x}", self.len, self.hash)
    }
}
