//! WIT text resolved to the one world that a core module is to have.

use std::collections::BTreeMap;

use wit_parser::{
    Handle, InterfaceId, PackageId, Resolve, SourceMap, Span, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem,
    WorldKey,
};

use super::MAX_WIT_BYTES;
use super::text::{self, Document};
use crate::error::{Error, Result};

/// Deepest nesting of types, which is also what validators accept.
const MAX_TYPE_DEPTH: u32 = 100;
/// Most nodes of one type, everything in it counted as often as it occurs.
const MAX_TYPE_NODES: u64 = 1 << 18;

/// A world and everything it names.
pub(super) struct World {
    pub(super) resolve: Resolve,
    pub(super) id: WorldId,
}

/// Resolves WIT text: bare functions, types with functions, interfaces, or a document with one world.
pub(super) fn parse(wit: &str) -> Result<World> {
    if wit.len() > MAX_WIT_BYTES {
        return Err(Error::invalid(format!("wit: text of {} bytes, at most {MAX_WIT_BYTES} are read", wit.len())));
    }
    let document = text::document(wit);
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    let package = push(&mut resolve, &document.text).map_err(|failure| failure.into_error(&document, wit))?;
    check_types(&resolve)?;
    let id = only_world(&mut resolve, package)?;
    if !document.has_package && !uses_between_interfaces(&resolve, package) {
        use_plain_names(&mut resolve, id, package);
    }
    let world = World { resolve, id };
    if world.exports().next().is_none() {
        return Err(Error::invalid("wit: exports no function; write at least one, as in `answer: func() -> s32;`"));
    }
    Ok(world)
}

impl World {
    /// Resolves text made by this crate.
    pub(super) fn generate(text: &str) -> Result<World> {
        let mut resolve = Resolve::default();
        let id = push_generated(&mut resolve, text)?;
        Ok(World { resolve, id })
    }

    /// Adds the imports of the only world in `text`, which this crate made.
    pub(super) fn add_imports(&mut self, text: &str) -> Result<()> {
        let other = push_generated(&mut self.resolve, text)?;
        let imports = core::mem::take(&mut self.resolve.worlds[other].imports);
        self.resolve.worlds[self.id].imports.extend(imports);
        Ok(())
    }

    /// The exported functions, each with the interface it belongs to.
    pub(super) fn exports(&self) -> impl Iterator<Item = (Option<&WorldKey>, &wit_parser::Function)> {
        self.resolve.worlds[self.id].exports.iter().flat_map(|(key, item)| {
            let (own, interface) = match item {
                WorldItem::Function(function) => (Some((None, function)), None),
                WorldItem::Interface { id, .. } => (None, Some(*id)),
                WorldItem::Type { .. } => (None, None),
            };
            let members = interface.into_iter().flat_map(|id| self.resolve.interfaces[id].functions.values());
            own.into_iter().chain(members.map(move |function| (Some(key), function)))
        })
    }

    /// The name of an interface in the component.
    pub(super) fn interface_name(&self, key: &WorldKey) -> String {
        self.resolve.name_world_key(key)
    }
}

/// What is wrong with WIT text, and at which byte.
struct Failure {
    message: String,
    at: Option<usize>,
}

impl Failure {
    fn new(message: &str, span: Span, sources: &SourceMap) -> Self {
        let message = message.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        Failure { message, at: sources.resolve_span(span).map(|location| location.range.start) }
    }

    fn into_error(self, document: &Document, original: &str) -> Error {
        let place = match self.at.map(|at| document.position(original, at)) {
            Some((line, column)) => format!("wit:{line}:{column}"),
            None => "wit".to_owned(),
        };
        Error::invalid(self.message).at(place)
    }
}

fn push(resolve: &mut Resolve, document: &str) -> Result<PackageId, Failure> {
    let mut sources = SourceMap::new();
    sources.push_str("wit", document);
    let group =
        sources.parse().map_err(|(sources, error)| Failure::new(&error.to_string(), error.kind().span(), &sources))?;
    match resolve.push_group(group) {
        Ok(package) => Ok(package),
        Err(error) => Err(Failure::new(&error.to_string(), error.kind().span(), &resolve.source_map)),
    }
}

fn push_generated(resolve: &mut Resolve, text: &str) -> Result<WorldId> {
    let fail = |message: &str| Error::bug(format!("generated WIT does not resolve: {message}"));
    let package = push(resolve, text).map_err(|failure| fail(&failure.message))?;
    resolve.packages[package].worlds.values().next().copied().ok_or_else(|| fail("no world"))
}

/// The world of `package`, or one that exports all its interfaces.
fn only_world(resolve: &mut Resolve, package: PackageId) -> Result<WorldId> {
    let worlds = &resolve.packages[package].worlds;
    if worlds.len() > 1 {
        let names: Vec<_> = worlds.keys().map(|name| format!("`{name}`")).collect();
        return Err(Error::invalid(format!("wit: {} are {} worlds: keep one", names.join(", "), names.len())));
    }
    if let Some(id) = worlds.values().next() {
        return Ok(*id);
    }
    let interfaces = resolve.packages[package].interfaces.values();
    let exports: Vec<_> =
        interfaces.filter_map(|id| resolve.id_of(*id)).map(|name| format!("export {};", escape(&name))).collect();
    push_generated(resolve, &format!("package local:exports; world module {{ {} }}", exports.join(" ")))
}

/// `a:record/b@1.0.0` with its words escaped, so that none is a keyword.
fn escape(interface: &str) -> String {
    let (path, version) = match interface.split_once('@') {
        Some((path, version)) => (path, format!("@{version}")),
        None => (interface, String::new()),
    };
    let escaped: String = path.split_inclusive([':', '/']).map(|word| format!("%{word}")).collect();
    escaped + &version
}

/// Whether types of an interface in `package` are used outside of it; an interface without a full name cannot be used.
fn uses_between_interfaces(resolve: &Resolve, package: PackageId) -> bool {
    resolve.types.iter().any(|(_, ty)| match ty.kind {
        TypeDefKind::Type(Type::Id(used)) => {
            let owner = resolve.types[used].owner;
            let is_ours = |id: InterfaceId| resolve.interfaces[id].package == Some(package);
            owner != ty.owner && matches!(owner, TypeOwner::Interface(id) if is_ours(id))
        }
        _ => false,
    })
}

/// Interfaces of a package that its author did not name go by their own name.
fn use_plain_names(resolve: &mut Resolve, world: WorldId, package: PackageId) {
    let mut renamed = Vec::new();
    let mut plain = |key: WorldKey| match key {
        WorldKey::Interface(id) if resolve.interfaces[id].package == Some(package) => {
            renamed.push(id);
            resolve.interfaces[id].name.clone().map_or(key, WorldKey::Name)
        }
        other => other,
    };
    let taken = &resolve.worlds[world];
    let (imports, exports) = (taken.imports.clone(), taken.exports.clone());
    let imports = imports.into_iter().map(|(key, item)| (plain(key), item)).collect();
    let exports = exports.into_iter().map(|(key, item)| (plain(key), item)).collect();
    resolve.worlds[world].imports = imports;
    resolve.worlds[world].exports = exports;
    for id in renamed {
        // A nameless interface is what a world holds for `export x: interface { .. }`.
        if let Some(name) = resolve.interfaces[id].name.take() {
            resolve.packages[package].interfaces.shift_remove(&name);
        }
    }
}

/// Refuses types that cannot be lifted, or that are too large to be looked at.
fn check_types(resolve: &Resolve) -> Result<()> {
    let mut known: BTreeMap<TypeId, Measure> = BTreeMap::new();
    for (root, _) in resolve.types.iter() {
        // Types are measured after what they are made of; the list is the stack of a walk without recursion.
        let mut walk = vec![root];
        while let Some(id) = walk.last().copied() {
            if known.contains_key(&id) {
                walk.pop();
                continue;
            }
            let parts = parts(&resolve.types[id].kind);
            let before = walk.len();
            walk.extend(parts.iter().filter(|part| !known.contains_key(part)));
            if walk.len() == before {
                walk.pop();
                known.insert(id, measure(resolve, id, &parts, &known)?);
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Measure {
    depth: u32,
    nodes: u64,
}

fn measure(resolve: &Resolve, id: TypeId, parts: &[TypeId], known: &BTreeMap<TypeId, Measure>) -> Result<Measure> {
    let ty = &resolve.types[id];
    let fail = |what: &str| {
        let name = ty.name.as_deref().map_or_else(|| "a type without name".to_owned(), |name| format!("type `{name}`"));
        Err(Error::invalid(format!("wit: {name} {what}")))
    };
    let own_nodes = match &ty.kind {
        TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
            return fail("holds a stream or a future, which core modules cannot use here: give a component");
        }
        TypeDefKind::Record(record) => record.fields.len(),
        TypeDefKind::Tuple(tuple) => tuple.types.len(),
        TypeDefKind::Flags(flags) => flags.flags.len(),
        TypeDefKind::Enum(cases) => cases.cases.len(),
        TypeDefKind::Variant(variant) => variant.cases.len(),
        TypeDefKind::FixedLengthList(_, len) => *len as usize,
        _ => 1,
    };
    if own_nodes == 0 {
        return fail("is empty: it needs at least one member");
    }
    let parts = parts.iter().filter_map(|part| known.get(part));
    let depth = 1 + parts.clone().map(|part| part.depth).max().unwrap_or(0);
    let inner = parts.fold(0_u64, |sum, part| sum.saturating_add(part.nodes));
    let nodes = match &ty.kind {
        TypeDefKind::FixedLengthList(..) => inner.max(1).saturating_mul(own_nodes as u64),
        _ => inner.saturating_add(own_nodes as u64),
    };
    if depth > MAX_TYPE_DEPTH {
        return fail(&format!("is nested deeper than {MAX_TYPE_DEPTH} levels"));
    }
    if nodes > MAX_TYPE_NODES {
        return fail(&format!("has more than {MAX_TYPE_NODES} members, inner ones counted"));
    }
    Ok(Measure { depth, nodes })
}

/// The defined types that `kind` is made of, as often as it names them.
fn parts(kind: &TypeDefKind) -> Vec<TypeId> {
    let types: Vec<Type> = match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
        TypeDefKind::Map(key, value) => vec![*key, *value],
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => ty.iter().copied().collect(),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => vec![Type::Id(*id)],
        TypeDefKind::Flags(_) | TypeDefKind::Enum(_) | TypeDefKind::Resource | TypeDefKind::Unknown => Vec::new(),
    };
    types.into_iter().filter_map(|ty| if let Type::Id(id) = ty { Some(id) } else { None }).collect()
}
