//! The JumpCloud API: the only module that can change anything outside.
//!
//! [`Client`] reads an organization and has one method for each kind of write. It decides nothing: what to write, in
//! which order and whether at all is its caller's. API field names stay in `wire` and `graph`; callers see `model` types.
//!
//! Invariants:
//! - A read is whole or an error. Totals, the seams between pages and the uniqueness of ids are checked
//!   (`pages`), and a list that moved while it was read is read again.
//! - A request whose repetition could do harm is never sent twice: a create goes out again only when JumpCloud refused
//!   it unread (429), or when there never was a connection.
//! - No request leaves before the time that an earlier 429 asked for, and none after the address was blocked.
//! - Where there is a [`Witness`], no request that changes something leaves before it has agreed.
//! - Keys, secrets and tokens are each in one header, marked sensitive, and in no error, log or `Debug`.

mod call;
mod credential;
mod credentials;
mod directories;
mod entries;
mod error;
mod exchange;
mod gate;
mod grant;
mod graph;
mod http;
mod merge;
mod message;
mod pages;
mod patience;
mod present;
mod read;
mod rebuild;
mod record;
mod removed;
mod removed_fields;
mod retry_after;
mod token;
mod wire;
mod witness;
mod write;

use std::fmt;
use std::time::Duration;

use url::Url;

pub use credential::Credential;
pub use credentials::Credentials;
pub use error::{Effect, JumpCloudError};
pub use message::ApiMessage;
pub use patience::Patience;
pub use rebuild::Bound;
pub use record::Record;
pub use removed_fields::as_kept;
pub use witness::{Testimony, Witness};

use http::Http;

/// Where the API is and who asks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host of the console, such as `https://console.jumpcloud.com`.
    pub url: Url,
    /// What proves who asks.
    pub credentials: Credentials,
    /// The organization (`x-org-id`), 24 hexadecimal digits; only administrators of several need it.
    pub organization: Option<String>,
    /// The most requests in flight at a time; 0 counts as 1.
    pub parallelism: usize,
    /// The least time between two requests; none where JumpCloud alone says when it is too much.
    pub spacing: Option<Duration>,
}

/// A client of one JumpCloud organization. Clones share connections, limits and the pause that a 429 asks for.
#[derive(Clone)]
pub struct Client {
    http: Http,
}

impl Client {
    /// Prepares a client; sends nothing.
    ///
    /// # Errors
    /// When a credential or the organization cannot stand in a header, or the platform's TLS setup fails.
    pub fn new(settings: Settings) -> Result<Self, JumpCloudError> {
        Self::with_patience(settings, Patience::default())
    }

    /// Like [`Client::new`], with other time limits and delays.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_patience(settings: Settings, patience: Patience) -> Result<Self, JumpCloudError> {
        Ok(Self { http: Http::new(settings, patience)? })
    }

    /// The same client, of whose writes the witness hears.
    #[must_use]
    pub fn witnessed_by(&self, witness: Witness) -> Self {
        Self { http: self.http.witnessed_by(witness) }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.http.base().as_str()).finish_non_exhaustive()
    }
}
