//! Functions called by guests of the app: which function, with which arguments, and what comes of it.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use crate::{
    component::Type,
    error::{Error, Result},
    function::{Called, Caller, Calls, Function, Input, Outcome},
    payload::{Payload, json},
    pool::Pool,
    registry::Id,
};

/// How deep calls of functions within functions nest at most.
pub const MAX_CALL_DEPTH: u32 = 64;

/// The functions of an app.
pub(super) struct Functions(pub(super) Arc<BTreeMap<Id, Arc<Pool>>>);

impl Calls for Functions {
    fn call(&self, caller: Arc<Caller>, target: String, input: Input) -> Pin<Box<dyn Future<Output = Called> + Send>> {
        let pools = self.0.clone();
        Box::pin(async move {
            let pool = find(&pools, &caller, &target).map_err(|error| error.to_string())?;
            let function = pool.function();
            let context = caller.context.callee(pool.next_call());
            if context.depth >= MAX_CALL_DEPTH {
                return Err(format!("{target} is not called: functions call each other {MAX_CALL_DEPTH} deep"));
            }
            let args = arguments(function, input).map_err(|error| error.to_string())?;
            match pool.call_as(context, &args).await.0 {
                Ok(Outcome::Value(value)) => Ok(value.map(output).unwrap_or_default()),
                Ok(Outcome::GuestError(details)) => Err(String::from_utf8_lossy(&output(details)).into_owned()),
                Err(error) => Err(format!("{}: {error}", function.name())),
            }
        })
    }
}

/// The pool of `target`, which may be a name in the namespace of the caller.
fn find<'a>(pools: &'a BTreeMap<Id, Arc<Pool>>, caller: &Caller, target: &str) -> Result<&'a Arc<Pool>> {
    let own = caller.function.split_once(':').map_or("", |(namespace, _)| namespace);
    let id = if target.contains(':') { target.to_owned() } else { format!("{own}:{target}") };
    let pool = pools.get(id.as_str()).ok_or_else(|| Error::not_found(format!("there is no function {id}")))?;
    if pool.function().answers_requests() {
        return Err(Error::invalid(format!("{id} answers requests over HTTP only")));
    }
    Ok(pool)
}

/// The arguments that the input is: text and bytes as they are where the only parameter is such; else JSON, an array of all
/// arguments if there are several; nothing if there are none.
fn arguments(function: &Function, input: Input) -> Result<Vec<Payload>> {
    let mut params = function.ty().params();
    let (first, second) = (params.next(), params.next());
    let Some((_, ty)) = first else { return Ok(Vec::new()) };
    if second.is_none() {
        match (&ty, &input) {
            (Type::String, Input::Text(text)) => return Ok(vec![Payload::String(text.clone())]),
            (Type::String, Input::Bytes(bytes)) => {
                let text = String::from_utf8(bytes.clone());
                let text = text.map_err(|_| Error::invalid("the input is not UTF-8, and the parameter is a string"))?;
                return Ok(vec![Payload::String(text)]);
            }
            (Type::List(list), _) if list.ty() == Type::U8 => return Ok(vec![Payload::Bytes(input.into_bytes())]),
            _ => {}
        }
    }
    let value = json::from_slice(&input.into_bytes())?;
    match value {
        Payload::Array(values) if second.is_some() => Ok(values),
        _ if second.is_some() => Err(Error::invalid("the input has to be a JSON array of all arguments")),
        value => Ok(vec![value]),
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
