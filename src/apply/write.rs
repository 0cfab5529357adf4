//! One step → requests.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::ledger::Keeper;
use super::written::{Failure, Written, done, failed};
use super::{NewIds, group, user};
use crate::jumpcloud::Client;
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId};
use crate::plan::{Action, Change, Deed, FieldChange, Kind};

/// Does one step at the time `now`. `new_ids` is read before the first request, so that the future borrows it no longer.
pub(super) fn write<'a>(
    client: Client,
    keeper: Keeper,
    change: &'a Change,
    deed: Deed,
    new_ids: &NewIds,
    now: Timestamp,
) -> impl Future<Output = Result<Written, Failure>> + use<'a> {
    let (own_id, group_id) = ids(change, new_ids);
    let manager = coming_manager(change, new_ids);
    async move {
        let client = &client;
        let id = || own_id.clone().ok_or_else(unknown_id);
        let user_id = || id().map(JumpCloudUserId::new);
        let own_group_id = || id().map(JumpCloudGroupId::new);
        if deed == Deed::Manage {
            let manager = manager.ok_or_else(|| failed("the JumpCloud id of its manager is not known"))?;
            return user::manage(client, &user_id()?, manager).await;
        }
        match (change.kind, change.action) {
            (Kind::Membership, action) => {
                let group = JumpCloudGroupId::new(group_id.ok_or_else(unknown_id)?);
                let user = user_id()?;
                if action == Action::Add {
                    done(client.add_member(&group, &user).await)
                } else {
                    done(client.remove_member(&group, &user).await)
                }
            }
            (Kind::User, Action::Create) => user::create(client, change, now).await,
            (Kind::User, Action::Remove) => user::remove(client, &keeper, change, &user_id()?).await,
            (Kind::User, Action::Unbind) => user::unbind(client, change, &user_id()?, now).await,
            (Kind::User, _) => user::change(client, change, &user_id()?, deed, now).await,
            (Kind::Group, Action::Create) => group::create(client, change).await,
            (Kind::Group, Action::Remove) => group::remove(client, &keeper, change, &own_group_id()?).await,
            (Kind::Group, Action::Unbind) => group::unbind(client, change, &own_group_id()?).await,
            (Kind::Group, _) => group::change(client, change, &own_group_id()?, deed, now).await,
        }
    }
}

/// The JumpCloud ids of a change's own object and of its group, as far as they are known.
pub(super) fn ids(change: &Change, new_ids: &NewIds) -> (Option<String>, Option<String>) {
    let kind = if change.kind == Kind::Group { Kind::Group } else { Kind::User };
    let own_id = change.jumpcloud_id.clone().or_else(|| new_ids.get(&(kind, change.guid)).cloned());
    let group_id = change.group.as_ref().and_then(|group| {
        group.jumpcloud_id.clone().or_else(|| new_ids.get(&(Kind::Group, group.guid)).cloned())
    });
    (own_id, group_id)
}

/// The JumpCloud id of the manager who came into being in this run.
pub(super) fn coming_manager(change: &Change, new_ids: &NewIds) -> Option<String> {
    new_ids.get(&(Kind::User, change.coming_manager?)).cloned()
}

/// What a write sends: all that changes, or only what is parked. Managers who do not exist yet are not named.
pub(super) fn values(change: &Change, deed: Deed, now: Timestamp) -> BTreeMap<Field, Option<String>> {
    match deed {
        Deed::Park => {
            change.parked.iter().map(|(field, value)| (field.clone(), Some(value.clone()))).collect()
        }
        Deed::Write | Deed::Manage => {
            let waits =
                |field: &FieldChange| field.field == Field::Manager && change.coming_manager.is_some();
            let written = change.fields.iter().filter(|field| !waits(field));
            written.map(|field| (field.field.clone(), field.after_at(now))).collect()
        }
    }
}

/// Gives a parked object its own values back, as far as nobody else has them by now. Answers the fields that stay
/// parked.
pub(super) async fn unpark(client: &Client, change: &Change) -> Vec<Field> {
    let mut left = Vec::new();
    for field in change.parked.keys() {
        let before = change.field(field).and_then(|change| change.before.clone());
        let id = change.jumpcloud_id.as_deref().unwrap_or_default();
        let result = if change.kind == Kind::User {
            let values = BTreeMap::from([(field.clone(), before)]);
            client.update_user(&JumpCloudUserId::new(id), &values).await
        } else {
            client.update_group(&JumpCloudGroupId::new(id), before.as_deref(), None).await
        };
        if result.is_err() {
            left.push(field.clone());
        }
    }
    left
}

fn unknown_id() -> Failure {
    failed("its JumpCloud id is not known")
}
