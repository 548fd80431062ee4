//! Shortcuts: where guests reach their imports by a detour ([`Detour`]), they get the imports themselves.
//!
//! The functions cannot be made before the guest, whose memory they are to use. So they are promised where the first half of
//! the detour was made, and the promises are kept where the second half filled its table: until then calls trap, as they did.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use super::{Args, CoreDef, CoreInstanceDef, ModuleRef, OptionsDef, Plan, ResourceDef, Step};
use crate::engine::{Calls, Detour, Fills};

type Name = Box<str>;

/// Takes every detour out of a plan that is used for nothing else.
pub(super) fn take(plan: &mut Plan) {
    let made: Vec<usize> =
        (0..plan.steps.len()).filter(|at| matches!(plan.steps.get(*at), Some(Step::Instantiate { .. }))).collect();
    for (instance, first) in (0..).zip(&made) {
        if let Some(shortcut) = find(plan, &made, instance, *first) {
            shortcut.apply(plan, instance);
        }
    }
}

/// A detour that can be left out.
struct Shortcut {
    /// The steps that make its instances.
    first: usize,
    last: usize,
    /// The lowers behind its functions, by the names these are exported under.
    lowers: BTreeMap<Name, u32>,
}

/// The detour whose first half is `instance`, made by the step `first`.
fn find(plan: &Plan, made: &[usize], instance: u32, first: usize) -> Option<Shortcut> {
    let Detour::Calls(calls) = detour(plan, first)? else { return None };
    let mut halves = made.iter().filter_map(|last| {
        let Detour::Fills(fills) = detour(plan, *last)? else { return None };
        let given = arguments(plan, *last)?;
        is_export(given.get(&fills.table)?, instance, &calls.table).then_some((*last, fills, given))
    });
    let (last, fills, given) = halves.next()?;
    if halves.next().is_some() {
        return None;
    }
    let lowers = lowers(calls, fills, &given)?;
    // They are made between the two.
    let between = plan.steps.get(first..last)?.iter();
    let there = between.filter_map(|step| if let Step::Lower(index) = step { Some(*index) } else { None });
    let there: Vec<u32> = there.collect();
    let shortcut = Shortcut { first, last, lowers };
    let is_promised =
        |lower: &u32| plan.steps.iter().any(|step| matches!(step, Step::Promise(all) if all.contains(lower)));
    let is_whole = shortcut.lowers.values().all(|lower| there.contains(lower) && !is_promised(lower));
    (is_whole && shortcut.is_all_use(plan, instance)).then_some(shortcut)
}

/// What the module is of a detour that a step instantiates.
fn detour(plan: &Plan, step: usize) -> Option<&Detour> {
    match plan.steps.get(step)? {
        Step::Instantiate { module: ModuleRef::Static(module), .. } => plan.modules.get(*module as usize)?.detour(),
        _ => None,
    }
}

/// What a step gives to the module it instantiates, by the fields of the imports.
fn arguments(plan: &Plan, step: usize) -> Option<BTreeMap<Name, &CoreDef>> {
    match plan.steps.get(step)? {
        Step::Instantiate { module: ModuleRef::Static(module), args: Args::Resolved(defs), .. } => {
            let imports = plan.modules.get(*module as usize)?.imports();
            Some(imports.zip(defs).map(|((_, field), def)| (field.into(), def)).collect())
        }
        _ => None,
    }
}

/// The lower behind each function, if all have one of the function's type.
fn lowers(calls: &Calls, fills: &Fills, given: &BTreeMap<Name, &CoreDef>) -> Option<BTreeMap<Name, u32>> {
    let lower = |(name, (slot, ty)): (&Name, &(u32, _))| {
        let (field, filled) = fills.funcs.get(slot)?;
        match given.get(field)? {
            CoreDef::Lower(lower) if filled == ty => Some((name.clone(), *lower)),
            _ => None,
        }
    };
    let has_room = fills.funcs.keys().all(|slot| u64::from(*slot) < calls.size);
    calls.funcs.iter().map(lower).collect::<Option<_>>().filter(|_| has_room)
}

fn is_export(def: &CoreDef, of: u32, named: &str) -> bool {
    matches!(def, CoreDef::Export { instance, name, .. } if *instance == of && &**name == named)
}

impl Shortcut {
    /// Whether the first half is used for imports of modules only, besides the table that the second half fills.
    fn is_all_use(&self, plan: &Plan, of: u32) -> bool {
        let uses = |def: &CoreDef| matches!(def, CoreDef::Export { instance, .. } if *instance == of);
        let is_other = |def: &Option<CoreDef>| def.as_ref().is_some_and(uses);
        let in_options = |options: &OptionsDef| {
            is_other(&options.memory) || is_other(&options.realloc) || is_other(&options.post_return)
        };
        let in_resource = |resource: &ResourceDef| match resource {
            ResourceDef::Defined { dtor, .. } => is_other(dtor),
            ResourceDef::Imported(_) => false,
        };
        let in_instance = |(_, instance): &(_, CoreInstanceDef)| match instance {
            CoreInstanceDef::Made { index, .. } => *index == of,
            CoreInstanceDef::Bag(bag) => bag.values().any(uses),
        };
        let is_foreign = |def: &CoreDef| match def {
            CoreDef::Export { instance, name, .. } => *instance == of && !self.lowers.contains_key(name.as_ref()),
            CoreDef::Lower(_) | CoreDef::Builtin(_) => false,
        };
        let in_step = |(at, step): (usize, &Step)| match step {
            Step::Instantiate { args: Args::Resolved(defs), .. } => at != self.last && defs.iter().any(is_foreign),
            Step::Instantiate { args: Args::Named(named), .. } => named.iter().any(in_instance),
            _ => false,
        };
        !(plan.steps.iter().enumerate().any(in_step)
            || plan.lowers.iter().any(|lower| in_options(&lower.options))
            || plan.lifts.iter().any(|lift| uses(&lift.core) || in_options(&lift.options))
            || plan.resources.iter().any(in_resource))
    }

    fn apply(self, plan: &mut Plan, of: u32) {
        for step in &mut plan.steps {
            if let Step::Instantiate { args: Args::Resolved(defs), .. } = step {
                for def in defs {
                    let lower = match def {
                        CoreDef::Export { instance, name, .. } if *instance == of => self.lowers.get(name.as_ref()),
                        _ => None,
                    };
                    if let Some(lower) = lower {
                        *def = CoreDef::Lower(*lower);
                    }
                }
            }
        }
        let mut lowers: Vec<u32> = self.lowers.into_values().collect();
        lowers.sort_unstable();
        lowers.dedup();
        if let Some(step) = plan.steps.get_mut(self.last) {
            *step = Step::Keep(lowers.clone());
        }
        if let Some(step) = plan.steps.get_mut(self.first) {
            *step = Step::Promise(lowers);
        }
    }
}
