//! The memory that a module would make for itself, made for it: with room to grow.
//!
//! wasmi makes a memory of exactly the size that is asked for, and copies all of it when the guest first grows it, as nearly
//! every guest does in its first call; only then there is room for as much again. So the memory is made smaller, and grown to
//! its size before anything is in it. An allocator that has to move it then copies as well: it is asked for less.
//!
//! Knows the type of a memory and no module; only speed depends on it, and nothing that a guest can see.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use wasmi::MemoryType;
use wasmparser::MemoryType as DeclaredType;

use super::{AsContext as _, CoreContextMut, CoreMemory, limits::Limited, run::memory_failure};
use crate::error::Result;

/// Memories of more pages are left to the interpreter: what the room would cost grows with them, and their guests do more
/// than a copy is worth.
const MAX_PAGES: u32 = 256;
/// After so many memories in a row that were moved, the next ones get half the room.
const MAX_MOVES: u32 = 8;

/// A memory that a module is given in place of its own.
#[derive(Clone, Debug)]
pub(super) struct OwnMemory {
    /// The place of its import among all imports of the module.
    pub(super) import: usize,
    pages: u32,
    maximum: Option<u32>,
    room: Arc<Room>,
}

/// How many pages a memory is to have room for beyond its own.
#[derive(Debug)]
struct Room {
    pages: AtomicU32,
    /// Memories in a row that were moved.
    moves: AtomicU32,
}

impl OwnMemory {
    /// None where it is not worth it, or where it may not grow.
    pub(super) fn new(ty: DeclaredType, import: usize) -> Option<Self> {
        let DeclaredType { memory64: false, shared: false, initial, maximum, page_size_log2: None } = ty else {
            return None;
        };
        let pages = u32::try_from(initial).ok().filter(|pages| (3..=MAX_PAGES).contains(pages))?;
        let maximum = maximum.and_then(|maximum| u32::try_from(maximum).ok());
        let room = Room { pages: AtomicU32::new((pages / 4).max(1)), moves: AtomicU32::new(0) };
        (maximum != Some(pages)).then(|| OwnMemory { import, pages, maximum, room: Arc::new(room) })
    }

    pub(super) fn make<D: Limited>(&self, store: &mut CoreContextMut<'_, D>) -> Result<CoreMemory> {
        // Where the guest may not have as much the error is that of the whole.
        let may_have = store.as_context().data().limiter().has_room((self.pages as usize) << 16);
        let first = match self.room.pages.load(Relaxed) {
            // What is grown has room for twice as much as it was.
            room @ 1.. if may_have => (self.pages + room).div_ceil(2),
            _ => self.pages,
        };
        let memory = CoreMemory::new(&mut *store, MemoryType::new(first, self.maximum)).map_err(memory_failure)?;
        if first < self.pages {
            let place = memory.data(&*store).as_ptr();
            memory.grow(&mut *store, u64::from(self.pages - first)).map_err(memory_failure)?;
            self.room.made(memory.data(&*store).as_ptr() != place);
        }
        Ok(memory)
    }
}

impl Room {
    /// Counts a memory. Some are moved now and then; if all are, what the allocator has free is less than they are asked to
    /// have room for.
    fn made(&self, was_moved: bool) {
        if !was_moved {
            self.moves.store(0, Relaxed);
        } else if self.moves.fetch_add(1, Relaxed) + 1 >= MAX_MOVES {
            self.moves.store(0, Relaxed);
            self.pages.store(self.pages.load(Relaxed) / 2, Relaxed);
        }
    }
}

#[cfg(all(test, feature = "wrap"))]
mod tests {
    use super::{AtomicU32, Limited, Relaxed, Room};
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

    #[test]
    fn what_is_moved_again_and_again_gets_less_room() {
        let room = Room { pages: AtomicU32::new(5), moves: AtomicU32::new(0) };
        let after = |moved: &[bool]| {
            moved.iter().for_each(|was_moved| room.made(*was_moved));
            room.pages.load(Relaxed)
        };
        assert_eq!(after(&[true; 7]), 5);
        assert_eq!(after(&[false, true, true]), 5);
        assert_eq!(after(&[true; 6]), 2);
        assert_eq!(after(&[true; 7]), 2);
        assert_eq!(after(&[true]), 1);
        assert_eq!(after(&[true; 8]), 0);
        assert_eq!(after(&[true; 8]), 0);
    }
}
