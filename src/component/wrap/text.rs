//! WIT text as people write it in a definition, made a document that the WIT grammar accepts.
//!
//! Bare functions and types become the body of a world, functions as exports; a document without a package gets one. What
//! was inserted is remembered, so that errors name positions in the text as it was written.

/// The package of text that names none.
const PACKAGE: &str = "package local:module; ";
/// What stands before bare functions.
const WORLD: &str = "world module { ";
/// Words that begin an item of a document.
const DOCUMENT_ITEMS: [&str; 3] = ["package", "interface", "world"];
/// Words that begin an item of a world which is no named function.
const WORLD_ITEMS: [&str; 10] =
    ["export", "import", "include", "use", "type", "record", "variant", "enum", "flags", "resource"];

/// WIT text that is a whole document.
pub(super) struct Document {
    pub(super) text: String,
    /// Whether the author named a package, so that names of interfaces are full.
    pub(super) has_package: bool,
    insertions: Vec<Insertion>,
}

/// Text put before byte `at` of the original.
struct Insertion {
    at: usize,
    text: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Arrow,
    Char(char),
}

#[derive(Clone, Copy)]
struct Lexeme<'a> {
    token: Token<'a>,
    start: usize,
    end: usize,
}

/// Makes a document of `text`.
pub(super) fn document(text: &str) -> Document {
    let mut scan = Scan::new(lex(text));
    scan.run();
    let mut insertions = Vec::new();
    let mut is_open = false;
    if !scan.has_package {
        insertions.push(Insertion { at: 0, text: PACKAGE });
    }
    if !scan.is_document {
        insertions.push(Insertion { at: 0, text: WORLD });
        insertions.append(&mut scan.insertions);
        is_open = true;
    }
    let mut written = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for insertion in &insertions {
        written.push_str(text.get(from..insertion.at).unwrap_or_default());
        written.push_str(insertion.text);
        from = insertion.at;
    }
    written.push_str(text.get(from..).unwrap_or_default());
    if is_open {
        // On a line of its own: the text may end in a comment.
        written.push_str("\n}");
    }
    Document { text: written, has_package: scan.has_package, insertions }
}

impl Document {
    /// Line and column, both from 1, in `original` of byte `at` of this document.
    pub(super) fn position(&self, original: &str, at: usize) -> (usize, usize) {
        let mut inserted = 0;
        for insertion in &self.insertions {
            if at < insertion.at + inserted {
                break;
            }
            inserted += insertion.text.len().min(at - insertion.at - inserted);
        }
        let before = original.as_bytes().get(..at - inserted).unwrap_or(original.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let column = String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count() + 1;
        (line, column)
    }
}

/// Finds the items at the top of a text.
struct Scan<'a> {
    lexemes: Vec<Lexeme<'a>>,
    /// Index of the next lexeme.
    next: usize,
    /// Open braces, parentheses and angle brackets.
    depth: usize,
    insertions: Vec<Insertion>,
    is_document: bool,
    has_package: bool,
}

impl<'a> Scan<'a> {
    fn new(lexemes: Vec<Lexeme<'a>>) -> Self {
        Scan { lexemes, next: 0, depth: 0, insertions: Vec::new(), is_document: false, has_package: false }
    }

    fn run(&mut self) {
        while self.next < self.lexemes.len() {
            self.attributes();
            self.item();
        }
    }

    fn token(&self, index: usize) -> Option<Token<'a>> {
        self.lexemes.get(index).map(|lexeme| lexeme.token)
    }

    /// Steps over `@name(..)`.
    fn attributes(&mut self) {
        while self.token(self.next) == Some(Token::Char('@')) {
            self.next += 2;
            if self.token(self.next) == Some(Token::Char('(')) {
                while self.next < self.lexemes.len() && self.token(self.next) != Some(Token::Char(')')) {
                    self.next += 1;
                }
                self.next += 1;
            }
        }
    }

    /// Steps over one item, marking what it lacks.
    fn item(&mut self) {
        let first = self.next;
        let is_function = match self.token(first) {
            Some(Token::Word(word)) => {
                if DOCUMENT_ITEMS.contains(&word) {
                    self.is_document = true;
                    self.has_package |= word == "package" && self.is_header(first);
                }
                self.token(first + 1) == Some(Token::Char(':'))
            }
            _ => false,
        };
        if is_function && let Some(name) = self.lexemes.get(first) {
            self.insertions.push(Insertion { at: name.start, text: "export " });
        }
        while let Some(token) = self.token(self.next) {
            if is_function && self.next > first + 1 && self.begins_item(self.next) {
                break;
            }
            self.next += 1;
            match token {
                Token::Char('{' | '(' | '<') => self.depth += 1,
                Token::Char('}') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 && self.token(self.next) != Some(Token::Char(';')) {
                        return;
                    }
                }
                Token::Char(')' | '>') => self.depth = self.depth.saturating_sub(1),
                Token::Char(';') if self.depth == 0 => return,
                _ => {}
            }
        }
        if let Some(last) = self.next.checked_sub(1).and_then(|last| self.lexemes.get(last)) {
            self.insertions.push(Insertion { at: last.end, text: ";" });
        }
    }

    /// Whether a function that nobody ended ends before the lexeme at `index`.
    fn begins_item(&self, index: usize) -> bool {
        let Some(Token::Word(word)) = self.token(index) else { return false };
        let follows_type = matches!(self.token(index - 1), Some(Token::Word(_) | Token::Char(')' | '>')));
        self.depth == 0
            && follows_type
            && (WORLD_ITEMS.contains(&word) || self.token(index + 1) == Some(Token::Char(':')))
    }

    /// Whether the `package` at `index` is the header of the document, not a nested package.
    fn is_header(&self, index: usize) -> bool {
        let rest = self.lexemes.iter().skip(index).map(|lexeme| lexeme.token);
        rest.into_iter().find(|token| matches!(token, Token::Char(';' | '{'))) != Some(Token::Char('{'))
    }
}

/// The words and marks of `text` without comments and space.
fn lex(text: &str) -> Vec<Lexeme<'_>> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let end = at
            + if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                comment_len(rest)
            } else if is_word(c) {
                let len = rest.find(|c| !is_word(c) && c != '-').unwrap_or(rest.len());
                // `a->b` is no word `a-`.
                let word = rest.get(..len).unwrap_or_default().trim_end_matches('-');
                lexemes.push(Lexeme { token: Token::Word(word), start: at, end: at + word.len() });
                word.len()
            } else if rest.starts_with("->") {
                lexemes.push(Lexeme { token: Token::Arrow, start: at, end: at + 2 });
                2
            } else {
                if !c.is_whitespace() {
                    lexemes.push(Lexeme { token: Token::Char(c), start: at, end: at + c.len_utf8() });
                }
                c.len_utf8()
            };
        at = end;
    }
    lexemes
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '%' || c == '_'
}

/// Length in bytes of the block comment, which may hold others, at the start of `text`.
fn comment_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        let document = document(text);
        document.text.strip_prefix("package local:module; world module { ").unwrap_or(&document.text).to_owned()
    }

    #[test]
    fn bare_functions_become_exports() {
        assert_eq!(body("answer: func() -> s32;   "), "export answer: func() -> s32;   \n}");
        assert_eq!(body("a: func()"), "export a: func();\n}");
        assert_eq!(body("a: func()->s32\nb: func() // end"), "export a: func()->s32;\nexport b: func(); // end\n}");
        assert_eq!(
            body("f: func(p: p) -> list<p> record p { x: u32 } %type: func()"),
            "export f: func(p: p) -> list<p>; record p { x: u32 } export %type: func();\n}"
        );
        assert_eq!(body("import f: func(); export g: func();"), "import f: func(); export g: func();\n}");
        assert_eq!(body("/* a: /* b: */ */ c: func();"), "/* a: /* b: */ */ export c: func();\n}");
        assert_eq!(body("@since(version = 1.0.0) c: func();"), "@since(version = 1.0.0) export c: func();\n}");
    }

    #[test]
    fn documents_get_a_package_if_they_have_none() {
        assert_eq!(body("interface x { f: func(); }"), "package local:module; interface x { f: func(); }");
        let kept = "package a:b@1.0.0;\nworld w { export f: func(); }";
        assert_eq!(body(kept), kept);
        assert!(body("package a:b { interface x {} } world w {}").starts_with("package local:module; package a:b {"));
    }

    #[test]
    fn positions_are_those_of_the_original() {
        let original = "a: func()\nbé: func(x: s33);";
        let document = document(original);
        let at = document.text.find("s33").expect("it is there");
        assert_eq!(document.position(original, at), (2, 13));
        assert_eq!(document.position(original, 3), (1, 1));
        assert_eq!(document.position(original, document.text.len()), (2, 18));
    }

    #[test]
    fn nothing_stops_the_scan() {
        for text in ["", "@", "@a(", "}", "/*", "/* /* */", "a:", "é: func", "->>", "package", "a: func() -> }{;:b:;"]
        {
            let document = document(text);
            for at in 0..=document.text.len() {
                document.position(text, at);
            }
        }
    }
}
