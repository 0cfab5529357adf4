//! What removals took → a plan that brings it back.
//!
//! Everything that the API takes comes back, except records of ours: who returns is nobody's, and Active Directory adopts
//! it by its `external_dn` if it selects it. Nothing that exists is overwritten.
//!
//! An object that is being restored carries a note with the id that it had ([`RemovedUser::RESTORING`](crate::model::RemovedUser::RESTORING),
//! [`RemovedGroup::restoring`](crate::model::RemovedGroup::restoring)) from its first request on, and loses it when nothing is missing any more, neither of it nor
//! of what needs it. By that note, and by nothing else, an interrupted restore is gone on with: a name can be anybody's.

mod choose;
mod find;
mod parts;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::Kind;
use crate::model::{Binding, Present, Record, Removed, ScheduledState, SshKey};
use crate::policy::Pattern;

/// What a restore does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestorePlan {
    /// Objects that come back: groups first, then users, by name.
    pub restorations: Vec<Restoration>,
    /// Objects that do not.
    pub held_back: Vec<NotRestored>,
    /// Names that were asked for and that no removal has.
    pub unknown: Vec<String>,
}

/// An object that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    /// User or group.
    pub kind: Kind,
    /// `username` or `name`.
    pub name: String,
    /// The id that it had.
    pub old_id: String,
    /// The id that an interrupted restore has given it.
    pub half_made: Option<String>,
    /// What is written, in this order.
    pub parts: Vec<Part>,
    /// What does not come back with it.
    pub lost: Vec<Lost>,
}

/// One write, or two where something has to be read before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The object itself, with its fields.
    Create(Record),
    /// Fields that JumpCloud fills in by itself when it creates a user, and that were otherwise.
    Fields(Record),
    /// An SSH key.
    SshKey(SshKey),
    /// A user's place in a group.
    Membership {
        /// Who.
        user: Other,
        /// In which.
        group: Other,
        /// What it carries.
        attributes: Record,
    },
    /// A direct connection.
    Binding(Binding),
    /// A user's manager, if there is none by then.
    Manager {
        /// Whose.
        user: Other,
        /// Who.
        manager: Other,
    },
    /// A change of state at a time to come.
    Schedule(ScheduledState),
    /// The note that the object is being restored goes.
    Finish,
}

/// A user or group that a part is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// `username` or `name`, as it was.
    pub name: String,
    /// Where it is.
    pub place: Place,
}

/// Where a user or group is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// There, under this id.
    There(String),
    /// There under another id than it had, for a group of that name has taken its place.
    Renewed(String),
    /// The restoration of this index.
    Restored(usize),
}

/// Something that does not come back, or not by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// What, such as `password` or `group Sales`.
    pub what: String,
    /// Why, or what to do.
    pub because: String,
}

/// An object that stays away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotRestored {
    /// User or group.
    pub kind: Kind,
    /// `username` or `name`.
    pub name: String,
    /// The id that it had.
    pub old_id: String,
    /// Why.
    pub reason: RestoreReason,
    /// Why, for people.
    pub because: String,
}

/// Why an object stays away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RestoreReason {
    /// It was not removed after all.
    StillThere,
    /// A user of its name, mail address and DN, or a group of its name and description, is there: it was restored, or
    /// imported again.
    IsBack,
    /// Somebody else has its username.
    TakenUsername,
    /// Somebody else has its mail address.
    TakenEmail,
    /// Another group has its name.
    TakenName,
    /// Several objects say that they are it.
    DuplicateRestore,
    /// The journal holds the record of another one under its name.
    OtherRecord,
}

impl RestoreReason {
    /// Whether there is nothing to bring back, for it is there.
    pub fn is_there(self) -> bool {
        match self {
            Self::StillThere | Self::IsBack => true,
            Self::TakenUsername
            | Self::TakenEmail
            | Self::TakenName
            | Self::DuplicateRestore
            | Self::OtherRecord => false,
        }
    }
}

/// Which objects are wanted back: all of them where nothing is named.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Usernames.
    pub users: Vec<Pattern>,
    /// Names of groups.
    pub groups: Vec<Pattern>,
}

/// Plans to bring `removed` back, the oldest removal first, into an organization as it is `present` at the time `now`.
pub fn plan_restore(removed: &[Removed], wanted: &Wanted, present: &Present, now: Timestamp) -> RestorePlan {
    let (chosen, mut held_back) = choose::choose(&choose::last_of_each(removed, wanted), present);
    held_back.sort();
    RestorePlan {
        restorations: parts::restorations(&chosen, present, now),
        held_back,
        unknown: choose::unknown(removed, wanted),
    }
}

impl RestorePlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.restorations.is_empty()
    }

    /// Whether something stays away that is not there.
    pub fn leaves_out(&self) -> bool {
        self.held_back.iter().any(|held| !held.reason.is_there())
    }
}
