//! Those that leave, as changes.

use std::collections::BTreeMap;

use super::super::dissociate::Departing;
use super::super::{Change, Kind};
use super::Basis;
use crate::model::ObjectGuid;

/// What is done to everybody that leaves.
pub(super) fn changes(basis: &Basis) -> Vec<Change> {
    let users = basis.departures.users.iter().filter_map(|(guid, departing)| {
        let id = basis.scope.user(*guid)?;
        let name = basis.organization.users.get(id)?.username();
        Some(change(Kind::User, *guid, id.to_string(), name, departing))
    });
    let groups = basis.departures.groups.iter().filter_map(|(guid, departing)| {
        let id = basis.scope.group(*guid)?;
        let name = &basis.organization.groups.get(id)?.name;
        Some(change(Kind::Group, *guid, id.to_string(), name, departing))
    });
    users.chain(groups).collect()
}

fn change(kind: Kind, guid: ObjectGuid, id: String, name: &str, departing: &Departing) -> Change {
    Change {
        kind,
        action: departing.action,
        name: name.to_owned(),
        guid,
        group: None,
        jumpcloud_id: Some(id),
        cause: Some(departing.cause),
        because: departing.because.clone(),
        fields: departing.fields.clone(),
        parked: BTreeMap::new(),
        coming_manager: None,
        managers: BTreeMap::new(),
        is_silent: false,
    }
}
