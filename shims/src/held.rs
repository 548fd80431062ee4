//! What of the host a guest holds through resources, within one limit for all of a kind: memory, or what is open. Knows no
//! resource.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::Trap;

/// How much one guest holds of one kind. Clones are the same account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    used: Arc<AtomicUsize>,
    limit: usize,
    /// What is counted, for the message.
    what: &'static str,
}

/// Some of an account, until it is dropped: bytes, or one that is open.
#[derive(Debug)]
pub(crate) struct Held {
    account: Account,
    amount: usize,
}

impl Account {
    /// An empty account of up to `limit`.
    pub(crate) fn new(what: &'static str, limit: usize) -> Self {
        Account { used: Arc::default(), limit, what }
    }

    /// Holds `amount` more.
    ///
    /// # Errors
    ///
    /// If they are too many.
    pub(crate) fn hold(&self, amount: usize) -> Result<Held, Trap> {
        let mut held = Held { account: self.clone(), amount: 0 };
        held.resize(amount)?;
        Ok(held)
    }
}

impl Held {
    /// Holds `amount` instead.
    ///
    /// # Errors
    ///
    /// If they are too many; then it is as before.
    pub(crate) fn resize(&mut self, amount: usize) -> Result<(), Trap> {
        let Account { used, limit, what } = &self.account;
        let change = |used: usize| (used - self.amount).checked_add(amount).filter(|after| after <= limit);
        if used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_err() {
            return Err(Trap::new(format!("more than {limit} {what} in all")));
        }
        self.amount = amount;
        Ok(())
    }
}

/// Something that is open for a guest, and its place among all that is. Clones have the same place; what the guest was given
/// has none.
pub(crate) struct Open<T: ?Sized> {
    value: Arc<T>,
    place: Option<Arc<Held>>,
}

impl<T: ?Sized> Open<T> {
    /// What takes this place until its last clone is dropped.
    pub(crate) fn at(place: Held, value: Arc<T>) -> Self {
        Open { value, place: Some(Arc::new(place)) }
    }

    /// What takes no place.
    pub(crate) fn given(value: Arc<T>) -> Self {
        Open { value, place: None }
    }
}

impl<T: ?Sized> Clone for Open<T> {
    fn clone(&self) -> Self {
        Open { value: self.value.clone(), place: self.place.clone() }
    }
}

impl<T: ?Sized> Deref for Open<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.account.used.fetch_sub(self.amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_within_the_limit_and_given_back() {
        let account = Account::new("things", 100);
        let mut one = account.hold(60).unwrap();
        let other = account.hold(40).unwrap();
        assert!(account.hold(1).is_err());
        assert!(one.resize(61).unwrap_err().to_string().contains("more than 100 things in all"));
        one.resize(10).unwrap();
        drop(other);
        assert!(account.hold(90).is_ok());
        assert!(one.resize(usize::MAX).is_err());
        drop(one);
        assert!(account.hold(100).is_ok());
    }
}
