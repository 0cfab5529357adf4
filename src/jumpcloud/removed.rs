//! The reads before a removal: all that the API tells of an object and takes back.
//!
//! The object itself is read last, so that whoever removes it has just seen it as it is. Everything else is read before,
//! at the same time. What cannot be read whole is an error: a removal without a way back does not happen.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::error::JumpCloudError;
use super::http::decode;
use super::pages::{PAGE, Page, Row, read_all};
use super::read::{BY_ID, BY_OBJECT_ID};
use super::record::told;
use super::wire::{self, List};
use super::{Client, removed_fields};
use crate::model::{
    Binding, GroupMember, JumpCloudGroupId, JumpCloudUserId, Membership, Record, RemovedGroup, RemovedUser,
    Report, ScheduledState, SshKey, User, UserGroup,
};

/// What users and groups can be bound to (JumpCloud API v2, `GraphOperation-User`, `GraphOperation-UserGroup`). A list of
/// associations is of one kind.
const TARGETS: [&str; 10] = [
    "active_directory",
    "application",
    "g_suite",
    "idp_routing_policy",
    "ldap_server",
    "office_365",
    "password_manager_item",
    "radius_server",
    "system",
    "system_group",
];

/// `GraphConnection`
#[derive(Deserialize)]
struct Connection {
    to: Node,
    attributes: Option<Record>,
}

/// `GraphObject`
#[derive(Deserialize)]
struct Node {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `GraphObjectWithPaths`
#[derive(Deserialize)]
struct Reached {
    id: String,
    paths: Option<Vec<Vec<Step>>>,
}

/// A step of a path, which is a `GraphConnection`.
#[derive(Deserialize)]
struct Step {
    attributes: Option<Record>,
}

/// A user of a search, with the fields that were asked for.
#[derive(Deserialize)]
struct Found {
    #[serde(rename = "_id")]
    id: String,
    username: Option<String>,
    manager: Option<String>,
}

/// `scheduled-userstate-result`
#[derive(Deserialize)]
struct Scheduled {
    #[serde(rename = "scheduledJobId")]
    id: String,
    #[serde(rename = "systemUserId")]
    user: Option<String>,
    state: String,
    #[serde(rename = "scheduledDate")]
    date: Timestamp,
}

impl Row for Connection {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.to.id
    }
}

impl Row for Reached {
    const MAY_REPEAT: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Found {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Scheduled {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Reached {
    /// The attributes of the direct way.
    fn into_parts(self) -> (String, Record) {
        let ways = self.paths.into_iter().flatten();
        let direct = ways.filter(|way| way.len() == 1).flatten().find_map(|step| step.attributes);
        (self.id, direct.unwrap_or_default())
    }
}

impl Client {
    /// Reads a user with all that goes when it goes; none when there is no such user. Fifteen requests, one more for each
    /// group that the user is in and for a manager, and one more for each further 99 of a list.
    ///
    /// # Errors
    /// When something of it cannot be read whole.
    pub async fn read_removed_user(
        &self,
        id: &JumpCloudUserId,
    ) -> Result<Option<(User, RemovedUser)>, JumpCloudError> {
        let around = tokio::try_join!(
            self.ssh_keys(id),
            self.read_memberships(id),
            self.read_user_bindings(id),
            self.read_reports(id),
            self.read_scheduled_states(id),
        );
        let call = Call::get(&["api", "systemusers", id.as_str()]);
        let answer = match self.http.send(&call).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            answer => answer?,
        };
        let user: wire::User = decode(&call, &answer)?;
        let (ssh_keys, memberships, bindings, reports, scheduled_states) = around?;
        let (record, left_out) = removed_fields::user(decode(&call, &answer)?);
        let (_, user) = user.into_model();
        let mut removed = RemovedUser {
            id: id.clone(),
            username: user.username().to_owned(),
            record,
            left_out,
            ssh_keys,
            memberships,
            bindings,
            manager: None,
            reports,
            scheduled_states,
        };
        let manager = removed.text("manager").to_owned();
        if !manager.is_empty() {
            removed.manager = self.usernames(&[manager.as_str()]).await?.remove(&manager);
        }
        Ok(Some((user, removed)))
    }

    /// Reads a group with all that goes when it goes; none when there is no such group. Twelve requests, one more for each
    /// 100 members, whose names are looked up, and one more for each further 99 of a list.
    ///
    /// # Errors
    /// When something of it cannot be read whole.
    pub async fn read_removed_group(
        &self,
        id: &JumpCloudGroupId,
    ) -> Result<Option<(UserGroup, RemovedGroup)>, JumpCloudError> {
        let around = tokio::try_join!(self.read_members_of(id), self.read_group_bindings(id));
        let call = Call::get(&["api", "v2", "usergroups", id.as_str()]);
        let answer = match self.http.send(&call).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            answer => answer?,
        };
        let group: wire::UserGroup = decode(&call, &answer)?;
        let (members, bindings) = around?;
        let (record, left_out) = removed_fields::group(decode(&call, &answer)?);
        let (_, group) = group.into_model();
        let removed =
            RemovedGroup { id: id.clone(), name: group.name.clone(), record, left_out, members, bindings };
        Ok(Some((group, removed)))
    }

    /// The SSH keys of a user. One request.
    pub(super) async fn ssh_keys(&self, id: &JumpCloudUserId) -> Result<Vec<SshKey>, JumpCloudError> {
        self.http.fetch(&Call::get(&["api", "systemusers", id.as_str(), "sshkeys"])).await
    }

    /// Changes of a user's state that are planned for a time; none when the API does not tell (403, 404).
    pub(super) async fn read_scheduled_states(
        &self,
        id: &JumpCloudUserId,
    ) -> Result<Option<Vec<ScheduledState>>, JumpCloudError> {
        let path = ["api", "v2", "bulk", "userstates"];
        let rows: Result<Vec<Scheduled>, _> =
            self.read_list_v2(&path, |call| call.with_query("userid", id.as_str())).await;
        let rows = told(rows)?;
        Ok(rows.map(|rows| {
            let of_user = rows.into_iter().filter(|row| row.user.as_deref() == Some(id.as_str()));
            of_user.map(|Scheduled { state, date, .. }| ScheduledState { state, date }).collect()
        }))
    }

    async fn read_memberships(&self, id: &JumpCloudUserId) -> Result<Vec<Membership>, JumpCloudError> {
        let path = ["api", "v2", "users", id.as_str(), "memberof"];
        let groups: Vec<Reached> =
            self.read_list_v2(&path, |call| call.with_query("sort", BY_OBJECT_ID)).await?;
        let named = stream::iter(groups).map(async |reached| {
            let (group, attributes) = reached.into_parts();
            let id = JumpCloudGroupId::new(group);
            let name = self.group(&id).await?.map(|group| group.name).unwrap_or_default();
            Ok(Membership { id, name, attributes })
        });
        named.buffered(self.http.parallelism()).try_collect().await
    }

    async fn read_members_of(&self, id: &JumpCloudGroupId) -> Result<Vec<GroupMember>, JumpCloudError> {
        let path = ["api", "v2", "usergroups", id.as_str(), "membership"];
        let members: Vec<Reached> =
            self.read_list_v2(&path, |call| call.with_query("sort", BY_OBJECT_ID)).await?;
        let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let mut names = self.usernames(&ids).await?;
        let members = members.into_iter().map(|member| {
            let (id, attributes) = member.into_parts();
            let username = names.remove(&id).unwrap_or_default();
            GroupMember { id: JumpCloudUserId::new(id), username, attributes }
        });
        Ok(members.collect())
    }

    async fn read_user_bindings(&self, id: &JumpCloudUserId) -> Result<Vec<Binding>, JumpCloudError> {
        self.read_bindings_at(&["api", "v2", "users", id.as_str(), "associations"]).await
    }

    async fn read_group_bindings(&self, id: &JumpCloudGroupId) -> Result<Vec<Binding>, JumpCloudError> {
        self.read_bindings_at(&["api", "v2", "usergroups", id.as_str(), "associations"]).await
    }

    /// Direct connections to targets of every kind: a list for each.
    async fn read_bindings_at(&self, path: &[&str]) -> Result<Vec<Binding>, JumpCloudError> {
        let lists = stream::iter(TARGETS).map(async |kind| {
            let list: Vec<Connection> =
                self.read_list_v2(path, |call| call.with_query("targets", kind)).await?;
            Ok::<_, JumpCloudError>(list)
        });
        let lists: Vec<Vec<Connection>> = lists.buffered(TARGETS.len()).try_collect().await?;
        let binding = |Connection { to: Node { id, kind }, attributes }| Binding {
            kind,
            id,
            attributes: attributes.unwrap_or_default(),
        };
        Ok(lists.into_iter().flatten().map(binding).collect())
    }

    /// The users whose manager this one is.
    async fn read_reports(&self, id: &JumpCloudUserId) -> Result<Vec<Report>, JumpCloudError> {
        let found: Vec<Found> = read_all("/api/search/systemusers", self.http.parallelism(), async |skip| {
            let call = search(&[json!({ "manager": id })], "and", "username manager", skip);
            let List { results: rows, total } = self.http.fetch(&call).await?;
            Ok(Page { rows, total })
        })
        .await?;
        let of_user = found.into_iter().filter(|found| found.manager.as_deref() == Some(id.as_str()));
        let report = |Found { id, username, .. }| Report {
            id: JumpCloudUserId::new(id),
            username: username.unwrap_or_default(),
        };
        Ok(of_user.map(report).collect())
    }

    /// Names for people to read: who is not found has none. One request for each 100.
    async fn usernames(&self, ids: &[&str]) -> Result<BTreeMap<String, String>, JumpCloudError> {
        let lists = stream::iter(ids.chunks(PAGE)).map(async |ids| {
            let conditions: Vec<_> = ids.iter().map(|id| json!({ "_id": id })).collect();
            let list: List<Found> = self.http.fetch(&search(&conditions, "or", "username", 0)).await?;
            Ok::<_, JumpCloudError>(list.results)
        });
        let lists: Vec<Vec<Found>> = lists.buffered(self.http.parallelism()).try_collect().await?;
        let found = lists.into_iter().flatten();
        Ok(found.filter_map(|Found { id, username, .. }| Some((id, username?))).collect())
    }
}

/// A page of the users who meet all (`and`) or any (`or`) of these conditions.
fn search(conditions: &[serde_json::Value], joined: &str, fields: &str, skip: usize) -> Call {
    let body = json!({
        "filter": { joined: conditions }, "fields": fields, "sort": BY_ID, "limit": PAGE, "skip": skip,
    });
    Call::search(&["api", "search", "systemusers"], body)
}
