//! What the traits [`Lower`](super::Lower) and [`Lift`](super::Lift) are written in; not for use by hand.

pub use super::{
    abi::{Cx, guest::GuestSource},
    typed::Check,
    types::{DefId, FieldDef, Ty},
};
pub use crate::engine::CoreVal;
