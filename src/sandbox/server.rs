//! What every request passes: the log, the key, the faults; and the state behind a lock.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Request as HttpRequest, State as Extract};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::fault::{Fault, FaultKind, Faults, answer, dropped};
use super::gatekeeper::Gatekeeper;
use super::mail::Mail;
use super::refusal::Refusal;
use super::{Options, Request, State, file, routes};

/// How many requests the log remembers.
const LONGEST_LOG: usize = 100_000;

/// What the requests of one sandbox share.
#[derive(Debug)]
pub(super) struct Server {
    state: RwLock<State>,
    state_file: Option<PathBuf>,
    pub(super) gatekeeper: Gatekeeper,
    faults: Faults,
    requests: Mutex<VecDeque<Request>>,
    mails: Mutex<Vec<Mail>>,
    writes: AtomicUsize,
    turns: AtomicUsize,
    pub(super) url: Url,
    /// What new users carry as `created`.
    pub(super) created: Option<String>,
}

/// The API of a sandbox.
pub(super) fn router(server: Arc<Server>) -> Router {
    let guard = from_fn_with_state(Arc::clone(&server), guard);
    routes::router().fallback(async || Refusal::missing()).layer(guard).with_state(server)
}

impl Server {
    pub(super) fn new(state: State, options: Options, url: Url) -> Self {
        let Options { listen: _, api_key, service_account, other_organizations, state_file, now, faults } =
            options;
        Self {
            state: RwLock::new(state),
            state_file,
            gatekeeper: Gatekeeper::new(api_key, service_account, other_organizations),
            faults: Faults::new(faults),
            requests: Mutex::default(),
            mails: Mutex::default(),
            writes: AtomicUsize::new(0),
            turns: AtomicUsize::new(0),
            url,
            created: now.map(|now| now.to_string()),
        }
    }

    pub(super) fn state(&self) -> State {
        self.read(State::clone)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes down what JumpCloud would send now.
    pub(super) fn send(&self, mail: Option<Mail>) {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).extend(mail);
    }

    /// A number that is another one at each call.
    pub(super) fn turn(&self) -> usize {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    /// Looks at the state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, and the file before anybody hears of it. A change that fails, by itself or on the way to the
    /// file, leaves both as they were.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.state_file else { return change(&mut state) };
        let mut next = state.clone();
        let result = change(&mut next)?;
        file::replace(path, &next.to_json())
            .map_err(|error| Refusal::failed(format!("could not write {}: {error}", path.display())))?;
        *state = next;
        Ok(result)
    }

    fn note(&self, request: &HttpRequest) {
        let uri = request.uri();
        let request = Request {
            method: request.method().to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
        };
        if request.is_write() {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == LONGEST_LOG {
            requests.pop_front();
        }
        requests.push_back(request);
    }
}

async fn guard(Extract(server): Extract<Arc<Server>>, request: HttpRequest, next: Next) -> Response {
    server.note(&request);
    let fault = server.faults.strike(request.method(), request.uri().path());
    match fault {
        Some(Fault { kind: FaultKind::Status(status), retry_after, .. }) => {
            return answer(*status, retry_after.as_deref());
        }
        Some(Fault { kind: FaultKind::DropBefore, .. }) => return dropped(),
        Some(Fault { kind: FaultKind::DropAfter, .. }) | None => {}
    }
    let organization = server.read(|state| state.organization.id.clone());
    if let Err(refusal) = server.gatekeeper.check(request.headers(), request.uri().path(), &organization) {
        return refusal.into_response();
    }
    let response = next.run(request).await;
    if fault.is_some() { dropped() } else { response }
}
