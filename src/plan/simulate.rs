//! What an organization looks like after a plan, without touching one.

use jiff::Timestamp;

use super::{Action, Kind, Plan};
use crate::model::{
    DirectoryId, Field, JumpCloudGroupId, JumpCloudUserId, MembershipMethod, Organization, UserGroup,
};

/// The organization after every change of the plan, applied at the time `now`. Objects that are still to be created get
/// their GUID as id.
pub fn simulate(plan: &Plan, organization: &Organization, now: Timestamp) -> Organization {
    let mut after = organization.clone();
    for step in &plan.steps {
        let Some(change) = plan.changes.get(step.change) else { continue };
        let id = change.jumpcloud_id.clone().unwrap_or_else(|| change.guid.to_string());
        let user_id = JumpCloudUserId::new(id.as_str());
        let group_id = JumpCloudGroupId::new(id.as_str());
        match (change.kind, change.action) {
            (Kind::User, Action::Remove) => {
                after.users.remove(&user_id);
                // JumpCloud takes the user from whoever has it as manager.
                for report in after.users.values_mut() {
                    if report.field(&Field::Manager) == Some(user_id.as_str()) {
                        report.fields.remove(&Field::Manager);
                    }
                }
                for members in after.members.values_mut() {
                    members.remove(&user_id);
                }
            }
            (Kind::User, _) => {
                let user = after.users.entry(user_id).or_default();
                for field in &change.fields {
                    match field.after_at(now) {
                        Some(value) => user.fields.insert(field.field.clone(), value),
                        None => user.fields.remove(&field.field),
                    };
                }
            }
            (Kind::Group, Action::Remove) => {
                after.groups.remove(&group_id);
                after.members.remove(&group_id);
            }
            (Kind::Group, _) => {
                let group = after.groups.entry(group_id).or_insert_with(|| UserGroup {
                    name: String::new(),
                    description: String::new(),
                    membership_method: MembershipMethod::Static,
                    directory: None,
                });
                for field in &change.fields {
                    match (&field.field, field.after.clone()) {
                        (Field::Name, value) => group.name = value.unwrap_or_default(),
                        (Field::Directory, value) => group.directory = value.map(DirectoryId::new),
                        (_, value) => group.description = value.unwrap_or_default(),
                    }
                }
            }
            (Kind::Membership, action) => {
                let Some(group) = &change.group else { continue };
                let group = group.jumpcloud_id.clone().unwrap_or_else(|| group.guid.to_string());
                let members = after.members.entry(JumpCloudGroupId::new(group)).or_default();
                if action == Action::Add {
                    members.insert(user_id);
                } else {
                    members.remove(&user_id);
                }
            }
        }
    }
    after
}
