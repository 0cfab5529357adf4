//! Whom the DN of a manager means in JumpCloud, after this run.

use std::collections::BTreeMap;

use super::Action;
use super::dissociate::Departures;
use super::hold::Settled;
use super::scope::Scope;
use crate::desired::{Desired, DesiredUser};
use crate::model::{Directory, Dn, Field, JumpCloudUserId, ObjectGuid, Organization, SecondLook};
use crate::policy::Policy;

/// Finds managers.
pub(super) struct Managers<'a> {
    /// Who lies where.
    by_dn: BTreeMap<Dn, ObjectGuid>,
    desired: &'a Desired,
    organization: &'a Organization,
    scope: &'a Scope,
    settled: &'a Settled,
    departures: &'a Departures,
}

/// Whom a user has as manager after this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Manager {
    /// This JumpCloud user.
    There(JumpCloudUserId),
    /// A user who comes into being in this run.
    Coming(ObjectGuid),
    /// Nobody whom JumpCloud has.
    None,
    /// Nobody can tell: two users stand for one.
    Unclear,
}

impl<'a> Managers<'a> {
    pub(super) fn new(
        policy: &Policy,
        directory: &Directory,
        desired: &'a Desired,
        organization: &'a Organization,
        scope: &'a Scope,
        settled: &'a Settled,
        departures: &'a Departures,
    ) -> Self {
        let mut managers = Self { by_dn: BTreeMap::new(), desired, organization, scope, settled, departures };
        if policy.mappings.iter().any(|mapping| mapping.field == Field::Manager) {
            managers.by_dn = by_dn(directory, organization, scope);
        }
        managers
    }

    /// The manager of a user, by the DN that Active Directory names. Nobody is one's own.
    pub(super) fn of(&self, user: &DesiredUser, dn: Option<&str>) -> Manager {
        let guid = dn.and_then(|dn| Dn::parse(dn).ok()).and_then(|dn| self.by_dn.get(&dn).copied());
        let Some(guid) = guid.filter(|guid| *guid != user.guid) else { return Manager::None };
        if let Some(id) = self.scope.user(guid) {
            return if self.stays(guid) { Manager::There(id.clone()) } else { Manager::None };
        }
        if self.scope.users.contains_key(&guid) || self.scope.rivals.contains_key(&guid) {
            return Manager::Unclear;
        }
        let position = self.desired.position(guid);
        if position.is_some_and(|position| self.settled.is_user_eligible(position)) {
            Manager::Coming(guid)
        } else {
            Manager::None
        }
    }

    /// Whether a user is there after this run and still known by its mark.
    fn stays(&self, guid: ObjectGuid) -> bool {
        let action = self.departures.users.get(&guid).map(|departing| departing.action);
        !matches!(action, Some(Action::Remove | Action::Unbind))
    }

    /// The username of a manager, for people: the one after this run.
    pub(super) fn name(&self, value: &str) -> Option<String> {
        let id = JumpCloudUserId::new(value);
        let guid = value.parse().ok().or_else(|| self.scope.user_guids.get(&id).copied());
        let desired = guid.and_then(|guid| self.desired.users.get(self.desired.position(guid)?));
        let is_written = |user: &&DesiredUser| {
            self.desired.position(user.guid).is_some_and(|position| self.settled.is_user_eligible(position))
        };
        desired
            .filter(is_written)
            .and_then(|user| user.field(&Field::Username))
            .or_else(|| Some(self.organization.users.get(&id)?.username()))
            .map(str::to_owned)
    }
}

/// Who lies where. Whom the directory does not show lies where he was when he was written last; a second look knows
/// better, and the directory itself best.
fn by_dn(directory: &Directory, organization: &Organization, scope: &Scope) -> BTreeMap<Dn, ObjectGuid> {
    let hidden = scope.users.iter().filter(|(guid, _)| directory.user(**guid).is_none());
    let last_known = hidden.flat_map(|(guid, ids)| {
        let dns = ids.iter().filter_map(|id| organization.users.get(id)?.field(&Field::ExternalDn));
        dns.filter_map(|dn| Some((Dn::parse_written(dn).ok()?, *guid)))
    });
    let mut by_dn: BTreeMap<Dn, ObjectGuid> = last_known.collect();
    by_dn.extend(directory.second_looks.iter().filter_map(|(guid, look)| match look {
        SecondLook::Found { dn, .. } if scope.users.contains_key(guid) => Some((dn.clone(), *guid)),
        SecondLook::Found { .. } | SecondLook::Gone | SecondLook::Unreadable => None,
    }));
    by_dn.extend(directory.users.iter().map(|user| (user.dn.clone(), user.guid)));
    by_dn
}
