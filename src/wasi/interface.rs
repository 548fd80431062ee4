//! How a shim's function becomes a definition of the linker. Knows no single interface.

use nojit_shims::{Handle, Pending, Trap, Wasi};

use super::{WasiView, trapped};
use crate::{
    component::{
        Answer, ComponentType, Lift, LiftFields, Linker, LinkerInstance, Lower, Resource, ResourceType,
        StoreContextMut,
        bytes::GuestBytes,
        internals::{Check, CoreVal, Cx, GuestSource, Ty},
    },
    error::Result,
};

/// The version of WASI that is served; it stands for all of 0.2.
const VERSION: &str = "0.2.12";

/// Where the interfaces of a package are defined.
pub(super) struct Package<'a, T: 'static> {
    pub(super) linker: &'a mut Linker<T>,
    pub(super) is_granted: &'a dyn Fn(&str) -> bool,
}

impl<T: WasiView> Package<'_, T> {
    /// The interface `name`, as `wasi:io/poll`.
    pub(super) fn interface(&mut self, name: &str) -> Result<Interface<'_, T>> {
        let names = self.linker.instance(&format!("{name}@{VERSION}"))?;
        Ok(Interface { names, is_granted: (self.is_granted)(name) })
    }
}

/// An interface whose functions are defined if it is granted.
pub(super) struct Interface<'a, T: 'static> {
    names: LinkerInstance<'a, T>,
    is_granted: bool,
}

impl<T: WasiView> Interface<'_, T> {
    /// A resource type, and what dropping the last handle does.
    pub(super) fn resource<R: 'static>(
        &mut self,
        name: &str,
        drop: fn(&mut Wasi, Handle<R>) -> Result<(), Trap>,
    ) -> Result<()> {
        self.names.resource(name, ResourceType::host::<R>(), move |mut store, rep| {
            drop(enter(&mut store), Handle::new(rep)).map_err(trapped)
        })
    }

    /// A function with a result.
    pub(super) fn func<P: LiftFields + 'static, R: Lower + 'static>(
        &mut self,
        name: &str,
        func: impl Fn(&mut Wasi, P) -> Result<R, Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        if !self.is_granted {
            return Ok(());
        }
        self.names.func_wrap(name, move |mut store, params| {
            let result = func(enter(&mut store), params).map_err(trapped)?;
            Ok((result,))
        })
    }

    /// A function without a result.
    pub(super) fn procedure<P: LiftFields + 'static>(
        &mut self,
        name: &str,
        func: impl Fn(&mut Wasi, P) -> Result<(), Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        if !self.is_granted {
            return Ok(());
        }
        self.names.func_wrap(name, move |mut store, params| func(enter(&mut store), params).map_err(trapped))
    }

    /// A function with a result that reads bytes of the guest.
    pub(super) fn func_of_bytes<H: 'static, R: Lower + 'static>(
        &mut self,
        name: &str,
        func: impl Fn(&mut Wasi, Handle<H>, &[u8]) -> Result<R, Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        if !self.is_granted {
            return Ok(());
        }
        self.names.func_wrap(name, move |mut store, (this, bytes): (_, GuestBytes)| {
            let (wasi, bytes) = enter_with(&mut store, bytes);
            Ok((func(wasi, this, bytes).map_err(trapped)?,))
        })
    }

    /// A function with a result that reads bytes of the guest, and may then have to wait.
    pub(super) fn func_of_bytes_wait<H: 'static, R: Lower + Send + 'static>(
        &mut self,
        name: &str,
        func: impl Fn(&mut Wasi, Handle<H>, &[u8]) -> Result<Pending<R>, Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        if !self.is_granted {
            return Ok(());
        }
        self.names.func_wait(name, move |mut store, (this, bytes): (_, GuestBytes)| {
            let (wasi, bytes) = enter_with(&mut store, bytes);
            Ok(answer(func(wasi, this, bytes).map_err(trapped)?))
        })
    }

    /// A function with a result that may have to wait.
    pub(super) fn func_wait<P: LiftFields + 'static, R: Lower + Send + 'static>(
        &mut self,
        name: &str,
        func: impl Fn(&mut Wasi, P) -> Result<Pending<R>, Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        self.func_wait_costly(name, |_| 0, func)
    }

    /// As [`Interface::func_wait`], for work that takes as much fuel as `fuel` says of the parameters, besides their lifting.
    pub(super) fn func_wait_costly<P: LiftFields + 'static, R: Lower + Send + 'static>(
        &mut self,
        name: &str,
        fuel: fn(&P) -> u64,
        func: impl Fn(&mut Wasi, P) -> Result<Pending<R>, Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        if !self.is_granted {
            return Ok(());
        }
        self.names.func_wait(name, move |mut store, params| {
            store.charge(fuel(&params))?;
            Ok(answer(func(enter(&mut store), params).map_err(trapped)?))
        })
    }

    /// A function without a result that may have to wait.
    pub(super) fn procedure_wait<P: LiftFields + 'static>(
        &mut self,
        name: &str,
        func: impl Fn(&mut Wasi, P) -> Result<Pending<()>, Trap> + Send + Sync + 'static,
    ) -> Result<()> {
        if !self.is_granted {
            return Ok(());
        }
        self.names.func_wait(name, move |mut store, params| {
            Ok(match func(enter(&mut store), params).map_err(trapped)? {
                Pending::Ready(()) => Answer::Ready(()),
                Pending::Wait(waiting) => {
                    Answer::wait_unpin(waiting, |mut store, after| after.finish(enter(&mut store)).map_err(trapped))
                }
            })
        })
    }
}

fn answer<T: WasiView, R: 'static>(pending: Pending<R>) -> Answer<T, (R,)> {
    match pending {
        Pending::Ready(result) => Answer::Ready((result,)),
        Pending::Wait(waiting) => {
            Answer::wait_unpin(waiting, |mut store, after| Ok((after.finish(enter(&mut store)).map_err(trapped)?,)))
        }
    }
}

/// The state of the guest, whose clock knows what it has worked so far.
fn enter<'a, T: WasiView>(store: &'a mut StoreContextMut<'_, T>) -> &'a mut Wasi {
    let fuel = store.fuel_consumed();
    let wasi = store.data_mut().wasi();
    wasi.host().clock().work(fuel);
    wasi
}

/// As [`enter`], with bytes of the guest beside it.
fn enter_with<'a, T: WasiView>(store: &'a mut StoreContextMut<'_, T>, bytes: GuestBytes) -> (&'a mut Wasi, &'a [u8]) {
    let fuel = store.fuel_consumed();
    let (bytes, data) = bytes.with_data(store);
    let wasi = data.wasi();
    wasi.host().clock().work(fuel);
    (wasi, bytes)
}

impl<R: 'static> ComponentType for Handle<R> {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        Resource::<R>::check(cx, ty)
    }
}

impl<R: 'static> Lower for Handle<R> {
    fn lower_flat(&self, cx: &mut Cx<'_>, ty: Ty, flat: &mut [CoreVal]) -> Result<()> {
        Resource::<R>::new(self.index()).lower_flat(cx, ty, flat)
    }

    fn store(&self, cx: &mut Cx<'_>, ty: Ty, ptr: u32) -> Result<()> {
        Resource::<R>::new(self.index()).store(cx, ty, ptr)
    }
}

impl<R: 'static> Lift for Handle<R> {
    fn lift(cx: &mut Cx<'_>, ty: Ty, source: GuestSource<'_>) -> Result<Self> {
        Resource::<R>::lift(cx, ty, source).map(|resource| Handle::new(resource.rep()))
    }
}
