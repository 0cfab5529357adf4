//! Writes to one user, in an order that a crash between two requests never strands: whatever is left over, the next plan
//! sees and finishes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::ledger::Keeper;
use super::lost;
use super::write::values;
use super::written::{Failure, Written, adopted, done, ensure_mark, failed, user_mark};
use crate::jumpcloud::Client;
use crate::model::{DirectoryId, Field, JumpCloudUserId, MarkReading, Removed, User};
use crate::plan::{Action, Change, Deed};

/// The state in which a user is created who is to become active without a mail.
const STAGED: &str = "STAGED";

/// Creates with the marks in the first request, then binds, then activates.
pub(super) async fn create(client: &Client, change: &Change, now: Timestamp) -> Result<Written, Failure> {
    let mut fields: BTreeMap<Field, String> =
        change.fields.iter().filter_map(|field| Some((field.field.clone(), field.after_at(now)?))).collect();
    let directory = fields.remove(&Field::Directory).map(DirectoryId::new);
    if change.coming_manager.is_some() {
        fields.remove(&Field::Manager);
    }
    if change.is_silent {
        fields.insert(Field::State, STAGED.to_owned());
    }
    let id = match client.create_user(&fields).await {
        Ok(id) => id,
        Err(error) if error.is_outcome_unknown() => lost::find_user(client, change, &error).await?,
        Err(error) => return Err(Failure::refused(&error)),
    };
    bind_and_activate(client, change, directory.as_ref(), &id).await?;
    Ok(Written { new_id: Some(id.to_string()) })
}

/// Writes the fields, marks among them, in one request; then binds, then activates who was staged.
pub(super) async fn change(
    client: &Client,
    change: &Change,
    id: &JumpCloudUserId,
    deed: Deed,
    now: Timestamp,
) -> Result<Written, Failure> {
    let mut values = values(change, deed, now);
    let directory = values.remove(&Field::Directory).flatten().map(DirectoryId::new);
    if change.is_silent {
        values.remove(&Field::State);
    }
    if change.cause.is_some() && read_leaver(client, change, id).await?.is_none() {
        return Err(failed("not in JumpCloud any more"));
    }
    if change.action == Action::Adopt && deed == Deed::Write {
        let is_free =
            |user: &User| !matches!(user.mark(), MarkReading::Marked(_)) && !user.is_console_administrator;
        adopted(client.adopt_user(id, &values, is_free).await)?;
    } else {
        done(client.update_user(id, &values).await)?;
    }
    match deed {
        Deed::Park | Deed::Manage => Ok(Written::default()),
        Deed::Write => bind_and_activate(client, change, directory.as_ref(), id).await,
    }
}

/// Names a manager who came into being in this run.
pub(super) async fn manage(
    client: &Client,
    id: &JumpCloudUserId,
    manager: String,
) -> Result<Written, Failure> {
    done(client.update_user(id, &[(Field::Manager, Some(manager))].into()).await)
}

async fn bind_and_activate(
    client: &Client,
    change: &Change,
    directory: Option<&DirectoryId>,
    id: &JumpCloudUserId,
) -> Result<Written, Failure> {
    if let Some(directory) = directory {
        done(client.bind_user(directory, id).await)?;
    }
    if change.is_silent {
        done(client.activate_user(id, false).await)?;
    }
    Ok(Written::default())
}

/// Takes the binding off first and the marks last: until then the user is ours, and the next plan goes on.
pub(super) async fn unbind(
    client: &Client,
    change: &Change,
    id: &JumpCloudUserId,
    now: Timestamp,
) -> Result<Written, Failure> {
    if read_leaver(client, change, id).await?.is_none() {
        return Ok(Written::default());
    }
    let mut values = values(change, Deed::Write, now);
    values.remove(&Field::Directory);
    let directory = change.field(&Field::Directory).and_then(|field| field.before.as_deref());
    if let Some(directory) = directory {
        done(client.unbind_user(&DirectoryId::new(directory), id).await)?;
    }
    if let Some(managed) = values.remove(&Field::ExternallyManaged) {
        // Alone and first: JumpCloud rewrites the restricted fields when it changes.
        done(client.update_user(id, &[(Field::ExternallyManaged, managed)].into()).await)?;
    }
    done(client.update_user(id, &values).await)
}

/// Reads all that goes with the user, keeps it, and deletes.
pub(super) async fn remove(
    client: &Client,
    keeper: &Keeper,
    change: &Change,
    id: &JumpCloudUserId,
) -> Result<Written, Failure> {
    let read = client.read_removed_user(id).await.map_err(|error| Failure::unkept(&error))?;
    let Some((user, removed)) = read else { return Ok(Written::default()) };
    ensure_leaving(change, &user)?;
    keeper.keep(Removed::User(removed)).await?;
    done(client.remove_user(id).await)
}

/// The user is read once more: nobody is removed, suspended or released who is not ours any longer, or became an
/// administrator meanwhile. None when the user is gone.
async fn read_leaver(
    client: &Client,
    change: &Change,
    id: &JumpCloudUserId,
) -> Result<Option<User>, Failure> {
    let user = client.user(id).await.map_err(|error| Failure::refused(&error))?;
    let Some(user) = user else { return Ok(None) };
    ensure_leaving(change, &user)?;
    Ok(Some(user))
}

/// The user as it is now may go.
fn ensure_leaving(change: &Change, user: &User) -> Result<(), Failure> {
    if user.is_console_administrator && change.action != Action::Unbind {
        return Err(failed("linked to a console administrator since the plan was made"));
    }
    match (user_mark(change, |field| field.before.as_deref()), user.mark()) {
        // A change that leaves the mark alone does not name it.
        (MarkReading::None, MarkReading::Marked(mark)) if mark.guid == change.guid => Ok(()),
        (planned, actual) => ensure_mark(&planned, &actual),
    }
}
