//! The writes of a restore. What comes back comes back as it was; what decides that is its caller.

use serde_json::{Value, json};

use super::Client;
use super::call::Call;
use super::error::JumpCloudError;
use super::wire::{self, CreatedUser};
use crate::model::{
    Binding, JumpCloudGroupId, JumpCloudUserId, Record, RemovedGroup, ScheduledState, SshKey,
};

/// Whose connection it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound<'i> {
    /// A user's.
    User(&'i JumpCloudUserId),
    /// A user group's.
    Group(&'i JumpCloudGroupId),
}

impl Client {
    /// Creates a user with these fields. One request.
    ///
    /// # Errors
    /// As [`Client::create_user`].
    pub async fn rebuild_user(&self, fields: &Record) -> Result<JumpCloudUserId, JumpCloudError> {
        let call = Call::create(&["api", "systemusers"], Value::Object(fields.clone()));
        let created: CreatedUser = self.http.fetch(&call).await?;
        Ok(JumpCloudUserId::new(created.id))
    }

    /// Creates a group with these fields. One request.
    ///
    /// # Errors
    /// As [`Client::create_group`].
    pub async fn rebuild_group(&self, fields: &Record) -> Result<JumpCloudGroupId, JumpCloudError> {
        let call = Call::create(&["api", "v2", "usergroups"], Value::Object(fields.clone()));
        let group: wire::UserGroup = self.http.fetch(&call).await?;
        Ok(group.into_model().0)
    }

    /// Puts these fields in the place of a user's. One request.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn set_user_fields(&self, id: &JumpCloudUserId, fields: &Record) -> Result<(), JumpCloudError> {
        let call = Call::put(&["api", "systemusers", id.as_str()], Value::Object(fields.clone()));
        self.http.send(&call).await.map(drop)
    }

    /// Gives a user an SSH key. It is not sent twice: when its answer is lost the keys are read. One request, one more only
    /// then.
    ///
    /// # Errors
    /// When JumpCloud refuses it, or it does not show after a lost answer.
    pub async fn add_ssh_key(&self, id: &JumpCloudUserId, key: &SshKey) -> Result<(), JumpCloudError> {
        let path = ["api", "systemusers", id.as_str(), "sshkeys"];
        match self.http.send(&Call::create(&path, json!(key))).await {
            Err(error) if error.is_outcome_unknown() => {
                let keys = self.ssh_keys(id).await.unwrap_or_default();
                if keys.contains(key) { Ok(()) } else { Err(error) }
            }
            result => result.map(drop),
        }
    }

    /// Plans a change of a user's state. It is not sent twice: when its answer is lost the planned changes are read. One
    /// request, more only then.
    ///
    /// # Errors
    /// As [`Client::add_ssh_key`].
    pub async fn schedule_state(
        &self,
        id: &JumpCloudUserId,
        scheduled: &ScheduledState,
    ) -> Result<(), JumpCloudError> {
        let ScheduledState { state, date } = scheduled;
        let body = json!({ "user_ids": [id], "state": state, "start_date": date.to_string() });
        match self.http.send(&Call::create(&["api", "v2", "bulk", "userstates"], body)).await {
            Err(error) if error.is_outcome_unknown() => {
                let states = self.read_scheduled_states(id).await.ok().flatten().unwrap_or_default();
                if states.contains(scheduled) { Ok(()) } else { Err(error) }
            }
            result => result.map(drop),
        }
    }

    /// Makes a user a member of a group, with what the membership carries; a user who is one already counts as added (409).
    /// One request.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn rejoin(
        &self,
        group: &JumpCloudGroupId,
        user: &JumpCloudUserId,
        attributes: &Record,
    ) -> Result<(), JumpCloudError> {
        let path = ["api", "v2", "usergroups", group.as_str(), "members"];
        self.connect(&path, "user", user.as_str(), attributes).await
    }

    /// Binds a user or a group to something; one that is bound already counts as bound (409). False when that is not there
    /// any more: then whoever is to be bound is read, for a 404 may mean either. One request, one more only then.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn rebind(&self, bound: Bound<'_>, to: &Binding) -> Result<bool, JumpCloudError> {
        let (collection, id) = match bound {
            Bound::User(id) => ("users", id.as_str()),
            Bound::Group(id) => ("usergroups", id.as_str()),
        };
        let path = ["api", "v2", collection, id, "associations"];
        match self.connect(&path, &to.kind, &to.id, &to.attributes).await {
            Err(error) if error.status() == Some(404) => {
                let is_there = match bound {
                    Bound::User(id) => self.user(id).await?.is_some(),
                    Bound::Group(id) => self.group(id).await?.is_some(),
                };
                if is_there { Ok(false) } else { Err(error) }
            }
            result => result.map(|()| true),
        }
    }

    /// Gives a user a manager, if there is none now. Whether there is the wanted one then. Two requests.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn set_missing_manager(
        &self,
        id: &JumpCloudUserId,
        manager: &JumpCloudUserId,
    ) -> Result<bool, JumpCloudError> {
        let path = ["api", "systemusers", id.as_str()];
        let user: Record = self.http.fetch(&Call::get(&path)).await?;
        match user.get("manager").and_then(Value::as_str).unwrap_or_default() {
            "" => self.http.send(&Call::put(&path, json!({ "manager": manager }))).await.map(|_| true),
            now => Ok(now == manager.as_str()),
        }
    }

    /// Takes the note off the description of a group that it is being restored ([`RemovedGroup::restoring`]), and leaves
    /// the rest as it is by now. Two requests.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn end_restoring_group(
        &self,
        id: &JumpCloudGroupId,
        old_id: &JumpCloudGroupId,
    ) -> Result<(), JumpCloudError> {
        let note = RemovedGroup::restoring(old_id);
        self.rewrite_group(id, |group| {
            let description = group.get("description").and_then(Value::as_str).unwrap_or_default();
            let (before, after) = description.split_once(&note).unwrap_or((description, ""));
            let left = format!("{} {}", before.trim_end(), after.trim_start());
            group.insert("description".to_owned(), json!(left.trim()));
        })
        .await
    }

    async fn connect(
        &self,
        path: &[&str],
        kind: &str,
        id: &str,
        attributes: &Record,
    ) -> Result<(), JumpCloudError> {
        let mut body = Record::from_iter(
            [("op", "add"), ("type", kind), ("id", id)].map(|(name, value)| (name.to_owned(), json!(value))),
        );
        if !attributes.is_empty() {
            body.insert("attributes".to_owned(), json!(attributes));
        }
        match self.http.send(&Call::settle(path, Value::Object(body))).await {
            Err(JumpCloudError::Refused { status: 409, .. }) => Ok(()),
            result => result.map(drop),
        }
    }
}
