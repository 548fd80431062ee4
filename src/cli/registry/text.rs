//! What is known of an entry as YAML, with remarks behind `#`. Knows no entries.

use serde_json::{Map, Value, json};

use super::super::scalar::scalar;
use super::document::Document;

/// The text of a document.
pub(super) fn of_document(document: &Document<'_>) -> String {
    let entry = document.entry;
    let mut text = Text::default();
    text.field("id", &json!(entry.id().as_str()), "");
    text.field("kind", &json!(entry.kind().name()), "");
    text.field("place", &json!(format!("{}:{}", entry.file(), entry.line())), "");
    text.field("start", &json!(document.start), &format!("of {}", document.entry_count));
    text.map("meta", &document.meta);
    let is_default = |path: &str| document.defaults.iter().any(|default| default == path);
    text.fields("fields", &document.fields, &|path| if is_default(path) { "default" } else { "" });
    if let Some(Value::Object(function)) = &document.function {
        text.map("function", function);
    }
    let refers_to = document.refers_to.iter().map(|(field, id)| (id.as_str(), *field));
    text.list("refers_to", refers_to.collect());
    let referred_by = document.referred_by.iter().map(|(id, field)| (id.as_str(), *field));
    text.list("referred_by", referred_by.collect());
    text.text
}

/// The remark behind a field, by its path.
type Remarks<'a> = &'a dyn Fn(&str) -> &'static str;

#[derive(Default)]
struct Text {
    text: String,
    indent: usize,
    /// What begins the next line, in the place of its last two spaces: `- ` for an item.
    is_item: bool,
}

impl Text {
    fn map(&mut self, name: &str, map: &Map<String, Value>) {
        self.fields(name, map, &|_| "");
    }

    fn fields(&mut self, name: &str, map: &Map<String, Value>, remarks: Remarks<'_>) {
        self.value(name, "", &Value::Object(map.clone()), remarks);
    }

    fn field(&mut self, name: &str, value: &Value, remark: &str) {
        self.line(&format!("{}: {}", scalar(name), inline(value)), remark);
    }

    /// A list of scalars with remarks.
    fn list(&mut self, name: &str, items: Vec<(&str, &str)>) {
        if items.is_empty() {
            return self.line(&format!("{name}: []"), "");
        }
        self.line(&format!("{name}:"), "");
        for (item, remark) in items {
            self.line(&format!("  - {}", scalar(item)), remark);
        }
    }

    /// The field `name`, which has the path `path` among the fields of the entry.
    fn value(&mut self, name: &str, path: &str, value: &Value, remarks: Remarks<'_>) {
        let remark = remarks(path);
        let name = scalar(name);
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.line(&format!("{name}:"), remark);
                self.indented(|text| text.entries(path, map, remarks));
            }
            Value::Array(items) if !items.is_empty() => {
                self.line(&format!("{name}:"), remark);
                self.indented(|text| text.items(path, items, remarks));
            }
            Value::String(block) if is_block(block) => {
                let end = if block.ends_with('\n') { "" } else { "-" };
                self.line(&format!("{name}: |{end}"), remark);
                self.indented(|text| block.lines().for_each(|line| text.line(line, "")));
            }
            _ => self.line(&format!("{name}: {}", inline(value)), remark),
        }
    }

    fn entries(&mut self, path: &str, map: &Map<String, Value>, remarks: Remarks<'_>) {
        for (name, value) in map {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.value(name, &path, value, remarks);
        }
    }

    fn items(&mut self, path: &str, items: &[Value], remarks: Remarks<'_>) {
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            match item {
                Value::Object(map) if !map.is_empty() => {
                    self.is_item = true;
                    self.indented(|text| text.entries(&path, map, remarks));
                }
                Value::Array(items) if !items.is_empty() => {
                    self.line("-", "");
                    self.indented(|text| text.items(&path, items, remarks));
                }
                _ => self.line(&format!("- {}", inline(item)), ""),
            }
        }
    }

    fn indented(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 2;
        write(self);
        self.indent -= 2;
    }

    fn line(&mut self, line: &str, remark: &str) {
        let indent = match std::mem::take(&mut self.is_item) {
            true => format!("{:1$}- ", "", self.indent - 2),
            false => " ".repeat(self.indent),
        };
        let remark = if remark.is_empty() { String::new() } else { format!(" # {remark}") };
        self.text.push_str(format!("{indent}{line}{remark}").trim_end());
        self.text.push('\n');
    }
}

/// Whether text is shown as the lines that it is.
fn is_block(text: &str) -> bool {
    let has_lines = text.contains('\n') && !text.ends_with("\n\n");
    let has_edges = text.starts_with([' ', '\n']) || text.lines().any(|line| line.ends_with(' '));
    has_lines && !has_edges && !text.chars().any(|c| c.is_control() && c != '\n')
}

/// A value on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_yaml_that_means_the_same() {
        let value = json!({
            "a": {"b": [1, "x", [], {}, {"c": null, "d": ["e"]}, ["f", ["g"]]], "": true},
            "lines": "one\n  two\n\nthree\n",
            "open": "one\ntwo",
            "edges": "one \ntwo",
            "true": "1",
        });
        let mut text = Text::default();
        text.map("root", value.as_object().expect("an object"));
        let expected = "\
root:
  a:
    b:
      - 1
      - x
      - []
      - {}
      - c: null
        d:
          - e
      -
        - f
        -
          - g
    \"\": true
  lines: |
    one
      two

    three
  open: |-
    one
    two
  edges: \"one \\ntwo\"
  \"true\": \"1\"
";
        assert_eq!(text.text, expected);
        let read: serde_yaml::Value = serde_yaml::from_str(&text.text).expect("it is YAML");
        let expected: serde_yaml::Value =
            serde_yaml::from_str(&json!({"root": value}).to_string()).expect("JSON is YAML");
        assert_eq!(read, expected);
    }
}
