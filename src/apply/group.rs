//! Writes to one group, marks first when it becomes ours, and last when it is given back.

use jiff::Timestamp;

use super::ledger::Keeper;
use super::lost;
use super::write::values;
use super::written::{Failure, Written, adopted, done, ensure_mark, group_mark};
use crate::jumpcloud::Client;
use crate::model::{DirectoryId, Field, JumpCloudGroupId, MarkReading, Removed, UserGroup};
use crate::plan::{Action, Change, Deed};

/// Creates with the mark in the first request, then binds.
pub(super) async fn create(client: &Client, change: &Change) -> Result<Written, Failure> {
    let value =
        |field: &Field| change.field(field).and_then(|field| field.after.as_deref()).unwrap_or_default();
    let id = match client.create_group(value(&Field::Name), value(&Field::Description)).await {
        Ok(id) => id,
        Err(error) if error.is_outcome_unknown() => lost::find_group(client, change, &error).await?,
        Err(error) => return Err(Failure::refused(&error)),
    };
    bind(client, change, &id).await?;
    Ok(Written { new_id: Some(id.to_string()) })
}

/// Writes name and description, then binds.
pub(super) async fn change(
    client: &Client,
    change: &Change,
    id: &JumpCloudGroupId,
    deed: Deed,
    now: Timestamp,
) -> Result<Written, Failure> {
    let values = values(change, deed, now);
    let value = |field: &Field| values.get(field).and_then(Option::as_deref);
    let (name, description) = (value(&Field::Name), value(&Field::Description));
    if change.action == Action::Adopt && deed == Deed::Write {
        let is_free = |group: &UserGroup| !matches!(group.mark(), MarkReading::Marked(_));
        adopted(client.adopt_group(id, name, description, is_free).await)?;
    } else {
        done(client.update_group(id, name, description).await)?;
    }
    match deed {
        Deed::Park | Deed::Manage => Ok(Written::default()),
        Deed::Write => bind(client, change, id).await,
    }
}

async fn bind(client: &Client, change: &Change, id: &JumpCloudGroupId) -> Result<Written, Failure> {
    match change.field(&Field::Directory).and_then(|field| field.after.as_deref()) {
        Some(directory) => done(client.bind_group(&DirectoryId::new(directory), id).await),
        None => Ok(Written::default()),
    }
}

/// Takes the binding off, then the mark.
pub(super) async fn unbind(
    client: &Client,
    change: &Change,
    id: &JumpCloudGroupId,
) -> Result<Written, Failure> {
    if read_leaver(client, change, id).await?.is_none() {
        return Ok(Written::default());
    }
    if let Some(directory) = change.field(&Field::Directory).and_then(|field| field.before.as_deref()) {
        done(client.unbind_group(&DirectoryId::new(directory), id).await)?;
    }
    let description = change.field(&Field::Description).and_then(|field| field.after.as_deref());
    done(client.update_group(id, None, Some(description.unwrap_or_default())).await)
}

/// Reads all that goes with the group, keeps it, and deletes.
pub(super) async fn remove(
    client: &Client,
    keeper: &Keeper,
    change: &Change,
    id: &JumpCloudGroupId,
) -> Result<Written, Failure> {
    let read = client.read_removed_group(id).await.map_err(|error| Failure::unkept(&error))?;
    let Some((group, removed)) = read else { return Ok(Written::default()) };
    ensure_mark(&group_mark(change, |field| field.before.as_deref()), &group.mark())?;
    keeper.keep(Removed::Group(removed)).await?;
    done(client.remove_group(id).await)
}

/// The group is read once more. None when it is gone.
async fn read_leaver(
    client: &Client,
    change: &Change,
    id: &JumpCloudGroupId,
) -> Result<Option<UserGroup>, Failure> {
    let group = client.group(id).await.map_err(|error| Failure::refused(&error))?;
    let Some(group) = group else { return Ok(None) };
    ensure_mark(&group_mark(change, |field| field.before.as_deref()), &group.mark())?;
    Ok(Some(group))
}
