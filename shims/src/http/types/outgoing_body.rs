//! The resource `outgoing-body`.

use super::fields::Fields;
use crate::{
    Handle, Trap, Wasi,
    held::Account,
    http::{
        HttpResult, OutgoingHttpBody,
        body::{BODY_BUFFER_BYTES, BodyWriter, Side, outgoing},
    },
    io::streams::OutputStream,
};

/// The resource `outgoing-body`. Dropping it unfinished aborts the message.
#[derive(Debug)]
pub struct OutgoingBody {
    writer: BodyWriter,
    has_stream: bool,
}

impl OutgoingBody {
    /// The body of a message with these fields, and the end that the host takes.
    ///
    /// # Errors
    ///
    /// If the guest, whose account it is, holds too much already.
    pub(super) fn new(
        side: Side,
        headers: &Fields,
        account: &Account,
    ) -> Result<(OutgoingBody, OutgoingHttpBody), Trap> {
        let held = account.hold(BODY_BUFFER_BYTES)?;
        let (writer, body) = outgoing(side, headers.content_length(), held);
        Ok((OutgoingBody { writer, has_stream: false }, body))
    }
}

/// `outgoing-body.write: func() -> result<output-stream>`
///
/// # Errors
///
/// If there is no such body.
pub fn write(wasi: &mut Wasi, this: Handle<OutgoingBody>) -> Result<Result<Handle<OutputStream>, ()>, Trap> {
    let body = wasi.table.get_mut(this)?;
    if std::mem::replace(&mut body.has_stream, true) {
        return Ok(Err(()));
    }
    let stream = OutputStream::new(body.writer.stream());
    wasi.table.push_child(stream, this).map(Ok)
}

/// `outgoing-body.finish: static func(this: outgoing-body, trailers: option<trailers>) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such body, or its stream lives.
pub fn finish(
    wasi: &mut Wasi,
    this: Handle<OutgoingBody>,
    trailers: Option<Handle<Fields>>,
) -> Result<HttpResult<()>, Trap> {
    let body = wasi.table.remove(this)?;
    let trailers = trailers.map(|trailers| wasi.table.remove(trailers)).transpose()?;
    Ok(body.writer.finish(trailers.map(|trailers| trailers.to_headers())))
}

/// Drops a body, which is aborted.
///
/// # Errors
///
/// If there is no such body, or its stream lives.
pub fn drop_outgoing_body(wasi: &mut Wasi, this: Handle<OutgoingBody>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
