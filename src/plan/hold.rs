//! Who waits, beside those whom the directory alone holds back: marks that stand twice, names that two want, and names
//! that somebody has and keeps.
//!
//! Holding one back leaves its names where they are, which can hold back the next: this repeats until nothing changes.

use std::collections::BTreeMap;

use super::dissociate::{Departures, duplicate_mark, dynamic_group};
use super::scope::Scope;
use super::{HeldBack, Kind};
use crate::desired::Desired;
use crate::model::{
    Field, JumpCloudGroupId, JumpCloudUserId, MarkReading, MembershipMethod, ObjectGuid, Organization,
    Reason, fold,
};
use crate::policy::Policy;

/// Who is written and who is not.
#[derive(Debug, Clone, Default)]
pub(super) struct Settled {
    /// For each desired user, whether it waits.
    pub(super) users_held: Vec<bool>,
    /// For each desired group, whether it waits.
    pub(super) groups_held: Vec<bool>,
    /// Everybody selected that waits, with reasons.
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
    departures: &Departures,
) -> Settled {
    let mut users: Vec<Contender> = desired
        .users
        .iter()
        .map(|user| Contender {
            kind: Kind::User,
            name: user.name.clone(),
            guid: user.guid,
            paired: scope.user(user.guid).map(JumpCloudUserId::to_string),
            wants: [Field::Username, Field::Email].map(|field| user.field(&field).map(fold)).to_vec(),
            held: user
                .held
                .clone()
                .or_else(|| duplicate_mark(scope.users.get(&user.guid)?))
                .or_else(|| rivals(scope.rivals.get(&user.guid)?)),
            unchangeable: None,
        })
        .collect();
    let occupants = organization.users.iter().map(|(id, user)| Occupant {
        id: id.to_string(),
        names: vec![fold(user.username()), fold(user.email())],
        words: occupant_words(policy, "user", user.username(), &user.mark()),
        is_going: scope.user_guids.get(id).is_some_and(|guid| departures.frees_user(*guid)),
    });
    let occupying_users: Vec<Occupant> = occupants.collect();
    let mut groups: Vec<Contender> = desired
        .groups
        .iter()
        .map(|group| Contender {
            kind: Kind::Group,
            name: group.name.clone(),
            guid: group.guid,
            paired: scope.group(group.guid).map(JumpCloudGroupId::to_string),
            wants: vec![Some(fold(&group.name))],
            held: group.held.clone().or_else(|| duplicate_mark(scope.groups.get(&group.guid)?)),
            unchangeable: None,
        })
        .collect();
    let group_guids: BTreeMap<&JumpCloudGroupId, ObjectGuid> =
        scope.groups.iter().flat_map(|(guid, ids)| ids.iter().map(|id| (id, *guid))).collect();
    let occupants = organization.groups.iter().map(|(id, group)| Occupant {
        id: id.to_string(),
        names: vec![fold(&group.name)],
        words: occupant_words(policy, "group", &group.name, &group.mark()),
        is_going: group_guids.get(id).is_some_and(|guid| departures.frees_group(*guid)),
    });
    hold_unchangeable(&mut users, &mut groups, organization, scope);
    contend(
        &mut users,
        &occupying_users,
        &[
            (Reason::DuplicateUsername, Reason::TakenUsername, "username"),
            (Reason::DuplicateEmail, Reason::TakenEmail, "mail address"),
        ],
    );
    contend(
        &mut groups,
        &occupants.collect::<Vec<_>>(),
        &[(Reason::DuplicateName, Reason::TakenName, "name")],
    );

    Settled {
        users_held: users.iter().map(Contender::is_held).collect(),
        groups_held: groups.iter().map(Contender::is_held).collect(),
        held_back: users.into_iter().chain(groups).filter_map(Contender::into_held_back).collect(),
    }
}

/// Whoever may not be changed although its names are free: a group that JumpCloud fills, a console administrator that
/// nobody owned before.
fn hold_unchangeable(
    users: &mut [Contender],
    groups: &mut [Contender],
    organization: &Organization,
    scope: &Scope,
) {
    for user in users.iter_mut() {
        let adopted = scope.adopted_users.get(&user.guid).and_then(|id| organization.users.get(id));
        if adopted.is_some_and(|adopted| adopted.is_console_administrator) {
            let because = "linked to a console administrator: never taken over".to_owned();
            user.unchangeable = Some((Reason::Protected, because));
        }
    }
    for group in groups.iter_mut() {
        let actual = scope.group(group.guid).and_then(|id| organization.groups.get(id));
        if actual.is_some_and(|actual| actual.membership_method == MembershipMethod::Dynamic) {
            group.unchangeable = Some(dynamic_group());
        }
    }
}

/// Why a user waits whom several users of JumpCloud may stand for: a third one would be one too many.
fn rivals(ids: &[JumpCloudUserId]) -> Option<(Reason, String)> {
    let ids: Vec<&str> = ids.iter().map(JumpCloudUserId::as_str).collect();
    let because =
        format!("{} JumpCloud users came from Active Directory under its DN: {}", ids.len(), ids.join(", "));
    (!ids.is_empty()).then_some((Reason::DuplicateMark, because))
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
    /// Why it is held back if nothing else holds it.
    unchangeable: Option<(Reason, String)>,
}

impl Contender {
    fn is_held(&self) -> bool {
        self.held.is_some() || self.unchangeable.is_some()
    }

    fn wanted(&self, slot: usize) -> Option<&String> {
        self.wants.get(slot)?.as_ref()
    }

    fn into_held_back(self) -> Option<HeldBack> {
        let (reason, because) = self.held.or(self.unchangeable)?;
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
        let keeps_names = contender.unchangeable.is_some();
        eligible.extend(contender.paired.as_deref().filter(|_| !keeps_names).map(|id| (id, index)));
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
            if let Some(first) = taken.get_mut(&index) {
                *first = why.min(*first);
            } else {
                taken.insert(index, why);
                // Whoever is held back keeps his own names as well.
                staying.extend(paired.and_then(|id| positions.get(id)));
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
