//! Which router or service each router and endpoint stands in: the one that its `meta` names, or the only one there is.
//! Asks entries for nothing but their references.

use std::collections::BTreeMap;

use super::super::definition::Draft;
use super::super::link::{MAX_LISTED, problem};
use super::super::{Damage, EntryKind, Id, Problem, Problems};

/// What routers and endpoints stand in. Those of an app without any service, and those of which it is not known, are not
/// in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parents(BTreeMap<Id, Parent>);

/// What a router or an endpoint stands in.
#[derive(Clone, Debug)]
pub(crate) enum Parent {
    Service(Id),
    Router(Id),
}

impl Parent {
    fn id(&self) -> &Id {
        match self {
            Parent::Service(id) | Parent::Router(id) => id,
        }
    }
}

impl Parents {
    /// What the router or endpoint `id` stands in.
    pub(crate) fn parent(&self, id: &Id) -> Option<&Parent> {
        self.0.get(id)
    }

    /// The ID of each of them, with that of what it stands in.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Id, &Id)> {
        self.0.iter().map(|(id, parent)| (id, parent.id()))
    }
}

/// Finds what routers and endpoints stand in, and reports those that must name it. References are checked already.
///
/// Asks for no more than kinds and references, so that a faulty service is none that could be overlooked.
pub(crate) fn attach(drafts: &BTreeMap<Id, Draft>, damage: &mut Damage, problems: &mut Problems) -> Parents {
    let of_kind = |kind| drafts.values().filter(move |draft| draft.kind == Some(kind)).map(|draft| &draft.id);
    let services: Vec<&Id> = of_kind(EntryKind::HttpService).collect();
    let routers: Vec<&Id> = of_kind(EntryKind::HttpRouter).collect();
    let mut parents = BTreeMap::new();
    for draft in drafts.values() {
        let (field, name, candidates) = match draft.kind {
            Some(EntryKind::HttpRouter) => ("meta.server", "services", &services),
            Some(EntryKind::HttpEndpoint) if routers.is_empty() => ("meta.router", "services", &services),
            Some(EntryKind::HttpEndpoint) => ("meta.router", "routers", &routers),
            _ => continue,
        };
        if !damage.spares(&draft.id, &["meta"]) {
            continue;
        }
        let named = draft.references.iter().find(|reference| reference.field == field).map(|found| &found.target);
        let found = match (named, candidates.as_slice()) {
            (Some(named), _) => named,
            (None, []) => continue,
            (None, [only]) => *only,
            (None, several) => {
                problems.push(unnamed(draft, field, name, several));
                damage.add(&draft.id, field);
                continue;
            }
        };
        let is_router = drafts.get(found).is_some_and(|draft| draft.kind == Some(EntryKind::HttpRouter));
        let parent = if is_router { Parent::Router(found.clone()) } else { Parent::Service(found.clone()) };
        parents.insert(draft.id.clone(), parent);
    }
    Parents(parents)
}

fn unnamed(draft: &Draft, field: &str, name: &str, several: &[&Id]) -> Problem {
    let ids: Vec<&str> = several.iter().take(MAX_LISTED).map(|id| id.as_str()).collect();
    let more = several.len().checked_sub(MAX_LISTED + 1).map_or("", |_| ", ..");
    let message = format!("field {field} is missing; name one of the {name} {}{more}", ids.join(", "));
    Problem { field: Some(field.to_owned()), ..problem(draft, None, message) }
}
