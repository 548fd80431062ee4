//! `wasi:random`.

use nojit_shims::random::{insecure, insecure_seed, random};

use super::{WasiView, interface::Package};
use crate::error::Result;

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    let mut of_random = package.interface("wasi:random/random")?;
    of_random.func("get-random-bytes", |wasi, (len,)| random::get_random_bytes(wasi, len))?;
    of_random.func("get-random-u64", |wasi, ()| Ok(random::get_random_u64(wasi)))?;

    let mut of_insecure = package.interface("wasi:random/insecure")?;
    of_insecure.func("get-insecure-random-bytes", |wasi, (len,)| insecure::get_insecure_random_bytes(wasi, len))?;
    of_insecure.func("get-insecure-random-u64", |wasi, ()| Ok(insecure::get_insecure_random_u64(wasi)))?;

    let mut seed = package.interface("wasi:random/insecure-seed")?;
    seed.func("insecure-seed", |wasi, ()| Ok(insecure_seed::insecure_seed(wasi)))
}
