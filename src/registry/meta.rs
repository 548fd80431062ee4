//! `meta` of an entry, which lies over `meta` of its file: free data, of which some kinds read a field. Knows no kind.
//!
//! A field that comes from the file keeps its place there, so that what is wrong with it is reported where it stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use super::decode::{Cx, Field, Fields};
use super::tree::{MERGE, Node, Value};

/// `meta` of a file.
#[derive(Debug, Default)]
pub(crate) struct FileMeta {
    /// The value, with its variables replaced.
    node: Option<Node>,
    /// Whether something in it was reported: any field of it could be meant otherwise.
    is_damaged: bool,
    /// Text that names a file or variables, as it is written, by the paths of fields.
    written: BTreeMap<String, Arc<str>>,
}

impl FileMeta {
    /// Reads `meta` of a file, and reports what is wrong with it.
    pub(crate) fn read(field: &Field<'_>, cx: &mut Cx<'_>) -> FileMeta {
        let mut node = field.node.clone();
        cx.expand(&mut field.path.clone().into_owned(), &mut node);
        let fields = Field { node: &node, ..field.clone() }.fields(cx);
        let is_damaged = node.has_reported() || fields.is_none_or(|fields| fields.has(MERGE));
        FileMeta { node: Some(node), is_damaged, written: std::mem::take(&mut cx.written) }
    }

    /// The text as it is written below the keys that `own` has not.
    fn written_beneath(&self, own: Option<&Fields<'_>>) -> impl Iterator<Item = (&String, &Arc<str>)> {
        let pairs = match self.node.as_ref().map(|node| &node.value) {
            Some(Value::Map(pairs)) => pairs.as_slice(),
            _ => &[],
        };
        let keys = pairs.iter().map(|(key, _)| &*key.text).filter(move |key| !own.is_some_and(|own| own.has(key)));
        keys.flat_map(|key| {
            let is_below = move |path: &str| {
                let rest = path.strip_prefix("meta.").and_then(|path| path.strip_prefix(key));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            self.written.iter().filter(move |(path, _)| is_below(path))
        })
    }
}

/// `meta` of an entry over `meta` of its file, key by key.
pub(crate) struct Meta<'n> {
    own: Option<Fields<'n>>,
    file: Option<Fields<'n>>,
}

impl<'n> Meta<'n> {
    /// What the field `own` of an entry and its file say together.
    pub(crate) fn new(own: Option<Field<'n>>, file: &'n FileMeta, cx: &mut Cx<'_>) -> Meta<'n> {
        let own = own.and_then(|field| field.fields(cx));
        if file.is_damaged || own.as_ref().is_some_and(|fields| fields.has(MERGE)) {
            cx.damage("meta");
        }
        let written = file.written_beneath(own.as_ref()).map(|(path, text)| (path.clone(), text.clone()));
        cx.written.extend(written);
        Meta { own, file: file.node.as_ref().and_then(|node| Fields::of_map(node, "meta")) }
    }

    /// The field `name`, if the entry or else the file gives it.
    pub(crate) fn optional(&mut self, name: &'static str, cx: &mut Cx<'_>) -> Option<Field<'n>> {
        let field = [&mut self.own, &mut self.file].into_iter().flatten().find_map(|fields| fields.optional(name))?;
        cx.places.insert((&*field.path).into(), field.pos);
        if field.node.has_reported() {
            cx.damage(&field.path);
        }
        Some(field)
    }

    /// All of it as data.
    pub(crate) fn into_data(self) -> Map<String, serde_json::Value> {
        let mut data = self.file.map(Fields::data).unwrap_or_default();
        data.extend(self.own.map(Fields::data).unwrap_or_default());
        data
    }
}
