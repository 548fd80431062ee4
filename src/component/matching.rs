//! Whether what a host gives has the types that a component imports.

use super::{
    linker::Resolved,
    plan::{ImportKind, Plan, ResourceDef},
    resource::ResourceType,
    typed::Check,
    types::{FuncType, ResourceId},
};
use crate::error::Result;

/// Checks every host function with Rust types against the type that the component imports.
///
/// # Errors
///
/// If a parameter or result is of another type; the error names the import and its type.
pub(crate) fn check<T>(plan: &Plan, imports: &[Resolved<T>]) -> Result<()> {
    let resources = |id: ResourceId| host_resource(plan, imports, id);
    let check = Check { types: &plan.types, resources: &resources };
    for (import, found) in plan.imports.iter().zip(imports) {
        if let (ImportKind::Func(ty), Resolved::Func(func)) = (import.kind, found) {
            (func.typecheck)(&check, plan.types.func(ty)).map_err(|error| {
                let ty = FuncType { table: plan.types.clone(), id: ty };
                error.at(alloc::format!("the component imports {} as {ty}, the host defines another type", import.name))
            })?;
        }
    }
    Ok(())
}

/// The host's type behind a resource of the plan.
pub(crate) fn host_resource<T>(plan: &Plan, imports: &[Resolved<T>], id: ResourceId) -> Option<ResourceType> {
    match plan.resources.get(id.0 as usize)? {
        ResourceDef::Imported(import) => match imports.get(*import as usize)? {
            Resolved::Resource(ty, _) => Some(*ty),
            _ => None,
        },
        ResourceDef::Defined { .. } => None,
    }
}
