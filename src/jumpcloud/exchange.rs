//! One request and its answer, and what the answer means when it is no success.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::credential::Credential;
use super::error::{Effect, JumpCloudError};
use super::message::ApiMessage;
use super::retry_after::retry_after;

/// The longest body that is read, in bytes; a page of 100 users stays far below it.
const LONGEST_BODY: usize = 64 << 20;

/// What errors say about a request.
pub(super) struct Request<'s> {
    /// Method and path.
    pub(super) name: Box<str>,
    pub(super) effect: Effect,
    /// What it proves itself with.
    pub(super) credential: Credential,
    /// What no error may repeat.
    pub(super) secrets: &'s [&'s SecretString],
}

/// The body of a success, and what its headers say about the list that it is a page of.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) total: Option<u64>,
}

/// A request that failed once.
pub(super) struct Failure {
    pub(super) error: JumpCloudError,
    /// How long the server asks to wait.
    pub(super) retry_after: Option<Duration>,
}

impl From<JumpCloudError> for Failure {
    fn from(error: JumpCloudError) -> Self {
        Self { error, retry_after: None }
    }
}

impl Request<'_> {
    /// Sends the request, and reads its answer to the end.
    pub(super) async fn send(&self, builder: RequestBuilder) -> Result<Answer, Failure> {
        let response = builder.send().await.map_err(|source| self.unsent_or_lost(source))?;
        let status = response.status();
        if status.is_success() {
            let total = response.headers().get("x-total-count");
            let total = total.and_then(|total| total.to_str().ok()?.trim().parse().ok());
            return Ok(Answer { body: self.read_body(response).await?, total });
        }
        let retry_after = retry_after(response.headers());
        let is_page = is_web_page(response.headers());
        // The status decides; an error page that breaks off adds nothing.
        let body = self.read_body(response).await.unwrap_or_default();
        Err(Failure { error: self.refusal(status, is_page, &body), retry_after })
    }

    fn refusal(&self, status: StatusCode, is_page: bool, body: &[u8]) -> JumpCloudError {
        let Self { name, effect, credential, secrets } = self;
        let (request, effect, credential) = (name.clone(), *effect, *credential);
        let message = ApiMessage::read(body, secrets.iter().map(|secret| secret.expose_secret()));
        let starts_like_a_page = body.trim_ascii_start().starts_with(b"<");
        match status.as_u16() {
            401 => JumpCloudError::KeyRefused { request, credential, message },
            // RFC 6749 5.2
            400 if credential == Credential::Secret => {
                JumpCloudError::KeyRefused { request, credential, message }
            }
            403 if is_page || starts_like_a_page => JumpCloudError::Blocked { request },
            429 => JumpCloudError::Busy { request, effect, message },
            status @ 500.. => JumpCloudError::Failing { request, effect, status, message },
            status => JumpCloudError::Refused { request, status, message },
        }
    }

    fn unsent_or_lost(&self, source: reqwest::Error) -> JumpCloudError {
        let (request, effect, source) = (self.name.clone(), self.effect, source.without_url());
        if source.is_connect() {
            JumpCloudError::Connect { request, effect, source }
        } else {
            JumpCloudError::Lost { request, effect, source }
        }
    }

    async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, JumpCloudError> {
        let (request, effect) = (&self.name, self.effect);
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(|source| JumpCloudError::Lost {
                request: request.clone(),
                effect,
                source: source.without_url(),
            })?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(JumpCloudError::TooLong {
                    request: request.clone(),
                    effect,
                    limit: LONGEST_BODY,
                });
            }
            body.extend_from_slice(&chunk);
        }
    }
}

fn is_web_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// Whether the address is this machine's own, where no proxy of the environment has a part.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
