//! What becomes of whoever leaves: the policy's action for the cause, at once or when the grace period is over.
//!
//! The clock is in JumpCloud, on the user: nothing local decides when a period ends. A user who stays keeps everything,
//! names included.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::directory;
use super::leave::Leaving;
use super::scope::Scope;
use super::{Action, FieldChange, HeldBack, Kind};
use crate::model::{
    Cause, Departure, Field, Mark, MembershipMethod, Note, ObjectGuid, Organization, Reason, User, UserGroup,
};
use crate::policy::{Leave, LeaveAction, Policy};

/// What is done to one that leaves.
#[derive(Debug, Clone)]
pub(super) struct Departing {
    pub(super) cause: Cause,
    pub(super) because: String,
    pub(super) action: Action,
    pub(super) fields: Vec<FieldChange>,
}

/// What is done to everybody that leaves; whoever is left as it is has a note or is held back.
#[derive(Debug, Clone, Default)]
pub(super) struct Departures {
    pub(super) users: BTreeMap<ObjectGuid, Departing>,
    pub(super) groups: BTreeMap<ObjectGuid, Departing>,
    pub(super) held_back: Vec<HeldBack>,
    pub(super) notes: Vec<Note>,
}

impl Departures {
    /// Whether the user is deleted, so that its names are free.
    pub(super) fn frees_user(&self, guid: ObjectGuid) -> bool {
        self.users.get(&guid).is_some_and(|departing| departing.action == Action::Remove)
    }

    /// Whether the group is deleted, so that its name is free.
    pub(super) fn frees_group(&self, guid: ObjectGuid) -> bool {
        self.groups.get(&guid).is_some_and(|departing| departing.action == Action::Remove)
    }
}

/// Decides for everybody that leaves.
pub(super) fn dissociate(
    policy: &Policy,
    organization: &Organization,
    scope: &Scope,
    leaving: Leaving,
    now: Timestamp,
) -> Departures {
    let mut departures = Departures { held_back: leaving.held_back, ..Departures::default() };
    for (guid, (cause, because)) in leaving.users {
        let ids = scope.users.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let Some(user) = ids.first().and_then(|id| organization.users.get(id)) else { continue };
        let is_bound = directory::binding(policy, organization).is_some();
        let verdict = match duplicate_mark(ids) {
            Some(held) => Verdict::Held(held),
            None => user_verdict(&policy.dissociation.of(cause), user, cause, &because, is_bound, now),
        };
        departures.file(Kind::User, user.username(), guid, cause, because, verdict);
    }
    for (guid, (cause, because)) in leaving.groups {
        let ids = scope.groups.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let Some(group) = ids.first().and_then(|id| organization.groups.get(id)) else { continue };
        let is_bound = directory::binding(policy, organization).is_some();
        let verdict = match duplicate_mark(ids) {
            Some(held) => Verdict::Held(held),
            None => group_verdict(policy.dissociation.of(cause).action, group, &because, is_bound),
        };
        departures.file(Kind::Group, &group.name, guid, cause, because, verdict);
    }
    departures
}

/// Two objects with one mark: nothing tells which is meant.
pub(super) fn duplicate_mark<T: std::fmt::Display>(ids: &[T]) -> Option<(Reason, String)> {
    let [_, _, ..] = ids else { return None };
    let ids: Vec<String> = ids.iter().map(T::to_string).collect();
    let because = format!("{} JumpCloud objects carry its mark: {}", ids.len(), ids.join(", "));
    Some((Reason::DuplicateMark, because))
}

/// Why a group of which JumpCloud computes the members waits.
pub(super) fn dynamic_group() -> (Reason, String) {
    (Reason::DynamicGroup, "JumpCloud computes the members of this group".to_owned())
}

/// What is decided for one that leaves.
enum Verdict {
    Held((Reason, String)),
    /// Left as it is: the code and sentence of the note.
    Stays(&'static str, String),
    /// What is done, what the sentence adds to the cause, and the fields that change.
    Goes(Action, Option<String>, Vec<FieldChange>),
}

impl Departures {
    fn file(
        &mut self,
        kind: Kind,
        name: &str,
        guid: ObjectGuid,
        cause: Cause,
        because: String,
        verdict: Verdict,
    ) {
        match verdict {
            Verdict::Held((reason, because)) => {
                self.held_back.push(HeldBack {
                    kind,
                    name: name.to_owned(),
                    guid: Some(guid),
                    reason,
                    because,
                });
            }
            Verdict::Stays(code, message) => self.notes.push(Note::new(code, name, message)),
            Verdict::Goes(action, more, fields) => {
                let because = more.map_or_else(|| because.clone(), |more| format!("{because}; {more}"));
                let departing = Departing { cause, because, action, fields };
                match kind {
                    Kind::Group => self.groups.insert(guid, departing),
                    Kind::User | Kind::Membership => self.users.insert(guid, departing),
                };
            }
        }
    }
}

fn user_verdict(
    leave: &Leave,
    user: &User,
    cause: Cause,
    because: &str,
    is_bound: bool,
    now: Timestamp,
) -> Verdict {
    let Leave { action, grace } = *leave;
    let clock = Clock::read(user, cause, grace, now);
    let (may_unbind, may_keep) = match clock {
        Clock::Started { .. } | Clock::Runs { .. } => (false, false),
        Clock::None | Clock::Over { .. } => (action == LeaveAction::Unbind, action == LeaveAction::Keep),
    };
    if user.is_console_administrator && !may_unbind && !may_keep {
        let because = "linked to a console administrator: never removed or suspended".to_owned();
        return Verdict::Held((Reason::Protected, because));
    }
    let over = |words: &str| match clock {
        Clock::Over { since } => Some(format!("{words} after its grace period, which began at {since}")),
        Clock::None | Clock::Started { .. } | Clock::Runs { .. } => None,
    };
    match (clock, action) {
        (Clock::Started { .. } | Clock::Runs { .. }, _) => wait(user, cause, because, clock, action),
        (Clock::None | Clock::Over { .. }, LeaveAction::Remove) => {
            Verdict::Goes(Action::Remove, over("removed"), all_fields(user))
        }
        (Clock::None | Clock::Over { .. }, LeaveAction::Unbind) => {
            Verdict::Goes(Action::Unbind, over("unbound"), released_fields(user, is_bound))
        }
        (Clock::Over { .. }, LeaveAction::Suspend) => wait(user, cause, because, clock, action),
        (Clock::None, LeaveAction::Suspend) => {
            let mut fields = suspension(user, cause);
            fields.extend(change(user, Field::custom(Departure::LEAVING), None));
            match (is_active(user), fields.is_empty()) {
                (true, _) => Verdict::Goes(Action::Suspend, None, fields),
                (false, false) => {
                    Verdict::Goes(Action::Update, Some("no grace period any more".to_owned()), fields)
                }
                (false, true) => {
                    Verdict::Stays("suspended", format!("{because}: stays {}", state_word(user)))
                }
            }
        }
        (Clock::None | Clock::Over { .. }, LeaveAction::Keep) => {
            Verdict::Stays("kept", format!("{because}: kept as it is"))
        }
    }
}

/// How far the grace period of a leaving user is.
#[derive(Debug, Clone, Copy)]
enum Clock {
    /// There is none.
    None,
    /// It begins with this run: the user bears no clock, or one for another cause.
    Started { grace: Duration },
    /// It goes on until `until`.
    Runs { until: Option<Timestamp> },
    /// It is over.
    Over { since: Timestamp },
}

impl Clock {
    fn read(user: &User, cause: Cause, grace: Option<Duration>, now: Timestamp) -> Self {
        let Some(grace) = grace else { return Self::None };
        let leaving = user.field(&Field::custom(Departure::LEAVING));
        let Some(since) = leaving
            .and_then(|text| text.parse::<Departure>().ok())
            .filter(|leaving| leaving.cause == cause)
            .map(|leaving| leaving.since)
        else {
            return Self::Started { grace };
        };
        // A period that ends beyond all time does not end.
        let until = SignedDuration::try_from(grace).ok().and_then(|grace| since.checked_add(grace).ok());
        if until.is_some_and(|until| now >= until) { Self::Over { since } } else { Self::Runs { until } }
    }
}

/// Suspended for now, and what it takes to be so.
fn wait(user: &User, cause: Cause, because: &str, clock: Clock, action: LeaveAction) -> Verdict {
    let mut fields = suspension(user, cause);
    if let Clock::Started { .. } = clock {
        fields.extend(change(user, Field::custom(Departure::LEAVING), Some(Departure::planned(cause))));
    }
    let then = match action {
        LeaveAction::Remove => "removed",
        LeaveAction::Unbind => "unbound",
        LeaveAction::Suspend | LeaveAction::Keep => "left so",
    };
    let when = match clock {
        Clock::Runs { until: Some(until) } => format!("{then} after {until}"),
        Clock::Over { since } => format!("its grace period began at {since} and is over"),
        Clock::Started { grace } => format!("{then} after {}, unless it returns", period(grace)),
        Clock::None | Clock::Runs { until: None } => format!("{then} never, as the grace period is endless"),
    };
    fields.sort_by(|left, right| left.field.cmp(&right.field));
    if is_active(user) {
        Verdict::Goes(Action::Suspend, Some(when), fields)
    } else if fields.is_empty() {
        Verdict::Stays("leaving", format!("{because}: {}, and {when}", state_word(user)))
    } else {
        Verdict::Goes(Action::Update, Some(when), fields)
    }
}

/// `7d`, `36h`: as a policy writes it, in the longest unit of hours or days that fits.
fn period(grace: Duration) -> String {
    let seconds = grace.as_secs();
    let units = [("d", 24 * 60 * 60), ("h", 60 * 60), ("m", 60)];
    units
        .iter()
        .find(|(_, length)| seconds % length == 0)
        .map_or_else(|| format!("{seconds}s"), |(unit, length)| format!("{}{unit}", seconds / length))
}

fn state_word(user: &User) -> &'static str {
    if user.field(&Field::State) == Some("STAGED") { "staged" } else { "suspended" }
}

/// Whether the user can log in. A staged user cannot, and is not made a suspended one: activating it again would give
/// it more than it had.
fn is_active(user: &User) -> bool {
    !matches!(user.field(&Field::State), Some("SUSPENDED" | "STAGED"))
}

/// What suspends a user and says that it was us; nothing for one who cannot log in anyway.
fn suspension(user: &User, cause: Cause) -> Vec<FieldChange> {
    if !is_active(user) {
        return Vec::new();
    }
    let state = change(user, Field::State, Some("SUSPENDED".to_owned()));
    let mark = change(user, Field::custom(Departure::SUSPENDED), Some(Departure::planned(cause)));
    state.into_iter().chain(mark).collect()
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

/// What makes an owned user JumpCloud's: marks, external fields and our locks go, and our suspension with them, which
/// nobody could end otherwise.
fn released_fields(user: &User, is_bound: bool) -> Vec<FieldChange> {
    let is_ours = |field: &Field, value: &str| match field {
        Field::RestrictedField(_) => value == Mark::SOURCE_TYPE,
        Field::Directory => is_bound,
        _ => field.is_bookkeeping(),
    };
    let mut fields: Vec<FieldChange> = all_fields(user)
        .into_iter()
        .filter(|gone| is_ours(&gone.field, gone.before.as_deref().unwrap_or_default()))
        .collect();
    if user.field(&Field::State) == Some("SUSPENDED") && our_suspension(user).is_some() {
        fields.extend(change(user, Field::State, Some("ACTIVATED".to_owned())));
    }
    fields.sort_by(|left, right| left.field.cmp(&right.field));
    fields
}

/// When and why we suspended the user, if we did.
pub(super) fn our_suspension(user: &User) -> Option<Departure> {
    user.field(&Field::custom(Departure::SUSPENDED))?.parse().ok()
}

fn group_verdict(action: LeaveAction, group: &UserGroup, because: &str, is_bound: bool) -> Verdict {
    let stays = |words| Verdict::Stays("group-kept", format!("{because}: {words}"));
    if group.membership_method == MembershipMethod::Dynamic
        && matches!(action, LeaveAction::Remove | LeaveAction::Unbind)
    {
        return Verdict::Held(dynamic_group());
    }
    let gone = |field, before: String| FieldChange { field, before: Some(before), after: None };
    match action {
        LeaveAction::Remove => Verdict::Goes(
            Action::Remove,
            None,
            vec![gone(Field::Name, group.name.clone()), gone(Field::Description, group.description.clone())],
        ),
        LeaveAction::Unbind => {
            let own = Mark::unmark_description(&group.description);
            let mut fields = vec![FieldChange {
                field: Field::Description,
                before: Some(group.description.clone()),
                after: (!own.is_empty()).then(|| own.to_owned()),
            }];
            let binding = group.directory.as_ref().filter(|_| is_bound);
            fields.extend(binding.map(|id| gone(Field::Directory, id.to_string())));
            Verdict::Goes(Action::Unbind, None, fields)
        }
        LeaveAction::Suspend => stays("a group cannot be suspended, so it stays with its members"),
        LeaveAction::Keep => stays("kept with its members"),
    }
}
