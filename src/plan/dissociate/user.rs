//! What becomes of one user who leaves.

use jiff::Timestamp;

use super::grace::Grace;
use super::{Claims, Verdict};
use crate::model::{Cause, Departure, Field, Mark, Reason, User};
use crate::plan::{Action, FieldChange};
use crate::policy::{Leave, LeaveAction};

const ACTIVATED: &str = "ACTIVATED";
const STAGED: &str = "STAGED";
const SUSPENDED: &str = "SUSPENDED";

pub(super) fn verdict(
    leave: &Leave,
    user: &User,
    cause: Cause,
    because: &str,
    claims: Claims,
    now: Timestamp,
) -> Verdict {
    let grace = leave.grace.map(|length| Grace::read(user, cause, length, now));
    let is_due = matches!(grace, None | Some(Grace::Over(_)));
    let leaves_login_alone = matches!(leave.action, LeaveAction::Unbind | LeaveAction::Keep);
    if user.is_console_administrator && !(is_due && leaves_login_alone) {
        let because = "linked to a console administrator: never removed or suspended".to_owned();
        return Verdict::Held((Reason::Protected, because));
    }
    let words = |then| grace.map(|grace| grace.words(then));
    match leave.action {
        LeaveAction::Remove if is_due => Verdict::Goes(Action::Remove, words("removed"), all_fields(user)),
        LeaveAction::Unbind if is_due => {
            Verdict::Goes(Action::Unbind, words("unbound"), released_fields(user, claims))
        }
        LeaveAction::Keep if is_due => Verdict::Stays("kept", format!("{because}: kept as it is")),
        LeaveAction::Remove => suspended(user, cause, because, grace, "removed"),
        LeaveAction::Unbind => suspended(user, cause, because, grace, "unbound"),
        LeaveAction::Suspend | LeaveAction::Keep => suspended(user, cause, because, grace, "left suspended"),
    }
}

/// Suspended, for now or until the user returns: what it takes to be so.
fn suspended(user: &User, cause: Cause, because: &str, grace: Option<Grace>, then: &str) -> Verdict {
    let mut fields = suspension(user, cause);
    let leaving = Field::custom(Departure::LEAVING);
    match grace {
        Some(Grace::Begins(_)) => fields.extend(change(user, leaving, Some(Departure::planned(cause)))),
        Some(Grace::Runs(_) | Grace::Over(_)) => {}
        // A clock of a policy before this one.
        None => fields.extend(change(user, leaving, None)),
    }
    fields.sort_by(|left, right| left.field.cmp(&right.field));
    let when = grace.map(|grace| grace.words(then));
    if is_active(user) {
        return Verdict::Goes(Action::Suspend, when, fields);
    }
    let state = if user.field(&Field::State) == Some(STAGED) { "staged" } else { "suspended" };
    let when = when.map_or_else(|| format!("stays {state}"), |when| format!("{state}, and {when}"));
    if fields.is_empty() {
        Verdict::Stays("leaving", format!("{because}: {when}"))
    } else {
        Verdict::Goes(Action::Update, Some(when), fields)
    }
}

/// Whether the user can log in. A staged user cannot, and is not made a suspended one: activating it again would give
/// it more than it had.
fn is_active(user: &User) -> bool {
    !matches!(user.field(&Field::State), Some(SUSPENDED | STAGED))
}

/// What suspends a user and says that it was us; nothing for one who cannot log in anyway.
fn suspension(user: &User, cause: Cause) -> Vec<FieldChange> {
    if !is_active(user) {
        return Vec::new();
    }
    let state = change(user, Field::State, Some(SUSPENDED.to_owned()));
    let mark = change(user, Field::custom(Departure::SUSPENDED), Some(Departure::planned(cause)));
    state.into_iter().chain(mark).collect()
}

/// When and why we suspended the user, if we did.
pub(in crate::plan) fn our_suspension(user: &User) -> Option<Departure> {
    user.field(&Field::custom(Departure::SUSPENDED))?.parse().ok()
}

/// A field that changes; none when it is so already.
fn change(user: &User, field: Field, after: Option<String>) -> Option<FieldChange> {
    let before = user.field(&field).map(str::to_owned);
    (before != after).then_some(FieldChange { field, before, after })
}

fn all_fields(user: &User) -> Vec<FieldChange> {
    let gone = |(field, value): (&Field, &String)| FieldChange {
        field: field.clone(),
        before: Some(value.clone()),
        after: None,
    };
    user.fields.iter().map(gone).collect()
}

/// What makes an owned user JumpCloud's: marks, external fields, our locks and the rights that we gave go, and our
/// suspension with them, which nobody would know how to end otherwise.
fn released_fields(user: &User, claims: Claims) -> Vec<FieldChange> {
    let is_ours = |gone: &FieldChange| {
        if gone.field == Field::Directory {
            claims.binding
        } else if matches!(gone.field, Field::RestrictedField(_)) {
            gone.before.as_deref() == Some(Mark::SOURCE_TYPE)
        } else {
            gone.field.is_bookkeeping()
        }
    };
    let mut fields: Vec<FieldChange> = all_fields(user).into_iter().filter(is_ours).collect();
    if claims.rights && user.field(&Field::Sudo) == Some("true") {
        fields.extend(change(user, Field::Sudo, Some("false".to_owned())));
    }
    if user.field(&Field::State) == Some(SUSPENDED) && our_suspension(user).is_some() {
        fields.extend(change(user, Field::State, Some(ACTIVATED.to_owned())));
    }
    fields.sort_by(|left, right| left.field.cmp(&right.field));
    fields
}
