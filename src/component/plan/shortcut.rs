//! Shortcuts: where guests reach their imports by a detour ([`Detour`]), they get the imports themselves.
//!
//! The functions cannot be made before the guest, whose memory they are to use. So they are promised where the first half of
//! the detour was made, and the promises are kept where the second half filled its table: until then calls trap, as they did.
//!
//! Looks at each step a few times, however many detours there are. Knows modules by what they are of a detour, and no bytes.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use super::{Args, CoreDef, CoreInstanceDef, ModuleRef, OptionsDef, Plan, ResourceDef, Step};
use crate::engine::{Calls, Detour, Fills};

/// The lowers behind the functions of a detour, by the names these are exported under.
type Lowers = BTreeMap<Box<str>, u32>;

/// Detours that may be left out, by the core instance that is the first half.
type Shortcuts = BTreeMap<u32, Shortcut>;

struct Shortcut {
    /// The steps that make its instances.
    first: usize,
    last: usize,
    lowers: Lowers,
}

/// Takes every detour out of a plan that is used for nothing else.
pub(super) fn take(plan: &mut Plan) {
    let mut shortcuts = find(plan);
    keep_unshared(plan, &mut shortcuts);
    if shortcuts.is_empty() {
        return;
    }
    for step in &mut plan.steps {
        if let Step::Instantiate { args: Args::Resolved(defs), .. } = step {
            for def in defs {
                if let Some(lower) = shortcut_of(def, &shortcuts).and_then(|(shortcut, name)| shortcut.lowers.get(name))
                {
                    *def = CoreDef::Lower(*lower);
                }
            }
        }
    }
    for Shortcut { first, last, lowers } in shortcuts.into_values() {
        let lowers: Vec<u32> = lowers.into_values().collect();
        plan.steps[last] = Step::Keep(lowers.clone());
        plan.steps[first] = Step::Promise(lowers);
    }
}

/// The detours of which both halves are there, once each, and all functions.
fn find(plan: &Plan) -> Shortcuts {
    let is_made = |(_, step): &(usize, &Step)| matches!(step, Step::Instantiate { .. });
    let made: Vec<usize> = plan.steps.iter().enumerate().filter(is_made).map(|(at, _)| at).collect();
    let mut lowered_at = alloc::vec![None; plan.lowers.len()];
    for (at, step) in plan.steps.iter().enumerate() {
        if let Step::Lower(index) = step {
            lowered_at[*index as usize] = Some(at);
        }
    }
    // None: the first half has several second halves, or one that does not fit. It stays.
    let mut found: BTreeMap<u32, Option<Shortcut>> = BTreeMap::new();
    let mut is_taken = alloc::vec![false; plan.lowers.len()];
    for last in made.iter().copied() {
        let Some(Detour::Fills(fills)) = detour(plan, last) else { continue };
        let Some((instance, shortcut)) = shortcut(plan, &made, last, fills) else { continue };
        let shortcut = shortcut.filter(|shortcut| {
            shortcut.lowers.values().all(|lower| {
                let is_between = lowered_at[*lower as usize].is_some_and(|at| at > shortcut.first && at < last);
                // Nothing is promised twice.
                is_between && !core::mem::replace(&mut is_taken[*lower as usize], true)
            })
        });
        found.entry(instance).and_modify(|other| *other = None).or_insert(shortcut);
    }
    found.into_iter().filter_map(|(instance, shortcut)| Some((instance, shortcut?))).collect()
}

/// The first half for a second half, and the way without them, if there is one.
fn shortcut(plan: &Plan, made: &[usize], last: usize, fills: &Fills) -> Option<(u32, Option<Shortcut>)> {
    let given = arguments(plan, last)?;
    let CoreDef::Export { instance, name, .. } = given.get(&*fills.table)? else { return None };
    let first = *made.get(*instance as usize)?;
    let Some(Detour::Calls(calls)) = detour(plan, first) else { return None };
    let lowers = lowers(calls, fills, &given).filter(|_| *calls.table == **name);
    Some((*instance, lowers.map(|lowers| Shortcut { first, last, lowers })))
}

/// What the module is of a detour that a step instantiates.
fn detour(plan: &Plan, step: usize) -> Option<&Detour> {
    match plan.steps.get(step)? {
        Step::Instantiate { module: ModuleRef::Static(module), .. } => plan.modules.get(*module as usize)?.detour(),
        _ => None,
    }
}

/// What a step gives to the module it instantiates, by the fields of the imports.
fn arguments(plan: &Plan, step: usize) -> Option<BTreeMap<&str, &CoreDef>> {
    match plan.steps.get(step)? {
        Step::Instantiate { module: ModuleRef::Static(module), args: Args::Resolved(defs), .. } => {
            let imports = plan.modules.get(*module as usize)?.imports();
            Some(imports.zip(defs).map(|((_, field), def)| (field, def)).collect())
        }
        _ => None,
    }
}

/// The lower behind each function, if all have one of the function's type.
fn lowers(calls: &Calls, fills: &Fills, given: &BTreeMap<&str, &CoreDef>) -> Option<Lowers> {
    let has_room = fills.funcs.keys().all(|slot| u64::from(*slot) < calls.size);
    let mut lowers = Lowers::new();
    for (name, (slot, ty)) in &calls.funcs {
        let (field, filled) = fills.funcs.get(slot)?;
        match given.get(&**field)? {
            CoreDef::Lower(lower) if filled == ty => lowers.insert(name.clone(), *lower),
            _ => return None,
        };
    }
    has_room.then_some(lowers)
}

/// The detour that a definition is of, and which of its exports.
fn shortcut_of<'a>(def: &'a CoreDef, shortcuts: &'a Shortcuts) -> Option<(&'a Shortcut, &'a str)> {
    match def {
        CoreDef::Export { instance, name, .. } => Some((shortcuts.get(instance)?, name)),
        CoreDef::Lower(_) | CoreDef::Builtin(_) => None,
    }
}

/// Leaves those whose first half is used for imports of modules only, besides the table that the second half fills.
fn keep_unshared(plan: &Plan, shortcuts: &mut Shortcuts) {
    for resource in &plan.resources {
        if let ResourceDef::Defined { dtor: Some(dtor), .. } = resource {
            forget(dtor, shortcuts);
        }
    }
    for lift in &plan.lifts {
        forget(&lift.core, shortcuts);
    }
    for OptionsDef { memory, realloc, post_return, .. } in &plan.options {
        for def in [memory, realloc, post_return].into_iter().flatten() {
            forget(def, shortcuts);
        }
    }
    for (at, step) in plan.steps.iter().enumerate() {
        match step {
            Step::Instantiate { args: Args::Resolved(defs), .. } => {
                for def in defs {
                    let is_other = shortcut_of(def, shortcuts)
                        .is_some_and(|(shortcut, name)| at != shortcut.last && !shortcut.lowers.contains_key(name));
                    if is_other {
                        forget(def, shortcuts);
                    }
                }
            }
            Step::Instantiate { args: Args::Named(named), .. } => {
                for (_, given) in named {
                    match given {
                        CoreInstanceDef::Made { index, .. } => drop(shortcuts.remove(index)),
                        CoreInstanceDef::Bag(bag) => bag.values().for_each(|def| forget(def, shortcuts)),
                    }
                }
            }
            _ => {}
        }
    }
}

/// A definition is used for something else: what it is of stays.
fn forget(def: &CoreDef, shortcuts: &mut Shortcuts) {
    if let CoreDef::Export { instance, .. } = def {
        shortcuts.remove(instance);
    }
}
