//! What can stop a read from reaching its end.

use std::fmt;
use std::time::Duration;

use super::{Answer, EntryProblem, RangeProblem};

/// Why a search did not reach its end, or why its end cannot be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProblem {
    /// Any result other than success.
    #[error("the server answered {0}")]
    Answer(Answer),
    /// The result is a referral: the server does not hold what was asked for.
    #[error("the server does not hold it and refers to {}", servers(.0))]
    Referral(Vec<String>),
    /// Nothing came.
    #[error("the server sent nothing for {} s", .0.as_secs_f64())]
    Silence(Duration),
    /// The connection ended.
    #[error("{0}")]
    Cut(End),
    /// A page came without the control that says whether more follow.
    #[error("the server left out the paging control, so nothing tells whether more entries follow")]
    NoPagingControl,
    /// A page brought nothing new, and asks for itself again.
    #[error("the server repeated its paging cookie without a new entry")]
    RepeatedCookie,
    /// One entry came twice: pages overlap, so others may be missing.
    #[error("the server sent {0} twice")]
    Twice(String),
    /// A message or control that is not of the form that its RFC gives.
    #[error("the server sent {0} that cannot be decoded")]
    Undecodable(&'static str),
    /// An entry with a value that is not of its attribute's form.
    #[error("the entry {name} cannot be decoded")]
    Entry {
        /// The entry's DN as the server sent it.
        name: String,
        /// What is wrong with it.
        source: EntryProblem,
    },
    /// The pieces of a ranged attribute do not make up the whole.
    #[error(transparent)]
    Range(#[from] RangeProblem),
    /// The read of one entry was answered with several.
    #[error("the read of one entry was answered with {0} entries")]
    Count(usize),
}

fn servers(references: &[String]) -> String {
    if references.is_empty() { "no other".to_owned() } else { references.join(", ") }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server closed it.
    Closed,
    /// The network or TLS broke it; the reason in the system's words.
    Broken(String),
    /// The server sent what is no LDAP message.
    Undecodable,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Broken(reason) => write!(f, "the connection broke: {reason}"),
            Self::Undecodable => f.write_str("the server sent what is no LDAP message"),
        }
    }
}
