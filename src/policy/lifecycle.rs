//! How users and groups come into JumpCloud and how they leave: `takeover`, `new-users`, `dissociation`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::Cause;

/// What becomes of an object in JumpCloud that nobody owns and that a selected one claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// The selected one is held back.
    Refuse,
    /// It is taken over: users by mail address, then username; groups by name.
    Adopt,
}

/// How users come into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUsers {
    /// Their first state.
    pub state: NewUserState,
    /// Whether JumpCloud sends a mail when they become active.
    pub has_welcome_email: bool,
}

/// The first state of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewUserState {
    /// They can log in.
    Activated,
    /// They cannot log in until somebody activates them in JumpCloud.
    Staged,
}

/// What happens to users who leave. Groups follow `remove` and `unbind`, and stay under the other two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissociation {
    /// For causes without a line of their own.
    pub default: Leave,
    /// For causes that have one. A line stands alone: it takes neither action nor grace from the default.
    pub by_cause: BTreeMap<Cause, Leave>,
}

/// What happens to a user who leaves, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// What.
    pub action: LeaveAction,
    /// How long the user is suspended before it; none for at once.
    pub grace: Option<Duration>,
}

/// What happens to a user who leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveAction {
    /// Deleted.
    Remove,
    /// Stays, active and managed by JumpCloud.
    Unbind,
    /// Suspended until the user returns.
    Suspend,
    /// Left as it is.
    Keep,
}

impl Dissociation {
    /// What happens to a user who leaves for this cause.
    pub fn of(&self, cause: Cause) -> Leave {
        self.by_cause.get(&cause).copied().unwrap_or(self.default)
    }
}
