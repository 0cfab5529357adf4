//! The kinds of proof that a request can carry, as errors name them.

use std::fmt;

/// What a request proves itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// An administrator's API key.
    ApiKey,
    /// The token that a service account was given.
    Token,
    /// The secret of a service account.
    Secret,
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey => "API key",
            Self::Token => "token of the service account",
            Self::Secret => "secret of the service account",
        })
    }
}

impl Credential {
    /// What to do when it is refused.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::ApiKey => {
                "make a new API key in the JumpCloud console and store it where the policy's `api-key` points; an administrator of several organizations also needs `organization`"
            }
            Self::Token => {
                "give the service account a role in the JumpCloud console that may read and change users and groups; one of several organizations also needs `organization`"
            }
            Self::Secret => {
                "check the id of the policy's `service-account`, or make a new secret for it in the JumpCloud console and store it where its `secret` points"
            }
        }
    }
}
