//! The socket of a connection as hyper or TLS reads and writes it, which gives up on clients that take too long.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
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

/// Whether a request still comes or is being answered. Then the client need not hurry.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Bodies of requests that come, and responses that are not over.
    working: AtomicUsize,
    /// It was busy since the connection last asked. An answer that nothing waits for is over before anybody reads again.
    has_worked: AtomicBool,
    /// Who reads meanwhile, and begins to count the time when it is over.
    readers: SharedWaiters,
}

impl Busy {
    /// It is busy until this is dropped.
    pub(super) fn begin(&self) -> Working {
        self.0.working.fetch_add(1, Ordering::Relaxed);
        self.0.has_worked.store(true, Ordering::Relaxed);
        Working(self.clone())
    }

    /// Whether it was busy since this was last asked.
    fn take_has_worked(&self) -> bool {
        self.0.has_worked.swap(false, Ordering::Relaxed)
    }

    fn get(&self) -> bool {
        self.0.working.load(Ordering::Relaxed) > 0
    }
}

/// What keeps a connection busy.
#[derive(Debug)]
pub(super) struct Working(Busy);

impl Drop for Working {
    fn drop(&mut self) {
        let Busy(state) = &self.0;
        if state.working.fetch_sub(1, Ordering::Relaxed) == 1 {
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
    /// Until when the next request has to begin, or its head has to be complete.
    reading: Option<Duration>,
    reading_alarm: Alarm,
    /// The head of a request has begun.
    is_in_head: bool,
    /// Until when the client has to take something.
    writing: Option<Duration>,
    writing_alarm: Alarm,
}

/// Wakes whoever waits until a moment that is put off again and again. Timers are dear and moments are not: one timer serves
/// until it is over, and is made anew only if the moment has moved on by then.
#[derive(Default)]
struct Alarm(Option<(Duration, Sleep)>);

impl Alarm {
    /// Ready at `until`, which may be another moment at each call.
    fn poll(&mut self, clock: &dyn Clock, until: Duration, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (at, sleep) = match &mut self.0 {
                Some((at, sleep)) if *at <= until => (*at, sleep),
                other => {
                    let (at, sleep) = other.insert((until, clock.sleep_until(until)));
                    (*at, sleep)
                }
            };
            ready!(sleep.as_mut().poll(cx));
            self.0 = None;
            if at == until {
                return Poll::Ready(());
            }
        }
    }
}

impl Line {
    pub(super) fn new(socket: Arc<dyn TcpSocket>, clock: Arc<dyn Clock>, busy: Busy, patience: Patience) -> Self {
        Line {
            socket,
            clock,
            busy,
            patience,
            reading: None,
            reading_alarm: Alarm::default(),
            is_in_head: false,
            writing: None,
            writing_alarm: Alarm::default(),
        }
    }

    /// So long from now.
    fn moment(&self, duration: Duration) -> Duration {
        self.clock.now().saturating_add(duration)
    }

    /// The time for a head is over when it has become a request. One that is over as well before this is asked was answered at
    /// once: the connection is idle since the head began.
    fn forget_head(&mut self) {
        if self.busy.take_has_worked() {
            let Patience { idle, header_read, .. } = self.patience;
            let began = self.reading.filter(|_| self.is_in_head).map(|until| until.saturating_sub(header_read));
            (self.reading, self.is_in_head) = (began.map(|began| began.saturating_add(idle)), false);
        }
    }

    /// Ready when the client has taken too long to send the head of a request.
    fn poll_too_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.forget_head();
        if self.busy.get() {
            self.reading = None;
            self.busy.0.readers.add(cx.waker());
            // A guest may drop a body meanwhile, and has woken nobody then.
            if self.busy.get() {
                return Poll::Pending;
            }
        }
        let until = self.reading.unwrap_or_else(|| self.moment(self.patience.idle));
        self.reading = Some(until);
        self.reading_alarm.poll(&*self.clock, until, cx)
    }

    /// Bytes have come.
    fn heard(&mut self) {
        self.forget_head();
        if !self.busy.get() && !self.is_in_head {
            self.is_in_head = true;
            self.reading = Some(self.moment(self.patience.header_read));
        }
    }

    /// Up to `room` bytes; none at the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<Vec<u8>>> {
        loop {
            match self.socket.receive(room) {
                Ok(bytes) => {
                    if !bytes.is_empty() {
                        self.heard();
                    }
                    return Poll::Ready(Ok(bytes));
                }
                Err(ErrorCode::WouldBlock) if self.socket.poll_readable(cx).is_pending() => {
                    ready!(self.poll_too_late(cx));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Err(ErrorCode::WouldBlock) => {}
                Err(code) => return Poll::Ready(Err(failed(code))),
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
                    let until = self.writing.unwrap_or_else(|| self.moment(self.patience.write));
                    self.writing = Some(until);
                    ready!(self.writing_alarm.poll(&*self.clock, until, cx));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Err(ErrorCode::WouldBlock) => {}
                Err(code) => return Poll::Ready(Err(failed(code))),
            }
        }
    }

    /// Sends nothing more. A connection that is gone already is none to complain about.
    fn finish(&self) {
        let _gone = self.socket.shutdown(ShutdownType::Send);
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

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
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

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
    }
}
