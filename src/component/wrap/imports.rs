//! Finds the import of a world for each import of a core module, and renames it to what the encoder looks for.

use std::collections::BTreeMap;
use std::fmt::Write;

use wasm_encoder::{EntityType, ImportSection, SectionId};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, WorldItem, WorldKey};

use super::edit::{Editor, content};
use super::module::{Import, Item, Module, Signature};
use super::name::{self, Labels};
use super::preview1;
use super::scalar;
use super::world::World;
use crate::error::{Error, Result};

/// Where functions that a world imports directly are looked for.
const ROOTS: [&str; 2] = ["$root", "env"];
/// The name that the encoder knows for them.
const ROOT: &str = "$root";

/// Renames the imports of `module`; those that `world` does not know are typed from their signature and added to it.
pub(super) fn bind(module: &Module<'_>, world: &mut World, editor: &mut Editor<'_>) -> Result<()> {
    if module.imports.is_empty() {
        return Ok(());
    }
    super::check_count("imports", module.imports.len())?;
    let mut untyped = Untyped::default();
    let mut section = ImportSection::new();
    for import in &module.imports {
        let Item::Function { type_index, signature } = &import.item else {
            return Err(Error::bug("an import that is no function got past the check for foreign imports"));
        };
        let (module_name, field) = match find(import, signature, world)? {
            _ if preview1::is_adapted(import.module) => (import.module.to_owned(), import.field.to_owned()),
            Some(names) => names,
            None => untyped.take(import, signature)?,
        };
        section.import(&module_name, &field, EntityType::Function(*type_index));
    }
    if let Some(text) = untyped.world() {
        world.add_imports(&text)?;
    }
    editor.replace(SectionId::Import, content(&section));
    Ok(())
}

/// The encoder's names for `import`, if the world types it.
fn find(import: &Import<'_>, signature: &Signature, world: &World) -> Result<Option<(String, String)>> {
    if import.field.starts_with('[') || import.module.starts_with('[') || import.module.starts_with("cm32p2") {
        // Functions of the canonical ABI, as `[resource-drop]r`: the encoder knows them.
        return Ok(Some((import.module.to_owned(), import.field.to_owned())));
    }
    let field = name::label(import.field);
    let is_field = |function: &Function| function.name == import.field || Some(&function.name) == field.as_ref();
    for (key, item) in &world.resolve.worlds[world.id].imports {
        match item {
            WorldItem::Function(function) if ROOTS.contains(&import.module) && is_field(function) => {
                check(import, signature, world, function)?;
                return Ok(Some((ROOT.to_owned(), function.name.clone())));
            }
            WorldItem::Interface { id, .. } if is_interface(import.module, key, world) => {
                let functions = &world.resolve.interfaces[*id].functions;
                let Some(function) = functions.values().find(|function| is_field(function)) else {
                    let known: Vec<_> = functions.keys().map(|name| format!("`{name}`")).collect();
                    return Err(Error::invalid(format!(
                        "core import `{}` `{}`: that interface has no such function in `wit`; it has {}",
                        import.module,
                        import.field,
                        known.join(", ")
                    )));
                };
                check(import, signature, world, function)?;
                return Ok(Some((world.interface_name(key), function.name.clone())));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Whether a core module means the interface `key` by `module`: its name, without version, or the label made of `module`.
fn is_interface(module: &str, key: &WorldKey, world: &World) -> bool {
    let interface = world.interface_name(key);
    let without_version = interface.split('@').next();
    interface == module || without_version == Some(module) || name::label(module).as_deref() == Some(&interface)
}

fn check(import: &Import<'_>, found: &Signature, world: &World, function: &Function) -> Result<()> {
    let expected = Signature::of_wit(&world.resolve.wasm_signature(AbiVariant::GuestImport, function));
    if *found == expected {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "core import `{}` `{}` is {found}, but its signature in `wit` needs {expected}",
        import.module, import.field
    )))
}

/// Imports typed from their core signature.
#[derive(Default)]
struct Untyped<'a> {
    /// In the order in which they were first seen.
    interfaces: Vec<Interface<'a>>,
    by_module: BTreeMap<&'a str, usize>,
    labels: Labels,
}

struct Interface<'a> {
    label: String,
    /// Label and signature of each field.
    functions: BTreeMap<&'a str, (String, &'a Signature)>,
    labels: Labels,
}

impl<'a> Untyped<'a> {
    fn take(&mut self, import: &Import<'a>, signature: &'a Signature) -> Result<(String, String)> {
        let fail = |what: String| Error::invalid(format!("core import `{}` `{}`: {what}", import.module, import.field));
        if import.module.contains([':', '/']) {
            return Err(fail("not among the imports in `wit`: import that interface in a world".to_owned()));
        }
        if let Some(reason) = scalar::why_not_import(signature) {
            return Err(fail(format!("{reason}; give its signature in `wit`")));
        }
        let index = match self.by_module.get(import.module) {
            Some(index) => *index,
            None => {
                let label = name::label(import.module).filter(|label| self.labels.take(label)).ok_or_else(|| {
                    fail("the module name cannot be made the name of an instance of its own".to_owned())
                })?;
                self.interfaces.push(Interface { label, functions: BTreeMap::new(), labels: Labels::default() });
                self.by_module.insert(import.module, self.interfaces.len() - 1);
                self.interfaces.len() - 1
            }
        };
        let Some(interface) = self.interfaces.get_mut(index) else {
            return Err(Error::bug("an interface of untyped imports is lost"));
        };
        if let Some((label, known)) = interface.functions.get(import.field) {
            if *known != signature {
                return Err(fail(format!("imported as {known} and as {signature}")));
            }
            return Ok((interface.label.clone(), label.clone()));
        }
        let label = name::label(import.field)
            .filter(|label| interface.labels.take(label))
            .ok_or_else(|| fail("the name cannot be made a label of its own".to_owned()))?;
        interface.functions.insert(import.field, (label.clone(), signature));
        Ok((interface.label.clone(), label))
    }

    /// A world that imports all of them.
    fn world(&self) -> Option<String> {
        if self.interfaces.is_empty() {
            return None;
        }
        let mut text = "package local:imports; world module {".to_owned();
        for interface in &self.interfaces {
            // Writing to a string cannot fail.
            let _ = write!(text, " import %{}: interface {{", interface.label);
            for (label, signature) in interface.functions.values() {
                let _ = write!(text, " %{label}: {};", scalar::wit(signature));
            }
            text.push_str(" }");
        }
        text.push_str(" }");
        Some(text)
    }
}
