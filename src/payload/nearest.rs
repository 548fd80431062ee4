//! The known name that a wrong one was probably meant to be.

/// Names longer than this are not compared.
const MAX_NAME_LEN_CHARS: usize = 64;

/// The candidate with the fewest edits, if they are about a third of the name at most.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(MAX_NAME_LEN_CHARS + 1).collect();
    if name.len() > MAX_NAME_LEN_CHARS {
        return None;
    }
    let limit = (name.len() + 1) / 3;
    let near = candidates.filter(|candidate| candidate.len() <= 4 * MAX_NAME_LEN_CHARS);
    let near = near.map(|candidate| (distance(&name, candidate), candidate)).filter(|(edits, _)| *edits <= limit);
    near.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// How many characters have to be inserted, removed or replaced.
fn distance(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (line, wanted) in to.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (slot, letter) in row.iter_mut().zip(std::iter::once(None).chain(from.iter().map(Some))) {
            let above = *slot;
            if let Some(letter) = letter {
                left = (diagonal + usize::from(*letter != wanted)).min(above + 1).min(left + 1);
            }
            diagonal = above;
            *slot = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name() {
        let names = ["name", "age", "created-at"];
        for (slip, expected) in [
            ("nam", Some("name")),
            ("created_at", Some("created-at")),
            ("aeg", None),
            ("ages", Some("age")),
            ("", None),
        ] {
            assert_eq!(nearest(slip, names.into_iter()), expected, "{slip}");
        }
        assert_eq!(distance(&['k', 'i', 't', 't', 'e', 'n'], "sitting"), 3);
    }
}
