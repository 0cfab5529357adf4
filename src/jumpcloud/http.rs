//! Sends one request: headers, limits, and the repetitions that are safe.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use serde::de::{DeserializeOwned, Error as _};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use url::Url;

use super::Settings;
use super::call::Call;
use super::credentials::{Authority, Proof, header};
use super::error::{Effect, JumpCloudError};
use super::exchange::{Answer, Failure, Request, is_loopback};
use super::gate::Gate;
use super::grant::token_url;
use super::patience::Patience;
use super::token::Lease;
use super::witness::{Testimony, Witness};

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What became of one attempt; with a failure, the token that it was made with.
type Attempt = Result<Answer, (Failure, Option<Lease>)>;

/// Sends requests; clones share everything.
#[derive(Clone)]
pub(super) struct Http {
    shared: Arc<Shared>,
    /// Hears of what changes something.
    witness: Option<Witness>,
}

struct Shared {
    client: reqwest::Client,
    base: Url,
    /// Where a service account gets its tokens.
    token_url: Url,
    authority: Authority,
    organization: Option<HeaderValue>,
    parallelism: usize,
    permits: Semaphore,
    gate: Gate,
    patience: Patience,
}

impl Http {
    pub(super) fn new(settings: Settings, patience: Patience) -> Result<Self, JumpCloudError> {
        let Settings { url: base, credentials, organization, parallelism, spacing } = settings;
        let authority = Authority::new(credentials)?;
        let token_url = token_url(&base)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
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
        let gate = Gate::new(spacing.unwrap_or_default());
        let shared =
            Shared { client, base, token_url, authority, organization, parallelism, permits, gate, patience };
        Ok(Self { shared: Arc::new(shared), witness: None })
    }

    pub(super) fn witnessed_by(&self, witness: Witness) -> Self {
        Self { shared: Arc::clone(&self.shared), witness: Some(witness) }
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
        let Shared { patience, gate, permits, authority, .. } = &*self.shared;
        let mut delays = patience.delays();
        let mut has_renewed = false;
        loop {
            let attempt = {
                // A closed semaphore would mean no limit; it is never closed.
                let _permit = permits.acquire().await.ok();
                gate.pass().await;
                self.attempt(call).await
            };
            let (Failure { error, retry_after }, lease) = match attempt {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if matches!(error, JumpCloudError::Blocked { .. }) {
                gate.shut();
            }
            // A token may end earlier than was said. What was refused for it was not carried out.
            let is_refused = matches!(error, JumpCloudError::KeyRefused { .. });
            if is_refused && !has_renewed && authority.give_up(lease).await {
                has_renewed = true;
                continue;
            }
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

    async fn attempt(&self, call: &Call) -> Attempt {
        let shared = &*self.shared;
        if shared.gate.is_shut() {
            return Err((JumpCloudError::Blocked { request: name(call) }.into(), None));
        }
        let proof = shared.authority.proof(&shared.client, &shared.token_url).await;
        let Proof { name: header, value, secret, lease } = proof.map_err(|failure| (failure, None))?;
        let mut builder =
            shared.client.request(call.method.clone(), call.url(&shared.base)).header(header, value);
        if let Some(organization) = shared.organization.as_ref().filter(|_| call.takes_organization()) {
            builder = builder.header("x-org-id", organization);
        }
        if let Some(body) = &call.body {
            builder = builder.json(body);
        }
        let credential = shared.authority.credential();
        let request = Request { name: name(call), effect: call.effect, credential, secrets: &[&secret] };
        let witness = self.witness.as_ref().filter(|_| call.effect == Effect::Write);
        let Some(witness) = witness else {
            return request.send(builder).await.map_err(|failure| (failure, lease));
        };
        let leaving = Testimony::Leaving { request: call.to_string(), body: call.body.clone() };
        if let Err(source) = witness.hear(leaving).await {
            return Err((JumpCloudError::Unwitnessed { request: name(call), source }.into(), None));
        }
        let answer = request.send(builder).await;
        let error = answer.as_ref().err().map(|failure| failure.error.words());
        // It is done or not by now: what the witness makes of it changes nothing.
        let _ = witness.hear(Testimony::Answered { request: call.to_string(), error }).await;
        answer.map_err(|failure| (failure, lease))
    }
}

/// Reads the body of an answer as `T`.
pub(super) fn decode<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T, JumpCloudError> {
    serde_json::from_slice(&answer.body).map_err(|source| JumpCloudError::UnknownForm {
        request: name(call),
        effect: call.effect,
        source: without_values(&source),
    })
}

/// Where and how a body differs, without what stands there: a server may send back what it was sent, a secret among it.
pub(super) fn without_values(error: &serde_json::Error) -> serde_json::Error {
    let text = error.to_string();
    let shown = match (text.split_once('"'), text.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => format!("{before}\"…\"{after}"),
        _ => text,
    };
    serde_json::Error::custom(shown)
}

fn name(call: &Call) -> Box<str> {
    call.to_string().into()
}
