//! One step → requests.

use std::collections::BTreeMap;
use std::error::Error;

use super::{NewIds, lost};
use crate::event::Outcome;
use crate::jumpcloud::{Client, JumpCloudError};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, MarkReading};
use crate::plan::{Action, Change, Deed, Kind};

/// A step that succeeded.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The id of an object that came into being.
    pub(super) new_id: Option<String>,
}

/// A step that did not succeed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    /// Whether no other request would fare better: the key is refused, or the address blocked.
    pub(super) is_final: bool,
}

impl From<Outcome> for Failure {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, is_final: false }
    }
}

impl Failure {
    /// Nothing was written, because of `error`.
    fn refused(error: &JumpCloudError) -> Self {
        Self { outcome: Outcome::Failed(words(error)), is_final: error.is_final() }
    }
}

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
    ensure_mark(change, &user.mark())?;
    done(client.remove_user(id).await)
}

async fn remove_group(client: &Client, change: &Change, id: &JumpCloudGroupId) -> Result<Written, Failure> {
    let group = client.group(id).await.map_err(|error| Failure::refused(&error))?;
    let Some(group) = group else { return Ok(Written::default()) };
    ensure_mark(change, &group.mark())?;
    done(client.remove_group(id).await)
}

fn ensure_mark(change: &Change, mark: &MarkReading) -> Result<(), Failure> {
    match mark {
        MarkReading::Marked(mark) if mark.guid == change.guid => Ok(()),
        MarkReading::Marked(_) | MarkReading::Malformed | MarkReading::None => {
            Err(failed("its mark changed since the plan was made, so it is not ours to remove"))
        }
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

/// The error and what caused it, on one line.
pub(super) fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}
