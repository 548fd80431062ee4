//! Turns a panic of what is tested into a finding, so that one bad input does not end a run.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

thread_local! {
    /// Message and place of this thread's last panic that was caught here.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
    /// How many calls of [`catch`] this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs `work`; the message and the place of its panic if it panics.
///
/// Such a panic prints nothing. What `work` changed before it panicked stays changed: the caller throws it away.
///
/// # Errors
///
/// The panic, as one line.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|_| {
        let panic = LAST.take();
        panic.unwrap_or_else(|| "panicked without the hook".to_owned()).replace('\n', " ")
    })
}

/// Keeps what panics say while they are caught; others are reported as before.
fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            if DEPTH.get() > 0 {
                LAST.set(Some(info.to_string()));
            } else {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_place() {
        let caught = catch(|| -> u32 { panic!("a bad {}", "handle") });
        let message = caught.expect_err("the closure panics");
        assert!(message.contains("a bad handle"), "{message}");
        assert!(message.contains("panics.rs:"), "{message}");
    }

    #[test]
    fn a_value_passes_through() {
        assert_eq!(catch(|| 7), Ok(7));
    }
}
