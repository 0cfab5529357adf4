//! The order of writes: what frees a name comes before what takes it.
//!
//! Names that go round in a cycle are freed by parking one of their holders under a name of its own for a moment.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Change, Kind};
use crate::model::{Field, ObjectGuid, fold};

/// One thing to do. Steps stand in an order in which they can be done one by one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// Index of the change in [`super::Plan::changes`].
    pub change: usize,
    /// What it does for the change.
    pub deed: Deed,
    /// Each stage begins when the one before has ended.
    pub stage: Stage,
    /// Indices of steps that must have succeeded; all smaller than this step's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<usize>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Writes the parked values of the change.
    Park,
    /// Does the change.
    Write,
    /// Names the manager, who came into being in the same run.
    Manage,
}

/// When a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Users and groups come into being or change; removals that free a name for them too.
    Objects,
    /// Memberships.
    Memberships,
    /// Whoever leaves.
    Dissociations,
}

/// A name that only one object can have: which kind of object, which field, the folded value.
type Name = (Kind, Field, String);

/// Orders the changes, and notes on a change what it parks.
pub(super) fn order(changes: &mut [Change]) -> Vec<Step> {
    let mut waits = name_waits(changes);
    for (change, field) in break_cycles(changes, &mut waits) {
        if let Some(change) = changes.get_mut(change) {
            let value = parked_value(change, &field);
            change.parked.insert(field, value);
        }
    }
    let frees_a_name: BTreeSet<usize> = waits.values().flatten().map(|wait| wait.on).collect();
    steps(changes, &waits, &frees_a_name)
}

/// A change waits for another one to free a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wait {
    on: usize,
    field: Field,
    /// Whether parking the other one frees the name already.
    is_parked: bool,
}

fn name_waits(changes: &[Change]) -> BTreeMap<usize, Vec<Wait>> {
    let mut freed: BTreeMap<Name, usize> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        for field in unique_fields(change) {
            if let Some(before) = field.before.as_deref() {
                freed.insert((change.kind, field.field.clone(), fold(before)), index);
            }
        }
    }
    let mut waits: BTreeMap<usize, Vec<Wait>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        for field in unique_fields(change) {
            let Some(after) = field.after.as_deref() else { continue };
            let holder = freed.get(&(change.kind, field.field.clone(), fold(after)));
            if let Some(&on) = holder.filter(|&&holder| holder != index) {
                waits.entry(index).or_default().push(Wait {
                    on,
                    field: field.field.clone(),
                    is_parked: false,
                });
            }
        }
    }
    waits
}

pub(super) fn unique_fields(change: &Change) -> impl Iterator<Item = &super::FieldChange> {
    change.fields.iter().filter(|field| match change.kind {
        Kind::User => matches!(field.field, Field::Username | Field::Email),
        Kind::Group => field.field == Field::Name,
        Kind::Membership => false,
    })
}

/// Parks one change of each cycle, the one with the smallest GUID, in the field that the cycle passes through.
fn break_cycles(changes: &[Change], waits: &mut BTreeMap<usize, Vec<Wait>>) -> Vec<(usize, Field)> {
    let mut parked = Vec::new();
    // Changes that are known to end: none of their waits leads into a cycle.
    let mut ends: BTreeSet<usize> = BTreeSet::new();
    let starts: Vec<usize> = waits.keys().copied().collect();
    for start in starts {
        while let Some(cycle) = find_cycle(start, waits, &mut ends) {
            let held_by = |(waiter, position): &(usize, usize)| waits.get(waiter)?.get(*position);
            let guid = |link: &(usize, usize)| Some(changes.get(held_by(link)?.on)?.guid);
            let Some((waiter, position)) = cycle.into_iter().min_by_key(guid) else { break };
            let wait = waits.get_mut(&waiter).and_then(|waits| waits.get_mut(position));
            let Some(wait) = wait else { break };
            // Nobody else waits for this name: two who want one name are both held back.
            wait.is_parked = true;
            parked.push((wait.on, wait.field.clone()));
        }
    }
    parked
}

/// Walks from `start` along its waits. A cycle comes back as its links: a change, and the position of the wait by which
/// it goes on.
fn find_cycle(
    start: usize,
    waits: &BTreeMap<usize, Vec<Wait>>,
    ends: &mut BTreeSet<usize>,
) -> Option<Vec<(usize, usize)>> {
    // The path: each change with how many of its waits were followed.
    let mut path = vec![(start, 0)];
    let mut on_path = BTreeMap::from([(start, 0)]);
    while let Some((change, followed)) = path.last_mut() {
        let change = *change;
        let next = waits.get(&change).and_then(|waits| waits.get(*followed));
        *followed += 1;
        let Some(wait) = next else {
            path.pop();
            on_path.remove(&change);
            ends.insert(change);
            continue;
        };
        if wait.is_parked || ends.contains(&wait.on) {
            continue;
        }
        if let Some(&depth) = on_path.get(&wait.on) {
            let links = path.get(depth..).unwrap_or_default().iter();
            return links.map(|&(change, followed)| Some((change, followed.checked_sub(1)?))).collect();
        }
        on_path.insert(wait.on, path.len());
        path.push((wait.on, 0));
    }
    None
}

/// A name that nobody else has: `adj-` and twelve digits of the GUID; a mail address keeps its domain.
fn parked_value(change: &Change, field: &Field) -> String {
    let name = format!("adj-{}", change.guid.short());
    let before = change.field(field).and_then(|change| change.before.as_deref());
    match before.and_then(|before| before.rsplit_once('@')) {
        Some((_, domain)) if *field == Field::Email => format!("{name}@{domain}"),
        _ => name,
    }
}

fn stage(index: usize, change: &Change, frees_a_name: &BTreeSet<usize>) -> Stage {
    match (change.kind, change.action) {
        (Kind::Membership, _) => Stage::Memberships,
        (_, Action::Remove) if frees_a_name.contains(&index) => Stage::Objects,
        _ if change.cause.is_some() => Stage::Dissociations,
        _ => Stage::Objects,
    }
}

/// Parkings first, then every change behind what it waits for.
fn steps(
    changes: &[Change],
    waits: &BTreeMap<usize, Vec<Wait>>,
    frees_a_name: &BTreeSet<usize>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(changes.len());
    let mut parkings = BTreeMap::new();
    for (change, _) in changes.iter().enumerate().filter(|(_, change)| !change.parked.is_empty()) {
        parkings.insert(change, steps.len());
        steps.push(Step { change, deed: Deed::Park, stage: Stage::Objects, after: Vec::new() });
    }
    let founded = founded(changes);
    let mut written: BTreeMap<usize, usize> = BTreeMap::new();
    for wanted in [Stage::Objects, Stage::Memberships, Stage::Dissociations] {
        for (start, _) in
            changes.iter().enumerate().filter(|(index, change)| stage(*index, change, frees_a_name) == wanted)
        {
            // Whatever a change waits for is written before it; chains may be long, so not by recursion.
            let mut pending = vec![start];
            while let Some(&index) = pending.last() {
                if written.contains_key(&index) {
                    pending.pop();
                    continue;
                }
                let waits_of = waits.get(&index).map(Vec::as_slice).unwrap_or_default();
                let open = waits_of.iter().find(|wait| !wait.is_parked && !written.contains_key(&wait.on));
                if let Some(wait) = open {
                    pending.push(wait.on);
                    continue;
                }
                pending.pop();
                let Some(change) = changes.get(index) else { continue };
                let mut after: Vec<usize> = waits_of
                    .iter()
                    .filter_map(
                        |wait| if wait.is_parked { parkings.get(&wait.on) } else { written.get(&wait.on) },
                    )
                    .chain(parkings.get(&index))
                    .copied()
                    .collect();
                if let (Kind::Membership, Some(group)) = (change.kind, &change.group) {
                    let needed = [(Kind::User, change.guid), (Kind::Group, group.guid)];
                    after.extend(needed.iter().filter_map(|key| written.get(founded.get(key)?).copied()));
                }
                after.sort_unstable();
                after.dedup();
                written.insert(index, steps.len());
                steps.push(Step { change: index, deed: Deed::Write, stage: wanted, after });
            }
        }
        if wanted == Stage::Objects {
            steps.extend(namings(changes, &founded, &written));
        }
    }
    steps
}

/// Managers are named when both exist. Of two new users each may have the other one as manager.
fn namings(
    changes: &[Change],
    founded: &BTreeMap<(Kind, ObjectGuid), usize>,
    written: &BTreeMap<usize, usize>,
) -> Vec<Step> {
    let naming = |(change, manager): (usize, ObjectGuid)| {
        let coming = founded.get(&(Kind::User, manager));
        let mut after: Vec<usize> = [Some(&change), coming]
            .into_iter()
            .flatten()
            .filter_map(|index| written.get(index).copied())
            .collect();
        after.sort_unstable();
        Step { change, deed: Deed::Manage, stage: Stage::Objects, after }
    };
    let coming = changes.iter().enumerate();
    coming.filter_map(|(index, change)| Some((index, change.coming_manager?))).map(naming).collect()
}

/// Changes without which an object has no memberships of ours: it does not exist, is not owned, or is suspended.
fn founded(changes: &[Change]) -> BTreeMap<(Kind, ObjectGuid), usize> {
    changes
        .iter()
        .enumerate()
        .filter(|(_, change)| matches!(change.action, Action::Create | Action::Adopt | Action::Activate))
        .map(|(index, change)| ((change.kind, change.guid), index))
        .collect()
}
