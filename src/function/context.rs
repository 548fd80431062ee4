//! [`CallContext`]: what a call carries, and what its callees inherit of it. Knows no guests.

use crate::event::CallId;

/// What a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallContext {
    /// The call.
    pub call: CallId,
    /// The call of the function that calls, if one does.
    pub caller: Option<CallId>,
    /// How many calls of functions it is within.
    pub depth: u32,
}

impl CallContext {
    /// A call that no function makes.
    pub fn new(call: CallId) -> CallContext {
        CallContext { call, caller: None, depth: 0 }
    }

    /// A call that a function makes in this one.
    #[must_use]
    pub fn callee(&self, call: CallId) -> CallContext {
        CallContext { call, caller: Some(self.call), depth: self.depth + 1 }
    }
}
