//! What can go wrong between this program and JumpCloud.

use std::error::Error;
use std::io;

use miette::Diagnostic;

use super::credential::Credential;
use super::message::ApiMessage;
use crate::model::Field;

/// Whether a request reads or changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It reads.
    Read,
    /// It changes something.
    Write,
}

/// A request that failed, named by method and path. No variant ever holds a key, a secret or a token.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum JumpCloudError {
    /// The platform's TLS or the HTTP client could not be set up.
    #[error("could not set up the HTTP client for JumpCloud")]
    #[diagnostic(code(jumpcloud::set_up), help("check the certificates that this machine trusts"))]
    SetUp {
        /// What the HTTP client says.
        source: reqwest::Error,
    },

    /// A credential or the organization holds characters that cannot stand in a header.
    #[error("the JumpCloud {what} holds characters that cannot be sent, or is empty")]
    #[diagnostic(
        code(jumpcloud::unusable_setting),
        help("copy it from the JumpCloud console again, without spaces, quotes or line ends around it")
    )]
    UnusableSetting {
        /// Which setting, such as `API key`.
        what: &'static str,
    },

    /// There was no connection: nothing was sent.
    #[error("could not connect to JumpCloud for {request}")]
    #[diagnostic(
        code(jumpcloud::connect),
        help("check `url` in the policy's `jumpcloud` node, the network and the proxy")
    )]
    Connect {
        /// Method and path.
        request: Box<str>,
        /// What was asked for.
        effect: Effect,
        /// Why there was no connection.
        source: reqwest::Error,
    },

    /// The request left, and its answer never came whole: timeout, or a lost connection.
    #[error("the answer of JumpCloud to {request} did not arrive")]
    #[diagnostic(
        code(jumpcloud::lost),
        help("run the command again; if the request was a write, a new plan shows whether it took effect")
    )]
    Lost {
        /// Method and path.
        request: Box<str>,
        /// What was asked for.
        effect: Effect,
        /// How the answer was lost.
        source: reqwest::Error,
    },

    /// 401: the key or token is unknown, expired or was replaced; of a token request also 400.
    #[error("JumpCloud refused the {credential} at {request}{message}")]
    #[diagnostic(code(jumpcloud::key_refused), help("{}", credential.help()))]
    KeyRefused {
        /// Method and path.
        request: Box<str>,
        /// What was refused.
        credential: Credential,
        /// What the API says.
        message: ApiMessage,
    },

    /// These credentials are for several organizations, and the settings name none.
    #[error("the JumpCloud credentials are for {count} organizations, and the policy names none of them")]
    #[diagnostic(
        code(jumpcloud::many_organizations),
        help(
            "add the organization's id to the policy's `jumpcloud` node: organization \"5f1b881d9b3a4d2b3c4d5e6f\""
        )
    )]
    ManyOrganizations {
        /// How many.
        count: usize,
    },

    /// These credentials are not for the organization of the settings.
    #[error("the JumpCloud credentials are not for the organization {organization}")]
    #[diagnostic(
        code(jumpcloud::unknown_organization),
        help(
            "check `organization` in the policy's `jumpcloud` node, or use credentials of that organization"
        )
    )]
    UnknownOrganization {
        /// The organization of the settings.
        organization: Box<str>,
    },

    /// 403 with a web page: the address of this machine is blocked. No further request is sent.
    #[error("JumpCloud blocks this machine's address: it answered {request} with a web page and status 403")]
    #[diagnostic(
        code(jumpcloud::blocked),
        help(
            "stop all runs against this organization for a while, then lower `--parallelism` of `apply` or set `rate` in the policy's `jumpcloud` node; JumpCloud support can lift the block"
        )
    )]
    Blocked {
        /// Method and path.
        request: Box<str>,
    },

    /// 429, again and again.
    #[error("JumpCloud limits the rate and kept refusing {request}{message}")]
    #[diagnostic(
        code(jumpcloud::busy),
        help(
            "run the command again later, lower `--parallelism` of `apply`, or set `rate` in the policy's `jumpcloud` node"
        )
    )]
    Busy {
        /// Method and path.
        request: Box<str>,
        /// What was asked for.
        effect: Effect,
        /// What the API says.
        message: ApiMessage,
    },

    /// 5xx, still after repeating what may be repeated.
    #[error("JumpCloud failed at {request} with status {status}{message}")]
    #[diagnostic(
        code(jumpcloud::failing),
        help(
            "see https://status.jumpcloud.com and run the command again; if the request was a write, a new plan shows whether it took effect"
        )
    )]
    Failing {
        /// Method and path.
        request: Box<str>,
        /// What was asked for.
        effect: Effect,
        /// HTTP status, from 500.
        status: u16,
        /// What the API says.
        message: ApiMessage,
    },

    /// Any other status that is no success.
    #[error("JumpCloud refused {request} with status {status}{message}")]
    #[diagnostic(code(jumpcloud::refused), help("{}", help_for_refusal(*status)))]
    Refused {
        /// Method and path.
        request: Box<str>,
        /// HTTP status, below 500.
        status: u16,
        /// What the API says.
        message: ApiMessage,
    },

    /// The answer is longer than any that makes sense.
    #[error("the answer of JumpCloud to {request} is longer than {limit} bytes")]
    #[diagnostic(
        code(jumpcloud::too_long),
        help("check that `url` in the policy's `jumpcloud` node is JumpCloud's")
    )]
    TooLong {
        /// Method and path.
        request: Box<str>,
        /// What was asked for.
        effect: Effect,
        /// The limit, in bytes.
        limit: usize,
    },

    /// A success whose body is not what the API documents.
    #[error("the answer of JumpCloud to {request} has an unknown form")]
    #[diagnostic(
        code(jumpcloud::unknown_form),
        help(
            "check that `url` in the policy's `jumpcloud` node is JumpCloud's and that no proxy answers in its place"
        )
    )]
    UnknownForm {
        /// Method and path.
        request: Box<str>,
        /// What was asked for.
        effect: Effect,
        /// Where the body differs.
        source: serde_json::Error,
    },

    /// A list changed while it was read, every time.
    #[error("the list {list} of JumpCloud changed while it was read, {tries} times in a row: {how}")]
    #[diagnostic(
        code(jumpcloud::shifted),
        help("wait until nobody else changes many objects, then run the command again")
    )]
    Shifted {
        /// Path of the list.
        list: Box<str>,
        /// How often it was read.
        tries: usize,
        /// What showed it, the last time.
        how: Box<str>,
    },

    /// What was to be sent could not be written into the journal. Nothing was sent.
    #[error("{request} was not sent, because the journal cannot be written")]
    #[diagnostic(
        code(jumpcloud::unwitnessed),
        help(
            "make room on the disk of the journal, or name another folder with --journal, and run the command again"
        )
    )]
    Unwitnessed {
        /// Method and path.
        request: Box<str>,
        /// Why the journal cannot be written.
        source: io::Error,
    },

    /// A change that the API cannot express. Nothing was sent.
    #[error("{field} of a JumpCloud user cannot be {wanted}")]
    #[diagnostic(code(jumpcloud::unwritable), help("this is a defect of this program; please report it"))]
    Unwritable {
        /// The field.
        field: Field,
        /// `written` or `cleared`.
        wanted: &'static str,
    },
}

impl JumpCloudError {
    /// Whether a read could not be done whole for reasons outside: unreachable, timed out, cut off, failing, blocked,
    /// of an unknown form, or never twice the same.
    pub fn is_unread(&self) -> bool {
        match self {
            Self::Connect { effect, .. }
            | Self::Lost { effect, .. }
            | Self::Busy { effect, .. }
            | Self::Failing { effect, .. }
            | Self::TooLong { effect, .. }
            | Self::UnknownForm { effect, .. } => *effect == Effect::Read,
            Self::Blocked { .. } | Self::Shifted { .. } => true,
            Self::SetUp { .. }
            | Self::UnusableSetting { .. }
            | Self::KeyRefused { .. }
            | Self::ManyOrganizations { .. }
            | Self::UnknownOrganization { .. }
            | Self::Refused { .. }
            | Self::Unwitnessed { .. }
            | Self::Unwritable { .. } => false,
        }
    }

    /// Whether it was a write that may have taken effect all the same.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Lost { effect, .. }
            | Self::Failing { effect, .. }
            | Self::TooLong { effect, .. }
            | Self::UnknownForm { effect, .. } => *effect == Effect::Write,
            Self::SetUp { .. }
            | Self::UnusableSetting { .. }
            | Self::Connect { .. }
            | Self::KeyRefused { .. }
            | Self::ManyOrganizations { .. }
            | Self::UnknownOrganization { .. }
            | Self::Blocked { .. }
            | Self::Busy { .. }
            | Self::Refused { .. }
            | Self::Shifted { .. }
            | Self::Unwitnessed { .. }
            | Self::Unwritable { .. } => false,
        }
    }

    /// Whether every further request will fail the same way, so that it is no use to go on.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::SetUp { .. }
                | Self::UnusableSetting { .. }
                | Self::KeyRefused { .. }
                | Self::ManyOrganizations { .. }
                | Self::UnknownOrganization { .. }
                | Self::Blocked { .. }
                | Self::Unwitnessed { .. }
        )
    }

    /// The error and what caused it, on one line.
    pub fn words(&self) -> String {
        let mut words = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            words = format!("{words}: {error}");
            source = error.source();
        }
        words
    }

    /// The HTTP status, where JumpCloud refused or failed.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::KeyRefused { .. } => Some(401),
            Self::Blocked { .. } => Some(403),
            Self::Busy { .. } => Some(429),
            Self::Failing { status, .. } | Self::Refused { status, .. } => Some(*status),
            Self::SetUp { .. }
            | Self::UnusableSetting { .. }
            | Self::ManyOrganizations { .. }
            | Self::UnknownOrganization { .. }
            | Self::Connect { .. }
            | Self::Lost { .. }
            | Self::TooLong { .. }
            | Self::UnknownForm { .. }
            | Self::Shifted { .. }
            | Self::Unwitnessed { .. }
            | Self::Unwritable { .. } => None,
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Lost { .. } | Self::Busy { .. } => true,
            Self::Failing { status, .. } => matches!(status, 500 | 502 | 503 | 504),
            Self::SetUp { .. }
            | Self::UnusableSetting { .. }
            | Self::KeyRefused { .. }
            | Self::ManyOrganizations { .. }
            | Self::UnknownOrganization { .. }
            | Self::Blocked { .. }
            | Self::Refused { .. }
            | Self::TooLong { .. }
            | Self::UnknownForm { .. }
            | Self::Shifted { .. }
            | Self::Unwitnessed { .. }
            | Self::Unwritable { .. } => false,
        }
    }
}

fn help_for_refusal(status: u16) -> &'static str {
    match status {
        300..=399 => "the API sends no redirects: check `url` in the policy's `jumpcloud` node and the proxy",
        403 => {
            "give the administrator of the API key a role that may read and change users and groups, and check `organization`"
        }
        404 => {
            "the object is gone, or `organization` or `url` in the policy's `jumpcloud` node is wrong; make a new plan"
        }
        409 => "somebody changed the object in between, or its name is taken; make a new plan",
        _ => "make a new plan; if it repeats, the value may be one that JumpCloud does not take",
    }
}
