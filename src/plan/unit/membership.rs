//! A place in a group that was to begin or to end.

use super::super::Kind;
use super::subject::Subject;
use super::{Examined, Found, object, words};
use crate::policy::unit::Deed;

/// What is so instead; nothing where the expectation holds.
pub(super) fn found(user: &str, group: &str, deed: Deed, examined: &Examined<'_>) -> Vec<Found> {
    let users = Subject::user(user, examined);
    let groups = Subject::group(group, examined);
    let unknown: Vec<Found> =
        [&users, &groups].iter().filter_map(|subject| subject.unknown()).map(Found::Words).collect();
    if !unknown.is_empty() {
        return unknown;
    }
    let changes: Vec<_> = examined
        .plan
        .changes
        .iter()
        .filter(|change| change.kind == Kind::Membership && users.is(&change.name, Some(change.guid)))
        .filter(|change| change.group.as_ref().is_some_and(|of| groups.is(&of.name, Some(of.guid))))
        .collect();
    if changes.iter().any(|change| object::does(change, deed)) {
        return Vec::new();
    }
    let mut instead: Vec<String> = changes.into_iter().map(words::change).collect();
    if instead.is_empty() {
        let desired = examined.desired;
        let is_in = |position: &u32| {
            usize::try_from(*position)
                .ok()
                .and_then(|position| desired.users.get(position))
                .is_some_and(|member| users.is(&member.name, Some(member.guid)))
        };
        let is_member = desired
            .groups
            .iter()
            .filter(|desired| groups.is(&desired.name, Some(desired.guid)))
            .any(|group| group.members.iter().any(is_in));
        let not = if is_member { "" } else { "not " };
        instead.push(format!(
            "the plan leaves this membership alone; by Active Directory and the policy {user:?} is {not}in {group:?}"
        ));
        for subject in [&users, &groups] {
            instead.extend(subject.held_back().into_iter().map(words::held_back));
            let leaving = subject.changes().into_iter().filter(|change| change.cause.is_some());
            instead.extend(leaving.map(words::change));
        }
    }
    instead.into_iter().map(Found::Words).collect()
}
