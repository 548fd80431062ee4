//! The order of start, and cycles among references. Knows only IDs.

use std::collections::{BTreeMap, BTreeSet};

use super::Id;

/// What each entry refers to. Targets that are no keys are ignored.
pub(crate) type Graph = BTreeMap<Id, BTreeSet<Id>>;

/// All entries, each after those it refers to, and by ID where references say nothing; or else the cycles.
///
/// Each cycle begins with its smallest ID and names each entry once. Of cycles that share entries one is named.
pub(crate) fn order(graph: &Graph) -> Result<Vec<Id>, Vec<Vec<Id>>> {
    let mut missing: BTreeMap<&Id, usize> = BTreeMap::new();
    let mut users: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
    for (id, targets) in graph {
        let targets = targets.iter().filter(|target| graph.contains_key(*target));
        let count = targets.map(|target| users.entry(target).or_default().push(id)).count();
        missing.insert(id, count);
    }
    let mut ready: BTreeSet<&Id> = missing.iter().filter(|&(_, &count)| count == 0).map(|(id, _)| *id).collect();
    let mut order = Vec::new();
    while let Some(id) = ready.pop_first() {
        missing.remove(id);
        order.push(id.clone());
        for user in users.get(id).into_iter().flatten() {
            if let Some(count) = missing.get_mut(user) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(user);
                }
            }
        }
    }
    if missing.is_empty() { Ok(order) } else { Err(cycles(graph, &missing.into_keys().collect())) }
}

/// The cycles among `left`: each of these entries refers to another of them, so that every walk ends in a cycle.
fn cycles(graph: &Graph, left: &BTreeSet<&Id>) -> Vec<Vec<Id>> {
    let mut cycles = Vec::new();
    let mut walked: BTreeSet<&Id> = BTreeSet::new();
    for start in left {
        let mut walk: Vec<&Id> = Vec::new();
        let mut next = Some(*start);
        while let Some(id) = next.filter(|id| walked.insert(id)) {
            walk.push(id);
            next = graph.get(id).and_then(|targets| targets.iter().find(|target| left.contains(target)));
        }
        if let Some(begin) = walk.iter().position(|id| Some(*id) == next) {
            let mut cycle: Vec<Id> = walk.split_off(begin).into_iter().cloned().collect();
            let smallest = cycle.iter().enumerate().min_by_key(|(_, id)| *id).map_or(0, |(index, _)| index);
            cycle.rotate_left(smallest);
            cycles.push(cycle);
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a: b c, b: c` as a graph; the order, or the cycles, as text.
    fn check(graph: &str, expected: &str) {
        let id = |name: &str| Id::join("n", name.trim()).expect("a valid name");
        let line = |line: &str| {
            let (name, targets) = line.split_once(':').expect("a colon");
            (id(name), targets.split_whitespace().map(id).collect())
        };
        let graph: Graph = graph.split(',').map(line).collect();
        let names = |ids: &[Id]| ids.iter().map(Id::name).collect::<Vec<_>>().join(" ");
        let found = match order(&graph) {
            Ok(order) => names(&order),
            Err(cycles) => cycles.iter().map(|cycle| format!("({})", names(cycle))).collect(),
        };
        assert_eq!(found, expected, "{graph:?}");
    }

    #[test]
    fn entries_start_after_what_they_refer_to() {
        check("a:, b:, c:", "a b c");
        check("a: c, b: c, c:", "c a b");
        check("a: b, b: c d, c: d, d:, e:", "d c b a e");
        check("a: elsewhere, b: a a", "a b");
    }

    #[test]
    fn cycles_are_named_once() {
        check("a: a", "(a)");
        check("a: b, b: c, c: b, d: a", "(b c)");
        check("b: c, c: a, a: b, x: y, y: x, z: x", "(a b c)(x y)");
    }
}
