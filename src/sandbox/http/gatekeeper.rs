//! Who may come in, and which organization they mean: keys, tokens of a service account, and `x-org-id`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::form_urlencoded;

use crate::sandbox::refusal::Refusal;
use crate::sandbox::state::id::Id;

/// How the paths begin on which nobody names an organization.
const WITHOUT_ORGANIZATION: [&str; 7] = [
    "/api/organizations",
    "/api/search/organizations",
    "/api/users",
    "/api/v2/organizations",
    "/api/v2/administrators",
    "/api/v2/providers",
    "/api/v2/integrations",
];

/// A service account, which exchanges its secret for tokens (RFC 6749 4.4).
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Its client id.
    pub id: String,
    /// Its client secret.
    pub secret: SecretString,
    /// How long its tokens last.
    pub lifetime: Duration,
}

/// The door of a sandbox.
#[derive(Debug)]
pub(in crate::sandbox) struct Gatekeeper {
    api_key: Option<SecretString>,
    service_account: Option<ServiceAccount>,
    other_organizations: Vec<String>,
    /// When each token ends; its number is its place.
    tokens: Mutex<Vec<Instant>>,
}

impl Gatekeeper {
    pub(in crate::sandbox) fn new(
        api_key: Option<SecretString>,
        service_account: Option<ServiceAccount>,
        other_organizations: Vec<String>,
    ) -> Self {
        Self { api_key, service_account, other_organizations, tokens: Mutex::default() }
    }

    pub(in crate::sandbox) fn other_organizations(&self) -> &[String] {
        &self.other_organizations
    }

    pub(in crate::sandbox) fn tokens(&self) -> usize {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(in crate::sandbox) fn expire_tokens(&self) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).fill(Instant::now());
    }

    /// Checks the headers of a request to the organization of this id.
    pub(in crate::sandbox) fn check(&self, headers: &HeaderMap, path: &str, id: Id) -> Result<(), Refusal> {
        if path == "/oauth2/token" {
            // It has an authentication of its own.
            return Ok(());
        }
        if !self.may_enter(headers) {
            return Err(Refusal::unauthorized());
        }
        let is_meant = |prefix: &&str| {
            path.strip_prefix(*prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let takes_none = WITHOUT_ORGANIZATION.iter().any(is_meant);
        match text(headers, "x-org-id") {
            Some(_) if takes_none => Err(Refusal::forbidden("x-org-id is not taken here")),
            None if takes_none || self.other_organizations.is_empty() => Ok(()),
            None => Err(Refusal::unauthorized()),
            Some(named) => match named.parse::<Id>() {
                Err(_) => Err(Refusal::invalid("x-org-id is malformed")),
                Ok(named) if named == id => Ok(()),
                Ok(_) => Err(Refusal::missing()),
            },
        }
    }

    /// Whether everybody may come in.
    pub(in crate::sandbox) fn is_open(&self) -> bool {
        self.api_key.is_none() && self.service_account.is_none()
    }

    /// Whether a browser gives the key as the password of anybody, or the secret of the service account as its.
    pub(in crate::sandbox) fn knows_by_password(&self, headers: &HeaderMap) -> bool {
        let is_account = self.service_account.as_ref().is_some_and(|account| account.is_proven_by(headers));
        let password = basic(headers).map(|(_, password)| password);
        let has_key = |key: &SecretString| password.as_deref() == Some(key.expose_secret());
        is_account || self.api_key.as_ref().is_some_and(has_key)
    }

    /// Whether a request carries a key or a token, where there is one.
    pub(in crate::sandbox) fn may_enter(&self, headers: &HeaderMap) -> bool {
        let key = text(headers, "x-api-key");
        let has_key = self.api_key.as_ref().is_some_and(|right| key == Some(right.expose_secret()));
        let bearer = text(headers, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        // Who sends both is not trusted with either.
        let has_token = key.is_none() && bearer.is_some_and(|token| self.is_current(token));
        self.is_open() || (has_key && bearer.is_none()) || has_token
    }

    fn is_current(&self, token: &str) -> bool {
        let number = token.strip_prefix("sandbox-token-").and_then(|number| number.parse::<usize>().ok());
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        number.and_then(|number| tokens.get(number)).is_some_and(|end| Instant::now() < *end)
    }

    /// Answers a token request (RFC 6749 4.4.3, 5.2).
    pub(in crate::sandbox) fn give_token(&self, headers: &HeaderMap, form: &[u8]) -> Response {
        let Some(account) = self.service_account.as_ref().filter(|account| account.is_proven_by(headers))
        else {
            return refused(StatusCode::UNAUTHORIZED, "invalid_client");
        };
        let has = |name: &str, value: &str| {
            form_urlencoded::parse(form).any(|(key, text)| key == name && text == value)
        };
        if !has("grant_type", "client_credentials") {
            return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
        }
        if !has("scope", "api") {
            return refused(StatusCode::BAD_REQUEST, "invalid_scope");
        }
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = format!("sandbox-token-{}", tokens.len());
        tokens.push(Instant::now() + account.lifetime);
        let lifetime = account.lifetime.as_secs();
        Json(json!({ "access_token": token, "token_type": "bearer", "expires_in": lifetime })).into_response()
    }
}

impl ServiceAccount {
    /// Whether the headers carry its id and secret, form-encoded and then by HTTP Basic (RFC 6749 2.3.1).
    fn is_proven_by(&self, headers: &HeaderMap) -> bool {
        let Some((id, secret)) = basic(headers) else { return false };
        // A text with neither `&` nor `=` is one name without a value.
        let decode = |text: &str| {
            form_urlencoded::parse(text.as_bytes())
                .next()
                .map(|(name, _)| name.into_owned())
                .unwrap_or_default()
        };
        decode(&id) == self.id && decode(&secret) == self.secret.expose_secret()
    }
}

/// Name and password of HTTP Basic (RFC 7617).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, pair) = text(headers, AUTHORIZATION.as_str())?.split_once(' ')?;
    let pair = scheme.eq_ignore_ascii_case("Basic").then(|| STANDARD.decode(pair).ok()).flatten()?;
    let pair = String::from_utf8(pair).ok()?;
    pair.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}
