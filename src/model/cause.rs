//! Why an owned object leaves, and why a selected one waits.

use std::fmt;

/// Why an owned user or group is dissociated. The order is that in which they are tried; the first that holds counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The object is gone from Active Directory.
    Deleted,
    /// `userAccountControl` has ACCOUNTDISABLE.
    Disabled,
    /// `accountExpires` lies in the past.
    Expired,
    /// The object lies outside of the root container now.
    Moved,
    /// An exclusion of the policy matches.
    Excluded,
    /// The object is not reached from the security group any more.
    Left,
}

impl Cause {
    /// Every cause, in the order in which they are tried.
    pub const ALL: [Self; 6] =
        [Self::Deleted, Self::Disabled, Self::Expired, Self::Moved, Self::Excluded, Self::Left];
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deleted => "deleted",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Moved => "moved",
            Self::Excluded => "excluded",
            Self::Left => "left",
        })
    }
}

/// Why a selected object is held back. The order is that in which they are tried; the first that applies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// `adminCount=1`: Active Directory protects the account, and JumpCloud does not support importing it.
    Privileged,
    /// The account that adjunct itself binds with.
    ServiceAccount,
    /// The mapping of `firstname` yields nothing.
    MissingFirstname,
    /// The mapping of `lastname` yields nothing.
    MissingLastname,
    /// The mapping of `email` yields nothing.
    MissingEmail,
    /// The mapping of `username` yields nothing.
    MissingUsername,
    /// A mapping that the policy requires yields nothing.
    MissingAttribute,
    /// The username is not `[A-Za-z][A-Za-z0-9._-]*`.
    InvalidUsername,
    /// The mail address has not the form of one.
    InvalidEmail,
    /// Active Directory shows traces of the object and not the object, or contradicts itself about it.
    Unreadable,
    /// Two JumpCloud objects carry one mark.
    DuplicateMark,
    /// Two selected users map to one username.
    DuplicateUsername,
    /// Two selected users map to one mail address.
    DuplicateEmail,
    /// Two selected groups have one name.
    DuplicateName,
    /// Another JumpCloud user has the username after this run.
    TakenUsername,
    /// Another JumpCloud user has the mail address after this run.
    TakenEmail,
    /// Another JumpCloud group has the name after this run.
    TakenName,
    /// JumpCloud computes the members of this group.
    DynamicGroup,
    /// The JumpCloud user is linked to a console administrator.
    Protected,
}

impl Reason {
    /// Every reason, in the order in which they are tried.
    pub const ALL: [Self; 19] = [
        Self::Privileged,
        Self::ServiceAccount,
        Self::MissingFirstname,
        Self::MissingLastname,
        Self::MissingEmail,
        Self::MissingUsername,
        Self::MissingAttribute,
        Self::InvalidUsername,
        Self::InvalidEmail,
        Self::Unreadable,
        Self::DuplicateMark,
        Self::DuplicateUsername,
        Self::DuplicateEmail,
        Self::DuplicateName,
        Self::TakenUsername,
        Self::TakenEmail,
        Self::TakenName,
        Self::DynamicGroup,
        Self::Protected,
    ];

    /// The code, as plans and the documentation spell it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::ServiceAccount => "service-account",
            Self::MissingFirstname => "missing-firstname",
            Self::MissingLastname => "missing-lastname",
            Self::MissingEmail => "missing-email",
            Self::MissingUsername => "missing-username",
            Self::MissingAttribute => "missing-attribute",
            Self::InvalidUsername => "invalid-username",
            Self::InvalidEmail => "invalid-email",
            Self::Unreadable => "unreadable",
            Self::DuplicateMark => "duplicate-mark",
            Self::DuplicateUsername => "duplicate-username",
            Self::DuplicateEmail => "duplicate-email",
            Self::DuplicateName => "duplicate-name",
            Self::TakenUsername => "taken-username",
            Self::TakenEmail => "taken-email",
            Self::TakenName => "taken-name",
            Self::DynamicGroup => "dynamic-group",
            Self::Protected => "protected",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
