//! Nearest names, for error sentences that say what was probably meant.

/// Names longer than this, in characters, have no near name: distance costs the product of both lengths.
const MAX_NAME_CHARS: usize = 64;

/// The largest distance between near names.
const MAX_STEPS: usize = 3;

/// The name of `known` that `name` probably means: the first with the smallest distance, if that is small.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    ranked(name, known).into_iter().next()
}

/// The names of `known` that are near to `name`, nearest first.
pub(crate) fn ranked<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = letters(name);
    if name.len() > MAX_NAME_CHARS {
        return Vec::new();
    }
    let near_enough = (name.len() / 3).clamp(1, MAX_STEPS);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .map(|candidate| (candidate, letters(candidate)))
        .filter(|(_, other)| other.len().abs_diff(name.len()) <= near_enough && other.len() <= MAX_NAME_CHARS)
        .map(|(candidate, other)| (distance(&name, &other), candidate))
        .filter(|&(steps, _)| steps <= near_enough)
        .collect();
    found.sort();
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// What follows "unknown X" in a sentence: the near name, or all names.
pub(crate) fn hint(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None if known.is_empty() => "remove it".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

/// `a, b or c`.
pub(crate) fn alternatives(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn letters(name: &str) -> Vec<char> {
    name.chars().take(MAX_NAME_CHARS + 1).flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c }).collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours between `a` and `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut steps = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                steps = steps.min(before_last[j - 1] + 1);
            }
            row.push(steps);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_near() {
        let known = ["max_size", "method", "mode"];
        assert_eq!(nearest("max_sise", known), Some("max_size"));
        assert_eq!(nearest("max-size", known), Some("max_size"));
        assert_eq!(nearest("methdo", known), Some("method"));
        assert_eq!(nearest("Mode", known), Some("mode"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn long_names_cost_nothing() {
        let long = "a".repeat(1_000_000);
        assert_eq!(nearest(&long, [long.as_str()]), None);
    }
}
