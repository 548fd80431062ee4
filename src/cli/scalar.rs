//! Text as a YAML scalar. Knows no fields.

/// Words that a reader of YAML may take for something else than text, in any case.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// What may stand in a scalar without quotes, beside letters and digits.
const PLAIN: &str = "/._-:@#,;()+ ";

/// A scalar on one line, in quotes if it needs them.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            _ if letter.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// What begins with a letter is no number, and what has no space in it is no comment and no map.
fn is_plain(text: &str) -> bool {
    let begins_as_text = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '_'));
    let is_text = text.chars().all(|c| c.is_alphanumeric() || PLAIN.contains(c));
    let is_structure = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    begins_as_text && is_text && !is_structure && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_where_it_would_be_something_else() {
        let check = |text: &str, expected: &str| {
            assert_eq!(scalar(text), expected);
            let read: String = serde_yaml::from_str(&scalar(text)).expect("it is a scalar");
            assert_eq!(read, text);
        };
        for plain in ["a", "/a b.wasm", "file://a.wat", "wasi:http/incoming-handler@0.2.3#handle", "Ana, Bea (é)"] {
            check(plain, plain);
        }
        for quoted in ["", "true", "Null", "1", "0x1f", ".inf", "-", "a: b", "a #b", "a:", "a ", "*a", "[a]", "${a}"] {
            check(quoted, &format!("\"{quoted}\""));
        }
        check("a\"\\\n\u{1b}", "\"a\\\"\\\\\\n\\u001b\"");
    }
}
