//! The reads before a restore: an organization as [`Present`] describes it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Client;
use super::error::JumpCloudError;
use crate::model::{
    AgentKind, Bindings, JumpCloudUserId, Present, PresentGroup, PresentUser, Record, RemovedGroup,
    RemovedUser,
};

impl Client {
    /// Reads all users, groups and Active Directory objects with their agents, what is bound to an object with a sync
    /// agent, and all that users and groups have by now whom an interrupted restore made.
    ///
    /// # Errors
    /// When something of it cannot be read whole.
    pub async fn read_present(&self) -> Result<Present, JumpCloudError> {
        let (users, groups, objects) = tokio::try_join!(
            self.user_records(|record| user(&record)),
            self.read_groups(),
            self.read_directories()
        )?;
        let mut present = Present {
            users: users.into_iter().collect(),
            directories: objects.into_iter().map(|object| object.id).collect(),
            ..Present::default()
        };
        for (id, group) in groups {
            let is_dynamic = group.membership_method == crate::model::MembershipMethod::Dynamic;
            let restoring = RemovedGroup::restored_id(&group.description);
            let crate::model::UserGroup { name, description, .. } = group;
            present.groups.insert(id, PresentGroup { name, description, is_dynamic, restoring });
        }
        for id in &present.directories {
            let agents = self.read_agents(id).await?;
            if agents.iter().any(|agent| agent.kind == AgentKind::Sync) {
                let Bindings { users, groups } = self.read_bindings(id).await?;
                present.synced_directories.insert(id.clone());
                present.synced.users.extend(users);
                present.synced.groups.extend(groups);
            }
        }
        let half_made = present.users.iter().filter(|(_, user)| user.restoring.is_some());
        for id in half_made.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some((_, user)) = self.read_removed_user(&id).await? {
                present.half_users.insert(id, user);
            }
        }
        let half_made = present.groups.iter().filter(|(_, group)| group.restoring.is_some());
        for id in half_made.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some((_, group)) = self.read_removed_group(&id).await? {
                present.half_groups.insert(id, group);
            }
        }
        Ok(present)
    }
}

fn user(record: &Record) -> (JumpCloudUserId, PresentUser) {
    let text = |name: &str| record.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let owned = |name: &str| text(name).unwrap_or_default().to_owned();
    let unique = |name: &'static str| match record.get(name)? {
        Value::String(value) if !value.is_empty() => Some((name, value.clone())),
        Value::Number(value) => Some((name, value.to_string())),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let attributes = record.get("attributes").and_then(Value::as_array).into_iter().flatten();
    let restoring = attributes
        .filter(|attribute| attribute.get("name").and_then(Value::as_str) == Some(RemovedUser::RESTORING))
        .find_map(|attribute| attribute.get("value")?.as_str());
    let user = PresentUser {
        username: owned("username"),
        email: owned("email"),
        external_dn: owned("external_dn"),
        manager: text("manager").map(JumpCloudUserId::new),
        unique: PresentUser::UNIQUE.into_iter().filter_map(unique).collect::<BTreeMap<_, _>>(),
        restoring: restoring.map(JumpCloudUserId::new),
    };
    (JumpCloudUserId::new(owned("_id")), user)
}
