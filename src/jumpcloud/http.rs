//! Sends one request: headers, limits, and the repetitions that are safe.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use url::{Host, Url};

use super::Settings;
use super::call::Call;
use super::error::JumpCloudError;
use super::gate::Gate;
use super::message::ApiMessage;
use super::patience::Patience;
use super::retry_after::retry_after;

/// The longest body that is read, in bytes; a page of 100 users stays far below it.
const LONGEST_BODY: usize = 64 << 20;

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends requests; clones share everything.
#[derive(Clone)]
pub(super) struct Http {
    shared: Arc<Shared>,
}

struct Shared {
    client: reqwest::Client,
    base: Url,
    api_key: SecretString,
    organization: Option<HeaderValue>,
    parallelism: usize,
    permits: Semaphore,
    gate: Gate,
    patience: Patience,
}

/// The body of a success, and what its headers say about the list that it is a page of.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) total: Option<u64>,
}

/// A request that failed once.
struct Failure {
    error: JumpCloudError,
    retry_after: Option<Duration>,
}

impl From<JumpCloudError> for Failure {
    fn from(error: JumpCloudError) -> Self {
        Self { error, retry_after: None }
    }
}

impl Http {
    pub(super) fn new(settings: Settings, patience: Patience) -> Result<Self, JumpCloudError> {
        let Settings { url: base, api_key, organization, parallelism } = settings;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("x-api-key", header("API key", api_key.expose_secret())?);
        let organization = organization.map(|id| header("organization", &id)).transpose()?;
        let client = if is_loopback(&base) {
            reqwest::Client::builder().no_proxy()
        } else {
            reqwest::Client::builder()
        };
        let client = client
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(Policy::none())
            .referer(false)
            .timeout(patience.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(patience.timeout))
            .build()
            .map_err(|source| JumpCloudError::SetUp { source })?;
        let parallelism = parallelism.max(1);
        let permits = Semaphore::new(parallelism.min(Semaphore::MAX_PERMITS));
        let gate = Gate::default();
        let shared = Shared { client, base, api_key, organization, parallelism, permits, gate, patience };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub(super) fn base(&self) -> &Url {
        &self.shared.base
    }

    pub(super) fn parallelism(&self) -> usize {
        self.shared.parallelism
    }

    /// The organization of the settings.
    pub(super) fn organization(&self) -> Option<&str> {
        self.shared.organization.as_ref().and_then(|id| id.to_str().ok())
    }

    /// Sends a request and reads the body of its answer as `T`.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, call: &Call) -> Result<T, JumpCloudError> {
        let answer = self.send(call).await?;
        decode(call, &answer)
    }

    /// Like [`Http::fetch`]; none when JumpCloud has no such object.
    pub(super) async fn fetch_optional<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Option<T>, JumpCloudError> {
        match self.fetch(call).await {
            Err(error) if error.status() == Some(404) => Ok(None),
            result => result.map(Some),
        }
    }

    /// Sends a request until it succeeds, fails for good, or its delays are used up.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, JumpCloudError> {
        let Shared { patience, gate, permits, .. } = &*self.shared;
        let mut delays = patience.delays();
        loop {
            let attempt = {
                // A closed semaphore would mean no limit; it is never closed.
                let _permit = permits.acquire().await.ok();
                gate.pass().await;
                self.attempt(call).await
            };
            let Failure { error, retry_after } = match attempt {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause =
                retry_after.filter(|pause| !pause.is_zero()).map(|pause| pause.min(patience.longest_pause));
            if let Some(pause) = pause {
                gate.close_for(pause);
            }
            if !call.may_repeat_after(&error) {
                return Err(error);
            }
            let is_busy = matches!(error, JumpCloudError::Busy { .. });
            let delay = if is_busy { delays.after_refusal.next() } else { delays.after_failure.next() };
            match delay {
                None => return Err(error),
                Some(_) if pause.is_some() => {}
                Some(delay) if is_busy => gate.close_for(delay),
                Some(delay) => sleep(delay).await,
            }
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Failure> {
        let shared = &*self.shared;
        if shared.gate.is_shut() {
            return Err(JumpCloudError::Blocked { request: name(call) }.into());
        }
        let mut request = shared.client.request(call.method.clone(), call.url(&shared.base));
        if let Some(organization) = &shared.organization {
            request = request.header("x-org-id", organization);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|source| unsent_or_lost(call, source))?;
        let status = response.status();
        if status.is_success() {
            let total = response
                .headers()
                .get("x-total-count")
                .and_then(|total| total.to_str().ok()?.trim().parse().ok());
            let body = read_body(call, response).await?;
            return Ok(Answer { body, total });
        }
        let retry_after = retry_after(response.headers());
        let is_page = is_web_page(response.headers());
        // The status decides; an error page that breaks off adds nothing.
        let body = read_body(call, response).await.unwrap_or_default();
        let error = self.refusal(call, status, is_page, &body);
        if matches!(error, JumpCloudError::Blocked { .. }) {
            shared.gate.shut();
        }
        Err(Failure { error, retry_after })
    }

    fn refusal(&self, call: &Call, status: StatusCode, is_page: bool, body: &[u8]) -> JumpCloudError {
        let request = name(call);
        let effect = call.effect;
        let message = ApiMessage::read(body, self.shared.api_key.expose_secret());
        let starts_like_a_page = body.trim_ascii_start().starts_with(b"<");
        match status.as_u16() {
            401 => JumpCloudError::KeyRefused { request, message },
            403 if is_page || starts_like_a_page => JumpCloudError::Blocked { request },
            429 => JumpCloudError::Busy { request, effect, message },
            status @ 500.. => JumpCloudError::Failing { request, effect, status, message },
            status => JumpCloudError::Refused { request, status, message },
        }
    }
}

/// Reads the body of an answer as `T`.
pub(super) fn decode<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T, JumpCloudError> {
    serde_json::from_slice(&answer.body).map_err(|source| JumpCloudError::UnknownForm {
        request: name(call),
        effect: call.effect,
        source,
    })
}

fn header(what: &'static str, text: &str) -> Result<HeaderValue, JumpCloudError> {
    let value = Some(text).filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_str(text).ok());
    let mut value = value.ok_or(JumpCloudError::UnusableSetting { what })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether the address is this machine's own, where no proxy of the environment has a part.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn name(call: &Call) -> Box<str> {
    call.to_string().into()
}

fn unsent_or_lost(call: &Call, source: reqwest::Error) -> JumpCloudError {
    let (request, effect, source) = (name(call), call.effect, source.without_url());
    if source.is_connect() {
        JumpCloudError::Connect { request, effect, source }
    } else {
        JumpCloudError::Lost { request, effect, source }
    }
}

async fn read_body(call: &Call, mut response: Response) -> Result<Vec<u8>, JumpCloudError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|source| JumpCloudError::Lost {
            request: name(call),
            effect: call.effect,
            source: source.without_url(),
        })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(JumpCloudError::TooLong {
                request: name(call),
                effect: call.effect,
                limit: LONGEST_BODY,
            });
        }
        body.extend_from_slice(&chunk);
    }
}

fn is_web_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}
