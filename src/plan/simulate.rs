//! What an organization looks like after a plan, without touching one.

use super::{Action, Kind, Plan};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, MembershipMethod, Organization, UserGroup};

/// The organization after every change of the plan. Objects that are still to be created get their GUID as id.
pub fn simulate(plan: &Plan, organization: &Organization) -> Organization {
    let mut after = organization.clone();
    for step in &plan.steps {
        let Some(change) = plan.changes.get(step.change) else { continue };
        let id = change.jumpcloud_id.clone().unwrap_or_else(|| change.guid.to_string());
        let user_id = JumpCloudUserId::new(id.as_str());
        let group_id = JumpCloudGroupId::new(id.as_str());
        match (change.kind, change.action) {
            (Kind::User, Action::Create | Action::Update) => {
                let user = after.users.entry(user_id).or_default();
                for field in &change.fields {
                    match &field.after {
                        Some(value) => user.fields.insert(field.field.clone(), value.clone()),
                        None => user.fields.remove(&field.field),
                    };
                }
            }
            (Kind::User, Action::Remove) => {
                after.users.remove(&user_id);
                for members in after.members.values_mut() {
                    members.remove(&user_id);
                }
            }
            (Kind::Group, Action::Create | Action::Update) => {
                let group = after.groups.entry(group_id).or_insert_with(|| UserGroup {
                    name: String::new(),
                    description: String::new(),
                    membership_method: MembershipMethod::Static,
                    directory: None,
                });
                for field in &change.fields {
                    let value = field.after.clone().unwrap_or_default();
                    if field.field == Field::Name {
                        group.name = value;
                    } else {
                        group.description = value;
                    }
                }
            }
            (Kind::Group, Action::Remove) => {
                after.groups.remove(&group_id);
                after.members.remove(&group_id);
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
            (Kind::User | Kind::Group, Action::Add | Action::Drop) => {}
        }
    }
    after
}
