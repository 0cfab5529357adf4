//! What the policy takes out, and the words for it.

use crate::model::{DirectoryGroup, DirectoryUser};
use crate::policy::{Concerns, Exclusion, Policy};

/// The sentence about the exclusion that takes a user out, if any.
pub fn exclusion_of_user(policy: &Policy, user: &DirectoryUser) -> Option<String> {
    excluded_user(policy, user).map(exclusion_words)
}

/// The sentence about the exclusion that takes a group out, if any.
pub fn exclusion_of_group(policy: &Policy, group: &DirectoryGroup) -> Option<String> {
    excluded_group(policy, group).map(exclusion_words)
}

/// The exclusion that takes a user out, if any.
pub(super) fn excluded_user<'p>(policy: &'p Policy, user: &DirectoryUser) -> Option<&'p Exclusion> {
    policy.exclusions.iter().find(|exclusion| {
        exclusion.concerns != Concerns::Groups && exclusion.matches(&user.dn, &user.attributes)
    })
}

/// The exclusion that takes a group out, if any.
pub(super) fn excluded_group<'p>(policy: &'p Policy, group: &DirectoryGroup) -> Option<&'p Exclusion> {
    policy.exclusions.iter().find(|exclusion| {
        exclusion.concerns != Concerns::Users && exclusion.matches(&group.dn, &group.attributes)
    })
}

/// `excluded by line 31 of the policy (service accounts)`
pub(super) fn exclusion_words(exclusion: &Exclusion) -> String {
    let reason = exclusion.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("excluded by line {} of the policy{reason}", exclusion.line)
}
