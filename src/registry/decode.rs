//! From YAML trees to typed values: fields are asked for by name, and what is wrong is collected on the way.
//!
//! A method that reports a problem returns `None`; the decoder of the kind goes on with a default, so that all problems of
//! an entry come in one run. Knows the forms of values (text, number, reference, ..) but no kind.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::env::Names;
use super::source::{MAX_FILE_BYTES, Source};
use super::template::Template;
use super::tree::{Key, MERGE, Node, Pos, Value, quote};
use super::{EntryKind, Id, Problem, Problems, near, parse_duration, paths, reading};

/// The most text that `file://` values may bring into one definition file, in bytes.
const MAX_INCLUDED_BYTES: usize = 16 * MAX_FILE_BYTES as usize;

/// A definition file that is being read.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The path relative to the app folder, for messages.
    pub(crate) name: Arc<str>,
    /// The folder of the file, relative to the app folder.
    pub(crate) folder: PathBuf,
}

impl File {
    /// The file at `path`, relative to the app folder.
    pub(crate) fn new(path: &std::path::Path) -> File {
        File { name: paths::display(path).into(), folder: path.parent().map(ToOwned::to_owned).unwrap_or_default() }
    }

    /// Whether the file bears the usual name of definition files.
    pub(crate) fn is_index(&self) -> bool {
        matches!(self.name.rsplit('/').next(), Some("_index.yaml" | "_index.yml"))
    }

    /// A problem of no entry.
    pub(crate) fn problem(&self, pos: Pos, message: impl Into<String>) -> Problem {
        Problem {
            file: self.name.clone(),
            line: pos.line,
            column: pos.column,
            entry: None,
            field: None,
            message: message.into(),
        }
    }
}

/// A field that names another entry.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) field: String,
    pub(crate) pos: Pos,
    pub(crate) target: Id,
    /// One of these kinds.
    pub(crate) expected: &'static [EntryKind],
}

/// Where decoding stands: the file, the entry, and what has been found in it.
pub(crate) struct Cx<'a> {
    pub(crate) source: &'a Source,
    pub(crate) file: &'a File,
    pub(crate) problems: &'a mut Problems,
    /// The file's namespace; none when it is missing or malformed.
    pub(crate) namespace: Option<String>,
    /// The entry, as soon as its ID is known.
    pub(crate) entry: Option<Id>,
    /// What text can name; none where variables are not read, and each needs its default.
    pub(crate) variables: Option<&'a Names<'a>>,
    pub(crate) references: Vec<Reference>,
    /// Where each field of the entry stands.
    pub(crate) places: BTreeMap<Arc<str>, Pos>,
    /// The fields at the root of the entry that are not as their author meant them.
    pub(crate) damaged: BTreeSet<String>,
    /// Text that names a file or variables, as it is written, by the paths of fields.
    pub(crate) written: BTreeMap<String, Arc<str>>,
    included_bytes: usize,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(source: &'a Source, file: &'a File, problems: &'a mut Problems) -> Self {
        Cx {
            source,
            file,
            problems,
            namespace: None,
            entry: None,
            variables: None,
            references: Vec::new(),
            places: BTreeMap::new(),
            damaged: BTreeSet::new(),
            written: BTreeMap::new(),
            included_bytes: 0,
        }
    }

    /// Reports `message`, which names `field`.
    pub(crate) fn report(&mut self, pos: Pos, field: &str, message: impl Into<String>) {
        let mut problem = self.file.problem(pos, message);
        problem.entry.clone_from(&self.entry);
        problem.field = (!field.is_empty()).then(|| field.to_owned());
        self.problems.push(problem);
        self.damage(field);
    }

    /// Keeps where the field with this path stands, whose key is `key`.
    fn place(&mut self, path: &str, key: &Key) {
        let path = if path == &*key.text { key.text.clone() } else { path.into() };
        self.places.insert(path, key.pos);
    }

    /// Keeps that the field with this path is not as its author meant it.
    pub(crate) fn damage(&mut self, path: &str) {
        self.damaged.insert(reading::at_root(path).to_owned());
    }

    /// Replaces `file://` values and variables in all text of `node`, which is the field `path`.
    ///
    /// `path` is extended on the way down and restored on the way up.
    pub(crate) fn expand(&mut self, path: &mut String, node: &mut Node) {
        let length = path.len();
        match &mut node.value {
            Value::Text(text) => match self.expand_text(text) {
                Ok(None) => {}
                Ok(Some(expanded)) => {
                    let written = std::mem::replace(text, expanded);
                    if written.starts_with("file://") || written.contains("${env:") {
                        self.written.insert(path.clone(), written);
                    }
                }
                Err(message) => {
                    let path = shown(path);
                    self.report(node.pos, &path, format!("{path}: {message}"));
                    node.value = Value::Reported;
                }
            },
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.push_str(&format!("[{index}]"));
                    self.expand(path, item);
                    path.truncate(length);
                }
            }
            Value::Map(pairs) => {
                for (key, item) in pairs {
                    path.push_str(if length == 0 { "" } else { "." });
                    path.push_str(&key.text);
                    self.expand(path, item);
                    path.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Reported => {}
        }
    }

    /// What `text` stands for, if not for itself.
    fn expand_text(&mut self, text: &str) -> Result<Option<Arc<str>>, String> {
        let Some(path) = text.strip_prefix("file://") else {
            return if text.contains("${") { self.resolve(text).map(|text| Some(text.into())) } else { Ok(None) };
        };
        let shown = quote(text);
        let path = paths::below_app(&self.file.folder, &self.resolve(path)?).map_err(|why| format!("{shown} {why}"))?;
        let bytes = self.source.read(&path).map_err(|why| format!("{shown} {why}"))?;
        self.included_bytes = self.included_bytes.saturating_add(bytes.len());
        if self.included_bytes > MAX_INCLUDED_BYTES {
            return Err(format!(
                "the files named here hold more than {} MiB together; name fewer",
                MAX_INCLUDED_BYTES >> 20
            ));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            format!("{shown} is not UTF-8 text (byte {}); name a text file", error.utf8_error().valid_up_to())
        })?;
        Ok(Some(text.into()))
    }

    /// `text` with its variables replaced.
    fn resolve(&self, text: &str) -> Result<String, String> {
        let template = Template::parse(text)?;
        let Some(variables) = self.variables else {
            return template.resolve(|_| None).map_err(|name| {
                format!("env entries and settings read no variables; give a default, as in ${{env:{name}|value}}")
            });
        };
        let namespace = self.namespace.as_deref();
        let mut failure = None;
        let resolved = template.resolve(|name| {
            variables.value(name, namespace).unwrap_or_else(|why| {
                failure.get_or_insert(why);
                None
            })
        });
        let resolved = resolved.map_err(|name| variables.no_value(name, namespace));
        failure.map_or(resolved, Err)
    }
}

/// The path of the field `name` of the map at `path`.
fn join<'n>(path: &str, name: &'n str) -> Cow<'n, str> {
    if path.is_empty() { name.into() } else { [path, ".", name].concat().into() }
}

/// A map whose fields are asked for by name; what nobody asked for is unknown.
pub(crate) struct Fields<'n> {
    path: Cow<'n, str>,
    /// Where the map stands: missing fields are reported here.
    pos: Pos,
    pairs: &'n [(Key, Node)],
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The fields of a map that is no field itself, called `path` in messages; none when `node` is no map.
    pub(crate) fn of_map(node: &'n Node, path: &'n str) -> Option<Self> {
        match &node.value {
            Value::Map(pairs) => Some(Fields::new(path.into(), node.pos, pairs)),
            _ => None,
        }
    }

    fn new(path: Cow<'n, str>, pos: Pos, pairs: &'n [(Key, Node)]) -> Self {
        // More than most kinds have.
        const ASKED: usize = 16;
        Fields { path, pos, pairs, asked: Vec::with_capacity(ASKED) }
    }

    /// Calls the map `path` in messages.
    pub(crate) fn set_path(&mut self, path: &'n str) {
        self.path = path.into();
    }

    /// Whether the map has `name`, without asking for it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| &*key.text == name)
    }

    /// The field `name`, if it is given.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<Field<'n>> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        let (key, node) = self.pairs.iter().find(|(key, _)| &*key.text == name)?;
        Some(Field { path: join(&self.path, name), pos: key.pos, node })
    }

    /// The field `name`; its absence is a problem.
    pub(crate) fn required(&mut self, name: &'static str, cx: &mut Cx<'_>) -> Option<Field<'n>> {
        let field = self.optional(name);
        if field.is_none() {
            let path = join(&self.path, name);
            cx.report(self.pos, &path, format!("field {path} is missing; add it"));
        }
        field
    }

    /// All fields of a map whose keys are no names of ours.
    pub(crate) fn all(&self, cx: &mut Cx<'_>) -> Vec<(String, Field<'n>)> {
        let field = |(key, node): &'n (Key, Node)| {
            let path = join(&self.path, &key.text);
            cx.place(&path, key);
            (key.text.to_string(), Field { path, pos: key.pos, node })
        };
        self.pairs.iter().map(field).collect()
    }

    /// The fields that nobody asked for, as data.
    pub(crate) fn rest(self) -> serde_json::Map<String, serde_json::Value> {
        let unasked = self.pairs.iter().filter(|(key, _)| !self.asked.contains(&&*key.text));
        unasked.map(|(key, node)| (key.text.to_string(), node.to_data())).collect()
    }

    /// All fields as data.
    pub(crate) fn data(self) -> serde_json::Map<String, serde_json::Value> {
        self.pairs.iter().map(|(key, node)| (key.text.to_string(), node.to_data())).collect()
    }

    /// Reports the fields that nobody asked for, and keeps where the others stand.
    pub(crate) fn finish(self, cx: &mut Cx<'_>) {
        for (key, node) in self.pairs {
            if node.has_reported() {
                cx.damage(&join(&self.path, &key.text));
            }
            if self.asked.contains(&&*key.text) {
                cx.place(&join(&self.path, &key.text), key);
            } else if &*key.text == MERGE {
                self.asked.iter().for_each(|name| cx.damage(&join(&self.path, name)));
            } else {
                let path = shown(&join(&self.path, &key.text));
                let hint = near::hint(&key.text, &self.asked);
                cx.report(key.pos, &path, format!("unknown field {path}; {hint}"));
                if let Some(meant) = near::nearest(&key.text, self.asked.iter().copied()) {
                    cx.damage(&join(&self.path, meant));
                }
            }
        }
    }
}

/// `path` as it is when it is made of ordinary characters, else in quotes.
fn shown(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    if path.len() <= 100 && path.chars().all(is_plain) { path.to_owned() } else { quote(path) }
}

/// A value with its path.
#[derive(Clone)]
pub(crate) struct Field<'n> {
    pub(crate) path: Cow<'n, str>,
    pub(crate) pos: Pos,
    pub(crate) node: &'n Node,
}

impl<'n> Field<'n> {
    /// Reports `PATH WHAT`.
    pub(crate) fn report(&self, cx: &mut Cx<'_>, what: impl std::fmt::Display) {
        cx.report(self.pos, &self.path, format!("{} {what}", self.path));
    }

    fn mismatch<T>(&self, cx: &mut Cx<'_>, expected: &str) -> Option<T> {
        if !matches!(self.node.value, Value::Reported) {
            self.report(cx, format!("must be {expected} (found {})", self.node.describe()));
        }
        None
    }

    /// Text.
    pub(crate) fn text(&self, cx: &mut Cx<'_>) -> Option<&'n Arc<str>> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => self.mismatch(cx, "text, in quotes"),
            _ => self.mismatch(cx, "text"),
        }
    }

    /// Text that `read` understands; the error of `read` ends a sentence that begins with the field.
    pub(crate) fn parsed<T>(&self, cx: &mut Cx<'_>, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match read(self.text(cx)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.report(cx, message);
                None
            }
        }
    }

    /// Text that is not empty.
    pub(crate) fn name(&self, cx: &mut Cx<'_>) -> Option<&'n Arc<str>> {
        let text = self.text(cx)?;
        if text.trim().is_empty() {
            self.report(cx, "must not be empty");
            return None;
        }
        Some(text)
    }

    /// A boolean.
    pub(crate) fn boolean(&self, cx: &mut Cx<'_>) -> Option<bool> {
        match &self.node.value {
            Value::Bool(value) => Some(*value),
            _ => self.mismatch(cx, "true or false"),
        }
    }

    /// A whole number in `range`.
    pub(crate) fn integer(&self, cx: &mut Cx<'_>, range: RangeInclusive<u64>) -> Option<u64> {
        let Value::Int(value) = &self.node.value else { return self.mismatch(cx, "a whole number") };
        match u64::try_from(*value) {
            Ok(number) if range.contains(&number) => return Some(number),
            _ if *value < i128::from(*range.start()) => {
                self.report(cx, format!("must be at least {} (found {value})", range.start()));
            }
            _ => self.report(cx, format!("must be at most {} (found {value})", range.end())),
        }
        None
    }

    /// A number in `range`, with or without a fraction.
    pub(crate) fn number(&self, cx: &mut Cx<'_>, range: RangeInclusive<f64>) -> Option<f64> {
        let number = match &self.node.value {
            Value::Float(value) => *value,
            Value::Int(value) => *value as f64,
            _ => return self.mismatch(cx, "a number"),
        };
        if range.contains(&number) {
            return Some(number);
        }
        self.report(cx, format!("must be between {} and {} (found {number})", range.start(), range.end()));
        None
    }

    /// A duration of at least `least`.
    pub(crate) fn duration(&self, cx: &mut Cx<'_>, least: Duration) -> Option<Duration> {
        const FORM: &str = "a duration such as 500ms, 30s or 1m30s";
        let Value::Text(text) = &self.node.value else { return self.mismatch(cx, FORM) };
        match parse_duration(text) {
            Ok(duration) if duration >= least => return Some(duration),
            Ok(_) => self.report(cx, format!("must be at least {least:?} (found {})", quote(text))),
            Err(_) => self.report(cx, format!("must be {FORM} (found {})", quote(text))),
        }
        None
    }

    /// One of a few words.
    pub(crate) fn one_of<T: Copy>(&self, cx: &mut Cx<'_>, choices: &[(&str, T)]) -> Option<T> {
        let found = match &self.node.value {
            Value::Text(text) => choices.iter().find(|(name, _)| *name == &**text),
            _ => None,
        };
        if let Some((_, choice)) = found {
            return Some(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let Value::Text(text) = &self.node.value else { return self.mismatch(cx, &near::alternatives(&names)) };
        let meant = near::nearest(text, names.iter().copied());
        let meant = meant.map_or(String::new(), |near| format!("; did you mean {near}?"));
        self.report(cx, format!("must be {} (found {}){meant}", near::alternatives(&names), quote(text)));
        None
    }

    /// The items of a list.
    pub(crate) fn list(&self, cx: &mut Cx<'_>) -> Option<Vec<Field<'n>>> {
        let Value::List(items) = &self.node.value else { return self.mismatch(cx, "a list") };
        let item = |(index, node): (usize, &'n Node)| {
            let path = format!("{}[{index}]", self.path);
            cx.places.insert(path.as_str().into(), node.pos);
            Field { path: path.into(), pos: node.pos, node }
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The fields of a map.
    pub(crate) fn fields(&self, cx: &mut Cx<'_>) -> Option<Fields<'n>> {
        let Value::Map(pairs) = &self.node.value else { return self.mismatch(cx, "a map") };
        Some(Fields::new(self.path.clone(), self.pos, pairs))
    }

    /// A reference to an entry of one of the kinds `expected`.
    pub(crate) fn reference(&self, cx: &mut Cx<'_>, expected: &'static [EntryKind]) -> Option<Id> {
        let text = self.text(cx)?;
        // Without a namespace, which is reported, a short reference means nothing.
        let namespace = match (&cx.namespace, text.contains(':')) {
            (Some(namespace), _) => namespace.as_str(),
            (None, true) => "",
            (None, false) => return None,
        };
        match Id::resolve(text, namespace) {
            Ok(target) => {
                let field = self.path.clone().into_owned();
                cx.references.push(Reference { field, pos: self.pos, target: target.clone(), expected });
                Some(target)
            }
            Err(message) => {
                self.report(cx, format!("must name an entry: {message}"));
                None
            }
        }
    }
}
