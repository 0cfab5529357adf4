//! What Active Directory says that JumpCloud should hold: [`Policy`] + [`Directory`] → [`Desired`].
//!
//! Selection, flattening, mapping and the reasons that need only the directory are decided here. What JumpCloud holds
//! plays no part: that comparison is [`crate::plan`]'s.

mod eligibility;
mod exclusion;
mod group_name;
mod map;
mod members;
mod named_group;
mod resolve;
mod select;
mod text;
mod walk;

pub use exclusion::{exclusion_of_group, exclusion_of_user};
pub use named_group::{GroupRole, SelectError};
pub use select::unresolved_members;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{Directory, Dn, Field, Mark, Note, ObjectGuid, Reason};
use crate::policy::Policy;

/// The desired side of a plan.
#[derive(Debug, Clone)]
pub struct Desired {
    /// `cn` of the security group.
    pub security_group: String,
    /// Selected users, held back ones too, in ascending order of GUID.
    pub users: Vec<DesiredUser>,
    /// Selected groups, in ascending order of GUID.
    pub groups: Vec<DesiredGroup>,
    /// DNs and GUIDs that a selected group names and that cannot be read.
    pub unreadable: Vec<UnreadableMember>,
    /// Groups that an exclusion or their type took out of the walk, with what `because` says of it.
    pub unwalked: BTreeMap<ObjectGuid, String>,
    /// Users that would be reached if no group were excluded.
    pub reached_through_excluded: BTreeSet<ObjectGuid>,
    /// Where the administrators group lies, if the policy names one.
    pub administrators_group: Option<Dn>,
    /// Things seen and left alone.
    pub notes: Vec<Note>,
}

impl Desired {
    /// The position of a selected user; users ascend by GUID.
    pub fn position(&self, guid: ObjectGuid) -> Option<usize> {
        self.users.binary_search_by_key(&guid, |user| user.guid).ok()
    }
}

/// A selected user.
#[derive(Debug, Clone)]
pub struct DesiredUser {
    /// Identity.
    pub guid: ObjectGuid,
    /// Where it lies.
    pub dn: Dn,
    /// The name to show.
    pub name: String,
    /// Every field that the policy sets; none where the field is to be cleared. In the place of a manager's id stands
    /// the manager's DN: who has which id is for the comparison to find out.
    pub fields: BTreeMap<Field, Option<String>>,
    /// Why the user waits, and in words.
    pub held: Option<(Reason, String)>,
    /// Why the user is in: the chain of groups.
    pub because: String,
}

impl DesiredUser {
    /// The desired value of a field.
    pub fn field(&self, field: &Field) -> Option<&str> {
        self.fields.get(field)?.as_deref()
    }
}

/// A selected group.
#[derive(Debug, Clone)]
pub struct DesiredGroup {
    /// Identity.
    pub guid: ObjectGuid,
    /// Where it lies.
    pub dn: Dn,
    /// The name of the mirrored group; `cn` where the policy's `group-name` makes nothing of it.
    pub name: String,
    /// Why the group waits, and in words.
    pub held: Option<(Reason, String)>,
    /// Everybody reached through the group: indices into [`Desired::users`], ascending.
    pub members: Vec<u32>,
    /// What cannot be read in the group and below it: indices into [`Desired::unreadable`], ascending. Such a member may
    /// be a group, with people in it.
    pub unreadable: Vec<u32>,
    /// Why the group is in: the chain of groups.
    pub because: String,
}

/// A member that a selected group names and that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableMember {
    /// The DN that the group names.
    pub dn: Dn,
    /// Identity, where the server told it.
    pub guid: Option<ObjectGuid>,
    /// `cn` of the group.
    pub group: String,
}

/// Computes the desired side. `now` decides which accounts have expired.
///
/// # Errors
/// When the security group or the administrators group is missing, ambiguous or no security group, or the security
/// group is excluded: never an empty selection.
pub fn desire(policy: &Policy, directory: &Directory, now: Timestamp) -> Result<Desired, SelectError> {
    let selection = select::select(policy, directory, now)?;
    let users = selection
        .users
        .iter()
        .map(|selected| {
            let user = selected.user;
            let mapped = map::map_user(policy, user);
            DesiredUser {
                guid: user.guid,
                dn: user.dn.clone(),
                name: user.name(),
                held: eligibility::reason(policy, directory, user, &mapped),
                fields: map::with_bookkeeping(policy, user, mapped, selection.administrators.as_ref()),
                because: selected.because.clone(),
            }
        })
        .collect();
    Ok(Desired {
        security_group: selection.security_group,
        users,
        groups: selection.groups,
        unreadable: selection.unreadable,
        unwalked: selection.unwalked,
        reached_through_excluded: selection.reached_through_excluded,
        administrators_group: selection.administrators.map(|administrators| administrators.dn),
        notes: selection.notes,
    })
}

/// The mark of an object under a policy.
pub fn mark(policy: &Policy, guid: ObjectGuid) -> Mark {
    Mark { guid, domain: policy.domain.clone(), policy: policy.name.as_str().into() }
}
