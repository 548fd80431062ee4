//! A function of a file, its arguments, and what becomes of its answer.
//!
//! Knows no apps; entries of these are for `call`.

use std::path::Path;

use super::{
    failure::Failure,
    input, terminal,
    value::{self, Form},
};
use crate::{
    component::Engine,
    error::Error,
    function::{Function, Outcome, Source},
    payload::{Payload, wave},
};

/// The function that the first of `words` names, with the arguments that it and the others are.
pub(super) fn of_file(
    engine: &Engine,
    path: &Path,
    wit: Option<&str>,
    words: &[String],
) -> Result<(Function, Vec<Payload>), Failure> {
    let bytes = input::module(path)?;
    let in_file = |error: Error| input::unusable(error, path, wit);
    let wit = input::wit(wit)?;
    let source = Source::new(engine, &bytes, wit.as_deref()).map_err(in_file)?;
    let Some((method, rest)) = words.split_first() else {
        let names = source.component().function_names();
        let message = format!("{}: which function? It exports {}", path.display(), list(&names));
        return Err(Failure::usage(message).with_hint(format!("nojit inspect {} shows their types", path.display())));
    };
    let call = method.contains('(').then(|| wave::Call::parse(method)).transpose();
    let call = call.map_err(|error| Failure::unusable(&error))?;
    let name = file_name(path);
    let method = call.as_ref().map_or(method, |call| &call.function);
    let function = Function::new(&name, &source, method).map_err(in_file)?;
    let values = match call {
        Some(_) if !rest.is_empty() => {
            return Err(Failure::usage("arguments are given either in parentheses or as words of their own"));
        }
        Some(call) => {
            check_count(&function, call.arguments.len())?;
            input::literals(&call.arguments, function.ty())?
        }
        None => {
            check_count(&function, rest.len())?;
            input::arguments(rest, function.ty())?
        }
    };
    Ok((function, values))
}

/// What messages call a file.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Whether `count` arguments are as many as the function takes.
pub(super) fn check_count(function: &Function, count: usize) -> Result<(), Failure> {
    function.check_count(count).map_err(|error| failure(function, &error))
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no functions".to_owned() } else { names.join(", ") }
}

/// A call of the function failed.
pub(super) fn failure(function: &Function, error: &Error) -> Failure {
    let failure = Failure::call(function.name(), error);
    match error.fault() {
        crate::Fault::Config => failure.with_hint(format!("{}: {}", function.method(), function.ty())),
        _ => failure,
    }
}

/// Prints what the function answered.
pub(super) fn report(function: &Function, outcome: &Outcome, form: Form) -> Result<(), Failure> {
    let unprintable = |error: Error| Failure::unusable(&error);
    match outcome {
        Outcome::Value(value) => match (value, function.value_type()) {
            (Some(value), Some(ty)) => terminal::print(&value::to_text(value, &ty, form).map_err(unprintable)?),
            _ => Ok(()),
        },
        Outcome::GuestError(details) => {
            let details = match function.error_type() {
                Some(ty) => format!("({})", value::to_text(details, &ty, form).map_err(unprintable)?),
                None => String::new(),
            };
            Err(Failure::guest(format!("{}: {} returned err{details}", function.name(), function.method())))
        }
    }
}
