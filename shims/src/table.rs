//! [`Table`]: the resources that the host holds for one guest.
//!
//! A resource may be the child of another: a pollable of its stream, a stream of its socket. A parent cannot be dropped
//! while a child lives; the other order is fine. Knows no interface, and no handles of guests.

use std::{any::Any, fmt, marker::PhantomData};

use crate::Trap;

/// Names a resource of type `R` in a [`Table`].
pub struct Handle<R> {
    index: u32,
    ty: PhantomData<fn() -> R>,
}

impl<R> Handle<R> {
    /// The resource at `index`; whether there is one of this type is seen when it is used.
    pub fn new(index: u32) -> Self {
        Handle { index, ty: PhantomData }
    }

    /// The index in the table.
    pub fn index(self) -> u32 {
        self.index
    }
}

impl<R> Clone for Handle<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Handle<R> {}

impl<R> PartialEq for Handle<R> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<R> Eq for Handle<R> {}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.index)
    }
}

/// Resources by handle.
#[derive(Default)]
pub struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
}

struct Slot {
    value: Box<dyn Any + Send>,
    parent: Option<u32>,
    children: u32,
}

impl Table {
    /// Adds a resource.
    pub fn push<R: Send + 'static>(&mut self, value: R) -> Handle<R> {
        self.insert(value, None)
    }

    /// Adds a resource that must be dropped before `parent` is.
    ///
    /// # Errors
    ///
    /// If there is no such parent.
    pub fn push_child<R: Send + 'static, P: 'static>(
        &mut self,
        value: R,
        parent: Handle<P>,
    ) -> Result<Handle<R>, Trap> {
        self.slot::<P>(parent)?.children += 1;
        Ok(self.insert(value, Some(parent.index)))
    }

    fn insert<R: Send + 'static>(&mut self, value: R, parent: Option<u32>) -> Handle<R> {
        let slot = Some(Slot { value: Box::new(value), parent, children: 0 });
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        };
        Handle::new(index)
    }

    fn slot<R: 'static>(&mut self, handle: Handle<R>) -> Result<&mut Slot, Trap> {
        let slot = self.slots.get_mut(handle.index as usize).and_then(Option::as_mut);
        slot.filter(|slot| slot.value.is::<R>()).ok_or_else(unknown)
    }

    /// The resource.
    ///
    /// # Errors
    ///
    /// If there is none of this type.
    pub fn get<R: 'static>(&self, handle: Handle<R>) -> Result<&R, Trap> {
        let slot = self.slots.get(handle.index as usize).and_then(Option::as_ref);
        slot.and_then(|slot| slot.value.downcast_ref()).ok_or_else(unknown)
    }

    /// The resource.
    ///
    /// # Errors
    ///
    /// If there is none of this type.
    pub fn get_mut<R: 'static>(&mut self, handle: Handle<R>) -> Result<&mut R, Trap> {
        let slot = self.slots.get_mut(handle.index as usize).and_then(Option::as_mut);
        slot.and_then(|slot| slot.value.downcast_mut()).ok_or_else(unknown)
    }

    /// Takes a resource out.
    ///
    /// # Errors
    ///
    /// If there is none of this type, or one of its children lives.
    pub fn remove<R: 'static>(&mut self, handle: Handle<R>) -> Result<R, Trap> {
        let slot = self.slot(handle)?;
        if slot.children > 0 {
            let children = slot.children;
            return Err(Trap::new(format!(
                "a resource is dropped while {children} of its children live: drop pollables before what they wait on"
            )));
        }
        let parent = slot.parent;
        let slot = self.slots[handle.index as usize].take().ok_or_else(unknown)?;
        self.free.push(handle.index);
        if let Some(parent) = parent.and_then(|parent| self.slots.get_mut(parent as usize)).and_then(Option::as_mut) {
            parent.children = parent.children.saturating_sub(1);
        }
        slot.value.downcast().map(|value| *value).map_err(|_| unknown())
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cold]
fn unknown() -> Trap {
    Trap::new("unknown resource: it was dropped before, or is of another type")
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_outlives_its_children() {
        let mut table = Table::default();
        let parent = table.push("parent");
        let child = table.push_child(1_u8, parent).expect("there is a parent");
        assert!(table.remove(parent).is_err());
        assert_eq!(table.remove(child), Ok(1));
        assert_eq!(table.remove(parent), Ok("parent"));
        assert!(table.is_empty());
    }

    #[test]
    fn a_handle_of_another_type_or_of_nothing_leads_to_nothing() {
        let mut table = Table::default();
        let number = table.push(1_u8);
        assert!(table.get(Handle::<u16>::new(number.index())).is_err());
        assert!(table.get_mut(Handle::<u8>::new(9)).is_err());
        assert!(table.push_child(0_u8, Handle::<u16>::new(number.index())).is_err());
        assert_eq!(table.remove(number), Ok(1));
        assert!(table.remove(number).is_err());
        assert_eq!(table.push(2_u8), number);
    }
}
