//! What became of a create whose answer was lost.
//!
//! The mark is in the first request, so an object with the mark is the one, and an object with the name and without the
//! mark means that the create failed. Lists may show a write late, so an absent object is looked for again for a while.

use std::time::Duration;

use super::written::{Failure, group_mark, user_mark};
use crate::event::Outcome;
use crate::jumpcloud::{Client, JumpCloudError};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, MarkReading};
use crate::plan::Change;

/// Waits between two looks; together longer than JumpCloud's own tools wait for a graph write.
pub(super) const WAITS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

pub(super) async fn find_user(
    client: &Client,
    change: &Change,
    error: &JumpCloudError,
) -> Result<JumpCloudUserId, Failure> {
    let username = created_name(change, &Field::Username);
    let mark = user_mark(change, |field| field.after.as_deref());
    for wait in WAITS {
        tokio::time::sleep(wait).await;
        let Ok(found) = client.find_users(username).await else { continue };
        let found = found.into_iter().map(|(id, user)| (id.to_string(), user.mark()));
        if let Some(verdict) = verdict(&mark, found, error) {
            return verdict.map(JumpCloudUserId::new);
        }
    }
    Err(unknown(error))
}

pub(super) async fn find_group(
    client: &Client,
    change: &Change,
    error: &JumpCloudError,
) -> Result<JumpCloudGroupId, Failure> {
    let name = created_name(change, &Field::Name);
    let mark = group_mark(change, |field| field.after.as_deref());
    for wait in WAITS {
        tokio::time::sleep(wait).await;
        let Ok(found) = client.find_groups(name).await else { continue };
        let found = found.into_iter().map(|(id, group)| (id.to_string(), group.mark()));
        if let Some(verdict) = verdict(&mark, found, error) {
            return verdict.map(JumpCloudGroupId::new);
        }
    }
    Err(unknown(error))
}

fn created_name<'c>(change: &'c Change, field: &Field) -> &'c str {
    change.field(field).and_then(|field| field.after.as_deref()).unwrap_or_default()
}

/// None while nothing of that name shows.
fn verdict(
    created: &MarkReading,
    found: impl Iterator<Item = (String, MarkReading)>,
    error: &JumpCloudError,
) -> Option<Result<String, Failure>> {
    let mut is_taken = false;
    for (id, mark) in found {
        if matches!(mark, MarkReading::Marked(_)) && mark == *created {
            return Some(Ok(id));
        }
        is_taken = true;
    }
    is_taken.then(|| Err(Outcome::Failed(format!("another object has its name ({})", error.words())).into()))
}

fn unknown(error: &JumpCloudError) -> Failure {
    Outcome::Unknown(format!(
        "the answer was lost and the object does not show; plan again later ({})",
        error.words()
    ))
    .into()
}
