//! What functions are made of: each content is compiled once, on as many cores as there are. Knows no entries.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use super::Source;
use crate::{component::Engine, error::Fault, registry::ContentHash};

/// What makes two components the same: the hash of the bytes, and the WIT that types them.
pub(super) type Content = (ContentHash, Option<Arc<str>>);

/// The bytes of contents.
pub(super) type Contents = BTreeMap<Content, Arc<[u8]>>;

/// Components by what they were made of.
pub(super) type Sources = BTreeMap<Content, Result<Source, Refused>>;

/// Why bytes are no component.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) message: String,
    /// The definition is wrong and not the bytes.
    pub(super) is_wit: bool,
}

/// Compiles the bytes of each content. The threads for it have ended when it returns.
pub(super) fn compile(engine: &Engine, contents: Contents) -> Sources {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(contents.len());
    let left = Mutex::new(contents.into_iter());
    let sources = Mutex::new(Sources::new());
    let next = || lock(&left).next();
    let work = || {
        while let Some((content, bytes)) = next() {
            let source = Source::new(engine, &bytes, content.1.as_deref()).map_err(|error| Refused {
                message: error.message().to_owned(),
                is_wit: error.fault() == Fault::Config,
            });
            lock(&sources).insert(content, source);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    sources.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
