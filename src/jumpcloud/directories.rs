//! Active Directory objects: their agents, and what is bound to them.
//!
//! A binding is a direct connection (`…/associations`). Those that an object has through a group are no bindings here:
//! the traversals (`…/users`) mix both, and only the direct ones can be taken off.

use std::collections::BTreeSet;

use serde_json::json;

use super::call::Call;
use super::error::JumpCloudError;
use super::read::BY_ID;
use super::{Client, graph};
use crate::model::{Agent, Bindings, DirectoryId, DirectoryObject, JumpCloudGroupId, JumpCloudUserId};

/// What can be bound to an Active Directory object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    UserGroup,
}

impl Kind {
    /// The graph's word for it.
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::UserGroup => "user_group",
        }
    }

    /// Where its own associations are.
    fn collection(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::UserGroup => "usergroups",
        }
    }
}

impl Client {
    /// Reads the Active Directory objects.
    ///
    /// # Errors
    /// When the list cannot be read whole; see [`JumpCloudError::is_unread`].
    pub async fn read_directories(&self) -> Result<Vec<DirectoryObject>, JumpCloudError> {
        let directories: Vec<graph::ActiveDirectory> = self
            .read_list_v2(&["api", "v2", "activedirectories"], |call| call.with_query("sort", BY_ID))
            .await?;
        Ok(directories.into_iter().map(graph::ActiveDirectory::into_model).collect())
    }

    /// Reads the agents that are attached to an Active Directory object, whatever state they are in. One request for
    /// each 99.
    ///
    /// # Errors
    /// As [`Client::read_directories`]; also when there is no such object.
    pub async fn read_agents(&self, directory: &DirectoryId) -> Result<Vec<Agent>, JumpCloudError> {
        let path = ["api", "v2", "activedirectories", directory.as_str(), "agents"];
        let agents: Vec<graph::Agent> =
            self.read_list_v2(&path, |call| call.with_query("sort", BY_ID)).await?;
        Ok(agents.into_iter().map(graph::Agent::into_model).collect())
    }

    /// Reads what is bound directly to an Active Directory object: one request for each 99 users and for each 99
    /// groups, at least one each. The API gives these lists no order of their own to ask for; should it change between
    /// two pages, the read starts over as for a list that changed.
    ///
    /// # Errors
    /// As [`Client::read_directories`]; also when there is no such object.
    pub async fn read_bindings(&self, directory: &DirectoryId) -> Result<Bindings, JumpCloudError> {
        let path = ["api", "v2", "activedirectories", directory.as_str(), "associations"];
        let (users, groups) = tokio::try_join!(
            self.read_targets(&path, Kind::User.as_str()),
            self.read_targets(&path, Kind::UserGroup.as_str())
        )?;
        Ok(Bindings {
            users: users.into_iter().map(JumpCloudUserId::new).collect(),
            groups: groups.into_iter().map(JumpCloudGroupId::new).collect(),
        })
    }

    /// Binds a user to an Active Directory object; one who is bound already counts as bound (409). One request.
    ///
    /// # Errors
    /// When JumpCloud refuses it (404: no such user or object) or cannot be reached.
    pub async fn bind_user(
        &self,
        directory: &DirectoryId,
        user: &JumpCloudUserId,
    ) -> Result<(), JumpCloudError> {
        self.bind(directory, Kind::User, user.as_str()).await
    }

    /// Takes off the direct binding of a user to an Active Directory object. A 404 may mean that there is no such
    /// binding, user or address: the bindings of the user are read then, and this one not being among them counts as
    /// taken off, as does the user not being there. One request, more only then.
    ///
    /// # Errors
    /// When JumpCloud refuses it or cannot be reached.
    pub async fn unbind_user(
        &self,
        directory: &DirectoryId,
        user: &JumpCloudUserId,
    ) -> Result<(), JumpCloudError> {
        let error = match self.associate(directory, Kind::User, user.as_str(), "remove").await {
            Err(error) if error.status() == Some(404) => error,
            result => return result,
        };
        if self.user(user).await?.is_none() {
            return Ok(());
        }
        self.ensure_unbound(directory, Kind::User, user.as_str(), error).await
    }

    /// Binds a group to an Active Directory object; one that is bound already counts as bound (409). One request.
    ///
    /// # Errors
    /// As [`Client::bind_user`].
    pub async fn bind_group(
        &self,
        directory: &DirectoryId,
        group: &JumpCloudGroupId,
    ) -> Result<(), JumpCloudError> {
        self.bind(directory, Kind::UserGroup, group.as_str()).await
    }

    /// Takes off the direct binding of a group to an Active Directory object, as [`Client::unbind_user`] does.
    ///
    /// # Errors
    /// As [`Client::unbind_user`].
    pub async fn unbind_group(
        &self,
        directory: &DirectoryId,
        group: &JumpCloudGroupId,
    ) -> Result<(), JumpCloudError> {
        let error = match self.associate(directory, Kind::UserGroup, group.as_str(), "remove").await {
            Err(error) if error.status() == Some(404) => error,
            result => return result,
        };
        if self.group(group).await?.is_none() {
            return Ok(());
        }
        self.ensure_unbound(directory, Kind::UserGroup, group.as_str(), error).await
    }

    async fn bind(&self, directory: &DirectoryId, kind: Kind, id: &str) -> Result<(), JumpCloudError> {
        match self.associate(directory, kind, id, "add").await {
            Err(JumpCloudError::Refused { status: 409, .. }) => Ok(()),
            result => result,
        }
    }

    /// Gives the error of a removal back when the binding is still there.
    async fn ensure_unbound(
        &self,
        directory: &DirectoryId,
        kind: Kind,
        id: &str,
        error: JumpCloudError,
    ) -> Result<(), JumpCloudError> {
        if self.is_bound(directory, kind, id).await? { Err(error) } else { Ok(()) }
    }

    /// Reads whether a user is bound directly to an Active Directory object. One request for each 99 such objects that the
    /// user is bound to, at least one.
    ///
    /// # Errors
    /// As [`Client::read_directories`]; also when there is no such user.
    pub async fn is_user_bound(
        &self,
        directory: &DirectoryId,
        user: &JumpCloudUserId,
    ) -> Result<bool, JumpCloudError> {
        self.is_bound(directory, Kind::User, user.as_str()).await
    }

    /// Reads whether a group is bound directly to an Active Directory object, as [`Client::is_user_bound`] does.
    ///
    /// # Errors
    /// As [`Client::is_user_bound`].
    pub async fn is_group_bound(
        &self,
        directory: &DirectoryId,
        group: &JumpCloudGroupId,
    ) -> Result<bool, JumpCloudError> {
        self.is_bound(directory, Kind::UserGroup, group.as_str()).await
    }

    async fn is_bound(&self, directory: &DirectoryId, kind: Kind, id: &str) -> Result<bool, JumpCloudError> {
        let path = ["api", "v2", kind.collection(), id, "associations"];
        Ok(self.read_targets(&path, "active_directory").await?.contains(directory.as_str()))
    }

    async fn associate(
        &self,
        directory: &DirectoryId,
        kind: Kind,
        id: &str,
        op: &str,
    ) -> Result<(), JumpCloudError> {
        let path = ["api", "v2", "activedirectories", directory.as_str(), "associations"];
        let body = json!({ "op": op, "type": kind.as_str(), "id": id });
        self.http.send(&Call::settle(&path, body)).await.map(drop)
    }

    /// The ids at the other end of the direct connections to things of one kind.
    async fn read_targets(&self, path: &[&str], kind: &str) -> Result<BTreeSet<String>, JumpCloudError> {
        let connections: Vec<graph::Connection> =
            self.read_list_v2(path, |call| call.with_query("targets", kind)).await?;
        Ok(connections.into_iter().filter_map(|connection| connection.into_target(kind)).collect())
    }
}
