//! Drafts become a checked set of entries: duplicates, references, cycles, order of start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decode::Reference;
use super::definition::Draft;
use super::web::{self, Parents};
use super::{Damage, Entry, EntryKind, Id, Problem, Problems, env, near, order};

/// Up to this many IDs, a message about a missing one lists them all.
pub(crate) const MAX_LISTED: usize = 10;
/// Among how many IDs a near one is looked for.
const MAX_CANDIDATES: usize = 1_000;

/// Entries that were checked against each other.
pub(crate) struct Linked {
    pub(crate) entries: BTreeMap<Id, Entry>,
    /// The order of start; empty when references form a cycle.
    pub(crate) order: Vec<Id>,
    pub(crate) parents: Parents,
    pub(crate) damage: Damage,
}

/// Checks the entries against each other; the result is usable when no problem was reported.
pub(crate) fn link(drafts: Vec<Draft>, problems: &mut Problems) -> Linked {
    let mut damage = Damage::default();
    let mut drafts = refuse_duplicates(drafts, problems);
    for draft in drafts.values_mut() {
        damage.extend(&draft.id, std::mem::take(&mut draft.damaged));
    }
    let mut graph = order::Graph::new();
    for draft in drafts.values() {
        let mut targets = BTreeSet::new();
        for reference in &draft.references {
            if check_reference(draft, reference, &drafts, problems) {
                targets.insert(reference.target.clone());
            } else {
                damage.add(&draft.id, &reference.field);
            }
        }
        graph.insert(draft.id.clone(), targets);
    }
    let parents = web::attach(&drafts, &mut damage, problems);
    for (child, parent) in parents.iter() {
        graph.entry(child.clone()).or_default().insert(parent.clone());
    }
    let order = match order::order(&graph) {
        Ok(order) => order,
        Err(cycles) => {
            cycles.iter().for_each(|cycle| report_cycle(cycle, &drafts, problems));
            Vec::new()
        }
    };
    let mut entries = BTreeMap::new();
    for (id, draft) in drafts {
        if let Some(entry) = draft.entry {
            let references = draft.references.into_iter().map(|reference| (reference.field, reference.target));
            entries.insert(id, entry.with_references(references.collect()));
        }
    }
    env::refuse_shared_names(&entries, &mut damage, problems);
    web::check(&entries, &parents, &mut damage, problems);
    Linked { entries, order, parents, damage }
}

/// A problem of `draft`, at the reference `place` or else where the entry begins.
pub(super) fn problem(draft: &Draft, place: Option<&Reference>, message: String) -> Problem {
    let pos = place.map_or(draft.pos, |reference| reference.pos);
    Problem {
        file: Arc::clone(&draft.file),
        line: pos.line,
        column: pos.column,
        entry: Some(draft.id.clone()),
        field: place.map(|reference| reference.field.clone()),
        message,
    }
}

/// Of entries with one ID the first counts.
fn refuse_duplicates(drafts: Vec<Draft>, problems: &mut Problems) -> BTreeMap<Id, Draft> {
    let mut unique: BTreeMap<Id, Draft> = BTreeMap::new();
    for draft in drafts {
        if let Some(first) = unique.get(&draft.id) {
            let place = format!("{}:{}", first.file, first.pos.line);
            problems.push(problem(&draft, None, format!("is declared already at {place}; rename or remove one")));
        } else {
            unique.insert(draft.id.clone(), draft);
        }
    }
    unique
}

/// Whether `reference` leads to an entry of the kind it needs.
fn check_reference(
    draft: &Draft,
    reference: &Reference,
    drafts: &BTreeMap<Id, Draft>,
    problems: &mut Problems,
) -> bool {
    let Reference { field, target, expected, .. } = reference;
    let message = match drafts.get(target) {
        Some(found) if found.kind.is_some_and(|kind| expected.contains(&kind)) => return true,
        // An entry whose kind is wrong is reported where it stands.
        Some(Draft { kind: None, .. }) => return false,
        Some(Draft { kind: Some(kind), .. }) => {
            format!("{field} must name an entry of kind {}, but {target} is of kind {kind}", names(expected))
        }
        None => {
            let is_fitting = |draft: &Draft| draft.kind.is_some_and(|kind| expected.contains(&kind));
            // An entry that named itself would form a cycle.
            let others = drafts.values().filter(|other| other.id != draft.id);
            let fitting = others.filter(|other| is_fitting(other)).map(|draft| draft.id.as_str());
            format!(
                "{field} names {target}, which does not exist; {}",
                suggestion(target, expected, &fitting.collect::<Vec<_>>())
            )
        }
    };
    problems.push(problem(draft, Some(reference), message));
    false
}

fn names(kinds: &[EntryKind]) -> String {
    near::alternatives(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
}

fn suggestion(target: &Id, expected: &[EntryKind], fitting: &[&str]) -> String {
    if let Some(near) = near::nearest(target.as_str(), fitting.iter().copied().take(MAX_CANDIDATES)) {
        return format!("did you mean {near}?");
    }
    // Where every entry fits, the kinds are no help.
    let kind =
        if expected.len() < EntryKind::ALL.len() { format!(" of kind {}", names(expected)) } else { String::new() };
    match fitting.len() {
        1..=MAX_LISTED => format!("entries{kind} are {}", fitting.join(", ")),
        _ => format!("declare it as an entry{kind}"),
    }
}

/// Reports a cycle at the reference by which its first entry leads to the second.
fn report_cycle(cycle: &[Id], drafts: &BTreeMap<Id, Draft>, problems: &mut Problems) {
    let Some((first, draft)) = cycle.first().and_then(|first| Some((first, drafts.get(first)?))) else { return };
    let second = cycle.get(1).unwrap_or(first);
    let reference = draft.references.iter().find(|reference| reference.target == *second);
    let names: Vec<&str> = cycle.iter().chain([first]).map(Id::as_str).collect();
    let message = format!("references form a cycle: {}; remove one of them", names.join(" -> "));
    problems.push(problem(draft, reference, message));
}

#[cfg(test)]
mod tests {
    use super::super::tree::Pos;
    use super::*;

    #[test]
    fn a_cycle_is_reported_where_it_begins() {
        let id = |name: &str| Id::join("n", name).expect("a valid name");
        let draft = |line: usize, name: &str, target: &str| {
            let pos = Pos { line: line + 1, column: 3 };
            let reference =
                Reference { field: "fs".to_owned(), pos, target: id(target), expected: &[EntryKind::FsDirectory] };
            Draft {
                id: id(name),
                file: "x.yaml".into(),
                pos: Pos { line, column: 1 },
                kind: Some(EntryKind::FsDirectory),
                entry: None,
                references: vec![reference],
                damaged: BTreeSet::new(),
            }
        };
        let mut problems = Problems::new();
        link(vec![draft(1, "c", "b"), draft(10, "b", "c"), draft(20, "a", "b")], &mut problems);
        let expected = "x.yaml:11: entry n:b: references form a cycle: n:b -> n:c -> n:b; remove one of them";
        assert_eq!(problems.to_string(), expected);
    }
}
