//! Which objects that nobody owns stand for a selected one, and may be adopted.
//!
//! Those that JumpCloud's own agent brought in are adopted without asking: they are bound directly to the Active
//! Directory object of the domain, or managed from outside under a DN of it. All others only when the policy says so.
//! Whoever carries another policy's mark is never looked at, and an account under the DN of somebody who is in Active
//! Directory is nobody else's, whatever mail address or name has passed on since.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::{self, Scope};
use crate::desired::{Desired, DesiredUser};
use crate::model::{
    Directory, Dn, Field, JumpCloudGroupId, JumpCloudUserId, Mark, MarkReading, Note, ObjectGuid,
    Organization, User, fold,
};
use crate::policy::{Policy, Takeover};

/// Who owns what, with the objects that are to be adopted.
pub(super) fn pair(
    policy: &Policy,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
) -> Scope {
    let mut scope = scope::scope(policy, organization);
    pair_users(policy, directory, desired, organization, &mut scope);
    pair_groups(policy, desired, organization, &mut scope);
    scope
}

/// Groups that are to be adopted, whose members a plan needs to know.
pub fn adopted_groups(
    policy: &Policy,
    desired: &Desired,
    organization: &Organization,
) -> Vec<JumpCloudGroupId> {
    let mut scope = scope::scope(policy, organization);
    pair_groups(policy, desired, organization, &mut scope);
    scope.adopted_groups.into_values().collect()
}

fn pair_users(
    policy: &Policy,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
    scope: &mut Scope,
) {
    let unowned = || organization.users.iter().filter(|(_, user)| is_unowned(&user.mark()));
    let from_agent: BTreeMap<&JumpCloudUserId, &User> = unowned()
        .filter(|(_, user)| user.mark() == MarkReading::None && is_from_agent(policy, user))
        .collect();
    let mut pairing = Pairing {
        free: desired
            .users
            .iter()
            .enumerate()
            .filter(|(_, user)| !scope.users.contains_key(&user.guid))
            .collect(),
        pairs: BTreeMap::new(),
        people: people(directory, unowned()),
    };
    pairing.round(&from_agent, external_dn, |user| Some(user.dn.clone()));
    let mail = |user: &User| Some(fold(user.email())).filter(|mail| !mail.is_empty());
    let username = |user: &User| Some(fold(user.username())).filter(|name| !name.is_empty());
    let wanted = |field: Field| move |user: &DesiredUser| user.field(&field).map(fold);
    pairing.round(&from_agent, mail, wanted(Field::Email));
    pairing.round(&from_agent, username, wanted(Field::Username));
    if policy.takeover == Takeover::Adopt {
        let all: BTreeMap<&JumpCloudUserId, &User> = unowned().collect();
        pairing.round(&all, mail, wanted(Field::Email));
        pairing.round(&all, username, wanted(Field::Username));
    }
    let wanting: BTreeSet<ObjectGuid> = pairing.free.values().map(|user| user.guid).collect();
    for (&id, user) in from_agent.iter().filter(|(id, _)| !pairing.pairs.contains_key(**id)) {
        match pairing.people.get(id).filter(|guid| wanting.contains(guid)) {
            Some(guid) => scope.rivals.entry(*guid).or_default().push(id.clone()),
            None => scope.notes.push(unpaired_note(user.username(), "user")),
        }
    }
    for (id, position) in pairing.pairs {
        let Some(user) = desired.users.get(position) else { continue };
        scope.user_guids.insert(id.clone(), user.guid);
        scope.adopted_users.insert(user.guid, id.clone());
    }
}

fn pair_groups(policy: &Policy, desired: &Desired, organization: &Organization, scope: &mut Scope) {
    let mut wanted: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (position, group) in desired.groups.iter().enumerate() {
        if group.held.is_none() && !scope.groups.contains_key(&group.guid) {
            let slot = wanted.entry(fold(&group.name)).or_insert(Some(position));
            // Two that want one name: neither has it.
            *slot = slot.filter(|other| *other == position);
        }
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for group in organization.groups.values() {
        *names.entry(fold(&group.name)).or_default() += 1;
    }
    for (id, group) in organization.groups.iter().filter(|(_, group)| is_unowned(&group.mark())) {
        let is_from_agent = group.directory.is_some() && group.mark() == MarkReading::None;
        let name = fold(&group.name);
        let pair = wanted.get(&name).copied().flatten().filter(|_| names.get(&name) == Some(&1));
        let pair = pair.and_then(|position| desired.groups.get(position));
        match pair {
            Some(desired) if is_from_agent || policy.takeover == Takeover::Adopt => {
                scope.adopted_groups.insert(desired.guid, id.clone());
            }
            None if is_from_agent => scope.notes.push(unpaired_note(&group.name, "group")),
            _ => {}
        }
    }
}

/// Selected users that nothing stands for yet, and what was found for others.
struct Pairing<'a> {
    free: BTreeMap<usize, &'a DesiredUser>,
    pairs: BTreeMap<&'a JumpCloudUserId, usize>,
    /// Who lies under the DN of a candidate now.
    people: BTreeMap<&'a JumpCloudUserId, ObjectGuid>,
}

impl<'a> Pairing<'a> {
    /// Pairs what has one key on both sides, and nothing else on either side has.
    fn round<K: Ord>(
        &mut self,
        candidates: &BTreeMap<&'a JumpCloudUserId, &'a User>,
        key: impl Fn(&User) -> Option<K>,
        wanted: impl Fn(&DesiredUser) -> Option<K>,
    ) {
        let open = candidates.iter().filter(|(id, _)| !self.pairs.contains_key(**id));
        let by_key = unique(open.filter_map(|(id, user)| Some((key(user)?, *id))));
        let wanting =
            unique(self.free.iter().filter_map(|(position, user)| Some((wanted(user)?, *position))));
        for (key, position) in wanting {
            let Some((id, user)) = by_key.get(&key).zip(self.free.get(&position)) else { continue };
            if self.people.get(id).is_none_or(|guid| *guid == user.guid) {
                self.pairs.insert(id, position);
                self.free.remove(&position);
            }
        }
    }
}

/// Those whose external DN is the DN of a user account, with its GUID.
fn people<'a>(
    directory: &Directory,
    candidates: impl Iterator<Item = (&'a JumpCloudUserId, &'a User)>,
) -> BTreeMap<&'a JumpCloudUserId, ObjectGuid> {
    let mut by_dn: BTreeMap<Dn, Vec<&JumpCloudUserId>> = BTreeMap::new();
    for (id, user) in candidates {
        if let Some(dn) = external_dn(user) {
            by_dn.entry(dn).or_default().push(id);
        }
    }
    let found = directory.users.iter().filter_map(|user| Some((by_dn.get(&user.dn)?, user.guid)));
    found.flat_map(|(ids, guid)| ids.iter().map(move |id| (*id, guid))).collect()
}

/// The entries whose key stands once only.
fn unique<K: Ord, V>(entries: impl Iterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut found: BTreeMap<K, Option<V>> = BTreeMap::new();
    for (key, value) in entries {
        found.entry(key).and_modify(|slot| *slot = None).or_insert(Some(value));
    }
    found.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// Whether no policy owns it. A mark that cannot be read is nobody's.
fn is_unowned(mark: &MarkReading) -> bool {
    match mark {
        MarkReading::None | MarkReading::Malformed => true,
        MarkReading::Marked(_) => false,
    }
}

fn is_from_agent(policy: &Policy, user: &User) -> bool {
    if user.field(&Field::Directory).is_some() {
        return true;
    }
    let is_lock = |(field, kind): (&Field, &String)| {
        matches!(field, Field::RestrictedField(_)) && kind == Mark::SOURCE_TYPE
    };
    let is_managed = user.field(&Field::ExternallyManaged).is_some() || user.fields.iter().any(is_lock);
    is_managed && external_dn(user).and_then(|dn| dn.domain()).as_ref() == Some(&policy.domain)
}

fn external_dn(user: &User) -> Option<Dn> {
    Dn::parse_written(user.field(&Field::ExternalDn)?).ok()
}

fn unpaired_note(name: &str, kind: &str) -> Note {
    let message =
        format!("the {kind} came from Active Directory, and nothing selected matches it: left as it is");
    Note::new("not-adopted", name, message)
}
