//! The groups that the policy names, found or not: the security group and the administrators group.

use crate::model::{Directory, DirectoryGroup, fold};
use crate::policy::{GroupSelector, Line, Policy};

use super::exclusion::excluded_group;

/// Why there is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum SelectError {
    /// No group of that name.
    #[error("the {role} {name:?} is not in {root_container}")]
    #[diagnostic(
        code(desired::missing_group),
        help(
            "nothing is planned, for nobody has left: check `{}` and `root-container` in the policy, and that the \
             bind account may read the group",
            role.node()
        )
    )]
    Missing {
        /// What the policy wants it for.
        role: GroupRole,
        /// The name or DN in the policy.
        name: String,
        /// Where it was looked for.
        root_container: String,
    },
    /// More than one group of that name.
    #[error("{} groups in {root_container} are called {name:?}, as the {role}: {}", found.len(), found.join("; "))]
    #[diagnostic(
        code(desired::ambiguous_group),
        help("name the one that is meant by its full DN: {} \"CN=…\"", role.node())
    )]
    Ambiguous {
        /// What the policy wants it for.
        role: GroupRole,
        /// The name in the policy.
        name: String,
        /// Where it was looked for.
        root_container: String,
        /// Their DNs.
        found: Vec<String>,
    },
    /// A distribution group.
    #[error("the {role} {name:?} is a distribution group in Active Directory")]
    #[diagnostic(
        code(desired::not_a_security_group),
        help("change its group type to Security, or name another group in the policy")
    )]
    Distribution {
        /// What the policy wants it for.
        role: GroupRole,
        /// The name or DN in the policy.
        name: String,
    },
    /// One group for both.
    #[error("the security group and the administrators group are one group: {dn}")]
    #[diagnostic(
        code(desired::one_group_for_both),
        help("the administrators group is neither mirrored nor walked: name a group of its own for it")
    )]
    OneForBoth {
        /// Its DN.
        dn: String,
    },
    /// An exclusion takes the security group out.
    #[error("the security group {name:?} is excluded by {line}")]
    #[diagnostic(
        code(desired::excluded_security_group),
        help("everybody would leave: narrow the exclusion, or name another group")
    )]
    Excluded {
        /// The name or DN in the policy.
        name: String,
        /// The line of the exclusion.
        line: Line,
    },
}

/// What the policy wants a group for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupRole {
    /// Its members are imported.
    Security,
    /// Its direct members are administrators.
    Administrators,
}

impl GroupRole {
    /// The policy's node.
    fn node(self) -> &'static str {
        match self {
            Self::Security => "security-group",
            Self::Administrators => "administrators-group",
        }
    }
}

impl std::fmt::Display for GroupRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Security => "security group",
            Self::Administrators => "administrators group",
        })
    }
}

/// The position of the security group among the directory's groups.
pub(super) fn find_security_group(policy: &Policy, directory: &Directory) -> Result<usize, SelectError> {
    let selector = &policy.security_group.value;
    let position = find(GroupRole::Security, selector, policy, directory)?;
    let group = directory.groups.get(position);
    if let Some(exclusion) = group.and_then(|group| excluded_group(policy, group)) {
        return Err(SelectError::Excluded { name: name_of(selector), line: exclusion.line.clone() });
    }
    if let Some(group) = group.filter(|group| is_administrators_group(policy, group)) {
        return Err(SelectError::OneForBoth { dn: group.dn.to_string() });
    }
    Ok(position)
}

/// The administrators group, where the policy names one.
pub(super) fn find_administrators_group<'d>(
    policy: &Policy,
    directory: &'d Directory,
) -> Result<Option<&'d DirectoryGroup>, SelectError> {
    let Some(selector) = &policy.administrators_group else { return Ok(None) };
    let position = find(GroupRole::Administrators, &selector.value, policy, directory)?;
    Ok(directory.groups.get(position))
}

/// Whether the group is the one that the policy names for administrators.
pub(super) fn is_administrators_group(policy: &Policy, group: &DirectoryGroup) -> bool {
    policy.administrators_group.as_ref().is_some_and(|selector| is_named(&selector.value, group))
}

fn find(
    role: GroupRole,
    selector: &GroupSelector,
    policy: &Policy,
    directory: &Directory,
) -> Result<usize, SelectError> {
    let name = name_of(selector);
    let root_container = policy.root_container.value.as_str().to_owned();
    let groups = directory.groups.iter().enumerate();
    let found: Vec<(usize, &DirectoryGroup)> =
        groups.filter(|(_, group)| is_named(selector, group)).collect();
    match found.as_slice() {
        [] => Err(SelectError::Missing { role, name, root_container }),
        [(_, group)] if !group.group_type.is_security() => Err(SelectError::Distribution { role, name }),
        [(position, _)] => Ok(*position),
        many => {
            let mut found: Vec<String> = many.iter().map(|(_, group)| group.dn.to_string()).collect();
            found.sort();
            Err(SelectError::Ambiguous { role, name, root_container, found })
        }
    }
}

fn is_named(selector: &GroupSelector, group: &DirectoryGroup) -> bool {
    match selector {
        GroupSelector::Dn(dn) => group.dn == *dn,
        GroupSelector::Name(name) => {
            fold(&group.cn()) == fold(name) || group.attributes.has("sAMAccountName", name)
        }
    }
}

fn name_of(selector: &GroupSelector) -> String {
    match selector {
        GroupSelector::Name(name) => name.clone(),
        GroupSelector::Dn(dn) => dn.as_str().to_owned(),
    }
}
