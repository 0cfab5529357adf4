//! What a plan was computed from, for those who read it.

use crate::model::Evidence;

/// The sides of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Header {
    /// The policy's name.
    pub policy: String,
    /// SHA-256 of the policy file, with what it includes and the values of its variables where it has any.
    pub digest: String,
    /// Where the directory was read from.
    pub source: Source,
    /// Where changes go.
    pub target: Target,
}

/// Where the directory was read from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Source {
    /// What kind of source.
    pub kind: SourceKind,
    /// The server's URL, or the file as the policy names it.
    pub location: String,
    /// DNS name of the AD domain.
    pub domain: String,
    /// DN of the root container.
    pub root_container: String,
    /// `cn` of the security group.
    pub security_group: String,
    /// Why the read counts as whole.
    pub evidence: Evidence,
}

/// What kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A domain controller.
    Ldap,
    /// An LDIF export.
    Ldif,
}

/// Where changes go.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Target {
    /// What kind of target.
    pub kind: TargetKind,
    /// The API's URL, or the state file as the policy names it: for people, who know the policy.
    pub location: String,
    /// The state file of a local organization, wherever the policy is: an absolute path, links followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_file: Option<String>,
    /// `_id` of the organization, where the API tells it.
    pub organization: Option<String>,
    /// Id of the Active Directory object of this domain, if there is one.
    pub directory: Option<String>,
}

impl Target {
    /// What is kept of it: the API's URL, or the state file wherever the policy is. Copies of a folder are two places.
    pub fn place(&self) -> &str {
        self.state_file.as_deref().unwrap_or(&self.location)
    }
}

/// What kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// The JumpCloud API.
    Api,
    /// A local organization.
    Sandbox,
}
