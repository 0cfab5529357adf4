//! What every request passes: the log, the key, the faults; and the state behind a lock.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State as Extract};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::body::Unread;
use super::clock::Clock;
use super::dynamic;
use super::fault::{Fault, FaultKind, Faults, answer, dropped};
use super::gatekeeper::Gatekeeper;
use super::insights::{Insights, happenings};
use super::jobs::Jobs;
use super::mail::Mail;
use super::record::record;
use super::refusal::Refusal;
use super::request_log::RequestLog;
use super::state::change::Draft;
use super::state::fields::Record;
use super::state::id::Id;
use super::store::StateFile;
use super::writeback::{Writeback, writebacks};
use super::{Options, State, api, page};

/// How many writes into domains are remembered.
const MOST_WRITEBACKS: usize = 100_000;

/// What the requests of one sandbox share.
#[derive(Debug)]
pub(super) struct Server {
    state: RwLock<State>,
    /// Where the state is kept. Whoever writes holds it from the decision to the end, so that writes come one by one.
    file: Mutex<Option<StateFile>>,
    pub(super) gatekeeper: Gatekeeper,
    faults: Faults,
    pub(super) requests: RequestLog,
    /// With the time at which each would have been sent.
    mails: Mutex<Vec<(Option<jiff::Timestamp>, Mail)>>,
    pub(super) insights: Insights,
    writebacks: Mutex<VecDeque<Writeback>>,
    jobs: Mutex<Jobs>,
    writes: AtomicUsize,
    turns: AtomicUsize,
    pub(super) url: Url,
    clock: Clock,
}

/// The API of a sandbox.
pub(super) fn router(server: Arc<Server>) -> Router {
    let guard = from_fn_with_state(Arc::clone(&server), guard);
    let record = from_fn_with_state(Arc::clone(&server), record);
    let api = api::router()
        .fallback(async || Refusal::missing())
        .method_not_allowed_fallback(async || Refusal::not_that_way())
        .layer(guard)
        .layer(record)
        // `serve` has limits of its own.
        .layer(DefaultBodyLimit::disable());
    api.merge(page::router(&server)).with_state(server)
}

impl Server {
    pub(super) fn new(state: State, options: Options, url: Url) -> Self {
        let Options {
            listen,
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
            requests: RequestLog::default(),
            mails: Mutex::default(),
            insights: Insights::new(listen.ip()),
            writebacks: Mutex::default(),
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

    pub(super) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        self.look_at_mails(|mails| mails.iter().map(|(_, mail)| mail.clone()).collect())
    }

    pub(super) fn look_at_mails<T>(&self, look: impl FnOnce(&[(Option<jiff::Timestamp>, Mail)]) -> T) -> T {
        look(&self.mails.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a request that could change something.
    pub(super) fn count_write(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn writebacks(&self) -> Vec<Writeback> {
        self.writebacks.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Notes down what JumpCloud would write into domains now.
    fn write_back(&self, latest: Vec<Writeback>) {
        let mut writebacks = self.writebacks.lock().unwrap_or_else(PoisonError::into_inner);
        writebacks.extend(latest);
        let surplus = writebacks.len().saturating_sub(MOST_WRITEBACKS);
        writebacks.drain(..surplus);
    }

    /// Notes down what JumpCloud would send now.
    pub(super) fn send(&self, mail: Option<Mail>) {
        let now = self.now();
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).extend(mail.map(|mail| (now, mail)));
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
        dynamic::follow(&mut draft)?;
        let Draft { changes, next_id, now, .. } = draft;
        if let Some(file) = &mut *file
            && !changes.is_empty()
        {
            file.append(&state, &changes, next_id)
                .map_err(|error| Refusal::failed(format!("the change could not be kept: {error}")))?;
        }
        let happenings = happenings(&state, &changes);
        let writebacks = writebacks(&state, &changes);
        drop(state);
        self.state.write().unwrap_or_else(PoisonError::into_inner).apply(changes, next_id);
        self.insights.note(happenings, now);
        self.write_back(writebacks);
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
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).keep(results)
    }

    /// What became of the parts of a job, each with an id of its own.
    pub(super) fn job(&self, id: Id) -> Option<Vec<(Id, Record)>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).results(id)
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
}

async fn guard(Extract(server): Extract<Arc<Server>>, mut request: HttpRequest, next: Next) -> Response {
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
