//! Where two policies of one run want the same name.
//!
//! One of them is held back by the ordinary rules. A note says that it is no accident of the organization, and which two
//! policies it is between.

use std::collections::BTreeMap;

use super::{HeldBack, Kind, Plan};
use crate::desired::Desired;
use crate::model::{DomainName, Field, MarkReading, Note, Organization, Reason, fold};
use crate::policy::Policy;

/// The code of these notes.
const CODE: &str = "policy-conflict";

/// One note for each name that holds somebody in the plan back because an object of one of the `others` has it: policies
/// of the same run on the same organization, by name and domain. `organization` is the one that the plan was made for.
pub fn policy_conflicts(
    plan: &Plan,
    policy: &Policy,
    desired: &Desired,
    organization: &Organization,
    others: &[(&str, &DomainName)],
) -> Vec<Note> {
    let wanted: Vec<(Kind, Field, &str)> =
        plan.held_back.iter().flat_map(|held| wanted_names(held, desired)).collect();
    if wanted.is_empty() || others.is_empty() {
        return Vec::new();
    }
    let owners = owners(organization, others);
    let notes = wanted.into_iter().filter_map(|(kind, field, name)| {
        let owner = owners.get(&(kind, field.clone(), fold(name)))?;
        let word = if field == Field::Email { "mail address" } else { "name" };
        let (owner, domain) = owner;
        let message = format!(
            "policy {:?} for {} wants this {word}, which policy {owner:?} for {domain}, of the same run, has",
            policy.name, policy.domain
        );
        Some(Note::new(CODE, name, message))
    });
    let mut notes: Vec<Note> = notes.collect();
    notes.sort();
    notes.dedup();
    notes
}

/// The names for which an object is held back, if it is for names that somebody has.
fn wanted_names<'d>(held: &HeldBack, desired: &'d Desired) -> Vec<(Kind, Field, &'d str)> {
    let is_taken = matches!(held.reason, Reason::TakenUsername | Reason::TakenEmail | Reason::TakenName);
    let Some(guid) = held.guid.filter(|_| is_taken) else { return Vec::new() };
    match held.kind {
        Kind::User => {
            let position = desired.users.binary_search_by_key(&guid, |user| user.guid).ok();
            let user = position.and_then(|position| desired.users.get(position));
            let name = |field: Field| Some((Kind::User, field.clone(), user?.field(&field)?));
            [Field::Username, Field::Email].into_iter().filter_map(name).collect()
        }
        Kind::Group => {
            let position = desired.groups.binary_search_by_key(&guid, |group| group.guid).ok();
            let group = position.and_then(|position| desired.groups.get(position));
            group.map(|group| (Kind::Group, Field::Name, group.name.as_str())).into_iter().collect()
        }
        Kind::Membership => Vec::new(),
    }
}

/// Which of the `others` has which names.
fn owners<'o>(
    organization: &Organization,
    others: &[(&'o str, &'o DomainName)],
) -> BTreeMap<(Kind, Field, String), (&'o str, &'o DomainName)> {
    let owner = |mark: MarkReading| {
        let MarkReading::Marked(mark) = mark else { return None };
        others.iter().find(|(name, domain)| *name == &*mark.policy && **domain == mark.domain).copied()
    };
    let users = organization.users.values().filter_map(|user| Some((user, owner(user.mark())?)));
    let users = users.flat_map(|(user, owner)| {
        [(Field::Username, user.username()), (Field::Email, user.email())]
            .map(|(field, name)| ((Kind::User, field, fold(name)), owner))
    });
    let groups = organization
        .groups
        .values()
        .filter_map(|group| Some(((Kind::Group, Field::Name, fold(&group.name)), owner(group.mark())?)));
    users.chain(groups).collect()
}
