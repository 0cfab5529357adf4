//! Bodies of requests: read whole, within limits of length, time and memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::serve::Limits;
use crate::sandbox::refusal::Refusal;

/// A body up to this length is nothing to be careful about.
const SMALL: usize = 64 * 1024;
/// How many bodies may be longer at a time.
const MOST_LARGE: usize = 8;

/// The most objects in a body, and the most values: a value takes much more memory than the few bytes that it may be
/// written in.
const MOST_OBJECTS: usize = 100_000;
const MOST_VALUES: usize = 1_000_000;

/// Reads bodies. Of those that are not small there are only a few at a time, or many clients at once could fill the memory.
#[derive(Debug)]
pub(in crate::sandbox) struct Bodies {
    longest: usize,
    patience: Duration,
    large: Arc<Semaphore>,
}

/// A body, and the right to keep it in memory; a small one needs none.
pub(in crate::sandbox) type Read = (Bytes, Option<OwnedSemaphorePermit>);

/// Goes with a request whose body was not taken: whoever may send requests is answered with this.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Unread(pub(in crate::sandbox) Refusal);

impl Bodies {
    pub(in crate::sandbox) fn new(limits: Limits) -> Self {
        let Limits { patience, connections: _, body: longest } = limits;
        Self { longest, patience, large: Arc::new(Semaphore::new(MOST_LARGE)) }
    }

    /// Reads a body. One that is too long is read to its end all the same, and thrown away, as a client that is still
    /// sending might never see the answer; but not when it waits to be asked for it.
    pub(in crate::sandbox) async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Read, Refusal> {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if body.is_end_stream() {
            return Ok((Bytes::new(), None));
        }
        if announced > self.longest && headers.contains_key(EXPECT) {
            return Err(self.too_long());
        }
        let (mut text, mut place) = (Vec::new(), None);
        let mut is_too_long = announced > self.longest;
        let mut end = Instant::now() + self.patience;
        let mut parts = body.into_data_stream();
        loop {
            let part = match timeout_at(end, parts.next()).await {
                Ok(Some(Ok(part))) => part,
                Ok(Some(Err(_))) => return Err(Refusal::invalid("the body did not come to its end")),
                Ok(None) | Err(_) if is_too_long => return Err(self.too_long()),
                Ok(None) if text.len() > SMALL && is_too_rich(&text) => {
                    return Err(Refusal::invalid("the body holds too many values"));
                }
                Ok(None) => return Ok((Bytes::from(text), place)),
                Err(_) => return Err(Refusal::late()),
            };
            let length = text.len() + part.len();
            if is_too_long {
                continue;
            }
            if length > self.longest {
                (text, place, is_too_long) = (Vec::new(), None, true);
                continue;
            }
            if length > SMALL && place.is_none() {
                place = Some(self.place().await?);
                text.reserve_exact(announced.saturating_sub(text.len()));
                end = Instant::now() + self.patience;
            }
            text.extend_from_slice(&part);
        }
    }

    /// The right to keep a body that is not small.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        match timeout(self.patience, Arc::clone(&self.large).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Refusal::busy("too many long requests at once")),
        }
    }

    fn too_long(&self) -> Refusal {
        Refusal::too_long(format!("the body may have up to {} bytes", self.longest))
    }
}

/// Whether a JSON text holds too many values. It looks at no more than punctuation, so it may count some that are part of a
/// text.
fn is_too_rich(text: &[u8]) -> bool {
    let (mut objects, mut values) = (0, 0);
    for byte in text {
        objects += usize::from(*byte == b'{');
        values += usize::from(*byte == b',');
    }
    objects > MOST_OBJECTS || values > MOST_VALUES
}
