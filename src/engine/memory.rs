//! The memory that a module would make for itself, made for it: with room to grow.
//!
//! wasmi makes a memory of exactly the size that is asked for, and copies all of it when the guest first grows it, as nearly
//! every guest does in its first call; only then there is room for as much again. So the memory is made smaller, and grown to
//! its size before anything is in it.

use wasmi::MemoryType;
use wasmparser::MemoryType as DeclaredType;

use super::{AsContext as _, CoreContextMut, CoreMemory, limits::Limited, run::memory_failure};
use crate::error::Result;

/// Memories of more pages are left to the interpreter: what the room would cost grows with them, and their guests do more
/// than a copy is worth.
const MAX_PAGES: u32 = 256;

/// A memory that a module is given in place of its own.
#[derive(Clone, Debug)]
pub(super) struct OwnMemory {
    /// The place of its import among all imports of the module.
    pub(super) import: usize,
    pages: u32,
    maximum: Option<u32>,
}

impl OwnMemory {
    /// None where it is not worth it, or where room for growth is none.
    pub(super) fn new(ty: DeclaredType, import: usize) -> Option<Self> {
        let DeclaredType { memory64: false, shared: false, initial, maximum, page_size_log2: None } = ty else {
            return None;
        };
        let pages = u32::try_from(initial).ok().filter(|pages| *pages <= MAX_PAGES)?;
        let maximum = maximum.and_then(|maximum| u32::try_from(maximum).ok());
        let memory = OwnMemory { import, pages, maximum };
        (memory.first_pages() < pages && maximum != Some(pages)).then_some(memory)
    }

    /// How many pages it has before it is grown; the interpreter then takes room for twice as many. That is a quarter more
    /// than the module asks for.
    fn first_pages(&self) -> u32 {
        (self.pages + self.pages / 4).div_ceil(2)
    }

    pub(super) fn make<D: Limited>(&self, store: &mut CoreContextMut<'_, D>) -> Result<CoreMemory> {
        let has_room = store.as_context().data().limiter().has_room((self.pages as usize) << 16);
        // Where there is none the error is that of the whole.
        let first = if has_room { self.first_pages() } else { self.pages };
        let memory = CoreMemory::new(&mut *store, MemoryType::new(first, self.maximum)).map_err(memory_failure)?;
        memory.grow(store, u64::from(self.pages - first)).map_err(memory_failure)?;
        Ok(memory)
    }
}

#[cfg(all(test, feature = "wrap"))]
mod tests {
    use super::*;
    use crate::engine::{AsContextMut as _, CoreExtern, CoreModule, Engine, Limiter, instantiate_core};

    struct Data(Limiter);

    impl Limited for Data {
        fn limiter(&self) -> &Limiter {
            &self.0
        }
    }

    #[test]
    fn a_memory_that_grows_by_a_quarter_stays_where_it_is() {
        let engine = Engine::default();
        for (pages, by) in [(3, 1), (17, 4), (200, 50), (256, 64)] {
            let module = wat::parse_str(format!("(module (memory (export \"m\") {pages}))")).expect("it is WAT");
            let module = CoreModule::new(&engine, &module).expect("it is valid");
            let mut store = engine.core_store(Data(Limiter::default()));
            store.limiter(|data| &mut data.0);
            let instance = instantiate_core(&mut store.as_context_mut(), &module, Vec::new()).expect("there is room");
            let Some(CoreExtern::Memory(memory)) = instance.get_export(&store, "m") else { panic!("it is exported") };
            let before = memory.data(&store).as_ptr();
            memory.grow(&mut store, by).expect("there is room");
            assert_eq!(memory.data(&store).as_ptr(), before, "{pages} by {by}");
        }
    }
}
