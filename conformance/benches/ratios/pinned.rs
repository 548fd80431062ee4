//! A thread that keeps to one core, so that who asks and who answers do not take turns on it.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The core of whoever answers, among those that the process may use.
pub(crate) const SERVER: usize = 0;

/// The core of whoever asks.
pub(crate) const CLIENT: usize = 1;

/// This thread, and those that it begins, keep to a core until this is dropped. Where there are no two, or the system does not
/// let threads choose, nothing is different.
pub(crate) struct Pinned {
    #[cfg(target_os = "linux")]
    before: Option<CpuSet>,
}

#[cfg(target_os = "linux")]
impl Pinned {
    /// On one of the cores that this thread may use.
    pub(crate) fn to(core: usize) -> Pinned {
        let Ok(before) = sched_getaffinity(None) else { return Pinned { before: None } };
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&index| before.is_set(index)).collect();
        let (Some(&index), true) = (cores.get(core), cores.len() > 1) else { return Pinned { before: None } };
        let mut only = CpuSet::new();
        only.set(index);
        Pinned { before: sched_setaffinity(None, &only).is_ok().then_some(before) }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // The cores were its before.
            let _restored = sched_setaffinity(None, before);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Pinned {
    /// On no core of its own.
    pub(crate) fn to(_: usize) -> Pinned {
        Pinned {}
    }
}
