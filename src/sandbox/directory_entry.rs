//! An Active Directory object in the text of a state.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::directories::Directory;
use super::fields::Record;
use super::refusal::Refusal;
use super::state::State;
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
    /// The object in this state, whose users and groups are there already. Every agent has its id.
    pub(super) fn into_directory(self, state: &State) -> Result<Directory, Refusal> {
        let Self { id: _, domain, use_case, groups_enabled, delegation_state, agents, users, groups } = self;
        let record = record([
            ("domain", Some(json!(domain))),
            ("useCase", use_case.map(|text| json!(text))),
            ("groupsEnabled", groups_enabled.map(|flag| json!(flag))),
            ("delegationState", delegation_state.map(|text| json!(text))),
        ]);
        let mut directory = Directory { record, ..Directory::default() };
        for AgentEntry { id, agent_type, state, hostname, version } in agents {
            let agent = self::record([
                ("agentType", Some(json!(agent_type))),
                ("state", Some(json!(state))),
                ("hostname", hostname.map(|text| json!(text))),
                ("version", version.map(|text| json!(text))),
            ]);
            directory.agents.insert(id.unwrap_or_default(), agent);
        }
        for user in &users {
            if !directory.users.insert(state.user_named(user)?) {
                return Err(Refusal::invalid(format!("user {user:?} is there twice")));
            }
        }
        for group in &groups {
            if !directory.groups.insert(state.group_named(group)?) {
                return Err(Refusal::invalid(format!("group {group:?} is there twice")));
            }
        }
        Ok(directory)
    }

    pub(super) fn new(id: &str, directory: &Directory, state: &State) -> Self {
        let Directory { record, agents, users, groups } = directory;
        let value = |name| text(record, name).map(str::to_owned);
        Self {
            id: Some(id.to_owned()),
            domain: value("domain").unwrap_or_default(),
            use_case: value("useCase"),
            groups_enabled: record.get("groupsEnabled").and_then(Value::as_bool),
            delegation_state: value("delegationState"),
            agents: agents.iter().map(|(id, agent)| AgentEntry::new(id, agent)).collect(),
            users: users.iter().map(|id| state.name_of_user(id).to_owned()).collect(),
            groups: groups.iter().map(|id| state.name_of_group(id).to_owned()).collect(),
        }
    }
}

impl AgentEntry {
    fn new(id: &str, agent: &Record) -> Self {
        let value = |name| text(agent, name).map(str::to_owned);
        Self {
            id: Some(id.to_owned()),
            agent_type: match text(agent, "agentType") {
                Some("IMPORT") => AgentType::Import,
                _ => AgentType::Sync,
            },
            state: match text(agent, "state") {
                Some("unsealed") => AgentState::Unsealed,
                Some("inactive") => AgentState::Inactive,
                _ => AgentState::Active,
            },
            hostname: value("hostname"),
            version: value("version"),
        }
    }
}

fn record<const N: usize>(fields: [(&str, Option<Value>); N]) -> Record {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
