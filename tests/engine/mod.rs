//! What the interpreter does not do, and that a component does not notice: one file for each point of the design's list.
//!
//! Where it can be told, a second test pins what the interpreter itself does, so that it fails when upstream changes.

mod bulk;
mod chains;
mod copies;
mod depth;
mod growth;
mod starts;
mod tables;
mod tail_calls;
mod translation;
mod upstream;

use nojit::{
    Result,
    component::{Answer, Linker},
};

use crate::component::waiting::Polls;

/// Defines `wait`: `(x: u32) -> u32`, which waits and answers `x + 1`.
pub(crate) fn define_wait<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    linker.root().func_wait("wait", |_, (x,): (u32,)| Ok(Answer::wait(Polls(3), move |_, ()| Ok((x + 1,)))))
}
