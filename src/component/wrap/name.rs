//! Names that a component may carry, made from names that a core module carries.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::names::{KebabStr, KebabString};

/// `name` as a kebab-case label, or nothing if that cannot be done.
///
/// A valid label stays as it is. Otherwise characters that are no ASCII letters or digits separate words, as does an
/// upper-case letter after a lower-case letter or a digit, and everything becomes lower-case: `add_two`, `addTwo` and
/// `__add$two` are `add-two`. Names with non-ASCII letters, or that begin with a digit, have no label.
pub(super) fn label(name: &str) -> Option<String> {
    if KebabStr::new(name).is_some() {
        return Some(name.to_owned());
    }
    if !name.is_ascii() {
        return None;
    }
    let mut label = String::with_capacity(name.len());
    let mut previous = ' ';
    for c in name.chars() {
        let is_word_start = c.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
        if (is_word_start || !c.is_ascii_alphanumeric()) && !label.is_empty() && !label.ends_with('-') {
            label.push('-');
        }
        if c.is_ascii_alphanumeric() {
            label.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    let label = label.trim_end_matches('-').to_owned();
    KebabStr::new(&label).is_some().then_some(label)
}

/// The `snake_case` form of a label.
pub(super) fn snake(label: &str) -> String {
    label.replace('-', "_")
}

/// Labels in use; two that differ in case or hyphens alone are the same.
#[derive(Default)]
pub(super) struct Labels {
    taken: BTreeSet<KebabString>,
    /// The number to try next behind a label.
    numbers: BTreeMap<String, u64>,
}

impl Labels {
    /// Takes `label`, or says that it is taken or no label.
    pub(super) fn take(&mut self, label: &str) -> bool {
        KebabString::new(label).is_some_and(|label| self.taken.insert(label))
    }

    /// Takes `label`, or the first of `label-2`, `label-3`, ... that is free.
    pub(super) fn take_numbered(&mut self, label: String) -> String {
        if self.take(&label) {
            return label;
        }
        loop {
            let number = self.numbers.entry(label.clone()).or_insert(2);
            let numbered = format!("{label}-{number}");
            *number += 1;
            if self.take(&numbered) {
                return numbered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_made_of_core_names() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(label(name).as_deref(), expected, "{name}");
        check("add", Some("add"));
        check("add_two", Some("add-two"));
        check("addTwo", Some("add-two"));
        check("_start", Some("start"));
        check("__a..b$$c__", Some("a-b-c"));
        check("HTTP", Some("HTTP"));
        check("parseURL2", Some("parse-url2"));
        check("f_2", Some("f-2"));
        check("2f", None);
        check("größe", None);
        check("", None);
        check("__", None);
    }

    #[test]
    fn a_taken_label_is_numbered() {
        let mut labels = Labels::default();
        assert!(labels.take("add-two"));
        assert!(!labels.take("ADD-two"));
        assert_eq!(labels.take_numbered("add-two".into()), "add-two-2");
        assert_eq!(labels.take_numbered("add-two".into()), "add-two-3");
    }
}
