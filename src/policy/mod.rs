//! The policy file: KDL text in, [`Policy`] out, every value with its place in the text.
//!
//! [`Source::read`] reports all problems of a text at once, each with its span, what was expected and a suggestion. It reads
//! no files and no environment: values of variables are handed in, secrets stay references ([`SecretRef`]) and paths stay
//! as written, relative to the policy file. Whoever holds a [`Policy`] holds a checked one.
//!
//! The way of a text: `syntax` makes nodes of it and alone knows `kdl`; `grammar` says which node stands where, puts the
//! values of variables in their places, holds the nodes against that, and makes one policy of all files; `read` gives them
//! their meaning; `problem` and `error` are what all of them report. [`mod@unit`] reads the tests that stand beside a
//! policy, in the same way.

mod agent;
mod dn_pattern;
pub mod editor;
mod error;
mod format;
mod grammar;
mod lifecycle;
mod mapping;
mod pattern;
mod problem;
mod read;
mod schema;
mod source;
mod span;
mod start;
mod suggest;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
pub mod unit;
mod variable;
mod written;

pub use agent::{AgentConfigError, policy_of_agent};
pub use error::{PolicyError, PolicyErrors};
pub use format::{FormatError, format, masked};
pub use lifecycle::{Dissociation, Leave, LeaveAction, NewUserState, NewUsers, Takeover};
pub use mapping::{Mapping, Origin};
pub use pattern::Pattern;
pub use schema::{policy_reference, policy_schema};
pub use source::{Checked, Included, Source, check_shared_part};
pub use span::{Line, Span, Spanned};
pub use start::{Start, StartSource, StartTarget, common_container, policy_of_start, tests_of_start};
pub use suggest::closest as nearest;
pub use template::Template;
pub use variable::Variable;

use std::time::Duration;

use crate::model::{AttributeName, Attributes, Dn, DomainName};

/// Reads a policy that needs nothing beside its text. `file_name` is what the diagnostics call it.
///
/// # Errors
/// As [`Source::read`].
pub fn parse(file_name: &str, text: &str) -> Result<Policy, PolicyErrors> {
    Source::new(file_name, text).read()
}

/// One AD domain into one JumpCloud organization.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The policy's name, which is part of its mark.
    pub name: String,
    /// Where the directory is read from.
    pub active_directory: ActiveDirectory,
    /// Where changes go.
    pub jumpcloud: JumpCloud,
    /// DNS name of the AD domain: that of `domain`, else of the root container's `DC` parts.
    pub domain: DomainName,
    /// The container under which everything that may be imported lies.
    pub root_container: Spanned<Dn>,
    /// The group whose members are imported.
    pub security_group: Spanned<GroupSelector>,
    /// The group whose direct members are administrators; without it administrator rights are left alone.
    pub administrators_group: Option<Spanned<GroupSelector>>,
    /// What mirrored groups are called; none for their `cn`.
    pub group_name: Option<Template>,
    /// Whether objects that nobody owns are taken over.
    pub takeover: Takeover,
    /// Who sets the passwords of owned users.
    pub passwords: PasswordAuthority,
    /// How users come into being.
    pub new_users: NewUsers,
    /// What happens to users who leave.
    pub dissociation: Dissociation,
    /// Whether owned objects are bound to JumpCloud's Active Directory object.
    pub directory: DirectoryUse,
    /// Where the fields of a user come from, in ascending order of field.
    pub mappings: Vec<Mapping>,
    /// What is taken out of the selection, in the order of the file.
    pub exclusions: Vec<Exclusion>,
    /// Whom none of them takes out, in the order of the file.
    pub exceptions: Vec<Exclusion>,
    /// How much one run may change.
    pub limits: Limits,
}

/// Where the directory is read from.
#[derive(Debug, Clone)]
pub enum ActiveDirectory {
    /// Domain controllers.
    Ldap(Box<LdapServer>),
    /// An LDIF export.
    Ldif {
        /// The file.
        file: Spanned<String>,
    },
}

/// Domain controllers and the account that reads them.
#[derive(Debug, Clone)]
pub struct LdapServer {
    /// `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`, in the order in which they are tried. Never empty, no two alike,
    /// never a global catalog's port.
    pub servers: Vec<Spanned<url::Url>>,
    /// Whether `ldap://` does without TLS.
    pub allow_insecure: bool,
    /// A DN, a UPN or `DOMAIN\user`; with a keytab, a Kerberos principal `user@REALM`.
    pub bind: Spanned<String>,
    /// What that account binds with.
    pub credential: Credential,
    /// PEM file of the CA to trust in place of the platform's.
    pub ca_certificate: Option<Spanned<String>>,
    /// Longest wait for each answer.
    pub timeout: Duration,
    /// Entries asked for in one page, from 1 to 1,000.
    pub page_size: u32,
}

impl LdapServer {
    /// Longest wait for an answer, unless the policy says otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// `MaxPageSize` of a domain controller's default policy: it gives no more in one page (MS-ADTS 3.1.1.3.4.6). So many are
    /// asked for unless the policy says otherwise.
    pub const MOST_IN_A_PAGE: u32 = 1_000;
}

/// What an account binds with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Its password.
    Password(Spanned<SecretRef>),
    /// A keytab file with its Kerberos key.
    Keytab(Spanned<String>),
}

/// Where changes go.
#[derive(Debug, Clone)]
pub enum JumpCloud {
    /// The JumpCloud API.
    Api {
        /// Scheme and host, without a path.
        url: Spanned<url::Url>,
        /// What proves who asks.
        credentials: ApiCredentials,
        /// `x-org-id`: 24 hexadecimal digits.
        organization: Option<String>,
        /// The least time between two requests; none where JumpCloud alone says when it is too much.
        spacing: Option<Duration>,
    },
    /// A local organization.
    Sandbox {
        /// The state file.
        state: Spanned<String>,
        /// What the state starts as while there is no state file; empty without one.
        seed: Option<Spanned<String>>,
    },
}

/// What proves to the JumpCloud API who asks.
#[derive(Debug, Clone)]
pub enum ApiCredentials {
    /// An administrator's API key.
    ApiKey(Spanned<SecretRef>),
    /// A service account.
    ServiceAccount {
        /// Its client id.
        id: Spanned<String>,
        /// Its client secret.
        secret: Spanned<SecretRef>,
    },
}

/// Where a secret is to be had. The secret itself never stands in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// `(env)"NAME"`: an environment variable.
    Env(String),
    /// `(file)"path"`: a file, without its last line end.
    File(String),
    /// `(command)"pass show ad"`: what a command prints, without its last line end.
    Command(String),
}

/// How a group of Active Directory is named.
#[derive(Debug, Clone)]
pub enum GroupSelector {
    /// By `cn` or `sAMAccountName`, without case.
    Name(String),
    /// By its DN.
    Dn(Dn),
}

/// Who sets the passwords of owned users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordAuthority {
    /// Active Directory: owned users carry a `password` restricted field.
    Directory,
    /// JumpCloud.
    JumpCloud,
}

/// Whether owned objects are bound to the Active Directory object of the domain, where JumpCloud has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryUse {
    /// They are.
    Bind,
    /// Bindings are left as they are.
    Ignore,
}

/// What is taken out of the selection, or excepted from that.
#[derive(Debug, Clone)]
pub struct Exclusion {
    /// Whom it concerns.
    pub concerns: Concerns,
    /// Conditions; all must match. Never empty.
    pub conditions: Vec<Condition>,
    /// Why, in the words of the policy.
    pub reason: Option<String>,
    /// Where it stands.
    pub line: Line,
}

/// Whom an exclusion concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// `user …`
    Users,
    /// `group …`
    Groups,
    /// `dn …`
    UsersAndGroups,
}

/// One condition of an exclusion.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `sAMAccountName` or `cn` matches.
    Name(Pattern),
    /// The DN matches.
    Dn(Pattern),
    /// A value of the attribute matches.
    Attribute(AttributeName, Pattern),
}

impl Exclusion {
    /// Whether all its conditions hold for an entry with this DN and these attributes.
    pub fn matches(&self, dn: &Dn, attributes: &Attributes) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Name(pattern) => {
                ["sAMAccountName", "cn"]
                    .iter()
                    .any(|name| attributes.texts(name).any(|text| pattern.matches(text)))
                    || (attributes.values("cn").is_empty() && pattern.matches(&dn.rdn_value()))
            }
            Condition::Dn(pattern) => pattern.matches(&dn.normalized()),
            Condition::Attribute(name, pattern) => {
                attributes.texts(name.as_str()).any(|text| pattern.matches(text))
            }
        })
    }
}

/// How much one run may change. Exceeded when the measure is above the number, or is at least 2 and above the
/// percentage of what is owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Users or groups removed or unbound.
    pub removals: Limit,
    /// Users suspended.
    pub suspensions: Limit,
    /// Memberships removed.
    pub membership_removals: Limit,
    /// Values of one field blanked or changed.
    pub attribute_changes: Limit,
}

/// A number and a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Limit {
    /// The number that may not be exceeded.
    pub number: u64,
    /// The percentage, from 0 to 100, that may not be exceeded.
    pub percent: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            removals: Limit { number: 20, percent: 10 },
            suspensions: Limit { number: 20, percent: 10 },
            membership_removals: Limit { number: 200, percent: 20 },
            attribute_changes: Limit { number: 500, percent: 50 },
        }
    }
}

impl Policy {
    /// The AD attributes that mappings, names of groups and exclusions read, each once.
    pub fn attributes(&self) -> Vec<AttributeName> {
        let of_groups = self.group_name.iter().flat_map(Template::attributes);
        let mapped = self.mappings.iter().flat_map(Mapping::attributes).chain(of_groups);
        let lines = self.exclusions.iter().chain(&self.exceptions);
        let excluded =
            lines.flat_map(|exclusion| &exclusion.conditions).filter_map(|condition| match condition {
                Condition::Attribute(name, _) => Some(name),
                Condition::Name(_) | Condition::Dn(_) => None,
            });
        let mut names: Vec<AttributeName> = mapped.chain(excluded).cloned().collect();
        names.sort();
        names.dedup();
        names
    }
}
