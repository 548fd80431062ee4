//! Rust source as tokens with lines, without comments and the contents of literals. Not a parser: enough to see paths.

/// An identifier, a mark (`::` is one), or a literal (`"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
}

/// A path that code names, such as `crate::error::Result`, and the line it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path<'a> {
    pub(super) line: usize,
    pub(super) segments: Vec<&'a str>,
}

/// The tokens of `source`.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let len = token_len(rest, first);
        let (text, after) = rest.split_at(len);
        if is_word(first) && !text.contains('"') {
            tokens.push(Token { line, text });
        } else if first == '"' || (text.len() > 1 && text.ends_with(['"', '#'])) {
            tokens.push(Token { line, text: "\"" });
        } else if !first.is_whitespace() && !text.starts_with("//") && !text.starts_with("/*") {
            tokens.push(Token { line, text });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// The tokens before the module of unit tests, which stands last in a file.
pub(super) fn tokens_without_tests(source: &str) -> Vec<Token<'_>> {
    let mut tokens = tokens(source);
    let texts: Vec<_> = tokens.iter().map(|token| token.text).collect();
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let tests = (0..texts.len()).find(|&at| {
        texts[at..].starts_with(&marker) && texts[at + marker.len()..].iter().take(8).any(|&text| text == "mod")
    });
    tokens.truncate(tests.unwrap_or(tokens.len()));
    tokens
}

/// All paths of at least two segments, with the trees of `use` spelled out.
pub(super) fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Path<'a>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_start = tokens[at].text.starts_with(is_word);
        at = if is_start { tree(tokens, at, &[], &mut paths) } else { at + 1 };
    }
    paths.retain(|path| path.segments.len() > 1);
    paths
}

/// Reads a path or a tree of them after `prefix`, beginning at `at`; where it ends.
fn tree<'a>(tokens: &[Token<'a>], mut at: usize, prefix: &[&'a str], paths: &mut Vec<Path<'a>>) -> usize {
    let line = tokens[at].line;
    let mut segments = prefix.to_vec();
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    loop {
        match tokens.get(at).map(|token| token.text) {
            Some("{") if !segments.is_empty() => {
                at += 1;
                while at < tokens.len() && !is(at, "}") {
                    at = if is(at, ",") { at + 1 } else { tree(tokens, at, &segments, paths) };
                }
                return at + 1;
            }
            Some(text) if text == "*" || text.starts_with(is_word) => {
                segments.push(text);
                at += 1;
            }
            _ => {
                at += 1;
                break;
            }
        }
        if !is(at, "::") {
            break;
        }
        at += 1;
    }
    if is(at, "as") {
        at += 2;
    }
    paths.push(Path { line, segments });
    at
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Bytes of the token, space or comment at the beginning of `rest`.
fn token_len(rest: &str, first: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if let Some(len) = string_len(rest) {
        return len;
    }
    if is_word(first) {
        return rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    }
    if first == '\'' {
        return char_len(rest);
    }
    if rest.starts_with("::") { 2 } else { first.len_utf8() }
}

/// Bytes of the string literal at the beginning of `rest`, raw or not, if there is one.
fn string_len(rest: &str) -> Option<usize> {
    let after_prefix = rest.trim_start_matches(['b', 'c', 'r']);
    let prefix = rest.len() - after_prefix.len();
    let unhashed = after_prefix.trim_start_matches('#');
    let hashes = after_prefix.len() - unhashed.len();
    let is_raw = rest.as_bytes()[..prefix].contains(&b'r');
    if prefix > 2 || !unhashed.starts_with('"') || (hashes > 0 && !is_raw) {
        return None;
    }
    let start = prefix + hashes + 1;
    if is_raw {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(after(rest, start).find(&end).map_or(rest.len(), |found| start + found + end.len()));
    }
    let mut is_escaped = false;
    for (at, c) in after(rest, start).char_indices() {
        match c {
            '"' if !is_escaped => return Some(start + at + 1),
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    Some(rest.len())
}

/// Bytes of the character literal at the beginning of `rest`, or of the quote of a lifetime.
fn char_len(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let start = at + escaped.len_utf8();
            after(rest, start).find('\'').map_or(rest.len(), |end| start + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// The rest after `len` bytes, which end at a character.
fn after(rest: &str, len: usize) -> &str {
    rest.split_at(len).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    fn joined(source: &str) -> Vec<String> {
        paths(&tokens(source)).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        assert_eq!(texts("a /* b */ // c\nd"), ["a", "d"]);
        assert_eq!(texts(r##"a("b \" c", r#"d " e"#, b"f", 'g', '\'', '\u{1F600}')"##)[..4], ["a", "(", "\"", ","]);
        assert_eq!(texts(r"'\'' x '\u{1F600}' y 'z' w"), [r"'\''", "x", r"'\u{1F600}'", "y", "'z'", "w"]);
        assert_eq!(texts("&'a str"), ["&", "'", "a", "str"]);
        assert_eq!(texts("\"a\nb\" c r\"\" break"), ["\"", "c", "\"", "break"]);
    }

    #[test]
    fn lines_are_counted_through_comments_and_strings() {
        assert_eq!(tokens("/* \n */ \"\n\" x").last(), Some(&Token { line: 3, text: "x" }));
    }

    #[test]
    fn trees_of_use_are_spelled_out() {
        assert_eq!(
            joined("use crate::{a::{b, c as d, *}, e};\nx"),
            ["crate::a::b", "crate::a::c", "crate::a::*", "crate::e"]
        );
        assert_eq!(joined("let x = super::super::y::<u8>(a::b);"), ["super::super::y", "a::b"]);
        assert_eq!(joined("pub(crate) fn f() { match x { A::B => {} } }"), ["A::B"]);
        assert_eq!(joined("fn f() -> a::b { c::d }"), ["a::b", "c::d"]);
    }

    #[test]
    fn unit_tests_are_cut_off() {
        let source = "use a::b;\n#[cfg(test)]\nuse c::d;\nfn f() {}\n#[cfg(test)]\nmod tests { use e::f; }";
        let tokens = tokens_without_tests(source);
        assert!(tokens.iter().any(|token| token.text == "d"));
        assert!(!tokens.iter().any(|token| token.text == "e"));
    }
}
