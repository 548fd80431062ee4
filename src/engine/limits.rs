//! How much memory and how many table elements a store's guests may have together.

use wasmi::{
    ResourceLimiter,
    errors::{MemoryError, TableError},
};
use wasmi_core::LimiterError;

/// Counts what the guests of one store have, and refuses growth beyond the limits.
///
/// A refused `memory.grow` or `table.grow` answers -1 to the guest; a memory or table that cannot be made as large as it
/// declares fails the instantiation.
#[derive(Debug)]
pub(crate) struct Limiter {
    pub(crate) max_memory_bytes: usize,
    pub(crate) max_table_elements: usize,
    pub(crate) max_instances: usize,
    memory_bytes: usize,
    table_elements: usize,
    /// What the growth that was permitted last has added: taken back if it then fails, for lack of fuel or of memory.
    /// A growth that lacked fuel is asked for again when the guest resumes.
    last_memory_bytes: usize,
    last_table_elements: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Limiter {
            max_memory_bytes: 1 << 30,
            max_table_elements: 1_000_000,
            max_instances: 10_000,
            memory_bytes: 0,
            table_elements: 0,
            last_memory_bytes: 0,
            last_table_elements: 0,
        }
    }
}

/// Store data with a limiter in it.
pub(crate) trait Limited {
    fn limiter(&self) -> &Limiter;
}

impl Limiter {
    /// Whether the guests may have so many bytes of memory more.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        grown(self.memory_bytes, 0, bytes, None, self.max_memory_bytes).is_some()
    }

    /// Bytes of linear memory that the guests have now.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }
}

fn grown(total: usize, current: usize, desired: usize, maximum: Option<usize>, limit: usize) -> Option<usize> {
    if maximum.is_some_and(|maximum| desired > maximum) {
        return None;
    }
    total.checked_add(desired.checked_sub(current)?).filter(|total| *total <= limit)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        match grown(self.memory_bytes, current, desired, maximum, self.max_memory_bytes) {
            Some(total) => {
                self.last_memory_bytes = total - self.memory_bytes;
                self.memory_bytes = total;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        match grown(self.table_elements, current, desired, maximum, self.max_table_elements) {
            Some(total) => {
                self.last_table_elements = total - self.table_elements;
                self.table_elements = total;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn memory_grow_failed(&mut self, _error: &MemoryError) -> Result<(), LimiterError> {
        self.memory_bytes -= core::mem::take(&mut self.last_memory_bytes);
        Ok(())
    }

    fn table_grow_failed(&mut self, _error: &TableError) -> Result<(), LimiterError> {
        self.table_elements -= core::mem::take(&mut self.last_table_elements);
        Ok(())
    }

    fn instances(&self) -> usize {
        self.max_instances
    }

    fn tables(&self) -> usize {
        self.max_instances
    }

    fn memories(&self) -> usize {
        self.max_instances
    }
}
