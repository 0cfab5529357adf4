//! One step → requests.

use std::collections::BTreeMap;

use super::written::{Failure, Written, group_mark, user_mark, words};
use super::{NewIds, lost};
use crate::event::Outcome;
use crate::jumpcloud::{Client, JumpCloudError};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, MarkReading};
use crate::plan::{Action, Change, Deed, Kind};

/// Does one step. `new_ids` is read before the first request, so that the future borrows it no longer.
pub(super) fn write<'a>(
    client: &'a Client,
    change: &'a Change,
    deed: Deed,
    new_ids: &NewIds,
) -> impl Future<Output = Result<Written, Failure>> + use<'a> {
    let own_id = change.jumpcloud_id.clone().or_else(|| new_ids.get(&(Kind::User, change.guid)).cloned());
    let group_id = change.group.as_ref().and_then(|group| {
        group.jumpcloud_id.clone().or_else(|| new_ids.get(&(Kind::Group, group.guid)).cloned())
    });
    async move {
        match (change.kind, change.action) {
            (Kind::User, Action::Create) => create_user(client, change).await,
            (Kind::Group, Action::Create) => create_group(client, change).await,
            (Kind::Membership, action) => {
                let user = JumpCloudUserId::new(own_id.ok_or_else(unknown_id)?);
                let group = JumpCloudGroupId::new(group_id.ok_or_else(unknown_id)?);
                if action == Action::Add {
                    done(client.add_member(&group, &user).await)
                } else {
                    done(client.remove_member(&group, &user).await)
                }
            }
            (Kind::User, Action::Remove) => {
                let id = JumpCloudUserId::new(own_id.ok_or_else(unknown_id)?);
                remove_user(client, change, &id).await
            }
            (Kind::Group, Action::Remove) => {
                let id = JumpCloudGroupId::new(own_id.ok_or_else(unknown_id)?);
                remove_group(client, change, &id).await
            }
            (Kind::User, Action::Update | Action::Add | Action::Drop) => {
                let id = JumpCloudUserId::new(own_id.ok_or_else(unknown_id)?);
                done(client.update_user(&id, &values(change, deed)).await)
            }
            (Kind::Group, Action::Update | Action::Add | Action::Drop) => {
                let id = JumpCloudGroupId::new(own_id.ok_or_else(unknown_id)?);
                let values = values(change, deed);
                let value = |field: &Field| values.get(field).and_then(Option::as_deref);
                let (name, description) = (value(&Field::Name), value(&Field::Description));
                done(client.update_group(&id, name, description).await)
            }
        }
    }
}

/// What an update sends: all that changes, or only what is parked.
fn values(change: &Change, deed: Deed) -> BTreeMap<Field, Option<String>> {
    match deed {
        Deed::Park => {
            change.parked.iter().map(|(field, value)| (field.clone(), Some(value.clone()))).collect()
        }
        Deed::Write => change.fields.iter().map(|field| (field.field.clone(), field.after.clone())).collect(),
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

async fn create_user(client: &Client, change: &Change) -> Result<Written, Failure> {
    let fields: BTreeMap<Field, String> =
        change.fields.iter().filter_map(|field| Some((field.field.clone(), field.after.clone()?))).collect();
    match client.create_user(&fields).await {
        Ok(id) => Ok(Written { new_id: Some(id.to_string()) }),
        Err(error) if error.is_outcome_unknown() => lost::find_user(client, change, &error).await,
        Err(error) => Err(Failure::refused(&error)),
    }
}

async fn create_group(client: &Client, change: &Change) -> Result<Written, Failure> {
    let value =
        |field: &Field| change.field(field).and_then(|field| field.after.as_deref()).unwrap_or_default();
    match client.create_group(value(&Field::Name), value(&Field::Description)).await {
        Ok(id) => Ok(Written { new_id: Some(id.to_string()) }),
        Err(error) if error.is_outcome_unknown() => lost::find_group(client, change, &error).await,
        Err(error) => Err(Failure::refused(&error)),
    }
}

/// The user is read once more: nobody is removed who is not ours any longer, or became an administrator meanwhile.
async fn remove_user(client: &Client, change: &Change, id: &JumpCloudUserId) -> Result<Written, Failure> {
    let user = client.user(id).await.map_err(|error| Failure::refused(&error))?;
    let Some(user) = user else { return Ok(Written::default()) };
    if user.is_console_administrator {
        return Err(failed("linked to a console administrator since the plan was made"));
    }
    ensure_mark(&user_mark(change, |field| field.before.as_deref()), &user.mark())?;
    done(client.remove_user(id).await)
}

async fn remove_group(client: &Client, change: &Change, id: &JumpCloudGroupId) -> Result<Written, Failure> {
    let group = client.group(id).await.map_err(|error| Failure::refused(&error))?;
    let Some(group) = group else { return Ok(Written::default()) };
    ensure_mark(&group_mark(change, |field| field.before.as_deref()), &group.mark())?;
    done(client.remove_group(id).await)
}

/// The whole mark counts: the same GUID under another policy is another owner.
fn ensure_mark(planned: &MarkReading, actual: &MarkReading) -> Result<(), Failure> {
    match (planned, actual) {
        (MarkReading::Marked(planned), MarkReading::Marked(actual)) if planned == actual => Ok(()),
        _ => Err(failed("its mark changed since the plan was made, so it is not ours to remove")),
    }
}

fn done(result: Result<(), JumpCloudError>) -> Result<Written, Failure> {
    result.map(|()| Written::default()).map_err(|error| {
        if error.is_outcome_unknown() {
            Outcome::Unknown(words(&error)).into()
        } else {
            Failure::refused(&error)
        }
    })
}

fn unknown_id() -> Failure {
    failed("its JumpCloud id is not known")
}

fn failed(why: &str) -> Failure {
    Outcome::Failed(why.to_owned()).into()
}
