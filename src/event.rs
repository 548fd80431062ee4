//! What happens to calls and requests, told to whoever keeps a log or counts. Knows nothing of who runs them.

use core::{fmt, time::Duration};

use nojit_shims::{http::server::Record, sockets::ErrorCode};

use crate::error::Error;

/// Is told of what happens. It must not wait.
pub trait Observer: Send + Sync {
    /// Something has happened.
    fn observe(&self, event: &Event<'_>);
}

/// What happens.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A guest has written a line.
    Line(Line<'a>),
    /// A call is over.
    Call(Call<'a>),
    /// A call has returned a response that is none; the client was told of an internal error.
    BadResponse(BadResponse<'a>),
    /// A request over HTTP is over.
    Request(Request<'a>),
    /// No connection can be accepted for now.
    NotAccepting(NotAccepting<'a>),
}

/// A service that cannot accept connections, most likely because the system gives the process no more sockets. It is tried
/// again all the time, and told at most once a minute.
#[derive(Clone, Copy, Debug)]
pub struct NotAccepting<'a> {
    /// The service: the ID of its entry; empty where there is only one.
    pub service: &'a str,
    /// What the system says.
    pub code: ErrorCode,
}

/// A line that a guest has written to standard output or error.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The function: the ID of its entry.
    pub function: &'a str,
    /// The call in which it was written; none if its instance was made for no call yet.
    pub call: Option<CallId>,
    /// Where it was written.
    pub output: Output,
    /// The line without its end.
    pub text: &'a str,
}

/// Where a guest writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A call that is over.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The function: the ID of its entry.
    pub function: &'a str,
    /// The call.
    pub call: CallId,
    /// How it ended.
    pub end: End<'a>,
    /// How long it waited for its turn.
    pub queued: Duration,
    /// How long it ran; none if it had no turn.
    pub took: Option<Duration>,
    /// Fuel that it used up.
    pub fuel: u64,
    /// Linear memory of the guest at the end, in bytes.
    pub memory_bytes: usize,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// With a value.
    Value,
    /// With the `err` of its result.
    GuestError,
    /// It failed.
    Failed(&'a Error),
    /// Whoever called is gone.
    Dropped,
}

/// A response that is none.
#[derive(Clone, Copy, Debug)]
pub struct BadResponse<'a> {
    /// The function: the ID of its entry.
    pub function: &'a str,
    /// The call.
    pub call: CallId,
    /// What is wrong with it.
    pub why: &'a str,
}

/// A request over HTTP that is over.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The service that it came to.
    pub service: &'a str,
    /// The endpoint that answered; none if the server did itself.
    pub endpoint: Option<&'a str>,
    /// The call that answered, if there was one.
    pub call: Option<CallId>,
    /// The request and its response.
    pub record: &'a Record,
}

/// One call among all of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    /// Which world it was, for logs that know more than one; 0 if it has no name.
    pub world: u32,
    /// The number of the call, from 1.
    pub number: u64,
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.world {
            0 => write!(f, "{}", self.number),
            world => write!(f, "{world:08x}-{}", self.number),
        }
    }
}

impl Output {
    /// `stdout` or `stderr`.
    pub fn name(self) -> &'static str {
        match self {
            Output::Stdout => "stdout",
            Output::Stderr => "stderr",
        }
    }
}
