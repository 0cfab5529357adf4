//! Writes: one method for each kind.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::JumpCloudError;
use super::http::decode;
use super::merge::{body, touches_arrays};
use super::wire::{CreatedUser, UserArrays, WRITABLE_GROUP_FIELDS};
use super::{Client, wire};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, User, UserGroup};

impl Client {
    /// Creates a user, `ACTIVATED` unless the fields name another state. Empty texts are left out. One request.
    ///
    /// # Errors
    /// When JumpCloud refuses it: a name or mail that is taken is [`JumpCloudError::Refused`] with status 400 (or 409).
    /// When [`JumpCloudError::is_outcome_unknown`], the user may exist: look it up, do not create it again.
    pub async fn create_user(
        &self,
        fields: &BTreeMap<Field, String>,
    ) -> Result<JumpCloudUserId, JumpCloudError> {
        let values = fields.iter().filter(|(_, value)| !value.is_empty());
        let mut changes: BTreeMap<_, _> =
            values.map(|(field, value)| (field.clone(), Some(value.clone()))).collect();
        changes.entry(Field::State).or_insert_with(|| Some("ACTIVATED".to_owned()));
        let body = body(&changes, UserArrays::default())?;
        let created: CreatedUser = self.http.fetch(&Call::create(&["api", "systemusers"], body)).await?;
        Ok(JumpCloudUserId::new(created.id))
    }

    /// Changes fields of a user: a value is written, none clears the field; fields that are not named stay. Custom
    /// attributes, telephone numbers, addresses and restricted fields that are not named stay too, which costs one read
    /// when any is named. Without changes nothing is sent.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn update_user(
        &self,
        id: &JumpCloudUserId,
        changes: &BTreeMap<Field, Option<String>>,
    ) -> Result<(), JumpCloudError> {
        if changes.is_empty() {
            return Ok(());
        }
        let path = ["api", "systemusers", id.as_str()];
        let arrays = if touches_arrays(changes) {
            self.http.fetch(&Call::get(&path)).await?
        } else {
            UserArrays::default()
        };
        self.http.send(&Call::put(&path, body(changes, arrays)?)).await?;
        Ok(())
    }

    /// Changes fields of a user who is to be taken over, as [`Client::update_user`] does: only when `is_free` says so of
    /// the user as it is now. Whether it was done. Two requests.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn adopt_user(
        &self,
        id: &JumpCloudUserId,
        changes: &BTreeMap<Field, Option<String>>,
        is_free: impl FnOnce(&User) -> bool,
    ) -> Result<bool, JumpCloudError> {
        let path = ["api", "systemusers", id.as_str()];
        let call = Call::get(&path);
        let answer = self.http.send(&call).await?;
        let user: wire::User = decode(&call, &answer)?;
        if !is_free(&user.into_model().1) {
            return Ok(false);
        }
        self.http.send(&Call::put(&path, body(changes, decode(&call, &answer)?)?)).await?;
        Ok(true)
    }

    /// Activates a `STAGED` user, with or without the mail that JumpCloud sends then; a user who is `ACTIVATED` already
    /// counts as done. A `SUSPENDED` user is no case for it: whoever lifts a suspension writes the state. One request;
    /// one more when JumpCloud refuses it.
    ///
    /// # Errors
    /// When JumpCloud refuses it, and the user is not active all the same; or when it cannot be reached.
    pub async fn activate_user(&self, id: &JumpCloudUserId, has_email: bool) -> Result<(), JumpCloudError> {
        let body = if has_email { json!({}) } else { json!({ "email": false }) };
        let path = ["api", "systemusers", id.as_str(), "state", "activate"];
        let error = match self.http.send(&Call::settle(&path, body)).await {
            Err(error @ JumpCloudError::Refused { .. }) => error,
            result => return result.map(drop),
        };
        // A repetition after a lost answer meets what the first one did.
        let user = self.user(id).await?;
        let is_active = user.is_some_and(|user| user.field(&Field::State) == Some("ACTIVATED"));
        if is_active { Ok(()) } else { Err(error) }
    }

    /// Deletes a user; a user who is gone already counts as deleted. Whoever has the user as manager has none then. One
    /// request.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn remove_user(&self, id: &JumpCloudUserId) -> Result<(), JumpCloudError> {
        // Without it JumpCloud keeps managers who have reports.
        let call = Call::delete(&["api", "systemusers", id.as_str()]).with_query("cascade_manager", "null");
        done_when_missing(self.http.send(&call).await.map(drop))
    }

    /// Creates a group whose members are set one by one (`STATIC`). One request.
    ///
    /// # Errors
    /// As [`Client::create_user`]; a name that is taken is status 409 (or 400).
    pub async fn create_group(
        &self,
        name: &str,
        description: &str,
    ) -> Result<JumpCloudGroupId, JumpCloudError> {
        let body = json!({ "name": name, "description": description, "membershipMethod": "STATIC" });
        let group: wire::UserGroup =
            self.http.fetch(&Call::create(&["api", "v2", "usergroups"], body)).await?;
        Ok(group.into_model().0)
    }

    /// Changes the name, the description or both; none leaves one as it is. The API takes whole groups only, so that
    /// the group is read first and everything else is sent back as it was: two requests. Without changes nothing is
    /// sent.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn update_group(
        &self,
        id: &JumpCloudGroupId,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<(), JumpCloudError> {
        if name.is_none() && description.is_none() {
            return Ok(());
        }
        self.adopt_group(id, name, description, |_| true).await.map(drop)
    }

    /// Changes a group that is to be taken over, as [`Client::update_group`] does: only when `is_free` says so of the
    /// group as it is now. Whether it was done. Two requests.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn adopt_group(
        &self,
        id: &JumpCloudGroupId,
        name: Option<&str>,
        description: Option<&str>,
        is_free: impl FnOnce(&UserGroup) -> bool,
    ) -> Result<bool, JumpCloudError> {
        let path = ["api", "v2", "usergroups", id.as_str()];
        let call = Call::get(&path);
        let answer = self.http.send(&call).await?;
        let now: wire::UserGroup = decode(&call, &answer)?;
        if !is_free(&now.into_model().1) {
            return Ok(false);
        }
        self.put_group(id, decode(&call, &answer)?, |group| {
            for (field, value) in [("name", name), ("description", description)] {
                if let Some(value) = value {
                    group.insert(field.to_owned(), json!(value));
                }
            }
        })
        .await?;
        Ok(true)
    }

    /// Reads a group, and sends it back as `change` leaves it. Two requests.
    pub(super) async fn rewrite_group(
        &self,
        id: &JumpCloudGroupId,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<(), JumpCloudError> {
        let group = self.http.fetch(&Call::get(&["api", "v2", "usergroups", id.as_str()])).await?;
        self.put_group(id, group, change).await
    }

    async fn put_group(
        &self,
        id: &JumpCloudGroupId,
        mut group: Map<String, Value>,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<(), JumpCloudError> {
        group.retain(|field, value| WRITABLE_GROUP_FIELDS.contains(&field.as_str()) && !value.is_null());
        change(&mut group);
        let path = ["api", "v2", "usergroups", id.as_str()];
        self.http.send(&Call::put(&path, Value::Object(group))).await.map(drop)
    }

    /// Deletes a group with its memberships; a group that is gone already counts as deleted. One request.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn remove_group(&self, id: &JumpCloudGroupId) -> Result<(), JumpCloudError> {
        let call = Call::delete(&["api", "v2", "usergroups", id.as_str()]);
        done_when_missing(self.http.send(&call).await.map(drop))
    }

    /// Makes a user a member of a group; a user who is one already counts as added (409). One request.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn add_member(
        &self,
        group: &JumpCloudGroupId,
        user: &JumpCloudUserId,
    ) -> Result<(), JumpCloudError> {
        match self.http.send(&member_call(group, user, "add")).await {
            Err(JumpCloudError::Refused { status: 409, .. }) => Ok(()),
            result => result.map(drop),
        }
    }

    /// Takes a user out of a group. A 404 may mean that there is no such member, group or address: the members are read
    /// then, and the user not being among them counts as removed. One request, more only then.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn remove_member(
        &self,
        group: &JumpCloudGroupId,
        user: &JumpCloudUserId,
    ) -> Result<(), JumpCloudError> {
        let error = match self.http.send(&member_call(group, user, "remove")).await {
            Err(error) if error.status() == Some(404) => error,
            result => return result.map(drop),
        };
        if self.group(group).await?.is_none() {
            return Ok(());
        }
        let members = self.read_members(std::slice::from_ref(group)).await?;
        if members.values().any(|members| members.contains(user)) { Err(error) } else { Ok(()) }
    }
}

fn member_call(group: &JumpCloudGroupId, user: &JumpCloudUserId, op: &str) -> Call {
    let body = json!({ "op": op, "type": "user", "id": user });
    Call::settle(&["api", "v2", "usergroups", group.as_str(), "members"], body)
}

fn done_when_missing(result: Result<(), JumpCloudError>) -> Result<(), JumpCloudError> {
    match result {
        Err(error) if error.status() == Some(404) => Ok(()),
        result => result,
    }
}
