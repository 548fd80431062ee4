//! The WIT view of a component.

use wit_component::WitPrinter;
use wit_parser::PackageId;

use crate::error::{Error, Result};

/// The world of a component, and the interfaces it names, as WIT text.
///
/// A binary WIT package is printed too.
///
/// # Errors
///
/// Kind `Invalid`, fault `Guest` if `component` is no valid component.
pub fn wit_of(component: &[u8]) -> Result<String> {
    super::guarded(|| print(component))
}

fn print(component: &[u8]) -> Result<String> {
    if !wasmparser::Parser::is_component(component) {
        return Err(Error::malformed("no WIT view: not a component"));
    }
    let decoded =
        wit_component::decode(component).map_err(|error| Error::malformed(format!("no WIT view: {error:#}")))?;
    let (resolve, main) = (decoded.resolve(), decoded.package());
    let others: Vec<PackageId> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer.print(resolve, main, &others).map_err(|error| Error::malformed(format!("no WIT view: {error:#}")))?;
    Ok(printer.output.to_string())
}
