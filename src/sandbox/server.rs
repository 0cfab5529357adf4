//! What the requests of one sandbox share: the state behind a lock, its conditions, and what is remembered of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::sync::watch;
use url::Url;

use super::clock::Clock;
use super::conditions::{Bucket, Conditions, Habit, Late};
use super::dynamic;
use super::faults::Faults;
use super::http::{Gatekeeper, RequestLog, guard, record};
use super::insights::{Insights, happenings};
use super::jobs::Jobs;
use super::mail::Mail;
use super::refusal::Refusal;
use super::state::change::{Change, Draft};
use super::state::fields::Record;
use super::state::id::Id;
use super::store::StateFile;
use super::writeback::{Writeback, writebacks};
use super::{Options, State, api, control, page};

/// How many mails, and how many writes into domains, are remembered.
const MOST_MAILS: usize = 100_000;
const MOST_WRITEBACKS: usize = 100_000;

/// Mails, oldest first, with the time at which each would have been sent.
pub(super) type Outbox = VecDeque<(Option<jiff::Timestamp>, Mail)>;

/// What the requests of one sandbox share.
#[derive(Debug)]
pub(super) struct Server {
    state: RwLock<State>,
    /// Where the state is kept. Whoever writes holds it from the decision to the end, so that writes come one by one.
    file: Mutex<Option<StateFile>>,
    pub(super) gatekeeper: Gatekeeper,
    pub(super) faults: Faults,
    conditions: RwLock<Arc<Conditions>>,
    bucket: Mutex<Bucket>,
    chance: Mutex<fastrand::Rng>,
    /// What lists of the graph show, while that is not the state.
    late: Mutex<Option<Late>>,
    /// Ends all pauses for good.
    awake: watch::Sender<bool>,
    pub(super) requests: RequestLog,
    mails: Mutex<Outbox>,
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
    api.merge(page::router(&server)).merge(control::router(&server)).with_state(server)
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
            conditions,
            seed,
            limits: _,
        } = options;
        Self {
            state: RwLock::new(state),
            file: Mutex::new(state_file),
            gatekeeper: Gatekeeper::new(api_key, service_account, other_organizations),
            faults: Faults::new(faults),
            conditions: RwLock::new(Arc::new(conditions)),
            bucket: Mutex::default(),
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            late: Mutex::default(),
            awake: watch::Sender::new(false),
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

    pub(super) fn look_at_mails<T>(&self, look: impl FnOnce(&Outbox) -> T) -> T {
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
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.extend(mail.map(|mail| (now, mail)));
        if mails.len() > MOST_MAILS {
            mails.pop_front();
        }
    }

    /// A number that is another one at each call, for lists whose order nobody may rely on.
    pub(super) fn turn(&self) -> usize {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        if self.conditions().has(Habit::StableOrder) { 0 } else { turn }
    }

    /// Looks at the state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the state as lists show it: memberships and bindings as far as they are shown by now.
    pub(super) fn read_shown<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = late.as_mut().and_then(|late| late.shown(Instant::now())) {
            return look(shown);
        }
        *late = None;
        drop(late);
        self.read(look)
    }

    /// Holds back what a write changes in the graph, where that shows late.
    fn delay(&self, before: &State, changes: &[Change]) {
        let lag = self.conditions().graph_lag;
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if !lag.is_zero() && late.is_none() && Late::concerns(changes) {
            *late = Some(Late::new(before.clone()));
        }
        if let Some(late) = &mut *late {
            late.note(changes.to_vec(), Instant::now() + lag);
        }
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
        self.delay(&state, &changes);
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

    /// Under which conditions requests are answered now.
    pub(super) fn conditions(&self) -> Arc<Conditions> {
        Arc::clone(&self.conditions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers under other conditions from now on.
    pub(super) fn change_conditions(
        &self,
        change: impl FnOnce(&Conditions) -> Result<Conditions, String>,
    ) -> Result<Arc<Conditions>, String> {
        let mut conditions = self.conditions.write().unwrap_or_else(PoisonError::into_inner);
        *conditions = Arc::new(change(&conditions)?);
        let changed = Arc::clone(&conditions);
        drop(conditions);
        if let Some(late) = &mut *self.late.lock().unwrap_or_else(PoisonError::into_inner) {
            late.hurry(changed.graph_lag, Instant::now());
        }
        *self.bucket.lock().unwrap_or_else(PoisonError::into_inner) = Bucket::default();
        Ok(changed)
    }

    /// How long the next answer takes at least.
    pub(super) fn latency(&self, conditions: &Conditions) -> Duration {
        if conditions.jitter.is_zero() {
            return conditions.latency;
        }
        let share = self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64();
        conditions.latency + conditions.jitter.mul_f64(share)
    }

    /// Counts a request against the rate, or says how long to wait for the next one that may come.
    pub(super) fn take_turn(&self, conditions: &Conditions) -> Result<(), Duration> {
        let Some(rate) = conditions.rate else { return Ok(()) };
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(rate, conditions.burst, Instant::now())
    }

    /// Waits, without a time for ever; but not for longer than the sandbox runs.
    pub(super) async fn pause(&self, time: Option<Duration>) {
        let mut awake = self.awake.subscribe();
        let time = async {
            match time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time => {}
            _ = awake.wait_for(|awake| *awake) => {}
        }
    }

    /// Ends every pause, now and from now on.
    pub(super) fn end_pauses(&self) {
        self.awake.send_replace(true);
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
    pub(super) fn catch_up(&self) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::mail::MailKind;

    #[test]
    fn the_oldest_mails_make_room() {
        let server =
            Server::new(State::empty(), Options::default(), Url::parse("http://127.0.0.1/").unwrap());
        let mail =
            |number: usize| Mail { user: String::new(), to: number.to_string(), kind: MailKind::Welcome };
        for number in 0..=MOST_MAILS {
            server.send(Some(mail(number)));
        }
        let mails = server.mails();
        assert_eq!((mails.len(), &mails[0]), (MOST_MAILS, &mail(1)));
    }

    #[test]
    fn jitter_comes_from_the_seed_and_stays_in_its_bounds() {
        let (latency, jitter) = (Duration::from_millis(50), Duration::from_millis(20));
        let conditions = Conditions { latency, jitter, ..Conditions::default() };
        let times = |seed| {
            let options = Options { seed, ..Options::default() };
            let server = Server::new(State::empty(), options, Url::parse("http://127.0.0.1/").unwrap());
            [(); 20].map(|()| server.latency(&conditions))
        };
        assert_eq!(times(1), times(1));
        assert_ne!(times(1), times(2));
        assert!(times(1).iter().all(|time| (latency..latency + jitter).contains(time)));
    }
}
