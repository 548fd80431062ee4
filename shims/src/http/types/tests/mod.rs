//! The rules of `wasi:http/types`, one by one.

mod fields;
mod incoming;
mod outgoing;
mod requests;

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};

use super::fields::{Fields, new as new_fields};
use crate::{
    Handle, Trap, Wasi,
    host::sim::SimWorld,
    http::{ErrorCode, HttpResult, OutgoingHttpBody},
    io::{
        error::Error,
        streams::{self, OutputStream, StreamError, StreamResult},
    },
};

fn wasi() -> Wasi {
    Wasi::builder(SimWorld::new(0).host()).build()
}

/// Fields with these entries.
fn fields(wasi: &mut Wasi, entries: &[(&str, &str)]) -> Handle<Fields> {
    let fields = new_fields(wasi);
    for (name, value) in entries {
        super::fields::append(wasi, fields, name, value.as_bytes().to_vec()).unwrap().unwrap();
    }
    fields
}

/// The sentence of a trap.
#[track_caller]
fn sentence<V: std::fmt::Debug>(result: Result<V, Trap>) -> String {
    result.expect_err("it traps").to_string()
}

/// Writes as a guest does that asks how much it may.
fn write(wasi: &mut Wasi, stream: Handle<OutputStream>, bytes: &[u8]) -> StreamResult<()> {
    streams::check_write(wasi, stream).unwrap()?;
    streams::write(wasi, stream, bytes).unwrap()
}

/// The code of a failed write.
#[track_caller]
fn code(wasi: &Wasi, written: StreamResult<()>) -> Option<ErrorCode> {
    match written {
        Err(StreamError::LastOperationFailed(error)) => super::http_error_code(wasi, error).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Counts how often it was woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn waker(self: &Arc<Self>) -> Waker {
        self.clone().into()
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A frame in the words of the tests.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Data(&'static str),
    Trailers(HeaderMap),
    Error(ErrorCode),
}

/// A body of frames that a test gives it one by one.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Frames>>);

/// Frames that were not read yet, none for the end, and who waits for more.
#[derive(Default)]
struct Frames {
    pieces: VecDeque<Option<Piece>>,
    reader: Option<Waker>,
}

impl Script {
    /// All frames, and the end.
    fn whole(pieces: impl IntoIterator<Item = Piece>) -> Script {
        let script = Script::default();
        pieces.into_iter().for_each(|piece| script.push(Some(piece)));
        script.push(None);
        script
    }

    /// The next frame, or the end.
    fn push(&self, piece: Option<Piece>) {
        let mut state = self.0.lock().unwrap();
        state.pieces.push_back(piece);
        let waker = state.reader.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let mut state = self.0.lock().unwrap();
        match state.pieces.pop_front() {
            Some(Some(Piece::Data(text))) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes()))))),
            Some(Some(Piece::Trailers(trailers))) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Some(Some(Piece::Error(error))) => Poll::Ready(Some(Err(error))),
            Some(None) => Poll::Ready(None),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// What the host sees of a body now.
fn next(body: &mut OutgoingHttpBody) -> Poll<Option<HttpResult<Frame<Bytes>>>> {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()))
}

/// The data of the next frame, which is there.
#[track_caller]
fn data(body: &mut OutgoingHttpBody) -> Bytes {
    match next(body) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().expect("it is data"),
        other => panic!("{other:?}"),
    }
}

/// Trailers of one field.
fn trailers(name: &'static str, value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static(name), http::HeaderValue::from_static(value))])
}

#[test]
fn errors_of_other_interfaces_have_no_code() {
    let mut wasi = wasi();
    for (error, expected) in [
        (Error::new("just so"), None),
        (crate::filesystem::ErrorCode::Io.into(), None),
        (ErrorCode::LoopDetected.into(), Some(ErrorCode::LoopDetected)),
    ] {
        let error = wasi.push(error);
        assert_eq!(super::http_error_code(&wasi, error).unwrap(), expected);
    }
}
