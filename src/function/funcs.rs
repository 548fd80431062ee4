//! `nojit:runtime/funcs@0.1.0`: guests call functions of the app by their IDs. Knows no app: [`Calls`] answers.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::{CallContext, guest::Guest};
use crate::{
    component::{Answer, Linker},
    error::{Error, Result},
};

/// The interface, under each of its names.
const NAMES: [&str; 2] = ["nojit:runtime/funcs@0.1.0", "wippy:runtime/funcs@0.1.0"];

/// What comes of a call: the value, or the error as text.
pub type Called = core::result::Result<Vec<u8>, String>;

/// Calls functions for guests.
pub trait Calls: Send + Sync {
    /// Calls the function `target`, an ID or a name in the namespace of the caller, with `input`: the argument of a function
    /// that takes text or bytes, and else JSON. What comes of it is text, bytes or JSON likewise.
    fn call(
        self: Arc<Self>,
        caller: Arc<Caller>,
        target: String,
        input: Input,
    ) -> Pin<Box<dyn Future<Output = Called> + Send>>;
}

/// What a guest gives a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Of `call-string`.
    Text(String),
    /// Of `call-bytes`.
    Bytes(Vec<u8>),
}

impl Input {
    /// Its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Input::Text(text) => text.into_bytes(),
            Input::Bytes(bytes) => bytes,
        }
    }
}

/// A guest that calls functions.
pub struct Caller {
    /// The call that it is in.
    pub context: CallContext,
    /// The function that it is: the ID of its entry.
    pub function: String,
    pub(super) calls: Arc<dyn Calls>,
}

/// Defines the interface.
pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> Result<()> {
    for name in NAMES {
        let mut interface = linker.instance(name)?;
        interface.func_wait("call-string", |store, (target, input): (String, String)| {
            let calling = call(caller(store.data())?, target, Input::Text(input));
            Ok(Answer::wait(calling, |_, called| {
                let text = called.and_then(|bytes| {
                    String::from_utf8(bytes).map_err(|_| "the result is not text; call-bytes takes it".to_owned())
                });
                Ok((text,))
            }))
        })?;
        interface.func_wait("call-bytes", |store, (target, input): (String, Vec<u8>)| {
            let calling = call(caller(store.data())?, target, Input::Bytes(input));
            Ok(Answer::wait(calling, |_, called| Ok((called,))))
        })?;
    }
    Ok(())
}

fn caller(guest: &Guest) -> Result<Arc<Caller>> {
    guest.caller.clone().ok_or_else(|| Error::host("functions can be called in a running app only"))
}

fn call(caller: Arc<Caller>, target: String, input: Input) -> Pin<Box<dyn Future<Output = Called> + Send>> {
    let calls = caller.calls.clone();
    calls.call(caller, target, input)
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("function", &self.function)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
