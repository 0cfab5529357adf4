//! Reads: whole lists, and single objects.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::call::Call;
use super::error::JumpCloudError;
use super::http::decode;
use super::pages::{PAGE, Page, Row, read_all};
use super::{Client, graph, wire};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, User, UserGroup, fold};

/// The key that orders users and objects of API v2. Without a unique key pages repeat and miss rows
/// (<https://jumpcloud.com/support/best-practices-jumpcloud-api>).
pub(super) const BY_ID: &str = "_id";

/// The key that orders the members of a group. The list names its fields by the graph's own words: it filters by
/// `object_id` and `type` and knows no `_id` (JumpCloud API v2, `/usergroups/{id}/membership`).
pub(super) const BY_OBJECT_ID: &str = "object_id";

impl Client {
    /// Reads every user: one request for each 99, concurrently after the first.
    ///
    /// # Errors
    /// When the list cannot be read whole; see [`JumpCloudError::is_unread`].
    pub async fn read_users(&self) -> Result<BTreeMap<JumpCloudUserId, User>, JumpCloudError> {
        let path = ["api", "systemusers"];
        let users: Vec<wire::User> = self.read_list_v1(&path, |call| call.with_query("sort", BY_ID)).await?;
        Ok(users.into_iter().map(wire::User::into_model).collect())
    }

    /// Reads every user group: one request for each 99, concurrently after the first.
    ///
    /// # Errors
    /// As [`Client::read_users`].
    pub async fn read_groups(&self) -> Result<BTreeMap<JumpCloudGroupId, UserGroup>, JumpCloudError> {
        let groups: Vec<wire::UserGroup> =
            self.read_list_v2(&["api", "v2", "usergroups"], |call| call.with_query("sort", BY_ID)).await?;
        Ok(groups.into_iter().map(wire::UserGroup::into_model).collect())
    }

    /// Reads the members of each of these groups: at least one request a group, one for each 99 members.
    ///
    /// # Errors
    /// As [`Client::read_users`]; also when one of the groups is gone.
    pub async fn read_members(
        &self,
        groups: &[JumpCloudGroupId],
    ) -> Result<BTreeMap<JumpCloudGroupId, BTreeSet<JumpCloudUserId>>, JumpCloudError> {
        let reads = stream::iter(groups).map(async |group| {
            let path = ["api", "v2", "usergroups", group.as_str(), "membership"];
            let members: Vec<graph::Member> =
                self.read_list_v2(&path, |call| call.with_query("sort", BY_OBJECT_ID)).await?;
            Ok((group.clone(), members.into_iter().filter_map(graph::Member::into_user).collect()))
        });
        reads.buffer_unordered(self.http.parallelism()).try_collect().await
    }

    /// Reads the groups that a user is a member of: one request for each 99, at least one.
    ///
    /// # Errors
    /// As [`Client::read_users`]; also when the user is gone.
    pub async fn read_groups_of(
        &self,
        user: &JumpCloudUserId,
    ) -> Result<BTreeSet<JumpCloudGroupId>, JumpCloudError> {
        let path = ["api", "v2", "users", user.as_str(), "memberof"];
        let groups: Vec<graph::Member> =
            self.read_list_v2(&path, |call| call.with_query("sort", BY_OBJECT_ID)).await?;
        Ok(groups.into_iter().filter_map(graph::Member::into_group).collect())
    }

    /// The id of the organization that the client works on: the one of the settings, or the only one that there is for
    /// these credentials. None when the API does not tell (403, 404) and the settings do not either. One request for
    /// each 99 organizations.
    ///
    /// # Errors
    /// When the organization of the settings is not among them, when there are several and the settings name none, or
    /// when the list cannot be read whole.
    pub async fn read_organization(&self) -> Result<Option<String>, JumpCloudError> {
        let named = self.http.organization().map(str::to_owned);
        let list: Result<Vec<wire::Organization>, _> =
            self.read_list_v1(&["api", "organizations"], |call| call.with_query("sort", BY_ID)).await;
        let ids: Vec<String> = match list {
            Ok(organizations) => organizations.into_iter().map(|organization| organization.id).collect(),
            Err(JumpCloudError::Refused { status: 403 | 404, .. }) => return Ok(named),
            Err(error) => return Err(error),
        };
        match (named, ids.as_slice()) {
            (Some(named), ids) if !ids.iter().any(|id| id.eq_ignore_ascii_case(&named)) => {
                Err(JumpCloudError::UnknownOrganization { organization: named.into() })
            }
            (Some(named), _) => Ok(Some(named)),
            (None, []) => Ok(None),
            (None, [only]) => Ok(Some(only.clone())),
            (None, several) => Err(JumpCloudError::ManyOrganizations { count: several.len() }),
        }
    }

    /// Reads one user; none when there is no such user.
    ///
    /// # Errors
    /// When JumpCloud cannot be read.
    pub async fn user(&self, id: &JumpCloudUserId) -> Result<Option<User>, JumpCloudError> {
        let user: Option<wire::User> =
            self.http.fetch_optional(&Call::get(&["api", "systemusers", id.as_str()])).await?;
        Ok(user.map(|user| user.into_model().1))
    }

    /// Reads one group; none when there is no such group.
    ///
    /// # Errors
    /// When JumpCloud cannot be read.
    pub async fn group(&self, id: &JumpCloudGroupId) -> Result<Option<UserGroup>, JumpCloudError> {
        let group: Option<wire::UserGroup> =
            self.http.fetch_optional(&Call::get(&["api", "v2", "usergroups", id.as_str()])).await?;
        Ok(group.map(|group| group.into_model().1))
    }

    /// Finds the users of a name, without case: what became of a create whose answer was lost.
    ///
    /// # Errors
    /// When JumpCloud cannot be read.
    pub async fn find_users(&self, username: &str) -> Result<Vec<(JumpCloudUserId, User)>, JumpCloudError> {
        self.find_users_by(&Field::Username, username).await
    }

    /// Finds the users of whom a field has this value, without case. One request for each 99 users whose value contains
    /// it.
    ///
    /// # Errors
    /// When JumpCloud cannot be read.
    pub async fn find_users_by(
        &self,
        field: &Field,
        value: &str,
    ) -> Result<Vec<(JumpCloudUserId, User)>, JumpCloudError> {
        let path = ["api", "search", "systemusers"];
        let http = &self.http;
        let users: Vec<wire::User> = read_all("/api/search/systemusers", http.parallelism(), async |skip| {
            let call = Call::search(
                &path,
                json!({
                    "searchFilter": { "searchTerm": value, "fields": [field] },
                    "sort": BY_ID, "limit": PAGE, "skip": skip,
                }),
            );
            let wire::List { results: rows, total } = http.fetch(&call).await?;
            Ok(Page { rows, total })
        })
        .await?;
        // The search takes any value that contains the term.
        let users = users.into_iter().map(wire::User::into_model);
        let has_value = |user: &User| user.field(field).is_some_and(|found| fold(found) == fold(value));
        Ok(users.filter(|(_, user)| has_value(user)).collect())
    }

    /// Finds the groups of a name, without case. Reads all groups: the filter of the list gives `*`, `:` and `,` in a
    /// name meanings of its own and knows case.
    ///
    /// # Errors
    /// When JumpCloud cannot be read.
    pub async fn find_groups(
        &self,
        name: &str,
    ) -> Result<Vec<(JumpCloudGroupId, UserGroup)>, JumpCloudError> {
        let groups = self.read_groups().await?;
        Ok(groups.into_iter().filter(|(_, group)| fold(&group.name) == fold(name)).collect())
    }

    /// A list of API v1: rows and total in the body.
    async fn read_list_v1<T: Row + DeserializeOwned>(
        &self,
        path: &[&str],
        refine: impl Fn(Call) -> Call,
    ) -> Result<Vec<T>, JumpCloudError> {
        read_all(&named(path), self.http.parallelism(), async |skip| {
            let call = refine(page(path, skip));
            let wire::List { results: rows, total } = self.http.fetch(&call).await?;
            Ok(Page { rows, total })
        })
        .await
    }

    /// A list of API v2: rows in the body, the total in a header.
    pub(super) async fn read_list_v2<T: Row + DeserializeOwned>(
        &self,
        path: &[&str],
        refine: impl Fn(Call) -> Call,
    ) -> Result<Vec<T>, JumpCloudError> {
        read_all(&named(path), self.http.parallelism(), async |skip| {
            let call = refine(page(path, skip));
            let answer = self.http.send(&call).await?;
            Ok(Page { rows: decode(&call, &answer)?, total: answer.total })
        })
        .await
    }
}

pub(super) fn page(path: &[&str], skip: usize) -> Call {
    Call::get(path).with_query("limit", PAGE.to_string()).with_query("skip", skip.to_string())
}

pub(super) fn named(path: &[&str]) -> String {
    path.iter().flat_map(|segment| ["/", segment]).collect()
}
