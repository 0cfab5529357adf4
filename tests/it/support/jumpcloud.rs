//! Sandboxes, and clients of them.

use std::time::Duration;

use adjunct::jumpcloud::{Client, Credentials, Patience, Settings};
use adjunct::sandbox::{Fault, FaultKind, Options, Sandbox, State, Turn};
use serde_json::{Value, json};
use url::Url;

pub(crate) const KEY: &str = "k3y-that-nobody-may-see";

/// Delays short enough to wait for.
pub(crate) fn patience() -> Patience {
    Patience {
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(4),
        ..Patience::default()
    }
}

pub(crate) fn settings(url: Url) -> Settings {
    Settings {
        url,
        credentials: Credentials::ApiKey(KEY.into()),
        organization: None,
        parallelism: 8,
        spacing: None,
    }
}

pub(crate) fn client(url: Url) -> Client {
    Client::with_patience(settings(url), patience()).unwrap()
}

pub(crate) fn state(document: &Value) -> State {
    State::parse("test.json", &document.to_string()).unwrap()
}

/// A sandbox with this state, and a client of it.
pub(crate) async fn sandbox(document: Value) -> (Sandbox, Client) {
    sandbox_with(document, Vec::new()).await
}

pub(crate) async fn sandbox_with(document: Value, faults: Vec<Fault>) -> (Sandbox, Client) {
    let options = Options { api_key: Some(KEY.into()), faults, ..Options::default() };
    let sandbox = Sandbox::start(state(&document), options).await.unwrap();
    let client = client(sandbox.url());
    (sandbox, client)
}

/// So many users `u0`, `u1`, ….
pub(crate) fn users(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({ "username": format!("u{n}"), "email": format!("u{n}@example.com") })).collect()
}

pub(crate) fn fault(method: &str, path_prefix: &str, nth: usize, kind: FaultKind) -> Fault {
    let path = format!("{path_prefix}*");
    Fault { method: method.to_owned(), path, turn: Turn::Nth(nth), kind, retry_after: None }
}

/// The state of a sandbox as JSON.
pub(crate) fn document(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.state().to_json()).unwrap()
}
