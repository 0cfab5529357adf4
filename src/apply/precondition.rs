//! What a saved plan touches, read again before its first write.
//!
//! Objects are read one by one while that takes fewer requests than their whole list; the plan's own record of the size
//! of the organization decides. Nothing is written, and nothing is concluded here: [`crate::plan::saved::differences`] does.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::jumpcloud::{Client, JumpCloudError};
use crate::model::{
    Agent, DirectoryObject, Field, JumpCloudGroupId, JumpCloudUserId, Organization, User, UserGroup,
};
use crate::plan::saved::{Needs, Population};

/// Rows that one page of a list adds.
const STEP: u64 = 99;

/// Reads what is needed, at most `parallelism` requests at a time: an organization of which nothing else is there. What
/// is gone is missing.
///
/// # Errors
/// When it cannot be read whole.
pub async fn read_again(
    client: &Client,
    needs: &Needs,
    population: Population,
    parallelism: usize,
) -> Result<Organization, JumpCloudError> {
    let again = Again { client, parallelism: parallelism.max(1) };
    let (users, groups, (directories, agents)) = tokio::try_join!(
        again.users(needs, population),
        again.groups(needs, population),
        again.agents(needs)
    )?;
    let mut now = Organization { users, groups, directories, agents, ..Organization::default() };
    // Of what is gone nothing else can be read.
    now.members = again.members(needs, &now).await?;
    again.bindings(needs, &mut now).await?;
    Ok(now)
}

/// Requests that a whole list takes.
fn pages(rows: u64) -> u64 {
    rows.saturating_sub(1).div_ceil(STEP).max(1)
}

fn is_fewer(single: usize, rows: u64) -> bool {
    u64::try_from(single).is_ok_and(|single| single <= pages(rows))
}

struct Again<'a> {
    client: &'a Client,
    parallelism: usize,
}

impl Again<'_> {
    async fn users(
        &self,
        needs: &Needs,
        population: Population,
    ) -> Result<BTreeMap<JumpCloudUserId, User>, JumpCloudError> {
        if !is_fewer(needs.users.len() + needs.user_names.len(), population.users) {
            return self.client.read_users().await;
        }
        let by_id = needs.users.iter().map(async |id| {
            let user = self.client.user(id).await?;
            Ok(user.map(|user| (id.clone(), user)))
        });
        let by_name = needs.user_names.iter().map(|(field, name)| self.client.find_users_by(field, name));
        let (by_id, by_name) = tokio::try_join!(self.all(by_id), self.all(by_name))?;
        Ok(by_id.into_iter().flatten().chain(by_name.into_iter().flatten()).collect())
    }

    /// The directory object, as far as that is known by its agents, and these.
    async fn agents(&self, needs: &Needs) -> Result<(Vec<DirectoryObject>, Vec<Agent>), JumpCloudError> {
        let Some(id) = &needs.agents_of else { return Ok((Vec::new(), Vec::new())) };
        match self.client.read_agents(id).await {
            Ok(agents) => Ok((vec![DirectoryObject { id: id.clone(), domain: String::new() }], agents)),
            Err(JumpCloudError::Refused { status: 404, .. }) => Ok((Vec::new(), Vec::new())),
            Err(error) => Err(error),
        }
    }

    /// No search finds groups by name without case.
    async fn groups(
        &self,
        needs: &Needs,
        population: Population,
    ) -> Result<BTreeMap<JumpCloudGroupId, UserGroup>, JumpCloudError> {
        if needs.has_group_names || !is_fewer(needs.groups.len(), population.groups) {
            return self.client.read_groups().await;
        }
        let by_id = needs.groups.iter().map(async |id| {
            let group = self.client.group(id).await?;
            Ok(group.map(|group| (id.clone(), group)))
        });
        Ok(self.all(by_id).await?.into_iter().flatten().collect())
    }

    /// The lists of the users or those of the groups, whichever are fewer; the lists of users are the shorter ones.
    async fn members(
        &self,
        needs: &Needs,
        now: &Organization,
    ) -> Result<BTreeMap<JumpCloudGroupId, BTreeSet<JumpCloudUserId>>, JumpCloudError> {
        let there = needs
            .memberships
            .iter()
            .filter(|(group, user)| now.groups.contains_key(group) && now.users.contains_key(user));
        let (groups, users): (BTreeSet<_>, BTreeSet<_>) = there.cloned().unzip();
        if groups.len() < users.len() {
            let groups: Vec<JumpCloudGroupId> = groups.into_iter().collect();
            return self.client.read_members(&groups).await;
        }
        let lists = users.iter().map(async |user| Ok((user, self.client.read_groups_of(user).await?)));
        let mut members: BTreeMap<JumpCloudGroupId, BTreeSet<JumpCloudUserId>> = BTreeMap::new();
        for (user, groups) in self.all(lists).await? {
            for group in groups {
                members.entry(group).or_default().insert(user.clone());
            }
        }
        Ok(members)
    }

    async fn bindings(&self, needs: &Needs, now: &mut Organization) -> Result<(), JumpCloudError> {
        let users = needs.user_bindings.iter().filter(|(id, _)| now.users.contains_key(*id));
        let groups = needs.group_bindings.iter().filter(|(id, _)| now.groups.contains_key(*id));
        let users = users.map(async |(id, directory)| {
            let is_bound = self.client.is_user_bound(directory, id).await?;
            Ok(is_bound.then_some((id, directory)))
        });
        let groups = groups.map(async |(id, directory)| {
            let is_bound = self.client.is_group_bound(directory, id).await?;
            Ok(is_bound.then_some((id, directory)))
        });
        let (users, groups) = tokio::try_join!(self.all(users), self.all(groups))?;
        for (id, directory) in users.into_iter().flatten() {
            if let Some(user) = now.users.get_mut(id) {
                user.fields.insert(Field::Directory, directory.to_string());
            }
        }
        for (id, directory) in groups.into_iter().flatten() {
            if let Some(group) = now.groups.get_mut(id) {
                group.directory = Some(directory.clone());
            }
        }
        Ok(())
    }

    /// Does all of these reads, some at a time.
    async fn all<T>(
        &self,
        reads: impl IntoIterator<Item = impl Future<Output = Result<T, JumpCloudError>>>,
    ) -> Result<Vec<T>, JumpCloudError> {
        stream::iter(reads).buffer_unordered(self.parallelism).try_collect().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_reads_end_where_the_whole_list_is_cheaper() {
        for (single, rows, expected) in [
            (1, 0, true),
            (1, 100, true),
            (2, 100, false),
            (2, 101, true),
            (1011, 100_000, true),
            (1012, 100_000, false),
        ] {
            assert_eq!(is_fewer(single, rows), expected, "{single} of {rows}");
        }
    }
}
