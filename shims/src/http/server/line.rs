//! The socket of a connection as hyper or TLS reads and writes it, which gives up on clients that take too long.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_lite::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::{
    host::{Clock, Sleep, TcpSocket},
    io::waiters::SharedWaiters,
    sockets::{ErrorCode, ShutdownType},
};

/// How long a client that is still sending may read its answer before the connection ends.
const LINGER: Duration = Duration::from_secs(5);

/// Bytes that are thrown away at once meanwhile.
const LINGER_BYTES: usize = 64 << 10;

/// Whether a request still comes or is being answered. Then the client need not hurry.
#[derive(Clone)]
pub(super) struct Busy(Arc<State>);

struct State {
    clock: Arc<dyn Clock>,
    /// Bodies of requests that come, and responses that are not over.
    working: AtomicUsize,
    /// How often it became busy.
    begun: AtomicUsize,
    /// Since when it is not, in nanoseconds.
    rests_since: AtomicU64,
    /// The rest of the last request's body is not read.
    leaves_body: AtomicBool,
    /// Who reads meanwhile, and begins to count the time when it is over.
    readers: SharedWaiters,
}

impl Busy {
    /// Not busy, from now on.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Busy {
        let rests_since = AtomicU64::new(nanoseconds(clock.now()));
        let (working, begun, leaves_body) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        Busy(Arc::new(State { clock, working, begun, rests_since, leaves_body, readers: SharedWaiters::default() }))
    }

    /// It is busy until this is dropped.
    pub(super) fn begin(&self) -> Working {
        self.0.working.fetch_add(1, Ordering::Relaxed);
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.leaves_body.store(false, Ordering::Relaxed);
        Working(self.clone())
    }

    fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Relaxed)
    }

    fn get(&self) -> bool {
        self.0.working.load(Ordering::Acquire) > 0
    }

    fn rests_since(&self) -> Duration {
        Duration::from_nanos(self.0.rests_since.load(Ordering::Relaxed))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    // 584 years are enough for a connection.
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What keeps a connection busy.
pub(super) struct Working(Busy);

impl Working {
    /// The rest of the body that this stands for is not read.
    pub(super) fn leave_body(&self) {
        self.0.0.leaves_body.store(true, Ordering::Relaxed);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let Busy(state) = &self.0;
        state.rests_since.fetch_max(nanoseconds(state.clock.now()), Ordering::Relaxed);
        if state.working.fetch_sub(1, Ordering::AcqRel) == 1 {
            state.readers.wake_all();
        }
    }
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) idle: Duration,
    pub(super) header_read: Duration,
    pub(super) write: Duration,
}

/// A connection.
pub(super) struct Line {
    socket: Arc<dyn TcpSocket>,
    clock: Arc<dyn Clock>,
    busy: Busy,
    patience: Patience,
    /// Wakes at the time or before it at which the next request has to have begun, or its head to be complete.
    reading: Option<(Duration, Sleep)>,
    /// Until when the head of a request that has begun has to be complete.
    head_until: Option<Duration>,
    /// How often the connection was busy before that.
    begun: usize,
    /// Until when the client has to take something.
    writing: Option<Sleep>,
    /// Until when it may still send, after all was said.
    lingering: Option<Sleep>,
}

impl Line {
    pub(super) fn new(socket: Arc<dyn TcpSocket>, clock: Arc<dyn Clock>, busy: Busy, patience: Patience) -> Self {
        let begun = busy.begun();
        Line { socket, clock, busy, patience, reading: None, head_until: None, begun, writing: None, lingering: None }
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.clock.sleep_until(self.clock.now().saturating_add(duration))
    }

    /// A request that has begun, be it over already, is no head any more.
    fn forget_head(&mut self) {
        let begun = self.busy.begun();
        if begun != self.begun || self.busy.get() {
            (self.head_until, self.begun) = (None, begun);
        }
    }

    /// Ready when the client has taken too long to send the head of a request.
    ///
    /// hyper does not read again after a request that was over before it looked for more. So a time that has changed is found
    /// when the old one is over.
    fn poll_too_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.forget_head();
        if self.busy.get() {
            self.busy.0.readers.add(cx.waker());
            // A guest may drop a body meanwhile, and has woken nobody then.
            if self.busy.get() {
                return Poll::Pending;
            }
        }
        let idle_until = || self.busy.rests_since().saturating_add(self.patience.idle);
        let until = self.head_until.unwrap_or_else(idle_until);
        loop {
            let kept = self.reading.take().filter(|(at, _)| *at <= until);
            let (at, mut sleep) = kept.unwrap_or_else(|| (until, self.clock.sleep_until(until)));
            if sleep.as_mut().poll(cx).is_pending() {
                self.reading = Some((at, sleep));
                return Poll::Pending;
            }
            if at == until {
                return Poll::Ready(());
            }
        }
    }

    /// Bytes have come.
    fn heard(&mut self) {
        self.forget_head();
        if !self.busy.get() && self.head_until.is_none() {
            self.head_until = Some(self.clock.now().saturating_add(self.patience.header_read));
        }
    }

    /// Up to `room` bytes; none at the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<Vec<u8>>> {
        match self.socket.poll_receive(room, cx) {
            Poll::Ready(Ok(bytes)) => {
                if !bytes.is_empty() {
                    self.heard();
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(code)) => Poll::Ready(Err(failed(code))),
            Poll::Pending => {
                ready!(self.poll_too_late(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// Sends some of `bytes`; how many.
    fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.socket.send(bytes) {
                Ok(len) => {
                    self.writing = None;
                    return Poll::Ready(Ok(len));
                }
                Err(ErrorCode::WouldBlock) if self.socket.poll_writable(cx).is_pending() => {
                    let write = self.patience.write;
                    let mut writing = self.writing.take().unwrap_or_else(|| self.sleep(write));
                    let polled = writing.as_mut().poll(cx);
                    self.writing = Some(writing);
                    ready!(polled);
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Err(ErrorCode::WouldBlock) => {}
                Err(code) => return Poll::Ready(Err(failed(code))),
            }
        }
    }

    /// Sends nothing more. A connection that is gone already is none to complain about.
    ///
    /// One that is closed with bytes that nobody has read is reset, and its client may not come to read the answer. So what
    /// is still sent of a body is thrown away for a while: RFC 9112, section 9.6.
    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut lingering = match self.lingering.take() {
            Some(lingering) => lingering,
            None => {
                let _gone = self.socket.shutdown(ShutdownType::Send);
                self.sleep(LINGER)
            }
        };
        if !self.busy.0.leaves_body.load(Ordering::Relaxed) || lingering.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match self.socket.receive(LINGER_BYTES) {
            Ok(bytes) if bytes.is_empty() => return Poll::Ready(()),
            Err(ErrorCode::WouldBlock) if self.socket.poll_readable(cx).is_pending() => {}
            Ok(_) | Err(ErrorCode::WouldBlock) => cx.waker().wake_by_ref(),
            Err(_) => return Poll::Ready(()),
        }
        self.lingering = Some(lingering);
        Poll::Pending
    }
}

fn failed(code: ErrorCode) -> io::Error {
    match code {
        ErrorCode::Timeout => io::ErrorKind::TimedOut.into(),
        code => io::Error::other(code.name()),
    }
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        if room > 0 {
            buffer.put_slice(&ready!(self.poll_receive(cx, room))?);
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_finish(cx).map(Ok)
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let received = ready!(self.poll_receive(cx, bytes.len()))?;
        bytes.split_at_mut(received.len()).0.copy_from_slice(&received);
        Poll::Ready(Ok(received.len()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_finish(cx).map(Ok)
    }
}
