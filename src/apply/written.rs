//! How a step ends, and by which mark an object is known for the one that a change names.

use crate::event::Outcome;
use crate::jumpcloud::JumpCloudError;
use crate::model::{Field, Mark, MarkReading};
use crate::plan::{Change, FieldChange};

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
    pub(super) fn refused(error: &JumpCloudError) -> Self {
        Self { outcome: Outcome::Failed(error.words()), is_final: error.is_final() }
    }

    /// Nothing was removed, because what would go with it could not be read whole.
    pub(super) fn unkept(error: &JumpCloudError) -> Self {
        let why = format!("not removed, because what it holds cannot be read whole: {}", error.words());
        Self { outcome: Outcome::Failed(why), is_final: error.is_final() }
    }
}

/// How a request that makes nothing new ended.
pub(super) fn done(result: Result<(), JumpCloudError>) -> Result<Written, Failure> {
    result.map(|()| Written::default()).map_err(|error| {
        if error.is_outcome_unknown() {
            Outcome::Unknown(error.words()).into()
        } else {
            Failure::refused(&error)
        }
    })
}

/// How an adoption ended.
pub(super) fn adopted(result: Result<bool, JumpCloudError>) -> Result<(), Failure> {
    let mut was_free = true;
    done(result.map(|is_done| was_free = is_done))?;
    if was_free {
        Ok(())
    } else {
        Err(failed("somebody owns it since the plan was made, or it is an administrator's"))
    }
}

/// Nothing was written, for a reason of our own.
pub(super) fn failed(why: &str) -> Failure {
    Outcome::Failed(why.to_owned()).into()
}

/// The whole mark counts: the same GUID under another policy is another owner.
pub(super) fn ensure_mark(planned: &MarkReading, actual: &MarkReading) -> Result<(), Failure> {
    match (planned, actual) {
        (MarkReading::Marked(planned), MarkReading::Marked(actual)) if planned == actual => Ok(()),
        _ => Err(failed("its mark changed since the plan was made, so it is not ours any more")),
    }
}

/// The mark that a change of a user names, before or after it.
pub(super) fn user_mark<'c>(
    change: &'c Change,
    side: impl Fn(&'c FieldChange) -> Option<&'c str>,
) -> MarkReading {
    let value = |name: &str| change.field(&Field::custom(name)).and_then(&side);
    Mark::of_user(value(Mark::GUID), value(Mark::DOMAIN), value(Mark::POLICY))
}

/// The mark that a change of a group names, before or after it.
pub(super) fn group_mark<'c>(
    change: &'c Change,
    side: impl Fn(&'c FieldChange) -> Option<&'c str>,
) -> MarkReading {
    Mark::of_group(change.field(&Field::Description).and_then(side).unwrap_or_default())
}
