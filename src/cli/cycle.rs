//! One cycle of one policy: a plan, the budget's verdict on it, and an apply that nobody is asked about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;

use super::args::CommonArgs;
use super::clock;
use super::error::CliError;
use super::pause;
use super::policies::PolicyFile;
use super::run_record;
use super::service_args::WatchArgs;
use super::sides::{self, Access, Prepared};
use super::signals::Interrupt;
use crate::apply::Pace;
use crate::event::{Outcome as Ended, Report};
use crate::journal::{Journal, StateFolder};
use crate::model::DomainName;
use crate::plan::{Change, Plan, measure};
use crate::render::{render_journal, render_left};
use crate::watch::{Counts, Ledger, Outcome, REST, Stop as Guarded, by_hand};

/// Its name, for whoever finds the lock taken.
const COMMAND: &str = "watch";

/// What the cycles of a service share.
pub(super) struct Cycles<'a> {
    pub(super) args: &'a WatchArgs,
    pub(super) stop: &'a Interrupt,
    common: CommonArgs,
    /// The policies of which was said that they are paused.
    paused: BTreeSet<PathBuf>,
    /// The policies whose account Active Directory has refused.
    resting: BTreeMap<PathBuf, Rest>,
}

/// A policy of which nothing is tried for a while.
struct Rest {
    /// All that it was read from; another text is tried at once.
    text: String,
    over: Instant,
    /// The same on the wall clock, for people.
    until: Timestamp,
}

/// What the policies of one cycle have worked on, each with its file.
pub(super) type Worked = BTreeMap<PathBuf, PathBuf>;

impl<'a> Cycles<'a> {
    pub(super) fn new(args: &'a WatchArgs, stop: &'a Interrupt) -> Self {
        Self {
            args,
            stop,
            common: CommonArgs::unattended(&args.policies),
            paused: BTreeSet::new(),
            resting: BTreeMap::new(),
        }
    }

    /// Does one, and says what came of it unless that is an error.
    pub(super) async fn run(
        &mut self,
        file: PolicyFile,
        rivals: &[(&str, &DomainName)],
        worked: &mut Worked,
        mut say: impl FnMut(Outcome),
    ) -> Result<(), CliError> {
        let path = file.path.clone();
        if let Some(paused) = self.paused(&file)? {
            say(paused);
            return Ok(());
        }
        if let Some(Rest { text, over, until }) = self.resting.get(&path)
            && *text == file.source.whole()
            && Instant::now() < *over
        {
            say(Outcome::Rests(*until));
            return Ok(());
        }
        let access = Access::ReadWrite { command: COMMAND, parallelism: self.args.parallelism.get() };
        let read = sides::prepare(file.clone(), &self.common, access, &[], rivals);
        let prepared = self.stop.or_end(Box::pin(read)).await;
        if matches!(&prepared, Err(CliError::Ad(error)) if error.is_refusal()) {
            let until = clock::this_second().saturating_add(REST).unwrap_or(Timestamp::MAX);
            let rest = Rest { text: file.source.whole(), over: Instant::now() + REST, until };
            self.resting.insert(path.clone(), rest);
        }
        let prepared = prepared?;
        // It may have been paused while it was read.
        if let Some(paused) = self.paused(&file)? {
            say(paused);
            return Ok(());
        }
        let folder = StateFolder::of_platform()?.make_scope(&prepared.scope())?;
        if let Some(first) = worked.insert(folder.clone(), path.clone()) {
            let policy = prepared.policy();
            let (name, domain) = (policy.name.clone(), policy.domain.to_string());
            return Err(CliError::SameMark { first, second: path, policy: name, domain });
        }
        let mut ledger = Ledger::open(&folder, clock::now())?;
        let stops = verdict(&ledger, &prepared);
        if !stops.is_empty() {
            let by_hand = by_hand(&path.to_string_lossy(), &stops, &prepared.plan.measures);
            let is_news = ledger.is_news(&stops);
            say(Outcome::Stopped { stops: stops.clone(), by_hand, is_news });
            // Only now: a message that a kill cut off is said again.
            return Ok(ledger.tell(&stops)?);
        }
        let told = ledger.told();
        if !told.is_empty() {
            say(Outcome::GoesOn(told.into_iter().collect()));
            ledger.tell(&[])?;
        }
        if prepared.plan.is_empty() {
            say(Outcome::Unchanged);
            return Ok(());
        }
        say(self.apply(&prepared, &mut ledger).await?);
        Ok(())
    }

    /// Says that the policy is paused, if it is.
    fn paused(&mut self, file: &PolicyFile) -> Result<Option<Outcome>, CliError> {
        let Some(pause) = pause::of(file)? else {
            self.paused.remove(&file.path);
            return Ok(None);
        };
        let is_news = self.paused.insert(file.path.clone());
        Ok(Some(Outcome::Paused { pause, is_news }))
    }

    /// Writes what is planned. It is out of the budget before, and what was not done is in it again afterwards.
    async fn apply(&self, prepared: &Prepared, ledger: &mut Ledger) -> Result<Outcome, CliError> {
        let Prepared { path, plan, header, .. } = prepared;
        let reservation = ledger.reserve(&plan.measures, clock::now())?;
        let folder = self.args.journal.as_deref();
        let journal = match run_record::begin_journal(COMMAND, folder, path, plan, header).await {
            Ok(journal) => journal,
            Err(error) => {
                ledger.correct(&reservation, &[], clock::now())?;
                return Err(error);
            }
        };
        let report = self.write(prepared, &journal).await;
        let done = measure(prepared.policy(), &plan.census, &done(plan, &report));
        let left = render_left(plan, &report);
        let failed = report.failed_journal.as_deref();
        let failed = failed.and_then(|why| render_journal(report.journal.as_deref(), Some(why)));
        let mut left: Vec<String> =
            left.iter().chain(&failed).map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        if let Err(error) = ledger.correct(&reservation, &done, clock::now()) {
            left.push(format!("all that was planned counts for the budget: {error}"));
        }
        Ok(Outcome::Applied {
            counts: Counts::of(plan, &report),
            left,
            is_interrupted: report.was_interrupted,
            journal: journal.path().to_owned(),
        })
    }

    async fn write(&self, prepared: &Prepared, journal: &Journal) -> Report {
        let (client, plan) = (&prepared.client, &prepared.plan);
        let pace = Pace::steady(self.args.parallelism.get());
        let asked = self.stop.asked();
        crate::apply::apply(client, plan, pace, clock::now(), asked, journal, |_| {}).await
    }
}

/// The changes that are done, or may be.
fn done(plan: &Plan, report: &Report) -> Vec<Change> {
    let changes = plan.changes.iter().zip(&report.outcomes);
    let done = changes.filter(|(_, outcome)| matches!(outcome, Ended::Done | Ended::Unknown(_)));
    done.map(|(change, _)| change.clone()).collect()
}

/// What stops a plan: the budget of 24 hours, and what the plan trips by itself.
fn verdict(ledger: &Ledger, prepared: &Prepared) -> Vec<Guarded> {
    let mut stops = ledger.judge(&prepared.plan.measures, clock::now());
    for guard in &prepared.plan.guards {
        if !stops.iter().any(|stop| stop.guard == guard.guard && stop.of == guard.of) {
            stops.push(guard.into());
        }
    }
    stops
}
