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

/// Bytes that are compressed before others have their turn: about a millisecond's work at the default level.
const PIECE_BYTES: usize = 16 << 10;

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

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        io::Read,
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Wake, Waker},
    };

    use ::http::HeaderMap;
    use flate2::read::{GzDecoder, ZlibDecoder};

    use super::*;

    /// What a body gives when it is asked: bytes, nothing yet, trailers, or an error.
    enum Step {
        Bytes(Vec<u8>),
        Wait,
        Trailers,
        Break,
    }

    use Step::{Break, Trailers, Wait};

    /// A body that does what it is told, and how many bytes were taken of it.
    struct Script(VecDeque<Step>, Arc<AtomicUsize>);

    impl Body for Script {
        type Data = Bytes;
        type Error = ErrorCode;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
            Poll::Ready(Some(match self.0.pop_front() {
                None => return Poll::Ready(None),
                Some(Wait) => return Poll::Pending,
                Some(Step::Bytes(bytes)) => {
                    self.1.fetch_add(bytes.len(), Ordering::Relaxed);
                    Ok(Frame::data(bytes.into()))
                }
                Some(Trailers) => Ok(Frame::trailers(HeaderMap::new())),
                Some(Break) => Err(ErrorCode::ConnectionTerminated),
            }))
        }
    }

    fn bytes(text: &str) -> Step {
        Step::Bytes(text.as_bytes().to_vec())
    }

    fn compressed(coding: Coding, level: Compression, steps: impl IntoIterator<Item = Step>) -> Reader {
        let (script, taken) = (steps.into_iter().collect(), Arc::new(AtomicUsize::new(0)));
        let body = OutgoingHttpBody::made(Script(script, taken.clone()));
        Reader { body: Compressed::new(body, coding, level, ()), taken, wakes: Arc::default() }
    }

    /// Asks for frames.
    struct Reader {
        body: Compressed<()>,
        taken: Arc<AtomicUsize>,
        wakes: Arc<Wakes>,
    }

    #[derive(Default)]
    struct Wakes(Mutex<usize>);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            *self.0.lock().expect("nobody panics with it") += 1;
        }
    }

    impl Reader {
        /// The next bytes, or what there is in their place.
        fn next(&mut self) -> Result<Bytes, &'static str> {
            let waker = Waker::from(self.wakes.clone());
            match Pin::new(&mut self.body).poll_frame(&mut Context::from_waker(&waker)) {
                Poll::Pending => Err("wait"),
                Poll::Ready(None) => Err("end"),
                Poll::Ready(Some(Err(_))) => Err("error"),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => {
                        assert!(!bytes.is_empty());
                        Ok(bytes)
                    }
                    Err(_) => Err("trailers"),
                },
            }
        }

        /// All bytes up to something else that is not to wait for one's turn.
        fn until(&mut self, end: &str) -> Vec<u8> {
            let mut all = Vec::new();
            loop {
                match self.next() {
                    Ok(bytes) => all.extend(bytes),
                    Err(found) if found == end => return all,
                    Err(found) => assert_eq!(found, "wait"),
                }
            }
        }
    }

    /// What a stream holds, and whether it is whole.
    fn decoded(coding: Coding, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut text = Vec::new();
        let read = match coding {
            Coding::Gzip => GzDecoder::new(bytes).read_to_end(&mut text),
            Coding::Deflate => ZlibDecoder::new(bytes).read_to_end(&mut text),
        };
        (text, read.is_ok())
    }

    /// Bytes of which each is a little like those before it.
    fn noise(len: usize) -> Vec<u8> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        std::iter::successors(Some(1u32), next).take(len).map(|state| (state >> 28) as u8).collect()
    }

    #[test]
    fn bodies_come_whole_however_they_are_cut() {
        for coding in [Coding::Gzip, Coding::Deflate] {
            for level in [Compression::fast(), Compression::default(), Compression::best()] {
                for cut in [1, 1000, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, usize::MAX] {
                    let text = noise(if cut == 1 { 5000 } else { 200_000 });
                    let pieces = text.chunks(cut.min(text.len())).map(|piece| Step::Bytes(piece.to_vec()));
                    let all = compressed(coding, level, pieces).until("end");
                    assert!(decoded(coding, &all) == (text.clone(), true), "{coding:?} {level:?} {cut}");
                    assert!(all.len() < text.len() * 3 / 4, "{} of {}", all.len(), text.len());
                }
            }
        }
        let empty = compressed(Coding::Gzip, Compression::default(), []).until("end");
        assert_eq!(decoded(Coding::Gzip, &empty), (Vec::new(), true));
    }

    #[test]
    fn what_has_come_goes_out_before_more_is_waited_for() {
        for coding in [Coding::Gzip, Coding::Deflate] {
            // Who is given something asks again, and waits then.
            let [hello, world] = [[bytes("hello"), Wait, Wait, Wait], [bytes(", "), bytes("world"), Wait, Wait]];
            let steps = [Wait].into_iter().chain(hello).chain(world).chain([bytes("!")]);
            let mut reader = compressed(coding, Compression::default(), steps);
            let mut all = Vec::new();
            for expected in ["", "hello", "hello", "hello, world"] {
                all.extend(reader.until("wait"));
                let text = if all.is_empty() { Vec::new() } else { decoded(coding, &all).0 };
                assert_eq!(String::from_utf8_lossy(&text), expected);
            }
            all.extend(reader.until("end"));
            assert_eq!(decoded(coding, &all), (b"hello, world!".to_vec(), true));
        }
    }

    #[test]
    fn trailers_come_behind_the_last_byte() {
        let mut reader = compressed(Coding::Gzip, Compression::default(), [bytes("hello"), Wait, Wait, Trailers]);
        let all = [reader.until("wait"), reader.until("trailers")].concat();
        assert_eq!(decoded(Coding::Gzip, &all), (b"hello".to_vec(), true));
        assert_eq!(reader.next(), Err("end"));
    }

    #[test]
    fn a_body_that_breaks_has_its_beginning_and_no_good_end() {
        let mut reader = compressed(Coding::Gzip, Compression::default(), [bytes("hello"), Break]);
        assert_eq!(decoded(Coding::Gzip, &reader.until("error")), (b"hello".to_vec(), false));
        assert_eq!(reader.next(), Err("end"));
    }

    #[test]
    fn others_have_their_turn_between_two_pieces() {
        let pieces = 10;
        // Of zeros hardly anything comes out.
        for text in [noise(pieces * PIECE_BYTES), vec![0; pieces * PIECE_BYTES]] {
            for cut in [text.len(), PIECE_BYTES, 1000] {
                let steps = text.chunks(cut).map(|piece| Step::Bytes(piece.to_vec()));
                let mut reader = compressed(Coding::Gzip, Compression::fast(), steps);
                let mut turns = Vec::new();
                loop {
                    match reader.next() {
                        Ok(_) => {}
                        Err("wait") => turns.push(reader.taken.load(Ordering::Relaxed)),
                        Err(end) => {
                            assert_eq!(end, "end");
                            break;
                        }
                    }
                    let taken = reader.taken.load(Ordering::Relaxed);
                    assert!(cut == text.len() || taken <= (turns.len() + 1) * PIECE_BYTES + cut, "{turns:?} {taken}");
                }
                assert_eq!(turns.len(), pieces);
                assert_eq!(*reader.wakes.0.lock().expect("nobody panics with it"), pieces, "it wakes itself");
            }
        }
    }
}
