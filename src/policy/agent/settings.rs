//! What is found in a configuration.

use serde_json::Value;

use super::super::read::is_object_id;
use super::super::suggest::bare;
use super::AgentConfigError;
use crate::model::{Dn, DomainName, is_active};

/// Names, folded, under which the account stands that the agent binds with.
const ACCOUNTS: [&str; 8] =
    ["account", "bind", "binddn", "binduser", "serviceaccount", "user", "userdn", "username"];
/// Names of the server.
const SERVERS: [&str; 8] = ["address", "fqdn", "host", "hostname", "ldapserver", "ldapurl", "server", "url"];
/// Names of the organization's id.
const ORGANIZATIONS: [&str; 4] = ["organization", "organizationid", "orgid", "org"];
/// Names that say how the agent reaches the server: adjunct always does so by TLS, on the port of the scheme.
const SETTLED: [&str; 6] = ["port", "ldapport", "usessl", "useldaps", "ldaps", "usetls"];

/// What a policy is made of.
#[derive(Debug)]
pub(super) struct Settings {
    /// DNS name of the domain.
    pub(super) domain: DomainName,
    /// The container of the security group, which is the root container.
    pub(super) container: String,
    /// `cn` of the security group.
    pub(super) group: String,
    /// Its host; none where that is the agent's own.
    pub(super) server: Option<String>,
    /// Whom the agent binds as.
    pub(super) account: Option<String>,
    /// `_id` of the organization.
    pub(super) organization: Option<String>,
    /// `remove` or `unbind`.
    pub(super) dissociation: String,
    /// `deactivate` or `retain`.
    pub(super) takeover: Option<String>,
    /// `SyncAdditionalAttributes`
    pub(super) additional: Option<bool>,
    /// Where usernames come from.
    pub(super) username: String,
    /// Names of what has no counterpart.
    pub(super) others: Vec<String>,
}

/// A value, and the names that lead to it.
struct Leaf<'v> {
    path: Vec<&'v str>,
    value: &'v Value,
}

impl Leaf<'_> {
    /// Its own name, in lower case and without what stands between words.
    fn name(&self) -> String {
        bare(self.path.last().copied().unwrap_or_default())
    }

    fn text(&self) -> Option<&str> {
        let text = self.value.as_str()?.trim();
        // What a policy refuses in its texts is taken for nothing that is known.
        (!text.is_empty() && !text.chars().any(is_active)).then_some(text)
    }

    fn is_in(&self, parent: &str) -> bool {
        self.path.iter().rev().nth(1).is_some_and(|name| bare(name) == parent)
    }

    /// The DN of something that lies in a domain.
    fn dn(&self) -> Option<Dn> {
        let dn = Dn::parse_written(self.text()?).ok()?;
        let domain = dn.domain()?;
        (dn.depth() > domain.as_str().split('.').count()).then_some(dn)
    }
}

impl Settings {
    pub(super) fn read(config: &str) -> Result<Self, AgentConfigError> {
        // As Windows' editors write it.
        let config = config.strip_prefix('\u{feff}').unwrap_or(config);
        let value: Value = serde_json::from_str(config).map_err(AgentConfigError::NoJson)?;
        let mut leaves = Vec::new();
        gather(&value, &mut Vec::new(), &mut leaves);
        let (at, group) = group(&leaves)?;
        let container = group.parent().ok_or(AgentConfigError::NoGroup)?;
        let mut settings = Self {
            domain: group.domain().ok_or(AgentConfigError::NoGroup)?,
            container: container.to_string(),
            group: group.rdn_value(),
            server: None,
            account: None,
            organization: None,
            dissociation: "remove".to_owned(),
            takeover: None,
            additional: None,
            username: "sAMAccountName".to_owned(),
            others: Vec::new(),
        };
        for (position, leaf) in leaves.iter().enumerate() {
            if position != at && !settings.take(leaf) {
                settings.others.push(leaf.path.join("."));
            }
        }
        Ok(settings)
    }

    /// Whether the option has a counterpart, which is kept.
    fn take(&mut self, leaf: &Leaf<'_>) -> bool {
        let name = leaf.name();
        let is = |names: &[&str]| names.contains(&name.as_str());
        let text = leaf.text();
        let lower = text.map(str::to_lowercase);
        match (name.as_str(), lower.as_deref(), text) {
            ("userdissociationaction" | "userdissociateaction", Some(action @ ("remove" | "unbind")), _) => {
                action.clone_into(&mut self.dissociation);
            }
            ("usertakeoveraction", Some(action @ ("deactivate" | "retain")), _) => {
                self.takeover = Some(action.to_owned());
            }
            ("syncadditionalattributes", lower, _) => {
                let said = leaf.value.as_bool().or_else(|| lower?.parse().ok());
                self.additional = said;
                return said.is_some();
            }
            ("username", Some("samaccountname"), _) if leaf.is_in("userfieldmapping") => {
                "sAMAccountName".clone_into(&mut self.username);
            }
            ("username", Some("userprincipalname"), _) if leaf.is_in("userfieldmapping") => {
                "userPrincipalName".clone_into(&mut self.username);
            }
            (_, _, Some(account))
                if is(&ACCOUNTS) && self.account.is_none() && !leaf.is_in("userfieldmapping") =>
            {
                self.account = Some(account.to_owned());
            }
            (_, Some(server), _) if is(&SERVERS) && self.server.is_none() => return self.take_server(server),
            (_, Some(id), _) if is(&ORGANIZATIONS) && is_object_id(id) => {
                self.organization = Some(id.to_owned());
            }
            _ => return is(&SETTLED) && leaf.text().is_none(),
        }
        true
    }

    /// Takes a host's name, with or without scheme and port. Only one of the domain is the directory's.
    fn take_server(&mut self, server: &str) -> bool {
        let host = server.split_once("://").map_or(server, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let is_own = matches!(host, "localhost" | "127.0.0.1" | "");
        let is_name = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        let is_of_domain = host.ends_with(self.domain.as_str());
        if is_name && is_of_domain && !is_own {
            self.server = Some(host.to_owned());
        }
        is_own || self.server.is_some()
    }
}

/// The position and the DN of the security group.
fn group(leaves: &[Leaf<'_>]) -> Result<(usize, Dn), AgentConfigError> {
    let is_account = |leaf: &Leaf<'_>| ACCOUNTS.contains(&leaf.name().as_str());
    let found = leaves.iter().enumerate().filter(|(_, leaf)| !is_account(leaf));
    let mut found: Vec<(usize, Dn)> =
        found.filter_map(|(position, leaf)| Some((position, leaf.dn()?))).collect();
    let named =
        |(position, _): &(usize, Dn)| leaves.get(*position).is_some_and(|leaf| leaf.name().contains("group"));
    if found.len() > 1 && found.iter().any(named) {
        found.retain(named);
    }
    match <[(usize, Dn); 1]>::try_from(found) {
        Ok([only]) => Ok(only),
        Err(found) if found.is_empty() => Err(AgentConfigError::NoGroup),
        Err(found) => {
            let options =
                found.iter().filter_map(|(position, _)| Some(leaves.get(*position)?.path.join(".")));
            Err(AgentConfigError::SeveralGroups { names: options.collect() })
        }
    }
}

fn gather<'v>(value: &'v Value, path: &mut Vec<&'v str>, leaves: &mut Vec<Leaf<'v>>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name);
                gather(value, path, leaves);
                path.pop();
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, path, leaves)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            leaves.push(Leaf { path: path.clone(), value });
        }
    }
}
