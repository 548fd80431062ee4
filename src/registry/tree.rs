//! YAML text as a tree with positions, within limits.
//!
//! Follows YAML 1.2 with the core schema (chapter 10.3). Stricter than it in three ways that prevent surprises: a key given
//! twice, a merge key and a tag that is not of the core schema are errors. Knows nothing of entries.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use serde_json::Number;

/// The deepest nesting of lists and maps, aliases expanded.
pub(crate) const MAX_DEPTH: usize = 128;
/// The most values in one file, copies by anchors and aliases included.
pub(crate) const MAX_NODES: usize = 250_000;
/// The most bytes of text that anchors and aliases may copy in one file.
pub(crate) const MAX_COPIED_BYTES: usize = 4 << 20;

/// The key by which other dialects merge maps: reported where it stands, and could stand for any field.
pub(crate) const MERGE: &str = "<<";

/// Where something stands in a file; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pos {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Pos {
    /// The whole file.
    pub(crate) const FILE: Pos = Pos { line: 0, column: 0 };
    /// The beginning of the file.
    pub(crate) const START: Pos = Pos { line: 1, column: 1 };
}

impl From<Marker> for Pos {
    fn from(marker: Marker) -> Pos {
        Pos { line: marker.line().max(1), column: marker.col() + 1 }
    }
}

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) pos: Pos,
    pub(crate) value: Value,
}

/// A YAML value of the core schema.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
    /// A value whose problem is reported already: it fits everywhere.
    Reported,
}

/// A key of a map and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) pos: Pos,
    pub(crate) text: Arc<str>,
}

/// What is wrong at a place of the text.
pub(crate) type Note = (Pos, String);

/// One file of YAML.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The first document; null when there is none.
    pub(crate) root: Node,
    /// What is wrong although the text could be read.
    pub(crate) notes: Vec<Note>,
}

/// Reads the first document of `text`.
///
/// The error is what ended reading: bad syntax, or a limit.
pub(crate) fn parse(text: &str) -> Result<Tree, Note> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) =
            event.map_err(|error| (Pos::from(*error.marker()), format!("is not valid YAML: {}", error.info())))?;
        builder.event(event, span)?;
    }
    let root = builder.root.unwrap_or(Node { pos: Pos::START, value: Value::Null });
    Ok(Tree { root, notes: builder.notes })
}

impl Node {
    /// What this value is, for "found ..." in a sentence.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("boolean {value}"),
            Value::Int(value) => format!("number {value}"),
            Value::Float(value) => format!("number {value:?}"),
            Value::Text(text) => format!("text {}", quote(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Reported => "an error".to_owned(),
        }
    }

    /// Whether something in it was reported.
    pub(crate) fn has_reported(&self) -> bool {
        match &self.value {
            Value::Reported => true,
            Value::List(items) => items.iter().any(Node::has_reported),
            Value::Map(pairs) => pairs.iter().any(|(_, node)| node.has_reported()),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => false,
        }
    }

    /// The value of `key`, if this is a map that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        match &self.value {
            Value::Map(pairs) => pairs.iter().find(|(known, _)| &*known.text == key),
            _ => None,
        }
    }

    /// The value as plain data; numbers that JSON does not have become the strings `NaN`, `Infinity` and `-Infinity`.
    pub(crate) fn to_data(&self) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Reported => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => Number::from_i128(*value).map_or(serde_json::Value::Null, serde_json::Value::Number),
            Value::Float(value) => match Number::from_f64(*value) {
                Some(number) => serde_json::Value::Number(number),
                None if value.is_nan() => "NaN".into(),
                None if *value > 0.0 => "Infinity".into(),
                None => "-Infinity".into(),
            },
            Value::Text(text) => (&**text).into(),
            Value::List(items) => items.iter().map(Node::to_data).collect(),
            Value::Map(pairs) => serde_json::Value::Object(
                pairs.iter().map(|(key, node)| (key.text.to_string(), node.to_data())).collect(),
            ),
        }
    }
}

/// `text` in quotes, shortened, with control characters escaped.
pub(crate) fn quote(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    let shown: String = text.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() { format!("{:?}", format!("{shown}...")) } else { format!("{shown:?}") }
}

/// What a subtree costs when it is copied.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    /// Levels of lists and maps.
    height: usize,
}

/// A list or map that is not closed yet.
struct Open {
    pos: Pos,
    anchor: usize,
    size: Size,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        pairs: Vec<(Key, Node)>,
        /// The key that waits for its value.
        key: Option<Key>,
    },
}

#[derive(Default)]
struct Builder {
    documents: usize,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    notes: Vec<Note>,
    nodes: usize,
    copied_bytes: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Note> {
        let pos = Pos::from(span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                self.anchors.clear();
                if self.documents == 2 {
                    self.notes
                        .push((pos, "a file holds one YAML document; move the second one to another file".to_owned()));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(pos, &text, style, anchor, tag.as_deref()),
            Event::SequenceStart(anchor, tag) => {
                self.check_collection_tag(pos, tag.as_deref(), "seq");
                self.open(pos, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.check_collection_tag(pos, tag.as_deref(), "map");
                self.open(pos, anchor, Content::Map { pairs: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(pos, anchor),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        pos: Pos,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), Note> {
        let text: Arc<str> = text.into();
        let size = Size { nodes: 1, bytes: text.len(), height: 0 };
        if self.takes_key() {
            let node = Node { pos, value: Value::Text(text.clone()) };
            self.remember(anchor, &node, size)?;
            self.key(Key { pos, text });
            return Ok(());
        }
        let value = resolve(&text, style, tag).unwrap_or_else(|message| {
            self.notes.push((pos, message));
            Value::Reported
        });
        let node = Node { pos, value };
        self.remember(anchor, &node, size)?;
        self.charge(pos, 1)?;
        self.attach(node, size)
    }

    /// Whether the next value is the key of a map.
    fn takes_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, new: Key) {
        let Some(Open { content: Content::Map { key, .. }, .. }) = self.open.last_mut() else { return };
        if &*new.text == MERGE {
            self.notes.push((new.pos, "merge keys (<<) are not supported; write the fields out".to_owned()));
        }
        *key = Some(new);
    }

    fn open(&mut self, pos: Pos, anchor: usize, content: Content) -> Result<(), Note> {
        if self.takes_key() {
            return Err((pos, "a key must be text, not a list or a map; put it in quotes".to_owned()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err((pos, format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        self.charge(pos, 1)?;
        self.open.push(Open { pos, anchor, size: Size { nodes: 1, bytes: 0, height: 1 }, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Note> {
        let Some(Open { pos, anchor, size, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { mut pairs, .. } => {
                self.refuse_duplicates(&mut pairs);
                Value::Map(pairs)
            }
        };
        let node = Node { pos, value };
        self.remember(anchor, &node, size)?;
        self.attach(node, size)
    }

    /// Of keys given twice the first counts.
    fn refuse_duplicates(&mut self, pairs: &mut Vec<(Key, Node)>) {
        let mut by_text: Vec<(usize, &Key)> = pairs.iter().map(|(key, _)| key).enumerate().collect();
        // Stable: keys with the same text stay in the order of the file.
        by_text.sort_by(|(_, a), (_, b)| a.text.cmp(&b.text));
        let mut again = BTreeSet::new();
        for same in by_text.chunk_by(|(_, a), (_, b)| a.text == b.text) {
            let Some(((_, first), others)) = same.split_first() else { continue };
            for (index, key) in others {
                again.insert(*index);
                if &*key.text != MERGE {
                    let given = quote(&key.text);
                    let message = format!("key {given} is given twice, first on line {}; remove one", first.pos.line);
                    self.notes.push((key.pos, message));
                }
            }
        }
        if !again.is_empty() {
            let mut index = 0..;
            pairs.retain(|_| index.next().is_some_and(|index| !again.contains(&index)));
        }
    }

    fn alias(&mut self, pos: Pos, anchor: usize) -> Result<(), Note> {
        if self.takes_key() {
            return Err((pos, "an alias cannot be a key; write the key out".to_owned()));
        }
        let Some(size) = self.anchors.get(&anchor).map(|(_, size)| *size) else {
            return Err((pos, "an alias cannot stand within what it names".to_owned()));
        };
        if self.open.len() + size.height > MAX_DEPTH {
            return Err((pos, format!("is nested deeper than {MAX_DEPTH} levels when its aliases are expanded")));
        }
        self.charge_copy(pos, size)?;
        match self.anchors.get(&anchor).map(|(node, _)| node.clone()) {
            Some(node) => self.attach(node, size),
            None => Ok(()),
        }
    }

    /// Keeps a copy of an anchored value for its aliases.
    fn remember(&mut self, anchor: usize, node: &Node, size: Size) -> Result<(), Note> {
        if anchor > 0 {
            self.charge_copy(node.pos, size)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(())
    }

    /// Charges a copy before it is made: a few lines of aliases can stand for more than all memory.
    fn charge_copy(&mut self, pos: Pos, size: Size) -> Result<(), Note> {
        self.charge(pos, size.nodes)?;
        self.copied_bytes = self.copied_bytes.saturating_add(size.bytes);
        if self.copied_bytes > MAX_COPIED_BYTES {
            return Err((
                pos,
                format!("aliases stand for more than {MAX_COPIED_BYTES} bytes; write less with aliases"),
            ));
        }
        Ok(())
    }

    fn attach(&mut self, node: Node, added: Size) -> Result<(), Note> {
        let Some(Open { size, content, .. }) = self.open.last_mut() else {
            if self.documents <= 1 {
                self.root = Some(node);
            }
            return Ok(());
        };
        size.nodes += added.nodes;
        size.bytes += added.bytes;
        size.height = size.height.max(added.height + 1);
        match content {
            Content::List(items) => items.push(node),
            Content::Map { pairs, key } => {
                if let Some(key) = key.take() {
                    size.bytes += key.text.len();
                    pairs.push((key, node));
                }
            }
        }
        Ok(())
    }

    fn charge(&mut self, pos: Pos, nodes: usize) -> Result<(), Note> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err((
                pos,
                format!("holds more than {MAX_NODES} values, copies by aliases included; split the file"),
            ));
        }
        Ok(())
    }

    fn check_collection_tag(&mut self, pos: Pos, tag: Option<&Tag>, expected: &str) {
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == expected)
        {
            self.notes.push((pos, format!("tag {tag} is not supported; remove it")));
        }
    }
}

/// The value of a scalar by its tag, or by the core schema when it is plain and has none.
fn resolve(text: &Arc<str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let plain = || core_schema(text);
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { plain() } else { Value::Text(text.clone()) });
    };
    let value = match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
        (true, "str") => return Ok(Value::Text(text.clone())),
        (true, "null") => Some(plain()).filter(|value| matches!(value, Value::Null)),
        (true, "bool") => Some(plain()).filter(|value| matches!(value, Value::Bool(_))),
        (true, "int") => Some(plain()).filter(|value| matches!(value, Value::Int(_))),
        (true, "float") => match plain() {
            #[expect(clippy::cast_precision_loss, reason = "the tag asks for a float")]
            Value::Int(value) => Some(Value::Float(value as f64)),
            value => Some(value).filter(|value| matches!(value, Value::Float(_))),
        },
        _ => return Err(format!("tag {tag} is not supported; remove it")),
    };
    value.ok_or_else(|| format!("{} does not fit its tag {tag}", quote(text)))
}

/// What a plain scalar means: section 10.3.2 of YAML 1.2.2, tag resolution.
fn core_schema(text: &Arc<str>) -> Value {
    match &**text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let unsigned = |digits: &str, radix| {
        if digits.starts_with(['+', '-']) { None } else { i128::from_str_radix(digits, radix).ok() }
    };
    let integer = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => unsigned(digits, 16),
        (_, Some(digits)) => unsigned(digits, 8),
        _ => text.parse().ok(),
    };
    if let Some(integer) = integer {
        return Value::Int(integer);
    }
    // Rust also reads `inf`, `nan` and their like, which are text in YAML.
    let float_like = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.bytes().any(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(float) if float_like => Value::Float(float),
        _ => Value::Text(text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document as JSON, then the notes; or why it cannot be read.
    fn show(text: &str) -> String {
        match parse(text) {
            Ok(tree) => {
                let notes = tree.notes.iter().map(|(pos, note)| format!("\n{}:{}: {note}", pos.line, pos.column));
                format!("{}{}", tree.root.to_data(), notes.collect::<String>())
            }
            Err((pos, message)) => format!("{}:{}: {message}", pos.line, pos.column),
        }
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        let check = |yaml: &str, expected: &str| assert_eq!(show(yaml), expected, "{yaml:?}");
        check("", "null");
        check("# nothing", "null");
        check("[~, null, true, False, 0, -7, 0x1F, 0o17, 0755]", "[null,null,true,false,0,-7,31,15,755]");
        check("[1.5, 1e3, .5, .inf, -.Inf, .nan]", "[1.5,1000.0,0.5,\"Infinity\",\"-Infinity\",\"NaN\"]");
        check("[18446744073709551615, yes, inf, 0x, 1_000]", "[18446744073709551615,\"yes\",\"inf\",\"0x\",\"1_000\"]");
        check("['1', \"true\", !!str 5, !!float 2]", "[\"1\",\"true\",\"5\",2.0]");
        check("1: a\ntrue: b", "{\"1\":\"a\",\"true\":\"b\"}");
        check("{a: &x [1], b: *x}", "{\"a\":[1],\"b\":[1]}");
    }

    #[test]
    fn surprising_yaml_is_refused() {
        let check = |yaml: &str, expected: &str| assert_eq!(show(yaml), expected, "{yaml:?}");
        check("a: 1\nb: 2\na: 3", "{\"a\":1,\"b\":2}\n3:1: key \"a\" is given twice, first on line 1; remove one");
        check("a: !!int x", "{\"a\":null}\n1:4: \"x\" does not fit its tag tag:yaml.org,2002:!int");
        check("a: !foo x", "{\"a\":null}\n1:4: tag !foo is not supported; remove it");
        check("a: &x {<<: 1}", "{\"a\":{\"<<\":1}}\n1:8: merge keys (<<) are not supported; write the fields out");
        check("a: &x [*x]", "1:8: an alias cannot stand within what it names");
        check("? [a]\n: b", "1:3: a key must be text, not a list or a map; put it in quotes");
        check("a\n---\nb", "\"a\"\n2:1: a file holds one YAML document; move the second one to another file");
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(show(&nested(MAX_DEPTH + 1)), "1:129: is nested deeper than 128 levels");
        let via_alias = |depth: usize| format!("- &x {}\n- {}*x {}", nested(100), "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&via_alias(27)).is_ok());
        assert_eq!(show(&via_alias(28)), "2:31: is nested deeper than 128 levels when its aliases are expanded");
    }

    #[test]
    fn values_are_limited() {
        let list = |items: usize| format!("[{}]", "1,".repeat(items));
        assert!(parse(&list(MAX_NODES - 1)).is_ok());
        assert!(
            show(&list(MAX_NODES))
                .ends_with("holds more than 250000 values, copies by aliases included; split the file")
        );
    }

    #[test]
    fn an_alias_bomb_is_refused_before_it_is_copied() {
        let mut bomb = "a0: &a0 [lol]\n".to_owned();
        for level in 1..40 {
            let names = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{names}]\n"));
        }
        assert!(show(&bomb).ends_with("holds more than 250000 values, copies by aliases included; split the file"));
        let text = "x".repeat(1 << 20);
        let bomb = format!("a: &a {text}\nb: [{}]", vec!["*a"; 100].join(", "));
        assert!(show(&bomb).ends_with("aliases stand for more than 4194304 bytes; write less with aliases"));
    }
}
