//! `wasi:clocks`.

use nojit_shims::clocks::{
    monotonic_clock,
    wall_clock::{self, Datetime},
};

use super::{WasiView, interface::Package};
use crate::error::Result;

crate::record! { impl Datetime { seconds: u64, nanoseconds: u32 } }

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    let mut monotonic = package.interface("wasi:clocks/monotonic-clock")?;
    monotonic.func("now", |wasi, ()| Ok(monotonic_clock::now(wasi)))?;
    monotonic.func("resolution", |wasi, ()| Ok(monotonic_clock::resolution(wasi)))?;
    monotonic.func("subscribe-instant", |wasi, (when,)| Ok(monotonic_clock::subscribe_instant(wasi, when)))?;
    monotonic.func("subscribe-duration", |wasi, (when,)| Ok(monotonic_clock::subscribe_duration(wasi, when)))?;

    let mut wall = package.interface("wasi:clocks/wall-clock")?;
    wall.func("now", |wasi, ()| Ok(wall_clock::now(wasi)))?;
    wall.func("resolution", |wasi, ()| Ok(wall_clock::resolution(wasi)))
}
