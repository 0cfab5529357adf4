//! What a removal takes, as journals keep it: everything about a user or a group that the API tells and takes back.
//!
//! It holds no secrets: passwords, second factors, recovery addresses and what RADIUS replies with are never in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Departure, JumpCloudGroupId, JumpCloudUserId, Mark};

/// A JSON object as the API spells it.
pub type Record = Map<String, Value>;

/// An object and what went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Removed {
    /// A user.
    User(RemovedUser),
    /// A user group.
    Group(RemovedGroup),
}

/// A user and what went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Default, schemars::JsonSchema))]
pub struct RemovedUser {
    /// The id that the user had.
    pub id: JumpCloudUserId,
    /// `username`
    pub username: String,
    /// The fields that `POST /systemusers` takes, as far as they said something.
    pub record: Record,
    /// Names of other fields that said something: what they held is not here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// SSH keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<SshKey>,
    /// Groups that the user was in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memberships: Vec<Membership>,
    /// What the user was bound to directly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
    /// `username` of the manager whom the record names; absent where it could not be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// Whose manager the user was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
    /// Changes of the user's state that were planned for a time; absent where JumpCloud did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_states: Option<Vec<ScheduledState>>,
}

/// A user group and what went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Default, schemars::JsonSchema))]
pub struct RemovedGroup {
    /// The id that the group had.
    pub id: JumpCloudGroupId,
    /// `name`
    pub name: String,
    /// The fields that `POST /usergroups` takes, as far as they said something.
    pub record: Record,
    /// Names of other fields that said something: what they held is not here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Users who were in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<GroupMember>,
    /// What the group was bound to directly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
}

/// An SSH key. It is the public half: JumpCloud never has the other one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SshKey {
    /// What its owner calls it.
    pub name: String,
    /// `public_key`
    pub public_key: String,
}

/// A group that a user was in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Membership {
    /// Its id.
    pub id: JumpCloudGroupId,
    /// Its name; empty where it could not be found out.
    pub name: String,
    /// What the membership carried.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Record,
}

/// A user who was in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupMember {
    /// The user's id.
    pub id: JumpCloudUserId,
    /// `username`; empty where it could not be found out.
    pub username: String,
    /// What the membership carried.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Record,
}

/// A direct connection to something that is neither user nor user group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Binding {
    /// What it leads to, in the graph's words, such as `application`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of what it leads to.
    pub id: String,
    /// What the connection carried.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Record,
}

/// A user whose manager went.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// The user's id.
    pub id: JumpCloudUserId,
    /// `username`
    pub username: String,
}

/// A change of a user's state that is planned for a time (`/bulk/userstates`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScheduledState {
    /// `SUSPENDED` or `ACTIVATED`.
    pub state: String,
    /// When.
    #[cfg_attr(test, schemars(with = "String"))]
    pub date: Timestamp,
}

impl Removed {
    /// `username` of a user, `name` of a group.
    pub fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.username,
            Self::Group(group) => &group.name,
        }
    }

    /// The id that it had.
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) => user.id.as_str(),
            Self::Group(group) => group.id.as_str(),
        }
    }
}

impl RemovedUser {
    /// Custom attribute of a user who is being restored; the value is the id that the user had. It goes when nothing is
    /// missing any more, so that whoever carries it is known for half restored.
    pub const RESTORING: &'static str = "adRestoring";

    /// Custom attributes that are records of ours: they are not restored.
    const MARKS: [&'static str; 6] =
        [Mark::GUID, Mark::DOMAIN, Mark::POLICY, Departure::LEAVING, Departure::SUSPENDED, Self::RESTORING];

    /// A text of the record; empty where there is none.
    pub fn text(&self, field: &str) -> &str {
        self.record.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the suspension was adjunct's own.
    pub fn was_suspended_by_us(&self) -> bool {
        self.attributes().any(|attribute| named(attribute) == Some(Departure::SUSPENDED))
    }

    /// The custom attributes without records of ours.
    pub fn own_attributes(&self) -> Vec<Value> {
        let is_own = |attribute: &&Value| named(attribute).is_none_or(|name| !Self::MARKS.contains(&name));
        self.attributes().filter(is_own).cloned().collect()
    }

    fn attributes(&self) -> impl Iterator<Item = &Value> {
        self.record.get("attributes").and_then(Value::as_array).into_iter().flatten()
    }
}

impl RemovedGroup {
    /// What stands at the end of the description of a group that is being restored, as [`RemovedUser::RESTORING`] of a
    /// user.
    pub fn restoring(id: &JumpCloudGroupId) -> String {
        format!("{RESTORING}{id}]")
    }

    /// The id that a group had that is being restored, as its description says.
    pub fn restored_id(description: &str) -> Option<JumpCloudGroupId> {
        let (_, rest) = description.split_once(RESTORING)?;
        let (id, _) = rest.split_once(']')?;
        Some(JumpCloudGroupId::new(id))
    }

    /// The description without a mark of ours.
    pub fn own_description(&self) -> &str {
        let description = self.record.get("description").and_then(Value::as_str).unwrap_or_default();
        Mark::unmark_description(description)
    }
}

const RESTORING: &str = "[restoring:";

fn named(attribute: &Value) -> Option<&str> {
    attribute.get("name").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_removed_object_reads_back_as_it_was_written() {
        let user = RemovedUser {
            id: JumpCloudUserId::new("5f"),
            username: "ada".to_owned(),
            bindings: vec![Binding {
                kind: "application".to_owned(),
                id: "60".to_owned(),
                attributes: Record::new(),
            }],
            scheduled_states: Some(Vec::new()),
            ..RemovedUser::default()
        };
        let text = serde_json::to_value(Removed::User(user.clone())).unwrap();
        assert_eq!(
            text,
            json!({ "kind": "user", "id": "5f", "username": "ada", "record": {},
                    "bindings": [{ "type": "application", "id": "60" }], "scheduled_states": [] })
        );
        assert_eq!(serde_json::from_value::<Removed>(text).unwrap(), Removed::User(user));
    }

    #[test]
    fn records_of_ours_are_no_part_of_what_is_restored() {
        let attribute = |name: &str| json!({ "name": name, "value": "x" });
        let attributes =
            ["adObjectGuid", "badge", "adDomain", "adPolicy", "adLeaving", "adSuspended", "adRestoring"];
        let mut user = RemovedUser::default();
        user.record.insert("attributes".to_owned(), attributes.map(attribute).to_vec().into());
        assert_eq!(user.own_attributes(), [attribute("badge")]);
        assert!(user.was_suspended_by_us() && !RemovedUser::default().was_suspended_by_us());
        let mut group = RemovedGroup { id: JumpCloudGroupId::new("5f"), ..RemovedGroup::default() };
        let marked = "Phones [ad:0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a@corp.example.com/corp]";
        group.record.insert("description".to_owned(), marked.into());
        assert_eq!(group.own_description(), "Phones");
        let restoring = format!("Phones {} [ad:…]", RemovedGroup::restoring(&group.id));
        assert_eq!(RemovedGroup::restored_id(&restoring), Some(group.id));
        assert_eq!(RemovedGroup::restored_id("[restoring:5f"), None);
    }
}
