//! A body that is compressed on its way to the client. Knows no heads.
//!
//! What has come is compressed when the server asks for it, so that a client that reads slowly is waited for; when no more has
//! come yet, all that has goes out. One frame of the body and what is made of it are kept, besides the window of the coder.

use std::{
    io::Write,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use http_body::{Body, Frame};
use nojit_shims::http::{ErrorCode, OutgoingHttpBody};

use super::codings::Coding;

/// Bytes that are compressed before others have their turn.
const PIECE_BYTES: usize = 64 << 10;

/// A body, compressed. `K` is kept as long as it is there.
pub(super) struct Compressed<K> {
    body: OutgoingHttpBody,
    coding: Coding,
    level: Compression,
    /// Made when it is needed: its window is large, and of the answer to HEAD nothing is sent.
    coder: Option<Coder>,
    /// What has come and is not compressed yet.
    input: Bytes,
    /// Bytes that were compressed since others had their turn.
    worked: usize,
    /// The coder keeps some of what it was given.
    is_dirty: bool,
    stage: Stage,
    _kept: K,
}

enum Stage {
    Coming,
    /// All has come. What there is behind the last bytes: trailers, or why the body is not whole.
    Over(Option<Result<Frame<Bytes>, ErrorCode>>),
}

impl<K> Compressed<K> {
    pub(super) fn new(body: OutgoingHttpBody, coding: Coding, level: Compression, kept: K) -> Self {
        Compressed {
            body,
            coding,
            level,
            coder: None,
            input: Bytes::new(),
            worked: 0,
            is_dirty: false,
            stage: Stage::Coming,
            _kept: kept,
        }
    }

    fn coder(&mut self) -> &mut Coder {
        self.coder.get_or_insert_with(|| Coder::new(self.coding, self.level))
    }

    /// Compresses what has come, up to the end of this turn.
    fn work(&mut self) {
        let piece = self.input.split_to(self.input.len().min(PIECE_BYTES - self.worked));
        self.worked += piece.len();
        self.is_dirty = true;
        let _written = self.coder().writer().write_all(&piece);
    }

    /// All that has been made of what has come.
    fn flushed(&mut self) -> Bytes {
        if !std::mem::take(&mut self.is_dirty) {
            return Bytes::new();
        }
        let _written = self.coder().writer().flush();
        self.coder().take()
    }

    /// Goes on to the end; what there is before it.
    fn end(&mut self, last: Option<Result<Frame<Bytes>, ErrorCode>>) -> Bytes {
        let is_whole = !matches!(last, Some(Err(_)));
        self.stage = Stage::Over(last);
        if !is_whole {
            return self.flushed();
        }
        self.coder().finish();
        self.coder().take()
    }
}

impl<K: Send + Unpin> Body for Compressed<K> {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let this = &mut *self;
        loop {
            let bytes = match &mut this.stage {
                _ if this.worked == PIECE_BYTES => {
                    let bytes = this.coder().take();
                    if bytes.is_empty() {
                        this.worked = 0;
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    bytes
                }
                _ if !this.input.is_empty() => {
                    this.work();
                    continue;
                }
                Stage::Over(last) => return Poll::Ready(last.take()),
                Stage::Coming => match Pin::new(&mut this.body).poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(bytes) => {
                            this.input = bytes;
                            continue;
                        }
                        Err(trailers) => this.end(Some(Ok(trailers))),
                    },
                    Poll::Ready(Some(Err(error))) => this.end(Some(Err(error))),
                    Poll::Ready(None) => this.end(None),
                    Poll::Pending => match this.flushed() {
                        bytes if bytes.is_empty() => {
                            this.worked = 0;
                            return Poll::Pending;
                        }
                        bytes => bytes,
                    },
                },
            };
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }
}

/// What compresses. It writes to memory, which does not fail.
enum Coder {
    Gzip(GzEncoder<Vec<u8>>),
    Deflate(ZlibEncoder<Vec<u8>>),
}

impl Coder {
    fn new(coding: Coding, level: Compression) -> Coder {
        match coding {
            Coding::Gzip => Coder::Gzip(GzEncoder::new(Vec::new(), level)),
            Coding::Deflate => Coder::Deflate(ZlibEncoder::new(Vec::new(), level)),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Coder::Gzip(encoder) => encoder,
            Coder::Deflate(encoder) => encoder,
        }
    }

    fn finish(&mut self) {
        let _whole = match self {
            Coder::Gzip(encoder) => encoder.try_finish(),
            Coder::Deflate(encoder) => encoder.try_finish(),
        };
    }

    /// What it has made since this was last asked.
    fn take(&mut self) -> Bytes {
        let made = match self {
            Coder::Gzip(encoder) => encoder.get_mut(),
            Coder::Deflate(encoder) => encoder.get_mut(),
        };
        std::mem::take(made).into()
    }
}
