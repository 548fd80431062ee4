//! The pool of a function: how many calls run at once and who keeps instances ready.

use super::decode::{Cx, Field, Fields};

/// `max_size` of elastic pools that give none.
pub const DEFAULT_MAX_SIZE: u32 = 100;
/// `size` of static pools that give none.
pub const DEFAULT_STATIC_SIZE: u32 = 8;
/// `buffer` of static pools that give none, per worker.
pub const DEFAULT_BUFFER_PER_WORKER: u32 = 64;
/// The most instances or workers of a pool.
pub const MAX_POOL_SIZE: u32 = 65_536;
/// The longest queue of a static pool.
pub const MAX_POOL_BUFFER: u32 = MAX_POOL_SIZE * DEFAULT_BUFFER_PER_WORKER;

/// The pool of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The type and its sizes.
    pub form: PoolForm,
    /// What a caller gets when the queue is full; always [`WhenFull::Wait`] for inline pools, which have none.
    pub when_full: WhenFull,
    /// For how many calls an instance is kept, at least 1.
    pub reuse: u32,
}

/// The type of a pool and its sizes, all at least 1 but for `buffer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolForm {
    /// On the caller's task, a new instance per call.
    Inline,
    /// No worker at rest, grows on demand.
    Lazy {
        /// The most calls at once.
        max_size: u32,
    },
    /// A fixed number of ready instances.
    Static {
        /// Ready instances.
        size: u32,
        /// Calls running at once.
        workers: u32,
        /// Calls that wait in the queue.
        buffer: u32,
    },
    /// Grows while callers wait and throughput improves.
    Adaptive {
        /// The most calls at once.
        max_size: u32,
        /// Whether instances are made at boot.
        warm_start: bool,
    },
}

/// What a caller gets when the queue of a pool is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits, within its deadline.
    #[default]
    Wait,
    /// It is refused at once.
    Reject,
}

impl Default for Pool {
    fn default() -> Self {
        Pool { form: PoolForm::Lazy { max_size: DEFAULT_MAX_SIZE }, when_full: WhenFull::Wait, reuse: 1 }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Inline,
    Lazy,
    Static,
    Adaptive,
}

const TYPES: [(&str, Type); 4] =
    [("inline", Type::Inline), ("lazy", Type::Lazy), ("static", Type::Static), ("adaptive", Type::Adaptive)];

/// Each field that not all types have, and the types that have it.
const FIELDS: [(&str, &[Type]); 7] = [
    ("max_size", &[Type::Lazy, Type::Adaptive]),
    ("warm_start", &[Type::Adaptive]),
    ("size", &[Type::Static]),
    ("workers", &[Type::Static]),
    ("buffer", &[Type::Static]),
    ("when_full", &[Type::Lazy, Type::Static, Type::Adaptive]),
    ("reuse", &[Type::Lazy, Type::Static, Type::Adaptive]),
];

impl Pool {
    pub(crate) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Pool> {
        let mut fields = field.fields(cx)?;
        let kind = fields.required("type", cx).and_then(|field| field.one_of(cx, &TYPES));
        if let Some(kind) = kind {
            refuse_foreign(&mut fields, kind, cx);
        }
        let pool = Pool {
            form: form(&mut fields, kind, cx),
            when_full: fields
                .optional("when_full")
                .and_then(|field| field.one_of(cx, &[("wait", WhenFull::Wait), ("reject", WhenFull::Reject)]))
                .unwrap_or_default(),
            reuse: count(&mut fields, "reuse", 1..=u32::MAX, cx).unwrap_or(1),
        };
        fields.finish(cx);
        Some(pool)
    }
}

fn form(fields: &mut Fields<'_>, kind: Option<Type>, cx: &mut Cx<'_>) -> PoolForm {
    let max_size = count(fields, "max_size", 1..=MAX_POOL_SIZE, cx).unwrap_or(DEFAULT_MAX_SIZE);
    let warm_start = fields.optional("warm_start").and_then(|field| field.boolean(cx)).unwrap_or(false);
    let size = count(fields, "size", 1..=MAX_POOL_SIZE, cx).unwrap_or(DEFAULT_STATIC_SIZE);
    let workers = count(fields, "workers", 1..=MAX_POOL_SIZE, cx).unwrap_or(size);
    let buffer = count(fields, "buffer", 0..=MAX_POOL_BUFFER, cx).unwrap_or(workers * DEFAULT_BUFFER_PER_WORKER);
    match kind {
        Some(Type::Inline) => PoolForm::Inline,
        Some(Type::Static) => PoolForm::Static { size, workers, buffer },
        Some(Type::Adaptive) => PoolForm::Adaptive { max_size, warm_start },
        Some(Type::Lazy) | None => PoolForm::Lazy { max_size },
    }
}

fn count(
    fields: &mut Fields<'_>,
    name: &'static str,
    range: std::ops::RangeInclusive<u32>,
    cx: &mut Cx<'_>,
) -> Option<u32> {
    let range = u64::from(*range.start())..=u64::from(*range.end());
    fields.optional(name)?.integer(cx, range).and_then(|number| u32::try_from(number).ok())
}

/// Reports the fields that only other types have.
fn refuse_foreign(fields: &mut Fields<'_>, kind: Type, cx: &mut Cx<'_>) {
    let name_of = |kind: &Type| TYPES.iter().find(|(_, known)| known == kind).map_or("", |(name, _)| *name);
    for (name, types) in FIELDS {
        if let Some(field) = fields.has(name).then(|| fields.optional(name)).flatten()
            && !types.contains(&kind)
        {
            let owners: Vec<&str> = types.iter().map(name_of).collect();
            let owners = super::near::alternatives(&owners);
            field.report(cx, format!("belongs to pools of type {owners}, not {}; remove it", name_of(&kind)));
        }
    }
}
