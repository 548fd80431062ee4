//! The text of an `env.storage.file`: lines `NAME=value`.
//!
//! A line may begin with `export `; empty lines and those that begin with `#` say nothing. A value in `"` or `'` is what
//! stands between them, as it is: nothing is escaped or replaced. Without quotes it ends at ` #`, without the spaces around it.
//! Of a name given twice, the last counts. Knows no files; messages hold no values, for these may be secret.

use std::collections::BTreeMap;

use super::super::wasi::variable_name;

/// The values of `bytes` by name; the error is the end of a sentence that begins with the file.
pub(super) fn parse(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("is not UTF-8 text (byte {}); save it as UTF-8", error.valid_up_to()))?;
    let lines = text.lines().map(str::trim).enumerate();
    let assignments = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    assignments.map(|(index, line)| assignment(line).map_err(|why| format!("line {}: {why}", index + 1))).collect()
}

fn assignment(line: &str) -> Result<(String, String), String> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("must be NAME=value, or begin with `#`")?;
    let name = name.trim();
    if name.contains(char::is_whitespace) {
        return Err("the name before `=` must not contain spaces".to_owned());
    }
    let name = variable_name(name).map_err(|why| format!("what stands before `=` {why}"))?;
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(value, quote)?,
        // With the space that was trimmed, this is ` #`.
        Some('#') => "",
        _ => value.split_once(" #").map_or(value, |(value, _)| value).trim_end(),
    };
    if value.contains('\0') {
        return Err("the value must not contain a NUL character".to_owned());
    }
    Ok((name, value.to_owned()))
}

/// What stands in quotes at the beginning of `text`, after which only a comment may follow.
fn quoted(text: &str, quote: char) -> Result<&str, String> {
    let (value, rest) = text
        .strip_prefix(quote)
        .and_then(|text| text.split_once(quote))
        .ok_or_else(|| format!("the value has no closing {quote}; values end on their line"))?;
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(value)
    } else {
        Err(format!("only a comment may follow the closing {quote}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_names_and_values() {
        let check = |line: &str, expected: &[(&str, &str)]| {
            let values = parse(line.as_bytes()).expect("the lines are well formed");
            let found: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "{line:?}");
        };
        check("", &[]);
        check("  # nothing = here\n\n", &[]);
        check("A=1\r\n B = two words \r\n", &[("A", "1"), ("B", "two words")]);
        check("export A=1\nexport=2", &[("A", "1"), ("export", "2")]);
        check("A=\nB=# c\nC=a=b", &[("A", ""), ("B", ""), ("C", "a=b")]);
        check("A=x # comment\nB=x#y", &[("A", "x"), ("B", "x#y")]);
        check("A=\" x # \\n \" # comment\nB='\"'\nC=\"\"", &[("A", " x # \\n "), ("B", "\""), ("C", "")]);
        check("A=1\nA=2", &[("A", "2")]);
        check("A=it's\nÑ=ñ", &[("A", "it's"), ("Ñ", "ñ")]);
    }

    #[test]
    fn malformed_lines_are_named() {
        let check = |text: &[u8], expected: &str| {
            assert_eq!(parse(text).expect_err("it is malformed"), expected, "{text:?}");
        };
        check(b"A=1\n\nB", "line 3: must be NAME=value, or begin with `#`");
        check(b"=1", "line 1: what stands before `=` must be the name of a variable, without `=`");
        check(b"A B=1", "line 1: the name before `=` must not contain spaces");
        check(b"A=\"x", "line 1: the value has no closing \"; values end on their line");
        check(b"A='", "line 1: the value has no closing '; values end on their line");
        check(b"A='x' y", "line 1: only a comment may follow the closing '");
        check(b"A=x\0y", "line 1: the value must not contain a NUL character");
        check(b"A=\xff", "is not UTF-8 text (byte 2); save it as UTF-8");
    }
}
