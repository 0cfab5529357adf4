//! Who loses administrator rights, and who only seems to.
//!
//! Somebody who is not in the administrators group any more may be hidden in it. Like a leaver, such a user is read
//! again, and keeps the rights while its own `memberOf` still names the group or cannot be read.

use super::scope::Scope;
use crate::desired::{Desired, DesiredUser};
use crate::model::{Directory, Dn, Field, Note, ObjectGuid, Organization, SecondLook, User};

/// The administrators group as the users' own entries know it.
pub(super) struct Administrators<'a> {
    group: Option<&'a Dn>,
    directory: &'a Directory,
}

impl<'a> Administrators<'a> {
    pub(super) fn new(directory: &'a Directory, desired: &'a Desired) -> Self {
        Self { group: desired.administrators_group.as_ref(), directory }
    }

    /// The note on a user whose rights stay although the group does not name it.
    pub(super) fn keeps(&self, desired: &DesiredUser, actual: &User) -> Option<Note> {
        let group = self.group.filter(|_| loses_rights(desired, actual))?;
        let why = match self.directory.second_looks.get(&desired.guid) {
            Some(SecondLook::Found { member_of, .. }) if !member_of.contains(group) => return None,
            Some(SecondLook::Found { .. }) => "its own memberOf still names the administrators group",
            Some(SecondLook::Gone | SecondLook::Unreadable) | None => "it could not be read a second time",
        };
        let message = format!("keeps its administrator rights: {why}");
        Some(Note::new("administrator-unclear", actual.username(), message))
    }
}

/// Selected users who would lose their rights.
pub(super) fn losing<'a>(
    desired: &'a Desired,
    organization: &'a Organization,
    scope: &'a Scope,
) -> impl Iterator<Item = ObjectGuid> + 'a {
    desired
        .users
        .iter()
        .filter(move |user| {
            let actual = scope.user(user.guid).and_then(|id| organization.users.get(id));
            actual.is_some_and(|actual| loses_rights(user, actual))
        })
        .map(|user| user.guid)
}

fn loses_rights(desired: &DesiredUser, actual: &User) -> bool {
    desired.field(&Field::Sudo) == Some("false") && actual.field(&Field::Sudo) == Some("true")
}
