//! One selected user: created, adopted, updated or activated.

use std::collections::BTreeMap;

use super::super::dissociate::our_suspension;
use super::super::managers::Manager;
use super::super::{Action, Change, FieldChange, Kind};
use super::{Basis, is_same, username};
use crate::desired::DesiredUser;
use crate::model::{Departure, Field, JumpCloudUserId, Note, User};
use crate::policy::{NewUserState, NewUsers, Policy};

const ACTIVATED: &str = "ACTIVATED";
const STAGED: &str = "STAGED";
const SUSPENDED: &str = "SUSPENDED";

/// What makes the user what it should be, and what people should know of it.
pub(super) fn change(basis: &Basis, desired: &DesiredUser) -> (Option<Change>, Option<Note>) {
    let paired = basis.scope.user(desired.guid).and_then(|id| Some((id, basis.organization.users.get(id)?)));
    let Some((id, actual)) = paired else { return (Some(creation(basis, desired)), None) };
    let state = State::of(basis.policy, actual);
    let mut wanted = desired.fields.clone();
    name_manager(basis, desired, &mut wanted);
    if state != State::Frozen
        && let Some(directory) = &basis.binding
    {
        wanted.insert(Field::Directory, Some(directory.to_string()));
    }
    // Whoever is selected is leaving no longer.
    wanted.insert(Field::custom(Departure::LEAVING), None);
    wanted.insert(Field::custom(Departure::SUSPENDED), None);
    if matches!(state, State::Returns | State::HalfCreated) {
        wanted.insert(Field::State, Some(ACTIVATED.to_owned()));
    }
    let keeps_rights = basis.administrators.keeps(desired, actual);
    if keeps_rights.is_some() {
        wanted.remove(&Field::Sudo);
    }
    let fields = differences(wanted, actual);
    let is_adopted = basis.scope.adopted_users.contains_key(&desired.guid);
    let (action, because) = match state {
        _ if is_adopted => (Action::Adopt, adoption_words(basis.policy, actual, &fields)),
        State::Returns => (Action::Activate, "selected again, so adjunct's suspension ends".to_owned()),
        State::HalfCreated => {
            (Action::Activate, "staged, and new users are active without a mail".to_owned())
        }
        State::Frozen | State::AsIs => (Action::Update, update_words(basis.policy, &fields)),
    };
    let is_silent = state == State::HalfCreated;
    let change =
        (!fields.is_empty()).then(|| new(basis, desired, Some(id), action, because, fields, is_silent));
    (change, keeps_rights.or_else(|| note(basis.policy, state, actual)))
}

/// What the state of a user who is there already means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Suspended by us when it left.
    Returns,
    /// Created staged, to be activated without a mail; the second half was lost.
    HalfCreated,
    /// Suspended by somebody else: its state, memberships and bindings are theirs.
    Frozen,
    /// Nothing to do about it.
    AsIs,
}

impl State {
    fn of(policy: &Policy, user: &User) -> Self {
        let is_silent =
            policy.new_users.state == NewUserState::Activated && !policy.new_users.has_welcome_email;
        match user.field(&Field::State) {
            Some(SUSPENDED) if our_suspension(user).is_some() => Self::Returns,
            Some(SUSPENDED) => Self::Frozen,
            Some(STAGED) if is_silent => Self::HalfCreated,
            _ => Self::AsIs,
        }
    }
}

/// Whether memberships and binding of the user stay as they are: suspended, and not by us.
pub(super) fn is_frozen(policy: &Policy, user: &User) -> bool {
    State::of(policy, user) == State::Frozen
}

fn note(policy: &Policy, state: State, actual: &User) -> Option<Note> {
    let is_left_staged = state == State::AsIs
        && actual.field(&Field::State) == Some(STAGED)
        && policy.new_users.state == NewUserState::Activated;
    let (code, message) = if state == State::Frozen {
        (
            "suspended-elsewhere",
            "suspended in JumpCloud, and not by adjunct: stays so, with its memberships as they are",
        )
    } else if is_left_staged {
        ("staged", "staged: cannot log in until somebody activates it in JumpCloud")
    } else {
        return None;
    };
    Some(Note::new(code, actual.username(), message))
}

fn creation(basis: &Basis, desired: &DesiredUser) -> Change {
    let NewUsers { state, has_welcome_email } = basis.policy.new_users;
    let first_state = match state {
        NewUserState::Activated => ACTIVATED,
        NewUserState::Staged => STAGED,
    };
    let mut wanted = desired.fields.clone();
    name_manager(basis, desired, &mut wanted);
    wanted.insert(Field::State, Some(first_state.to_owned()));
    if let Some(directory) = &basis.binding {
        wanted.insert(Field::Directory, Some(directory.to_string()));
    }
    let fields = differences(wanted, &User::default());
    let is_silent = state == NewUserState::Activated && !has_welcome_email;
    new(basis, desired, None, Action::Create, desired.because.clone(), fields, is_silent)
}

/// Puts the id of the manager in the place of the DN.
fn name_manager(basis: &Basis, desired: &DesiredUser, wanted: &mut BTreeMap<Field, Option<String>>) {
    let Some(dn) = wanted.remove(&Field::Manager) else { return };
    let manager = match basis.managers.of(desired, dn.as_deref()) {
        Manager::There(id) => Some(id.to_string()),
        Manager::Coming(guid) => Some(guid.to_string()),
        Manager::None => None,
        Manager::Unclear => return,
    };
    wanted.insert(Field::Manager, manager);
}

fn new(
    basis: &Basis,
    desired: &DesiredUser,
    id: Option<&JumpCloudUserId>,
    action: Action,
    because: String,
    fields: Vec<FieldChange>,
    is_silent: bool,
) -> Change {
    let is_named = fields.iter().any(|change| change.field == Field::Manager && change.after.is_some());
    let dn = desired.field(&Field::Manager).filter(|_| is_named);
    let coming_manager = match basis.managers.of(desired, dn) {
        Manager::Coming(guid) => Some(guid),
        Manager::There(_) | Manager::None | Manager::Unclear => None,
    };
    let managers = fields.iter().filter(|change| change.field == Field::Manager);
    let managers = managers.flat_map(|change| [&change.before, &change.after]).flatten();
    let managers = managers.filter_map(|value| Some((value.clone(), basis.managers.name(value)?))).collect();
    Change {
        kind: Kind::User,
        action,
        name: username(desired),
        guid: desired.guid,
        group: None,
        jumpcloud_id: id.map(ToString::to_string),
        cause: None,
        because,
        fields,
        parked: BTreeMap::new(),
        coming_manager,
        managers,
        is_silent,
    }
}

/// The fields in which a user differs from what is wanted.
fn differences(wanted: BTreeMap<Field, Option<String>>, actual: &User) -> Vec<FieldChange> {
    wanted
        .into_iter()
        .filter(|(field, after)| !is_same(field, actual.field(field), after.as_deref()))
        .map(|(field, after)| {
            let before = actual.field(&field).map(str::to_owned);
            FieldChange { field, before, after }
        })
        .collect()
}

/// `bound to the Active Directory object; differs from Active Directory in department`
fn adoption_words(policy: &Policy, actual: &User, fields: &[FieldChange]) -> String {
    let how = if actual.field(&Field::Directory).is_some() {
        "bound to the Active Directory object"
    } else if actual.field(&Field::ExternalDn).is_some() {
        "managed from this domain"
    } else {
        "taken over from JumpCloud"
    };
    let mapped = fields.iter().filter(|change| change.field != Field::ExternalDn || change.before.is_some());
    match differing_sources(policy, mapped).as_slice() {
        [] => how.to_owned(),
        sources => format!("{how}; differs from Active Directory in {}", sources.join(", ")),
    }
}

/// `differs from Active Directory in sAMAccountName, department`
fn update_words(policy: &Policy, fields: &[FieldChange]) -> String {
    match differing_sources(policy, fields.iter()).as_slice() {
        [] if fields.iter().all(|change| change.field == Field::Directory) => {
            "not bound to the Active Directory object".to_owned()
        }
        [] => "its mark or its read-only fields are incomplete".to_owned(),
        sources => format!("differs from Active Directory in {}", sources.join(", ")),
    }
}

fn differing_sources<'f>(policy: &Policy, fields: impl Iterator<Item = &'f FieldChange>) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    for change in fields {
        let mapping = policy.mappings.iter().find(|mapping| mapping.field == change.field);
        if let Some(mapping) = mapping {
            sources.push(mapping.words());
        } else if change.field == Field::ExternalDn {
            sources.push("distinguishedName".to_owned());
        } else if change.field == Field::Sudo {
            sources.push("the administrators group".to_owned());
        }
    }
    sources
}
