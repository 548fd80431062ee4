//! The known failures, each with its reason. A known failure that passes is an error, so the list only shrinks.

use std::collections::BTreeMap;

/// What is expected to fail.
#[derive(Debug, Default)]
pub struct Expectations {
    /// Reasons by file and line.
    lines: BTreeMap<(String, usize), String>,
    /// Reasons by folder.
    folders: BTreeMap<String, String>,
}

impl Expectations {
    /// Reads the form that the top of `expectations.txt` describes.
    ///
    /// # Errors
    ///
    /// A line that is no entry, by its number.
    pub fn parse(text: &str) -> Result<Expectations, String> {
        let mut expectations = Expectations::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                expectations.add(line).map_err(|message| format!("line {}: {message}", index + 1))?;
            }
        }
        Ok(expectations)
    }

    fn add(&mut self, entry: &str) -> Result<(), String> {
        let Some((place, reason)) = entry.split_once(char::is_whitespace) else {
            return Err(format!("`{entry}` needs a reason after its place"));
        };
        let reason = reason.trim().to_owned();
        let older = if let Some(folder) = place.strip_suffix('/') {
            self.folders.insert(folder.to_owned(), reason)
        } else {
            let Some((file, line)) = place.rsplit_once(':') else {
                return Err(format!("`{place}` must be FILE:LINE, or FOLDER/ for a folder that is counted apart"));
            };
            let line = line.parse().map_err(|_| format!("`{line}` is no line number"))?;
            self.lines.insert((file.to_owned(), line), reason)
        };
        match older {
            Some(_) => Err(format!("`{place}` is listed twice")),
            None => Ok(()),
        }
    }

    /// Why a folder is counted apart, if it is.
    pub fn folder(&self, folder: &str) -> Option<&str> {
        self.folders.get(folder).map(|reason| &**reason)
    }

    /// Whether the directive at a place is expected to fail.
    pub fn is_expected(&self, file: &str, line: usize) -> bool {
        self.lines.contains_key(&(file.to_owned(), line))
    }

    /// The lines of a file that are expected to fail.
    pub fn lines_of<'a>(&'a self, file: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.lines.keys().filter(move |(of, _)| of == file).map(|(_, line)| *line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_folders_are_found() {
        let text = "# known\n\na/b.wast:7  not there yet\nlater/  another version\n";
        let expectations = Expectations::parse(text).expect("is well formed");
        assert!(expectations.is_expected("a/b.wast", 7));
        assert!(!expectations.is_expected("a/b.wast", 8));
        assert_eq!(expectations.folder("later"), Some("another version"));
        assert_eq!(expectations.lines_of("a/b.wast").collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn an_entry_without_reason_or_line_is_an_error() {
        for (text, word) in [
            ("a/b.wast:7", "line 1: `a/b.wast:7` needs a reason"),
            ("\na/b.wast  why", "line 2: `a/b.wast` must be"),
            ("a/b.wast:x  why", "`x` is no line number"),
            ("a:1 why\na:1 why", "line 2: `a:1` is listed twice"),
        ] {
            let error = Expectations::parse(text).expect_err(text);
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn the_list_of_this_project_is_well_formed() {
        Expectations::parse(include_str!("../expectations.txt")).expect("is well formed");
    }
}
