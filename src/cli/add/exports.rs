//! Which functions of the file become entries, and what they are called. Knows no app.

use std::collections::BTreeMap;

use super::super::{
    failure::Failure,
    input,
    inspect::{Report, entry},
    run::RUN,
};
use super::{Args, home::Home};
use crate::component::FuncType;

/// An exported function and the name of its entry.
pub(super) struct Export {
    pub(super) name: String,
    /// The full name of the export.
    pub(super) method: String,
    pub(super) ty: FuncType,
}

/// Whether the export is what a program begins with.
pub(super) fn is_program(method: &str) -> bool {
    entry::without_version(method) == RUN
}

/// The function that was asked for, or all that can be called, at least one.
pub(super) fn chosen(args: &Args, report: &Report) -> Result<Vec<(String, FuncType)>, Failure> {
    let file = args.file.display();
    let program = || {
        let message = format!("{file} is a program: its export wasi:cli/run is run and not called");
        Failure::usage(message).with_hint(format!("nojit run {file}"))
    };
    if let Some(method) = &args.method {
        let found = report.component.find_func(method);
        let (method, ty) = found.map_err(|error| input::unusable(error, &args.file, args.wit.as_deref()))?;
        if is_program(&method) {
            return Err(program());
        }
        if !entry::is_callable(&method, &ty) {
            let message =
                format!("{file}: {method} takes or returns a resource, which is no data, and cannot be called");
            return Err(Failure::usage(message).with_hint(format!("{method}: {ty}")));
        }
        return Ok(vec![(method, ty)]);
    }
    let functions = entry::callable(report).filter(|(method, _)| !is_program(method));
    let functions: Vec<(String, FuncType)> = functions.cloned().collect();
    if functions.is_empty() {
        return Err(match report.exports.iter().any(|(method, _)| is_program(method)) {
            true => program(),
            false => Failure::usage(format!("{file} exports no function that can be called"))
                .with_hint(format!("nojit inspect {file} shows what there is")),
        });
    }
    Ok(functions)
}

/// The functions with names for their entries, all different.
pub(super) fn named(functions: Vec<(String, FuncType)>, home: &Home) -> Result<Vec<Export>, Failure> {
    let methods: Vec<&str> = functions.iter().map(|(method, _)| method.as_str()).collect();
    let names = names(&methods, &home.name, home.is_name_given).map_err(|(name, methods)| {
        let message = format!("{} would all be called {name}", methods.join(", "));
        Failure::usage(message).with_hint("add them one by one: --method EXPORT --name NAME")
    })?;
    let named = functions.into_iter().zip(names);
    let exports: Vec<Export> = named.map(|((method, ty), name)| Export { name, method, ty }).collect();
    exports.iter().try_for_each(|export| home.check_is_free(&export.name))?;
    Ok(exports)
}

/// A name for each of `methods`; or one that several would have, with these.
///
/// Those of the same name in different interfaces have the name of the interface before it.
fn names<'a>(methods: &[&'a str], base: &str, is_given: bool) -> Result<Vec<String>, (String, Vec<&'a str>)> {
    if let [method] = methods {
        let is_base = is_given || entry::is_handler(method);
        return Ok(vec![if is_base { base.to_owned() } else { entry::name(method) }]);
    }
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    methods.iter().for_each(|method| *uses.entry(entry::name(method)).or_default() += 1);
    let name = |method: &&str| {
        let name = entry::name(method);
        match interface(method) {
            _ if entry::is_handler(method) => base.to_owned(),
            Some(interface) if uses.get(&name).is_some_and(|count| *count > 1) => format!("{base}_{interface}_{name}"),
            _ => format!("{base}_{name}"),
        }
    };
    let names: Vec<String> = methods.iter().map(name).collect();
    for name in &names {
        let same = methods.iter().zip(&names).filter(|(_, other)| *other == name);
        let same: Vec<&str> = same.map(|(method, _)| *method).collect();
        if same.len() > 1 {
            return Err((name.clone(), same));
        }
    }
    Ok(names)
}

/// The interface of a function, without its package and version, in `snake_case`.
fn interface(method: &str) -> Option<String> {
    let (interface, _) = method.split_once('#')?;
    let name = interface.split_once('@').map_or(interface, |(name, _)| name);
    Some(entry::word(name.rsplit_once('/').map_or(name, |(_, name)| name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_exports_and_are_different() {
        let check = |methods: &[&str], is_given: bool, expected: &str| {
            let found = match names(methods, "base", is_given) {
                Ok(names) => names.join(" "),
                Err((name, methods)) => format!("{name} for {}", methods.join(" ")),
            };
            assert_eq!(found, expected, "{methods:?}");
        };
        check(&["transform-users"], false, "transform_users");
        check(&["transform-users"], true, "base");
        check(&["a:b/c@1.0.0#do-it"], false, "do_it");
        check(&["f", "a:b/c#g-h"], false, "base_f base_g_h");
        check(&["f", "a:b/c-d@1.0.0#f", "a:b/e#f", "g"], true, "base_f base_c_d_f base_e_f base_g");
        check(&["wasi:http/incoming-handler@0.2.3#handle"], false, "base");
        check(&["wasi:http/incoming-handler@0.2.3#handle", "f"], false, "base base_f");
        check(&["a:b/c#f", "d:e/c#f"], false, "base_c_f for a:b/c#f d:e/c#f");
    }
}
