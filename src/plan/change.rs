//! What a plan consists of.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::diff::is_same;
use crate::model::{Cause, Departure, Field, JumpCloudUserId, ObjectGuid};

/// What kind of object a change concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A JumpCloud user.
    User,
    /// A JumpCloud user group.
    Group,
    /// A user's place in a group.
    Membership,
}

/// What is done to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A user or group comes into being.
    Create,
    /// A user or group that nobody owned gets this policy's mark.
    Adopt,
    /// Fields of an owned user or group change in place.
    Update,
    /// A leaving user cannot log in until the user returns.
    Suspend,
    /// A user who returned, or whose silent creation was cut short, can log in.
    Activate,
    /// A user or group that leaves stays, with JumpCloud in charge of it.
    Unbind,
    /// A user or group is deleted; as JSON, also a membership that ends.
    Remove,
    /// A membership comes into being.
    Add,
    /// A membership ends. Spelled `remove`, as for objects.
    #[serde(rename(serialize = "remove"), skip_deserializing)]
    #[cfg_attr(test, schemars(skip))]
    Drop,
}

/// One field before and after; none is absent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// The field.
    #[cfg_attr(test, schemars(with = "String"))]
    pub field: Field,
    /// What JumpCloud holds.
    pub before: Option<String>,
    /// What it will hold.
    pub after: Option<String>,
}

impl FieldChange {
    /// What is written when the plan is applied at the time `now`: clocks get it.
    pub fn after_at(&self, now: Timestamp) -> Option<String> {
        let after = self.after.as_deref()?;
        let is_clock = [Departure::LEAVING, Departure::SUSPENDED].map(Field::custom).contains(&self.field);
        Some(if is_clock { Departure::written(after, now) } else { after.to_owned() })
    }

    /// Whether an object that has this value now is as it should be after an apply at the time `now`.
    pub fn is_done(&self, actual: Option<&str>, now: Timestamp) -> bool {
        let after = self.after_at(now).filter(|after| !after.is_empty());
        is_same(&self.field, actual, after.as_deref())
    }
}

/// The group of a membership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupRef {
    /// Its name after this run.
    pub name: String,
    /// Its identity.
    #[cfg_attr(test, schemars(with = "uuid::Uuid"))]
    pub guid: ObjectGuid,
    /// Its JumpCloud id; none while it is still to be created.
    pub jumpcloud_id: Option<String>,
}

/// One change of one object. It leaves apply no choice but ids that do not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// What kind of object.
    pub kind: Kind,
    /// What is done.
    pub action: Action,
    /// The desired name; for removals the actual one; for memberships the user's.
    pub name: String,
    /// Identity of the object; for memberships the user's.
    #[cfg_attr(test, schemars(with = "uuid::Uuid"))]
    pub guid: ObjectGuid,
    /// The group of a membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupRef>,
    /// JumpCloud's id of the object (the user's for memberships); none while it is still to be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jumpcloud_id: Option<String>,
    /// Why an object leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Why, for people. Nothing may read it to decide.
    pub because: String,
    /// Fields that change, in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Values that the object holds for a moment, because its names go round in a cycle.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, String>", default))]
    pub parked: BTreeMap<Field, String>,
    /// The manager whom the user gets and who comes into being in the same run, so that it is named in a write of its own.
    /// Its GUID stands in the place of the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<uuid::Uuid>"))]
    pub coming_manager: Option<ObjectGuid>,
    /// Usernames of the managers whose ids are among the values, for people. Nothing may read them to decide.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub managers: BTreeMap<String, String>,
    /// Whether the user becomes active without a mail from JumpCloud: staged first, then activated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_silent: bool,
}

impl fmt::Display for Change {
    /// `create user ada`, `add ada to group Sales`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, action, name, group, .. } = self;
        let verb = match action {
            Action::Create => "create",
            Action::Adopt => "adopt",
            Action::Update => "update",
            Action::Suspend => "suspend",
            Action::Activate => "activate",
            Action::Unbind => "unbind",
            Action::Remove | Action::Drop => "remove",
            Action::Add => "add",
        };
        match (kind, group) {
            (Kind::Membership, Some(group)) => {
                let toward = if *action == Action::Add { "to" } else { "from" };
                write!(f, "{verb} {name} {toward} group {}", group.name)
            }
            (Kind::Group, _) => write!(f, "{verb} group {name}"),
            (Kind::User | Kind::Membership, _) => write!(f, "{verb} user {name}"),
        }
    }
}

impl Change {
    /// The change of one field, if it changes.
    pub fn field(&self, field: &Field) -> Option<&FieldChange> {
        self.fields.iter().find(|change| change.field == *field)
    }

    /// The manager whom the user gets and who is there already: the JumpCloud id.
    pub fn standing_manager(&self) -> Option<JumpCloudUserId> {
        let after = self.field(&Field::Manager)?.after.as_deref()?;
        self.coming_manager.is_none().then(|| JumpCloudUserId::new(after))
    }

    /// A value of a field for people: of a manager the username, where it is known.
    pub fn shown<'v>(&'v self, field: &Field, value: Option<&'v str>) -> Option<&'v str> {
        let name = || self.managers.get(value?).map(String::as_str);
        if *field == Field::Manager { name().or(value) } else { value }
    }

    /// How changes are sorted in a plan: by kind, action, name and identity.
    pub(super) fn sort_key(&self) -> impl Ord + use<'_> {
        (self.kind, self.action, &self.group, &self.name, self.guid)
    }
}
