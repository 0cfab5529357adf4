//! Who waits, beside those whom the directory alone holds back: marks that stand twice, names that two want, and names
//! that somebody has and keeps.
//!
//! Holding one back leaves its names where they are, which can hold back the next: this repeats until nothing changes.

use std::collections::BTreeMap;

use super::leave::Leaving;
use super::scope::Scope;
use super::{HeldBack, Kind};
use crate::desired::Desired;
use crate::model::{
    Cause, Field, JumpCloudGroupId, JumpCloudUserId, MarkReading, MembershipMethod, ObjectGuid, Organization,
    Reason, User, fold,
};
use crate::policy::Policy;

/// Who is written and who is not.
#[derive(Debug, Clone, Default)]
pub(super) struct Settled {
    /// For each desired user, whether it waits.
    pub(super) users_held: Vec<bool>,
    /// For each desired group, whether it waits.
    pub(super) groups_held: Vec<bool>,
    /// Users that go.
    pub(super) users_leaving: BTreeMap<ObjectGuid, (Cause, String)>,
    /// Groups that go.
    pub(super) groups_leaving: BTreeMap<ObjectGuid, (Cause, String)>,
    /// Everybody that waits or stays, with reasons.
    pub(super) held_back: Vec<HeldBack>,
}

impl Settled {
    /// Whether a desired user is to be written.
    pub(super) fn is_user_eligible(&self, index: usize) -> bool {
        self.users_held.get(index) == Some(&false)
    }

    /// Whether a desired group is to be written.
    pub(super) fn is_group_eligible(&self, index: usize) -> bool {
        self.groups_held.get(index) == Some(&false)
    }
}

/// Settles who is written.
pub(super) fn settle(
    policy: &Policy,
    desired: &Desired,
    organization: &Organization,
    scope: &Scope,
    leaving: Leaving,
) -> Settled {
    let Leaving { users, groups, held_back } = leaving;
    let mut settled =
        Settled { users_leaving: users, groups_leaving: groups, held_back, ..Settled::default() };
    keep_doubtful_leavers(organization, scope, &mut settled);

    let mut users: Vec<Contender> = desired
        .users
        .iter()
        .map(|user| Contender {
            kind: Kind::User,
            name: user.name.clone(),
            guid: user.guid,
            paired: scope.user(user.guid).map(JumpCloudUserId::to_string),
            wants: [Field::Username, Field::Email].map(|field| user.field(&field).map(fold)).to_vec(),
            held: user.held.clone().or_else(|| duplicate_mark(scope.users.get(&user.guid)?)),
        })
        .collect();
    let occupants = organization.users.iter().map(|(id, user)| Occupant {
        id: id.to_string(),
        names: vec![fold(user.username()), fold(user.email())],
        words: occupant_words(policy, "user", user.username(), &user.mark()),
        is_going: scope.user_guids.get(id).is_some_and(|guid| settled.users_leaving.contains_key(guid)),
    });
    contend(
        &mut users,
        &occupants.collect::<Vec<_>>(),
        &[
            (Reason::DuplicateUsername, Reason::TakenUsername, "username"),
            (Reason::DuplicateEmail, Reason::TakenEmail, "mail address"),
        ],
    );

    let mut groups: Vec<Contender> = desired
        .groups
        .iter()
        .map(|group| Contender {
            kind: Kind::Group,
            name: group.name.clone(),
            guid: group.guid,
            paired: scope.group(group.guid).map(JumpCloudGroupId::to_string),
            wants: vec![Some(fold(&group.name))],
            held: scope.groups.get(&group.guid).and_then(|ids| duplicate_mark(ids)),
        })
        .collect();
    let group_guids: BTreeMap<&JumpCloudGroupId, ObjectGuid> =
        scope.groups.iter().flat_map(|(guid, ids)| ids.iter().map(|id| (id, *guid))).collect();
    let occupants = organization.groups.iter().map(|(id, group)| Occupant {
        id: id.to_string(),
        names: vec![fold(&group.name)],
        words: occupant_words(policy, "group", &group.name, &group.mark()),
        is_going: group_guids.get(id).is_some_and(|guid| settled.groups_leaving.contains_key(guid)),
    });
    hold_dynamic_groups(&mut groups, organization, scope);
    contend(
        &mut groups,
        &occupants.collect::<Vec<_>>(),
        &[(Reason::DuplicateName, Reason::TakenName, "name")],
    );

    settled.users_held = users.iter().map(|user| user.held.is_some()).collect();
    settled.groups_held = groups.iter().map(|group| group.held.is_some()).collect();
    settled.held_back.extend(users.into_iter().chain(groups).filter_map(Contender::into_held_back));
    settled
}

/// Leavers that are not ours to delete after all.
fn keep_doubtful_leavers(organization: &Organization, scope: &Scope, settled: &mut Settled) {
    let held_back = &mut settled.held_back;
    settled.users_leaving.retain(|guid, _| {
        let ids = scope.users.get(guid).map(Vec::as_slice).unwrap_or_default();
        let user = ids.first().and_then(|id| organization.users.get(id));
        let doubt = duplicate_mark(ids).or_else(|| {
            user?.is_console_administrator.then(|| {
                let because = "linked to a console administrator: never removed".to_owned();
                (Reason::Protected, because)
            })
        });
        keep(held_back, Kind::User, user.map(User::username), *guid, doubt)
    });
    settled.groups_leaving.retain(|guid, _| {
        let ids = scope.groups.get(guid).map(Vec::as_slice).unwrap_or_default();
        let group = ids.first().and_then(|id| organization.groups.get(id));
        let doubt = duplicate_mark(ids)
            .or_else(|| (group?.membership_method == MembershipMethod::Dynamic).then(dynamic_group));
        keep(held_back, Kind::Group, group.map(|group| group.name.as_str()), *guid, doubt)
    });
}

/// Whether the leaver still leaves; files it as held back otherwise.
fn keep(
    held_back: &mut Vec<HeldBack>,
    kind: Kind,
    name: Option<&str>,
    guid: ObjectGuid,
    doubt: Option<(Reason, String)>,
) -> bool {
    let Some((reason, because)) = doubt else { return true };
    held_back.push(HeldBack {
        kind,
        name: name.unwrap_or_default().to_owned(),
        guid: Some(guid),
        reason,
        because,
    });
    false
}

fn duplicate_mark<T: std::fmt::Display>(ids: &[T]) -> Option<(Reason, String)> {
    let [_, _, ..] = ids else { return None };
    let ids: Vec<String> = ids.iter().map(T::to_string).collect();
    Some((
        Reason::DuplicateMark,
        format!("{} JumpCloud objects carry its mark: {}", ids.len(), ids.join(", ")),
    ))
}

fn dynamic_group() -> (Reason, String) {
    (Reason::DynamicGroup, "JumpCloud computes the members of this group".to_owned())
}

fn hold_dynamic_groups(groups: &mut [Contender], organization: &Organization, scope: &Scope) {
    for group in groups.iter_mut().filter(|group| group.held.is_none()) {
        let actual = scope.group(group.guid).and_then(|id| organization.groups.get(id));
        if actual.is_some_and(|actual| actual.membership_method == MembershipMethod::Dynamic) {
            group.held = Some(dynamic_group());
        }
    }
}

/// A selected object that wants names in JumpCloud.
struct Contender {
    kind: Kind,
    name: String,
    guid: ObjectGuid,
    /// The JumpCloud object that stands for it.
    paired: Option<String>,
    /// Folded names, one for each kind of name.
    wants: Vec<Option<String>>,
    held: Option<(Reason, String)>,
}

impl Contender {
    fn wanted(&self, slot: usize) -> Option<&String> {
        self.wants.get(slot)?.as_ref()
    }

    fn into_held_back(self) -> Option<HeldBack> {
        let (reason, because) = self.held?;
        Some(HeldBack { kind: self.kind, name: self.name, guid: Some(self.guid), reason, because })
    }
}

/// A JumpCloud object that has names.
struct Occupant {
    id: String,
    /// Folded names, one for each kind of name.
    names: Vec<String>,
    /// Who it is, for the sentence of whom it holds back.
    words: String,
    /// Whether this run removes it.
    is_going: bool,
}

/// Holds back both sides of a duplicate, then everybody whose name is taken, and so on until nothing changes. Each
/// occupant is looked at once.
fn contend(contenders: &mut [Contender], occupants: &[Occupant], slots: &[(Reason, Reason, &str)]) {
    for (slot, (duplicate, _, word)) in slots.iter().enumerate() {
        hold_duplicates(contenders, slot, *duplicate, word);
    }
    for (index, (slot, occupant)) in taken(contenders, occupants, slots.len()) {
        let (Some(contender), Some((_, reason, word))) = (contenders.get_mut(index), slots.get(slot)) else {
            continue;
        };
        let words = occupants.get(occupant).map_or("", |occupant| occupant.words.as_str());
        contender.held = Some((*reason, format!("its {word} belongs to {words}")));
    }
}

/// Contenders one of whose names stays with somebody else: the first kind of name for which that is so, and who has it.
fn taken(contenders: &[Contender], occupants: &[Occupant], slots: usize) -> BTreeMap<usize, (usize, usize)> {
    // Those who are not held back have names of their own.
    let mut wanting: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut eligible: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, contender) in contenders.iter().enumerate().filter(|(_, contender)| contender.held.is_none())
    {
        let wanted = |slot| Some(((slot, contender.wanted(slot)?.as_str()), index));
        wanting.extend((0..slots).filter_map(wanted));
        eligible.extend(contender.paired.as_deref().map(|id| (id, index)));
    }
    let is_staying = |occupant: &Occupant| !occupant.is_going && !eligible.contains_key(occupant.id.as_str());
    let positions: BTreeMap<&str, usize> =
        occupants.iter().enumerate().map(|(position, occupant)| (occupant.id.as_str(), position)).collect();
    let mut staying: Vec<usize> =
        (0..occupants.len()).filter(|&position| occupants.get(position).is_some_and(is_staying)).collect();
    let mut taken: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    while let Some(position) = staying.pop() {
        let Some(occupant) = occupants.get(position) else { continue };
        for (slot, name) in occupant.names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let Some(&index) = wanting.get(&(slot, name.as_str())) else { continue };
            let paired = contenders.get(index).and_then(|contender| contender.paired.as_deref());
            if paired == Some(&occupant.id) {
                continue;
            }
            let why = (slot, position);
            match taken.get_mut(&index) {
                Some(first) => *first = why.min(*first),
                None => {
                    taken.insert(index, why);
                    // Whoever is held back keeps his own names as well.
                    staying.extend(paired.and_then(|id| positions.get(id)));
                }
            }
        }
    }
    taken
}

fn hold_duplicates(contenders: &mut [Contender], slot: usize, reason: Reason, word: &str) {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, contender) in contenders.iter().enumerate().filter(|(_, contender)| contender.held.is_none())
    {
        if let Some(name) = contender.wanted(slot) {
            by_name.entry(name.clone()).or_default().push(index);
        }
    }
    for (name, indices) in by_name.into_iter().filter(|(_, indices)| indices.len() > 1) {
        for &index in &indices {
            if let Some(contender) = contenders.get_mut(index) {
                let because = format!("{} selected objects have the {word} {name:?}", indices.len());
                contender.held = Some((reason, because));
            }
        }
    }
}

/// `the JumpCloud user "ada", which no policy owns`
fn occupant_words(policy: &Policy, kind: &str, name: &str, mark: &MarkReading) -> String {
    let owner = match mark {
        MarkReading::None => "which no policy owns".to_owned(),
        MarkReading::Malformed => "whose mark cannot be read".to_owned(),
        MarkReading::Marked(mark) if *mark.policy == policy.name && mark.domain == policy.domain => {
            "which this run leaves as it is".to_owned()
        }
        MarkReading::Marked(mark) => format!("which policy {:?} for {} owns", &*mark.policy, mark.domain),
    };
    format!("the JumpCloud {kind} {name:?}, {owner}")
}
