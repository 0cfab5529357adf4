//! What the API's graph connects, as it spells it: members of groups, Active Directory objects, their agents and what is
//! bound to them.

use serde::Deserialize;

use super::pages::Row;
use crate::model::{self, AgentKind, DirectoryId, DirectoryObject, JumpCloudGroupId, JumpCloudUserId};

/// `GraphObjectWithPaths`
#[derive(Deserialize)]
pub(super) struct Member {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// `active-directory`
#[derive(Deserialize)]
pub(super) struct ActiveDirectory {
    id: String,
    domain: Option<String>,
}

/// `active-directory-agent-list`. The published forms spell the kind in two ways.
#[derive(Deserialize)]
pub(super) struct Agent {
    /// Not among the fields that the API promises.
    #[serde(default)]
    id: String,
    #[serde(rename = "agentType")]
    kind: Option<String>,
    #[serde(rename = "agent_type")]
    kind_in_requests: Option<String>,
    state: Option<String>,
    hostname: Option<String>,
}

/// `GraphConnection`
#[derive(Deserialize)]
pub(super) struct Connection {
    to: Target,
}

/// `GraphObject`
#[derive(Deserialize)]
struct Target {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Row for Member {
    const MAY_REPEAT: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for ActiveDirectory {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Agent {
    const MAY_REPEAT: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Connection {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.to.id
    }
}

impl Member {
    /// The member, if it is a user. The API knows no other kind yet.
    pub(super) fn into_user(self) -> Option<JumpCloudUserId> {
        self.kind.is_none_or(|kind| kind == "user").then(|| JumpCloudUserId::new(self.id))
    }
}

impl Member {
    /// What the member is a member of, if that is a user group.
    pub(super) fn into_group(self) -> Option<JumpCloudGroupId> {
        self.kind.is_none_or(|kind| kind == "user_group").then(|| JumpCloudGroupId::new(self.id))
    }
}

impl ActiveDirectory {
    pub(super) fn into_model(self) -> DirectoryObject {
        DirectoryObject { id: DirectoryId::new(self.id), domain: self.domain.unwrap_or_default() }
    }
}

impl Agent {
    pub(super) fn into_model(self) -> model::Agent {
        let kind = self.kind.or(self.kind_in_requests).unwrap_or_default();
        model::Agent {
            // What is not known to leave Active Directory alone counts as writing into it.
            kind: if kind.eq_ignore_ascii_case("import") { AgentKind::Import } else { AgentKind::Sync },
            is_active: self.state.is_some_and(|state| state.eq_ignore_ascii_case("active")),
            hostname: self.hostname.unwrap_or_default(),
        }
    }
}

impl Connection {
    /// The id of what it leads to, if that is of this kind.
    pub(super) fn into_target(self, kind: &str) -> Option<String> {
        (self.to.kind == kind).then_some(self.to.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_that_is_not_known_to_import_counts_as_writing_into_active_directory() {
        let read = |body: &str| serde_json::from_str::<Agent>(body).unwrap().into_model();
        for (body, expected) in [
            (r#"{"id":"a","agentType":"IMPORT"}"#, AgentKind::Import),
            (r#"{"id":"a","agent_type":"IMPORT"}"#, AgentKind::Import),
            (r#"{"id":"a","agentType":"SYNC","agent_type":"IMPORT"}"#, AgentKind::Sync),
            (r#"{"id":"a","agentType":"SYNC"}"#, AgentKind::Sync),
            (r#"{"id":"a","agentType":"IMPORT_AND_SYNC"}"#, AgentKind::Sync),
            (r#"{"id":"a","agentType":null}"#, AgentKind::Sync),
            ("{}", AgentKind::Sync),
        ] {
            assert_eq!(read(body).kind, expected, "{body}");
        }
        for (state, is_active) in [("active", true), ("inactive", false), ("unsealed", false)] {
            let agent = read(&format!(r#"{{"state":"{state}","hostname":"dc1"}}"#));
            assert_eq!((agent.is_active, agent.hostname.as_str()), (is_active, "dc1"));
        }
    }

    #[test]
    fn a_connection_leads_to_one_kind_of_thing() {
        let read = |body: &str| serde_json::from_str::<Connection>(body).unwrap();
        let body = r#"{"from":{"type":"active_directory","id":"d"},"to":{"type":"user","id":"u"},"attributes":null}"#;
        assert_eq!(read(body).into_target("user").as_deref(), Some("u"));
        assert_eq!(read(body).into_target("user_group"), None);
        assert!(serde_json::from_str::<Connection>(r#"{"to":{"type":"user"}}"#).is_err());
    }
}
