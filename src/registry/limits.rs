//! What one guest may use up.

use super::decode::{Cx, Field, Fields};

/// Memory of a guest that gives no limit, in bytes.
pub const DEFAULT_MAX_MEMORY_BYTES: u64 = 1 << 30;
/// Table elements of a guest that gives no limit.
pub const DEFAULT_MAX_TABLE_ELEMENTS: u64 = 1_000_000;
/// Handles of a guest that gives no limit.
pub const DEFAULT_MAX_HANDLES: u32 = 1_000_000;

/// What one call or instance may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time of a call in milliseconds, at least 1; none: no limit of its own.
    pub max_execution_ms: Option<u64>,
    /// Fuel of a call, at least 1; none: no limit.
    pub max_fuel: Option<u64>,
    /// All memories of an instance together, in bytes.
    pub max_memory_bytes: u64,
    /// All tables of an instance together, in elements.
    pub max_table_elements: u64,
    /// Resource handles of an instance.
    pub max_handles: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_execution_ms: None,
            max_fuel: None,
            max_memory_bytes: DEFAULT_MAX_MEMORY_BYTES,
            max_table_elements: DEFAULT_MAX_TABLE_ELEMENTS,
            max_handles: DEFAULT_MAX_HANDLES,
        }
    }
}

impl Limits {
    pub(crate) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Limits> {
        let mut fields = field.fields(cx)?;
        let fields_mut = &mut fields;
        let default = Limits::default();
        let limits = Limits {
            max_execution_ms: number(fields_mut, "max_execution_ms", 0, cx).filter(|&limit| limit > 0),
            max_fuel: number(fields_mut, "max_fuel", 1, cx),
            max_memory_bytes: number(fields_mut, "max_memory_bytes", 0, cx).unwrap_or(default.max_memory_bytes),
            max_table_elements: number(fields_mut, "max_table_elements", 0, cx).unwrap_or(default.max_table_elements),
            max_handles: fields_mut
                .optional("max_handles")
                .and_then(|field| field.integer(cx, 0..=u64::from(u32::MAX)))
                .and_then(|limit| u32::try_from(limit).ok())
                .unwrap_or(default.max_handles),
        };
        fields.finish(cx);
        Some(limits)
    }
}

fn number(fields: &mut Fields<'_>, name: &'static str, least: u64, cx: &mut Cx<'_>) -> Option<u64> {
    fields.optional(name)?.integer(cx, least..=u64::MAX)
}
