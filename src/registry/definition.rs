//! One definition file: its namespace, its meta, and its entries as drafts that are not checked against others yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Map;

use super::decode::{Cx, Field, Fields, File, Reference};
use super::entry::{Entry, RegistryEntry, Spec};
use super::env::Names;
use super::function::{FunctionWasm, FunctionWat};
use super::id::check_part;
use super::meta::{FileMeta, Meta};
use super::source::Source;
use super::tree::{self, Key, Node, Pos, Tree, Value};
use super::{EntryKind, EnvStorage, EnvVariable, FsDirectory, HttpEndpoint, HttpRouter, HttpService, Id, Problems};

/// The only version of definition files.
const VERSION: &str = "1.0";

/// An entry whose ID is known. It may have problems of its own, and is kept so that references to it are not dangling.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: Id,
    pub(crate) file: Arc<str>,
    pub(crate) pos: Pos,
    /// None when the kind is missing, unknown or not supported.
    pub(crate) kind: Option<EntryKind>,
    /// None when a field is missing or malformed that it cannot be without.
    pub(crate) entry: Option<Entry>,
    pub(crate) references: Vec<Reference>,
    /// The fields at its root that are not as their author meant them.
    pub(crate) damaged: BTreeSet<String>,
}

/// Reads the definition file `file` with the content `bytes`; `variables` is what text in its fields can name.
///
/// Without `variables`, only env entries have their fields read; of the others no more is known than that they are there.
///
/// None when it is no definition file: a YAML file without `namespace` at its top level is passed over, unless it is called
/// `_index`, and one that cannot be read is reported.
pub(crate) fn decode(
    file: &File,
    bytes: &[u8],
    source: &Source,
    variables: Option<&Names<'_>>,
    problems: &mut Problems,
) -> Option<Vec<Draft>> {
    let tree = parse(file, bytes, problems)?;
    let mut root = tree.root;
    if root.entry("namespace").is_none() {
        if file.is_index() {
            problems.push(file.problem(Pos::START, "field namespace is missing; an _index file declares entries"));
        }
        return None;
    }
    for (pos, message) in tree.notes {
        problems.push(file.problem(pos, message));
    }
    let list = take(&mut root, "entries");
    let mut cx = Cx::new(source, file, problems);
    cx.variables = variables;
    let mut fields = Fields::of_map(&root, "")?;
    header(&mut fields, &mut cx);
    Some(match list {
        Some((_, list)) => {
            fields.optional("entries");
            entries(&root, fields, list, &mut cx)
        }
        None if fields.has("name") || fields.has("kind") => {
            entry(root, "", &FileMeta::default(), &mut cx).into_iter().collect()
        }
        None => {
            cx.report(Pos::START, "entries", "has no entries; add a list entries, or name and kind for one entry");
            Vec::new()
        }
    })
}

/// The YAML of `file`, if it can be read; what ends reading is reported.
pub(crate) fn parse(file: &File, bytes: &[u8], problems: &mut Problems) -> Option<Tree> {
    let parsed = match std::str::from_utf8(bytes) {
        Ok(text) => tree::parse(text),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
            let message = format!("is not UTF-8 text (byte {}); save it as UTF-8", error.valid_up_to());
            Err((Pos { line, column: 1 }, message))
        }
    };
    parsed.map_err(|(pos, message)| problems.push(file.problem(pos, message))).ok()
}

/// Takes the value of `key` out of the map `root` and leaves a reported one.
fn take(root: &mut Node, key: &str) -> Option<(Key, Node)> {
    let Value::Map(pairs) = &mut root.value else { return None };
    let (key, node) = pairs.iter_mut().find(|(known, _)| &*known.text == key)?;
    let left = Node { pos: node.pos, value: Value::Reported };
    Some((key.clone(), std::mem::replace(node, left)))
}

fn part_of_id(text: &str) -> Result<String, String> {
    check_part(text).map(|()| text.to_owned())
}

/// Reads `namespace` and `version`.
fn header(fields: &mut Fields<'_>, cx: &mut Cx<'_>) {
    let namespace = fields.optional("namespace").and_then(|field| field.parsed(cx, part_of_id));
    cx.namespace = namespace;
    if let Some(field) = fields.optional("version") {
        let is_known = match &field.node.value {
            Value::Text(text) => &**text == VERSION,
            Value::Float(number) => *number == 1.0,
            _ => false,
        };
        if !is_known {
            field.report(cx, format!("must be \"{VERSION}\" (found {})", field.node.describe()));
        }
    }
}

/// Reads a file whose entries stand in `list`.
fn entries(root: &Node, mut fields: Fields<'_>, list: Node, cx: &mut Cx<'_>) -> Vec<Draft> {
    if fields.has("name") || fields.has("kind") {
        cx.report(Pos::START, "entries", "has both entries and an inline entry; move the inline entry into entries");
        return Vec::new();
    }
    let file_meta = fields.optional("meta").map(|field| FileMeta::read(&field, cx)).unwrap_or_default();
    fields.finish(cx);
    let key_pos = root.entry("entries").map_or(Pos::START, |(key, _)| key.pos);
    let Value::List(items) = list.value else {
        Field { path: "entries".into(), pos: key_pos, node: &list }.list(cx);
        return Vec::new();
    };
    let drafts = items.into_iter().enumerate();
    drafts.filter_map(|(index, item)| entry(item, &format!("entries[{index}]"), &file_meta, cx)).collect()
}

/// Reads one entry, which is called `place` as long as its ID is not known.
fn entry(mut node: Node, place: &str, file_meta: &FileMeta, cx: &mut Cx<'_>) -> Option<Draft> {
    cx.entry = None;
    cx.references.clear();
    cx.places.clear();
    cx.damaged.clear();
    cx.written.clear();
    let is_inline = place.is_empty();
    let Some(mut fields) = Fields::of_map(&node, place) else {
        Field { path: place.into(), pos: node.pos, node: &node }.fields(cx);
        return None;
    };
    let pos = fields.optional("name").map_or(node.pos, |field| field.pos);
    let name = fields.required("name", cx).and_then(|field| field.parsed(cx, part_of_id));
    cx.entry = name.zip(cx.namespace.as_deref()).and_then(|(name, namespace)| Id::join(namespace, &name).ok());
    if cx.entry.is_some() {
        fields.set_path("");
    }
    let kind = fields.required("kind", cx).and_then(|field| {
        let name = field.text(cx)?;
        EntryKind::parse(name).map_err(|message| cx.report(field.pos, &field.path, message)).ok()
    });
    let path = if cx.entry.is_some() { "" } else { place };
    let variables = cx.variables;
    let spec_and_meta = kind.filter(|kind| kind.is_env() || variables.is_some()).and_then(|kind| {
        cx.variables = variables.filter(|_| !kind.is_env());
        cx.expand(&mut path.to_owned(), &mut node);
        cx.variables = variables;
        body(&node, path, is_inline, kind, file_meta, cx)
    });
    let id = cx.entry.take()?;
    let places = std::mem::take(&mut cx.places);
    let written = std::mem::take(&mut cx.written);
    let entry = spec_and_meta.map(|(spec, meta)| {
        Entry::new(id.clone(), meta, spec, cx.file.name.clone(), pos, places).with_written(written)
    });
    let (references, damaged) = (std::mem::take(&mut cx.references), std::mem::take(&mut cx.damaged));
    Some(Draft { id, file: cx.file.name.clone(), pos, kind, entry, references, damaged })
}

/// Reads the fields of an entry whose kind is known.
fn body(
    node: &Node,
    path: &str,
    is_inline: bool,
    kind: EntryKind,
    file_meta: &FileMeta,
    cx: &mut Cx<'_>,
) -> Option<(Spec, Map<String, serde_json::Value>)> {
    let mut fields = Fields::of_map(node, path)?;
    let header: &[&str] = if is_inline { &["namespace", "version", "name", "kind"] } else { &["name", "kind"] };
    for name in header {
        fields.optional(name);
    }
    let mut meta = Meta::new(fields.optional("meta"), file_meta, cx);
    let spec = match kind {
        EntryKind::FunctionWat => FunctionWat::decode(&mut fields, cx).map(Spec::FunctionWat),
        EntryKind::FunctionWasm => FunctionWasm::decode(&mut fields, cx).map(Spec::FunctionWasm),
        EntryKind::FsDirectory => FsDirectory::decode(&mut fields, cx).map(Spec::FsDirectory),
        EntryKind::EnvVariable => EnvVariable::decode(&mut fields, cx).map(Spec::EnvVariable),
        EntryKind::EnvStorageOs
        | EntryKind::EnvStorageMemory
        | EntryKind::EnvStorageStatic
        | EntryKind::EnvStorageFile
        | EntryKind::EnvStorageRouter => EnvStorage::decode(kind, &mut fields, cx).map(Spec::EnvStorage),
        EntryKind::HttpService => HttpService::decode(&mut fields, cx).map(Spec::HttpService),
        EntryKind::HttpRouter => HttpRouter::decode(&mut fields, &mut meta, cx).map(Spec::HttpRouter),
        EntryKind::HttpEndpoint => HttpEndpoint::decode(&mut fields, &mut meta, cx).map(Spec::HttpEndpoint),
        EntryKind::RegistryEntry => {
            return Some((Spec::RegistryEntry(RegistryEntry { data: fields.rest() }), meta.into_data()));
        }
        // The other kinds are not supported yet, which their name has told already.
        _ => None,
    };
    fields.finish(cx);
    Some((spec?, meta.into_data()))
}
