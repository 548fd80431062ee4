//! Everything that is wrong with an app, collected in one run.

use std::fmt;
use std::sync::Arc;

use super::Id;
use crate::Error;

/// The most problems that are kept; more are counted.
pub const MAX_PROBLEMS: usize = 10_000;

/// One thing that is wrong in a definition file.
///
/// `Display` prints `src/_index.yaml:41: entry myns:compute: pool.max_size must be at least 1 (found 0)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file, relative to the app folder.
    pub file: Arc<str>,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// The column, from 1, in characters; 0 when the whole file is meant.
    pub column: usize,
    /// The entry, when its ID is known.
    pub entry: Option<Id>,
    /// The path of the field within the entry, as `pool.max_size` or `wasi.mounts[0].guest`.
    pub field: Option<String>,
    /// What is wrong and how to mend it, naming the field.
    pub message: String,
}

impl Problem {
    /// What problems are sorted by.
    fn place(&self) -> (&str, usize, usize) {
        (&self.file, self.line, self.column)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(entry) = &self.entry {
            write!(f, ": entry {entry}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// All problems of an app, sorted by file, line and column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    /// How many were found beyond [`MAX_PROBLEMS`].
    dropped: usize,
}

impl Problems {
    /// No problem yet.
    pub fn new() -> Self {
        Problems::default()
    }

    /// Adds a problem at its place in the order; beyond [`MAX_PROBLEMS`] it is only counted.
    pub fn push(&mut self, problem: Problem) {
        if self.list.len() >= MAX_PROBLEMS {
            self.dropped += 1;
            return;
        }
        let place = self.list.partition_point(|other| other.place() <= problem.place());
        self.list.insert(place, problem);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many problems there are, those beyond [`MAX_PROBLEMS`] included.
    pub fn len(&self) -> usize {
        self.list.len() + self.dropped
    }

    /// The problems in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    ///
    /// The problems themselves.
    pub fn into_result(self) -> Result<(), Problems> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        match self.dropped {
            0 => Ok(()),
            dropped => write!(f, "\nand {dropped} more problems"),
        }
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Error {
        Error::invalid(problems.to_string()).with_source(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(file: &str, line: usize, message: &str) -> Problem {
        Problem { file: file.into(), line, column: 1, entry: None, field: None, message: message.to_owned() }
    }

    #[test]
    fn problems_are_sorted_by_file_and_line_and_otherwise_stay_in_order() {
        let mut problems = Problems::new();
        problems.push(problem("b.yaml", 1, "third"));
        problems.push(problem("a.yaml", 10, "second"));
        problems.push(problem("a.yaml", 9, "first"));
        problems.push(problem("b.yaml", 1, "fourth"));
        let expected = "a.yaml:9: first\na.yaml:10: second\nb.yaml:1: third\nb.yaml:1: fourth";
        assert_eq!(problems.to_string(), expected);
        let error = Error::from(problems);
        assert_eq!(error.message(), expected);
        assert_eq!(error.downcast_source::<Problems>().map(Problems::len), Some(4));
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let mut problems = Problems::new();
        for line in 1..=MAX_PROBLEMS + 2 {
            problems.push(problem("a.yaml", line, "wrong"));
        }
        assert_eq!(problems.iter().count(), MAX_PROBLEMS);
        assert_eq!(problems.len(), MAX_PROBLEMS + 2);
        assert!(problems.to_string().ends_with("\nand 2 more problems"));
    }
}
