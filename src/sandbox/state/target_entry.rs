//! What users and groups can be bound to, and who is bound, in the text of a state.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::State;
use super::fields::Record;
use super::id::{Id, Kind, Node};
use super::users::text;
use crate::sandbox::refusal::Refusal;

/// An application, a device or another target. The sandbox knows no more of it than its name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetEntry {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
}

/// Who is bound to a target directly, by name or id.
pub(super) struct Bound {
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
}

impl TargetEntry {
    /// The target's record, and what is bound to it.
    pub(super) fn into_record(self) -> Result<(Record, Bound), Refusal> {
        let Self { kind, id: _, name, users, groups } = self;
        if !Kind::TARGETS.contains(&kind) {
            return Err(Refusal::invalid(format!("{} is none of the targets' types", kind.as_str())));
        }
        let record = name.map(|name| ("name".to_owned(), json!(name))).into_iter().collect();
        Ok((record, Bound { users, groups }))
    }

    pub(super) fn new(node: Node, record: &Record, state: &State) -> Self {
        let Bound { users, groups } = Bound::of(node, state);
        let name = text(record, "name").map(str::to_owned);
        Self { kind: node.kind, id: Some(node.id.to_string()), name, users, groups }
    }
}

impl Bound {
    pub(super) fn of(node: Node, state: &State) -> Self {
        let ids = |kind| -> Vec<Id> { state.graph.neighbours(node, kind).map(|(id, _)| id).collect() };
        Self {
            users: ids(Kind::User).into_iter().map(|id| state.name_of_user(id)).collect(),
            groups: ids(Kind::UserGroup).into_iter().map(|id| state.name_of_group(id)).collect(),
        }
    }

    /// Binds them, in a state whose users and groups are there already.
    pub(super) fn bind(&self, node: Node, state: &mut State) -> Result<(), Refusal> {
        for user in &self.users {
            let user = Node::user(state.user_named(user)?);
            state.bind_once(user, node, || format!("user {user:?}"))?;
        }
        for group in &self.groups {
            let group = Node::group(state.group_named(group)?);
            state.bind_once(group, node, || format!("group {group:?}"))?;
        }
        Ok(())
    }
}

impl State {
    /// Connects two objects that the text must not connect twice.
    pub(super) fn bind_once(
        &mut self,
        one: Node,
        other: Node,
        name: impl FnOnce() -> String,
    ) -> Result<(), Refusal> {
        if self.graph.edge(one, other).is_some() {
            return Err(Refusal::invalid(format!("{} is there twice", name())));
        }
        self.graph.link(one, other, &None);
        Ok(())
    }
}
