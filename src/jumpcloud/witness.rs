//! Whoever hears of each request that changes something, before it leaves.

use std::fmt;
use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

/// What a witness hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Testimony {
    /// A request is about to leave. It does when the witness agrees.
    Leaving {
        /// Method and path.
        request: String,
        /// What is sent.
        body: Option<Value>,
    },
    /// A request has ended.
    Answered {
        /// Method and path.
        request: String,
        /// Why it did not succeed; none when it did.
        error: Option<String>,
    },
}

/// Hears of the requests of a client that change something. No request leaves that it does not agree to.
#[derive(Clone)]
pub struct Witness(Arc<Hear>);

type Hear = dyn Fn(Testimony) -> BoxFuture<'static, io::Result<()>> + Send + Sync;

impl Witness {
    /// A witness from what it does when it hears of something.
    pub fn new(
        hear: impl Fn(Testimony) -> BoxFuture<'static, io::Result<()>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(hear))
    }

    pub(super) async fn hear(&self, testimony: Testimony) -> io::Result<()> {
        (self.0)(testimony).await
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}
