//! Resource types, handles and their owners.

/// A handle that the host holds: an owned or borrowed resource of any type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceAny {
    /// Index into the store's host handles.
    pub(crate) index: u32,
    /// Tells a handle from a later one at the same index.
    pub(crate) generation: u32,
}
