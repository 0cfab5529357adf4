//! What every request passes: the log, the key, the faults; and the state behind a lock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State as Extract};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::body::Unread;
use super::clock::Clock;
use super::fault::{Fault, FaultKind, Faults, answer, dropped};
use super::gatekeeper::Gatekeeper;
use super::mail::Mail;
use super::refusal::Refusal;
use super::state::change::Draft;
use super::state::fields::Record;
use super::state::id::Id;
use super::store::StateFile;
use super::{Options, Request, State, api};

/// How many requests the log remembers, and how many bytes of paths and queries.
const LONGEST_LOG: usize = 100_000;
const LARGEST_LOG: usize = 32 << 20;

/// What the requests of one sandbox share.
#[derive(Debug)]
pub(super) struct Server {
    state: RwLock<State>,
    /// Where the state is kept. Whoever writes holds it from the decision to the end, so that writes come one by one.
    file: Mutex<Option<StateFile>>,
    pub(super) gatekeeper: Gatekeeper,
    faults: Faults,
    requests: Mutex<VecDeque<Request>>,
    /// How many bytes of paths and queries are in `requests`; changed with them.
    noted: AtomicUsize,
    mails: Mutex<Vec<Mail>>,
    jobs: Mutex<BTreeMap<Id, Vec<(Id, Record)>>>,
    writes: AtomicUsize,
    turns: AtomicUsize,
    pub(super) url: Url,
    clock: Clock,
}

/// The API of a sandbox.
pub(super) fn router(server: Arc<Server>) -> Router {
    let guard = from_fn_with_state(Arc::clone(&server), guard);
    api::router()
        .fallback(async || Refusal::missing())
        .method_not_allowed_fallback(async || Refusal::not_that_way())
        // `serve` has limits of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(guard)
        .with_state(server)
}

impl Server {
    pub(super) fn new(state: State, options: Options, url: Url) -> Self {
        let Options {
            listen: _,
            api_key,
            service_account,
            other_organizations,
            state_file,
            clock,
            faults,
            limits: _,
        } = options;
        Self {
            state: RwLock::new(state),
            file: Mutex::new(state_file),
            gatekeeper: Gatekeeper::new(api_key, service_account, other_organizations),
            faults: Faults::new(faults),
            requests: Mutex::default(),
            noted: AtomicUsize::new(0),
            mails: Mutex::default(),
            jobs: Mutex::default(),
            writes: AtomicUsize::new(0),
            turns: AtomicUsize::new(0),
            url,
            clock,
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

    /// Makes the texts of all users' answers, so that the first list is as fast as the next. Ends with the sandbox.
    pub(super) fn prepare(server: &Weak<Self>) {
        let rows = server.upgrade().map(|server| server.read(|state| state.users.table().rows().to_vec()));
        for row in rows.into_iter().flatten() {
            let Some(server) = server.upgrade() else { return };
            // One by one: whoever wants to write is not kept waiting.
            server.read(|state| state.user_text(&row));
        }
    }

    /// Looks at the state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, and the file before anybody hears of it. A change that fails, by itself or on the way to the
    /// file, leaves both as they were. Who reads meanwhile reads the state from before.
    pub(super) fn write<T>(
        &self,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut file = self.file();
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let mut draft = Draft::new(&state, self.now());
        let answer = decide(&mut draft)?;
        let Draft { changes, next_id, .. } = draft;
        if let Some(file) = &mut *file
            && !changes.is_empty()
        {
            file.append(&state, &changes, next_id)
                .map_err(|error| Refusal::failed(format!("the change could not be kept: {error}")))?;
        }
        drop(state);
        self.state.write().unwrap_or_else(PoisonError::into_inner).apply(changes, next_id);
        Ok(answer)
    }

    /// Brings everything that was written into the state file.
    pub(super) fn fold(&self) -> std::io::Result<()> {
        let mut file = self.file();
        file.as_mut().map_or(Ok(()), |file| self.read(|state| file.fold(state)))
    }

    fn file(&self) -> MutexGuard<'_, Option<StateFile>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now, where there is a clock.
    pub(super) fn now(&self) -> Option<jiff::Timestamp> {
        self.clock.now()
    }

    /// Keeps what became of the parts of a job, and gives its id.
    pub(super) fn keep_job(&self, results: Vec<Record>) -> Id {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let id = Id::job(jobs.len());
        jobs.insert(id, (0..).map(|position| id.part(position)).zip(results).collect());
        id
    }

    /// What became of the parts of a job, each with an id of its own.
    pub(super) fn job(&self, id: Id) -> Option<Vec<(Id, Record)>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Carries out the changes of users' states that are due by now.
    fn catch_up(&self) {
        let Some(now) = self.now() else { return };
        while let Some(due) = self.read(|state| state.due(now)) {
            match self.write(|draft| draft.carry_out(due)) {
                Ok((_, mail)) => self.send(mail),
                // It stays planned, and is tried again at the next request.
                Err(_) => return,
            }
        }
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
        let length = |request: &Request| request.path.len() + request.query.len();
        let mut noted = self.noted.load(Ordering::Relaxed) + length(&request);
        requests.push_back(request);
        while requests.len() > LONGEST_LOG || noted > LARGEST_LOG {
            noted -= requests.pop_front().as_ref().map_or(noted, length);
        }
        self.noted.store(noted, Ordering::Relaxed);
    }
}

async fn guard(Extract(server): Extract<Arc<Server>>, mut request: HttpRequest, next: Next) -> Response {
    server.note(&request);
    let fault = server.faults.strike(request.method(), request.uri().path());
    match fault {
        Some(Fault { kind: FaultKind::Status(status), retry_after, .. }) => {
            return answer(*status, retry_after.as_deref());
        }
        Some(Fault { kind: FaultKind::DropBefore, .. }) => return dropped(),
        Some(Fault { kind: FaultKind::DropAfter, .. }) | None => {}
    }
    let organization = server.read(|state| state.organization.id);
    if let Err(refusal) = server.gatekeeper.check(request.headers(), request.uri().path(), organization) {
        return refusal.into_response();
    }
    if let Some(Unread(refusal)) = request.extensions_mut().remove() {
        return refusal.into_response();
    }
    server.catch_up();
    let response = next.run(request).await;
    if fault.is_some() { dropped() } else { response }
}
