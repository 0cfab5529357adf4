//! What the policy takes out, and the words for it.

use super::named_group::is_administrators_group;
use crate::model::{DirectoryGroup, DirectoryUser};
use crate::policy::{Concerns, Exclusion, Policy};

/// The sentence about the exclusion that takes a user out, if any.
pub fn exclusion_of_user(policy: &Policy, user: &DirectoryUser) -> Option<String> {
    excluded_user(policy, user).map(exclusion_words)
}

/// The sentence about what takes a group out: an exclusion, or being the administrators group.
pub fn exclusion_of_group(policy: &Policy, group: &DirectoryGroup) -> Option<String> {
    let by_role = is_administrators_group(policy, group).then(|| "the administrators group".to_owned());
    by_role.or_else(|| excluded_group(policy, group).map(exclusion_words))
}

/// The exclusion that takes a user out, if any, and no exception lets in.
pub(super) fn excluded_user<'p>(policy: &'p Policy, user: &DirectoryUser) -> Option<&'p Exclusion> {
    let is_match =
        |line: &&Exclusion| line.concerns != Concerns::Groups && line.matches(&user.dn, &user.attributes);
    policy.exclusions.iter().find(is_match).filter(|_| !policy.exceptions.iter().any(|line| is_match(&line)))
}

/// The exclusion that takes a group out, if any, and no exception lets in.
pub(super) fn excluded_group<'p>(policy: &'p Policy, group: &DirectoryGroup) -> Option<&'p Exclusion> {
    let is_match =
        |line: &&Exclusion| line.concerns != Concerns::Users && line.matches(&group.dn, &group.attributes);
    policy.exclusions.iter().find(is_match).filter(|_| !policy.exceptions.iter().any(|line| is_match(&line)))
}

/// `excluded by line 31 of the policy (service accounts)`
pub(super) fn exclusion_words(exclusion: &Exclusion) -> String {
    let reason = exclusion.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("excluded by {}{reason}", exclusion.line)
}
