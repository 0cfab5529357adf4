//! A change that was done, looked at again.
//!
//! Lists of memberships and bindings may show a write late, so whatever differs there is looked at again for a while.

use jiff::Timestamp;

use super::NewIds;
use super::lost::WAITS;
use super::write::{coming_manager, ids};
use crate::event::Outcome;
use crate::jumpcloud::{Client, JumpCloudError};
use crate::model::{DirectoryId, Field, JumpCloudGroupId, JumpCloudUserId};
use crate::plan::{Action, Change, Kind};

/// One change, after the apply at the time `now`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) client: &'a Client,
    pub(super) change: &'a Change,
    pub(super) new_ids: &'a NewIds,
    pub(super) now: Timestamp,
}

/// What differs from the plan, in words; nothing when all is as it should be.
type Differences = Vec<String>;

impl Look<'_> {
    /// Looks until all is as planned, or long enough. None when it is; else how the change really ended.
    pub(super) async fn until_it_shows(self) -> Option<Outcome> {
        let mut seen = None;
        for wait in WAITS {
            tokio::time::sleep(wait).await;
            seen = match self.differences().await {
                Ok(differences) if differences.is_empty() => return None,
                Ok(differences) => Some(Outcome::Failed(format!(
                    "JumpCloud took it, but when it was read again {}",
                    differences.join(", ")
                ))),
                Err(error) => {
                    Some(Outcome::Unknown(format!("it could not be read again ({})", error.words())))
                }
            };
            if !self.may_show_late() {
                break;
            }
        }
        seen
    }

    /// Whether some of it is in lists that lag.
    fn may_show_late(self) -> bool {
        self.change.kind == Kind::Membership || self.directory().is_some()
    }

    async fn differences(self) -> Result<Differences, JumpCloudError> {
        let (own, group) = ids(self.change, self.new_ids);
        let (own, group) = (own.unwrap_or_default(), group.unwrap_or_default());
        match self.change.kind {
            Kind::User => self.user(&JumpCloudUserId::new(own)).await,
            Kind::Group => self.group(&JumpCloudGroupId::new(own)).await,
            Kind::Membership => {
                self.membership(&JumpCloudUserId::new(own), &JumpCloudGroupId::new(group)).await
            }
        }
    }

    async fn user(self, id: &JumpCloudUserId) -> Result<Differences, JumpCloudError> {
        let Some(user) = self.client.user(id).await? else { return Ok(self.absent()) };
        let bound_to = match self.directory() {
            Some(directory) if self.client.is_user_bound(&directory, id).await? => Some(directory),
            _ => None,
        };
        Ok(self.present(|field| {
            if *field == Field::Directory {
                bound_to.as_ref().map(DirectoryId::as_str)
            } else {
                user.field(field)
            }
        }))
    }

    async fn group(self, id: &JumpCloudGroupId) -> Result<Differences, JumpCloudError> {
        let Some(group) = self.client.group(id).await? else { return Ok(self.absent()) };
        let bound_to = match self.directory() {
            Some(directory) if self.client.is_group_bound(&directory, id).await? => Some(directory),
            _ => None,
        };
        Ok(self.present(|field| {
            if *field == Field::Directory {
                bound_to.as_ref().map(DirectoryId::as_str)
            } else if *field == Field::Name {
                Some(&group.name)
            } else {
                Some(&*group.description).filter(|description| !description.is_empty())
            }
        }))
    }

    async fn membership(
        self,
        user: &JumpCloudUserId,
        group: &JumpCloudGroupId,
    ) -> Result<Differences, JumpCloudError> {
        let is_member = self.client.read_groups_of(user).await?.contains(group);
        let is_done = is_member == (self.change.action == Action::Add);
        let difference = if is_member { "the user is a member still" } else { "the user is no member" };
        Ok(if is_done { Vec::new() } else { vec![difference.to_owned()] })
    }

    /// What is wrong with an object that is not there.
    fn absent(self) -> Differences {
        if self.change.action == Action::Remove { Vec::new() } else { vec!["it is not there".to_owned()] }
    }

    /// What is wrong with an object that is there, with these values.
    fn present<'v>(self, value: impl Fn(&Field) -> Option<&'v str>) -> Differences {
        if self.change.action == Action::Remove {
            return vec!["it is there still".to_owned()];
        }
        let shown =
            |value: Option<&str>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"));
        let coming = coming_manager(self.change, self.new_ids);
        let fields = self.change.fields.iter().cloned().map(|mut field| {
            if field.field == Field::Manager && self.change.coming_manager.is_some() {
                field.after.clone_from(&coming);
            }
            field
        });
        let differing = fields.filter(|field| !field.is_done(value(&field.field), self.now));
        differing
            .map(|field| {
                let (actual, wanted) = (value(&field.field), field.after_at(self.now));
                format!("its {} is {} and not {}", field.field, shown(actual), shown(wanted.as_deref()))
            })
            .collect()
    }

    /// The Active Directory object to which the change binds, or from which it takes the binding.
    fn directory(self) -> Option<DirectoryId> {
        let field = self.change.field(&Field::Directory)?;
        field.after.as_deref().or(field.before.as_deref()).map(DirectoryId::new)
    }
}
