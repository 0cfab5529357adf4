//! The group that everything starts from, found or not.

use crate::model::{Directory, DirectoryGroup, fold};
use crate::policy::{GroupSelector, Policy};

use super::exclusion::excluded_group;

/// Why there is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum SelectError {
    /// No group of that name.
    #[error("the security group {name:?} is not in {root_container}")]
    #[diagnostic(
        code(desired::missing_security_group),
        help(
            "nothing is planned, for nobody has left: check `security-group` and `root-container` in the policy, and \
             that the bind account may read the group"
        )
    )]
    Missing {
        /// The name or DN in the policy.
        name: String,
        /// Where it was looked for.
        root_container: String,
    },
    /// More than one group of that name.
    #[error("{} groups in {root_container} are called {name:?}: {}", found.len(), found.join("; "))]
    #[diagnostic(
        code(desired::ambiguous_security_group),
        help("name the one that is meant by its full DN: security-group \"CN=…\"")
    )]
    Ambiguous {
        /// The name in the policy.
        name: String,
        /// Where it was looked for.
        root_container: String,
        /// Their DNs.
        found: Vec<String>,
    },
    /// A distribution group.
    #[error("the security group {name:?} is a distribution group in Active Directory")]
    #[diagnostic(
        code(desired::not_a_security_group),
        help("change its group type to Security, or name another group in the policy")
    )]
    Distribution {
        /// The name or DN in the policy.
        name: String,
    },
    /// An exclusion takes the security group out.
    #[error("the security group {name:?} is excluded by line {line} of the policy")]
    #[diagnostic(
        code(desired::excluded_security_group),
        help("everybody would leave: narrow the exclusion, or name another group")
    )]
    Excluded {
        /// The name or DN in the policy.
        name: String,
        /// The line of the exclusion.
        line: usize,
    },
}

/// The position of the security group among the directory's groups.
pub(super) fn find_security_group(policy: &Policy, directory: &Directory) -> Result<usize, SelectError> {
    let selector = &policy.security_group.value;
    let name = match selector {
        GroupSelector::Name(name) => name.clone(),
        GroupSelector::Dn(dn) => dn.as_str().to_owned(),
    };
    let root_container = policy.root_container.value.as_str().to_owned();
    let found: Vec<(usize, &DirectoryGroup)> = directory
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| match selector {
            GroupSelector::Dn(dn) => group.dn == *dn,
            GroupSelector::Name(name) => {
                fold(&group.cn()) == fold(name) || group.attributes.has("sAMAccountName", name)
            }
        })
        .collect();
    let (position, group) = match found.as_slice() {
        [] => return Err(SelectError::Missing { name, root_container }),
        [one] => *one,
        many => {
            let mut found: Vec<String> = many.iter().map(|(_, group)| group.dn.to_string()).collect();
            found.sort();
            return Err(SelectError::Ambiguous { name, root_container, found });
        }
    };
    if !group.group_type.is_security() {
        return Err(SelectError::Distribution { name });
    }
    if let Some(exclusion) = excluded_group(policy, group) {
        return Err(SelectError::Excluded { name, line: exclusion.line });
    }
    Ok(position)
}
