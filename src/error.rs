//! The one error type: a fault, a kind, a sentence, the trap and the chain of component calls it happened in.
//!
//! Knows nothing of wasm engines, YAML or terminals.

use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::fmt;

/// Who has to mend an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The guest trapped, broke the canonical ABI, used up a limit, or is no valid component.
    Guest,
    /// What was asked for is wrong: a definition, an argument, a name, a type.
    Config,
    /// A host function failed, or something outside the guest is not available.
    Host,
    /// nojit broke an invariant of its own: please report it.
    Bug,
}

/// What kind of failure an [`Error`] is, in the words of the runtime's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A value, a definition or a binary does not have the form it needs.
    Invalid,
    /// A name leads to nothing.
    NotFound,
    /// A name is taken.
    AlreadyExists,
    /// The caller or the guest is not allowed to do that.
    PermissionDenied,
    /// Fuel or time was used up.
    Timeout,
    /// The caller gave up.
    Canceled,
    /// Not now; later it may work.
    Unavailable,
    /// Too many requests.
    RateLimited,
    /// The state does not allow it.
    Conflict,
    /// The guest itself failed: a trap, or the `err` of its result.
    Guest,
    /// Anything else.
    Internal,
}

/// Why a guest trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trap {
    /// `unreachable` was executed.
    Unreachable,
    /// A load, store or bulk operation left the memory.
    MemoryOutOfBounds,
    /// A table access left the table.
    TableOutOfBounds,
    /// `call_indirect` through an empty slot.
    IndirectCallToNull,
    /// `call_indirect` with another signature.
    BadSignature,
    /// Division by zero.
    IntegerDivisionByZero,
    /// The result of an integer operation does not fit.
    IntegerOverflow,
    /// A float has no integer value.
    BadConversionToInteger,
    /// Frames or value stack used up.
    StackOverflow,
    /// Fuel used up.
    OutOfFuel,
    /// A memory or table could not be made as large as it declares.
    GrowthLimited,
    /// A rule of the canonical ABI was broken.
    CanonicalAbi,
    /// A component instance was entered while it must not be.
    CannotEnter,
    /// An instance was left while it must not be (in `realloc` or `post-return`).
    CannotLeave,
    /// A function that the host does not provide, or did not enable, was called.
    MissingImport,
    /// The embedder's slice hook stopped the guest.
    Interrupted,
    /// Anything else.
    Other,
}

/// Everything that can go wrong, one word wide.
///
/// `Display` prints the message and, for traps, the chain of component calls; [`core::error::Error::source`] keeps what
/// caused it.
pub struct Error(Box<Inner>);

struct Inner {
    fault: Fault,
    kind: Kind,
    trap: Option<Trap>,
    message: Cow<'static, str>,
    /// The component calls around the failure, innermost first.
    chain: Vec<String>,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

/// Shorthand of this crate.
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// An error of any fault and kind.
    pub fn new(fault: Fault, kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Inner { fault, kind, trap: None, message: message.into(), chain: Vec::new(), source: None }))
    }

    /// The guest trapped.
    #[cold]
    pub fn trap(trap: Trap, message: impl Into<Cow<'static, str>>) -> Self {
        let kind = match trap {
            Trap::OutOfFuel => Kind::Timeout,
            _ => Kind::Guest,
        };
        let mut error = Error::new(Fault::Guest, kind, message);
        error.0.trap = Some(trap);
        error
    }

    /// The guest broke a rule of the canonical ABI.
    #[cold]
    pub fn abi(message: impl Into<Cow<'static, str>>) -> Self {
        Error::trap(Trap::CanonicalAbi, message)
    }

    /// What was asked for has the wrong form.
    #[cold]
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Fault::Config, Kind::Invalid, message)
    }

    /// A name leads to nothing.
    #[cold]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Fault::Config, Kind::NotFound, message)
    }

    /// A binary is no valid component or module.
    #[cold]
    pub fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Fault::Guest, Kind::Invalid, message)
    }

    /// A host function failed.
    #[cold]
    pub fn host(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Fault::Host, Kind::Internal, message)
    }

    /// An invariant of nojit is broken.
    #[cold]
    pub fn bug(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Fault::Bug, Kind::Internal, message)
    }

    /// Keeps what caused this error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Changes the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Puts `place` and a colon before the message.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.message = Cow::Owned(alloc::format!("{place}: {}", self.0.message));
        self
    }

    /// Adds the next outer component call to the chain.
    #[must_use]
    pub fn within(mut self, call: impl Into<String>) -> Self {
        self.0.chain.push(call.into());
        self
    }

    /// Who has to mend it.
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Why the guest trapped, if it did.
    pub fn as_trap(&self) -> Option<Trap> {
        self.0.trap
    }

    /// The sentence, without the call chain.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The component calls around the failure, innermost first.
    pub fn chain(&self) -> &[String] {
        &self.0.chain
    }

    /// The source of this error as `E`, if it is one.
    pub fn downcast_source<E: core::error::Error + 'static>(&self) -> Option<&E> {
        self.0.source.as_deref().and_then(|source| source.downcast_ref())
    }

    /// Whether trying again later may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout | Kind::Unavailable | Kind::RateLimited)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for (depth, call) in self.0.chain.iter().enumerate() {
            write!(f, "{}{call}", if depth == 0 { " (in " } else { " < " })?;
        }
        if self.0.chain.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("fault", &self.0.fault)
            .field("kind", &self.0.kind)
            .field("trap", &self.0.trap)
            .field("message", &self.0.message)
            .field("chain", &self.0.chain)
            .field("source", &self.0.source)
            .finish()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
