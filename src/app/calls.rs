//! Functions called by guests of the app: which function, with which arguments, and what comes of it. Knows no HTTP.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use crate::{
    component::Type,
    error::{Error, Fault, Kind, Result},
    function::{Called, Caller, Calls, Function, Input, Outcome},
    payload::{Payload, json},
    pool::Pool,
    registry::Id,
};

/// How deep calls of functions within functions nest at most.
pub const MAX_CALL_DEPTH: u32 = 64;

/// The functions of an app, by ID.
pub(super) struct Functions {
    pub(super) pools: BTreeMap<Id, Arc<Pool>>,
    /// Whether calls of guests are denied, which only policies could allow.
    pub(super) is_strict: bool,
}

impl Calls for Functions {
    fn call(
        self: Arc<Self>,
        caller: Arc<Caller>,
        target: String,
        input: Input,
    ) -> Pin<Box<dyn Future<Output = Called> + Send>> {
        Box::pin(async move { self.called(&caller, &target, input).await })
    }
}

impl Functions {
    async fn called(&self, caller: &Caller, target: &str, input: Input) -> Called {
        let told = |error: Error| error.to_string();
        let pool = self.find(caller, target).map_err(told)?;
        let function = pool.function();
        let context = caller.context.callee(pool.next_call());
        if context.depth >= MAX_CALL_DEPTH {
            return Err(format!("{target} is not called: functions call each other {MAX_CALL_DEPTH} deep"));
        }
        let args = arguments(function, input).map_err(told)?;
        match pool.call_as(context, &args).await.0 {
            Ok(Outcome::Value(value)) => Ok(value.map(output).unwrap_or_default()),
            Ok(Outcome::GuestError(details)) => Err(String::from_utf8_lossy(&output(details)).into_owned()),
            Err(error) => Err(format!("{}: {error}", function.name())),
        }
    }

    /// The pool of `target`, which may be a name in the namespace of the caller.
    fn find(&self, caller: &Caller, target: &str) -> Result<&Arc<Pool>> {
        let own = caller.function.split_once(':').map_or("", |(namespace, _)| namespace);
        let id = if target.contains(':') { target.to_owned() } else { format!("{own}:{target}") };
        if self.is_strict {
            let why =
                format!("{} may not call {id}: strict in nojit.yaml denies what no policy allows", caller.function);
            return Err(Error::new(Fault::Host, Kind::PermissionDenied, why));
        }
        let missing = || Error::not_found(format!("there is no function {id}"));
        let pool = self.pools.get(id.as_str()).ok_or_else(missing)?;
        if pool.function().answers_requests() {
            return Err(Error::invalid(format!("{id} answers requests over HTTP only")));
        }
        Ok(pool)
    }
}

/// The arguments that the input is: text and bytes as they are where the only parameter is such; else JSON, an array of all
/// arguments if there are several; nothing if there are none.
fn arguments(function: &Function, input: Input) -> Result<Vec<Payload>> {
    let params: Vec<Type> = function.ty().params().map(|(_, ty)| ty).collect();
    let bytes = match (params.as_slice(), input) {
        ([], _) => return Ok(Vec::new()),
        ([Type::String], Input::Text(text)) => return Ok(vec![Payload::String(text)]),
        (_, input) => input.into_bytes(),
    };
    match params.as_slice() {
        [Type::String] => {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| Error::invalid("the input is not UTF-8, and the parameter is a string"))?;
            Ok(vec![Payload::String(text)])
        }
        [Type::List(list)] if list.ty() == Type::U8 => Ok(vec![Payload::Bytes(bytes)]),
        [_] => Ok(vec![json::from_slice(&bytes)?]),
        _ => match json::from_slice(&bytes)? {
            Payload::Array(values) => Ok(values),
            _ => Err(Error::invalid("the input has to be a JSON array of all arguments")),
        },
    }
}

/// A value as it is handed to a guest.
fn output(value: Payload) -> Vec<u8> {
    match value {
        Payload::String(text) => text.into_bytes(),
        Payload::Bytes(bytes) => bytes,
        value => json::to_text(&value).into_bytes(),
    }
}
