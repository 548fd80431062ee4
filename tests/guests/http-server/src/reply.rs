//! Answers, from their head to the end of their body.

use wasip2::wasi::io::streams::OutputStream;
use wasip2_http::types::{Fields, OutgoingBody, OutgoingResponse, ResponseOutparam};

/// The most that `blocking-write-and-flush` takes.
const BLOCK_LEN_BYTES: usize = 4096;

/// An answer whose head is out. The stream is a child of the body: it is dropped before it.
pub struct Reply {
    pub output: OutputStream,
    pub body: OutgoingBody,
}

impl Reply {
    /// Sends the head.
    pub fn begin(out: ResponseOutparam, status: u16, headers: Fields) -> Option<Self> {
        let response = OutgoingResponse::new(headers);
        response.set_status_code(status).ok()?;
        let body = response.body().ok()?;
        ResponseOutparam::set(out, Ok(response));
        let output = body.write().ok()?;
        Some(Reply { output, body })
    }

    /// Waits until all is written.
    pub fn write(&self, bytes: &[u8]) -> Option<()> {
        bytes.chunks(BLOCK_LEN_BYTES).try_for_each(|block| self.output.blocking_write_and_flush(block)).ok()
    }

    pub fn end(self, trailers: Option<Fields>) -> Option<()> {
        self.finish(trailers).ok()
    }

    pub fn finish(self, trailers: Option<Fields>) -> Result<(), wasip2_http::types::ErrorCode> {
        let Reply { output, body } = self;
        drop(output);
        OutgoingBody::finish(body, trailers)
    }
}

/// An answer of a short text.
pub fn text(out: ResponseOutparam, status: u16, text: &str) -> Option<()> {
    let headers = Fields::new();
    headers.set("content-type", &[b"text/plain".to_vec()]).ok()?;
    let reply = Reply::begin(out, status, headers)?;
    reply.write(text.as_bytes())?;
    reply.end(None)
}
