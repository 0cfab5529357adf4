//! An Active Directory object in the text of a state.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::State;
use super::directories::AGENTS;
use super::fields::Record;
use super::id::{Id, Kind, Node};
use super::target_entry::Bound;
use super::translation_rules::RULES;
use super::users::text;

/// An Active Directory object, its agents, and what is bound to it by name or id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct DirectoryEntry {
    #[serde(default)]
    pub(super) id: Option<String>,
    domain: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    use_case: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    groups_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delegation_state: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) agents: Vec<AgentEntry>,
    /// As the API answers them, each with its `objectId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    translation_rules: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
}

/// An agent.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct AgentEntry {
    #[serde(default)]
    pub(super) id: Option<String>,
    agent_type: AgentType,
    #[serde(default)]
    state: AgentState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact_at: Option<String>,
    #[serde(default, rename = "source_ip", skip_serializing_if = "Option::is_none")]
    source_ip: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum AgentType {
    Sync,
    Import,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AgentState {
    Unsealed,
    #[default]
    Active,
    Inactive,
}

impl DirectoryEntry {
    /// The object's record, and what is bound to it. Every agent has its id.
    pub(super) fn into_record(self) -> (Record, Bound) {
        let Self {
            id: _,
            domain,
            use_case,
            groups_enabled,
            delegation_state,
            agents,
            translation_rules,
            users,
            groups,
        } = self;
        let record = record([
            ("domain", Some(json!(domain))),
            ("useCase", use_case.map(|text| json!(text))),
            ("groupsEnabled", groups_enabled.map(|flag| json!(flag))),
            ("delegationState", delegation_state.map(|text| json!(text))),
            (AGENTS, (!agents.is_empty()).then(|| json!(agents))),
            (RULES, translation_rules),
        ]);
        (record, Bound { users, groups })
    }

    pub(super) fn new(id: Id, record: &Record, state: &State) -> Self {
        let value = |name| text(record, name).map(str::to_owned);
        let Bound { users, groups } = Bound::of(Node::new(Kind::ActiveDirectory, id), state);
        let agents = record.get(AGENTS).and_then(Value::as_array).into_iter().flatten();
        Self {
            id: Some(id.to_string()),
            domain: value("domain").unwrap_or_default(),
            use_case: value("useCase"),
            groups_enabled: record.get("groupsEnabled").and_then(Value::as_bool),
            delegation_state: value("delegationState"),
            agents: agents.filter_map(|agent| AgentEntry::deserialize(agent).ok()).collect(),
            translation_rules: record.get(RULES).cloned(),
            users,
            groups,
        }
    }
}

fn record<const N: usize>(fields: [(&str, Option<Value>); N]) -> Record {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
