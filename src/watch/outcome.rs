//! How a cycle of one policy ended, and in which words that is said.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::{Counts, Level, Line, Pause, Stop};
use crate::plan::{Guard, GuardName, Measure};
use crate::render::render_guard;

/// A cycle of one policy.
#[derive(Debug)]
pub struct Cycle {
    /// When it ended.
    pub time: Timestamp,
    /// Its number in the life of the process, from 1. The policies of one cycle share it.
    pub number: u64,
    /// The policy's file, as it was given.
    pub policy: String,
    /// How long it took.
    pub lasted: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a cycle of one policy ended.
#[derive(Debug)]
pub enum Outcome {
    /// Both sides are in step.
    Unchanged,
    /// There was something to do, and it was tried.
    Applied {
        /// What became of it.
        counts: Counts,
        /// What is not done, in a line each.
        left: Vec<String>,
        /// Whether somebody asked to stop before all was tried.
        is_interrupted: bool,
        /// The record of it.
        journal: PathBuf,
    },
    /// Guards stop it, so nothing was written.
    Stopped {
        /// Which, with their numbers.
        stops: Vec<Stop>,
        /// How to let it pass.
        by_hand: String,
        /// Whether that is to be said in full.
        is_news: bool,
    },
    /// What has stopped the policy until now is over. The outcome of the cycle itself follows.
    GoesOn(Vec<GuardName>),
    /// Somebody has paused the policy, so nothing was read.
    Paused {
        /// Who.
        pause: Pause,
        /// Whether that is to be said in full.
        is_news: bool,
    },
    /// Another run is at work, so nothing was read or written.
    Locked(String),
    /// It could not be done, and nothing was written.
    Failed {
        /// Why.
        message: String,
        /// More of it, and what can be done.
        details: Vec<String>,
    },
    /// Active Directory has refused the account, and nothing is tried before this time: each try counts towards a lockout.
    Rests(Timestamp),
    /// Somebody asked to stop before anything was written.
    Interrupted,
}

impl From<&Guard> for Stop {
    /// A guard that a plan trips by itself.
    fn from(guard: &Guard) -> Self {
        Self {
            guard: guard.guard,
            of: guard.of.clone(),
            spent: 0,
            planned: guard.measured,
            limit: guard.limit,
            percent: guard.percent,
            owned: guard.owned,
            passes_at: None,
        }
    }
}

impl Stop {
    fn words(&self) -> String {
        let guard = Guard {
            guard: self.guard,
            of: self.of.clone(),
            measured: self.spent.saturating_add(self.planned),
            limit: self.limit,
            percent: self.percent,
            owned: self.owned,
            allow: None,
        };
        let words = format!("{}: {}", self.guard, render_guard(&guard));
        if self.limit.is_none() {
            return words;
        }
        format!("{words} (in the last 24 hours {}, planned now {})", self.spent, self.planned)
    }

    fn until(&self) -> Option<String> {
        self.limit?;
        Some(match self.passes_at {
            Some(time) => format!("{} passes at {time} if nothing else is taken away", self.guard),
            None => format!("{} does not pass by waiting", self.guard),
        })
    }
}

/// What lets a plan with these measures pass that these stop.
pub fn by_hand(policy: &str, stops: &[Stop], measures: &[Measure]) -> String {
    if stops.iter().any(|stop| stop.guard == GuardName::SyncAgent) {
        return "nothing lifts sync-agent: remove the agent in JumpCloud, or write directory \"ignore\" in the policy"
            .to_owned();
    }
    let mut most: BTreeMap<GuardName, u64> = stops.iter().map(|stop| (stop.guard, stop.planned)).collect();
    for measure in measures {
        // The number holds for all that the guard counts.
        most.entry(measure.guard).and_modify(|most| *most = (*most).max(measure.measured));
    }
    let allow = |(guard, number): (GuardName, u64)| match guard {
        GuardName::Empty => "--allow empty".to_owned(),
        GuardName::Removals
        | GuardName::Suspensions
        | GuardName::MembershipRemovals
        | GuardName::AttributeChanges
        | GuardName::SyncAgent => format!("--allow {guard}={number}"),
    };
    let allows: Vec<String> = most.into_iter().map(allow).collect();
    format!("to let it pass by hand: adjunct apply {policy} {}", allows.join(" "))
}

impl Cycle {
    /// What is said of it.
    pub fn line(&self) -> Line {
        let line = |outcome, level, message: String| Line {
            cycle: Some(self.number),
            policy: Some(self.policy.clone()),
            seconds: Some(self.lasted.as_secs_f64()),
            ..Line::of_service(self.time, level, outcome, message)
        };
        match &self.outcome {
            Outcome::Unchanged => Line {
                counts: Some(Counts::default()),
                ..line("unchanged", Level::Info, "no changes".to_owned())
            },
            Outcome::Applied { counts, left, is_interrupted, journal } => {
                let (outcome, level) = match (is_interrupted, left.is_empty()) {
                    (true, _) => ("interrupted", Level::Warn),
                    (false, true) => ("applied", Level::Info),
                    (false, false) => ("applied-in-part", Level::Warn),
                };
                Line {
                    counts: Some(*counts),
                    details: left.clone(),
                    journal: Some(journal.to_string_lossy().into_owned()),
                    ..line(outcome, level, counts.words())
                }
            }
            Outcome::Stopped { stops, by_hand, is_news } => {
                let (level, message, details) = if *is_news {
                    let details = stops.iter().filter_map(Stop::until).chain([by_hand.clone()]).collect();
                    let words: Vec<String> = stops.iter().map(Stop::words).collect();
                    let message = format!("stopped by {}; nothing is written", words.join("; "));
                    (Level::Error, message, details)
                } else {
                    let names = names(stops.iter().map(|stop| stop.guard));
                    (Level::Warn, format!("still stopped by {names}"), Vec::new())
                };
                Line { guards: stops.clone(), details, ..line("stopped", level, message) }
            }
            Outcome::GoesOn(guards) => {
                let names = names(guards.iter().copied());
                line("goes-on", Level::Info, format!("goes on: no longer stopped by {names}"))
            }
            Outcome::Paused { pause, is_news } => {
                let message = if *is_news { pause.to_string() } else { "still paused".to_owned() };
                line("paused", Level::Info, message)
            }
            Outcome::Locked(holder) => line("locked", Level::Warn, format!("skipped, locked by {holder}")),
            Outcome::Failed { message, details } => {
                Line { details: details.clone(), ..line("failed", Level::Error, message.clone()) }
            }
            Outcome::Rests(until) => {
                let message = format!(
                    "rests until {until}, for Active Directory refused the account; a restart or an edit of the policy tries at once"
                );
                line("rests", Level::Warn, message)
            }
            Outcome::Interrupted => {
                line("interrupted", Level::Info, "given up for the stop, nothing written".to_owned())
            }
        }
    }
}

/// The names of guards, each once.
fn names(guards: impl Iterator<Item = GuardName>) -> String {
    let mut names: Vec<String> = guards.map(|guard| guard.to_string()).collect();
    names.dedup();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Limit;

    fn stop(guard: GuardName, of: &str, planned: u64) -> Stop {
        Stop {
            guard,
            of: of.to_owned(),
            spent: 19,
            planned,
            limit: (guard != GuardName::Empty).then_some(20),
            percent: Some(10),
            owned: Some(400),
            passes_at: "2026-11-27T15:06:21Z".parse().ok(),
        }
    }

    fn cycle(outcome: Outcome) -> Line {
        let time = "2026-11-26T15:06:21Z".parse().unwrap();
        let lasted = Duration::from_millis(1250);
        Cycle { time, number: 7, policy: "corp.kdl".to_owned(), lasted, outcome }.line()
    }

    #[test]
    fn a_budget_that_is_spent_is_told_with_its_numbers_and_the_way_out() {
        let stops = vec![stop(GuardName::Removals, "users", 2)];
        let limit = Limit { number: 20, percent: 10 };
        let groups =
            Measure { guard: GuardName::Removals, of: "groups".into(), measured: 5, owned: 9, limit };
        let by_hand = by_hand("corp.kdl", &stops, &[groups]);
        let line = cycle(Outcome::Stopped { stops: stops.clone(), by_hand: by_hand.clone(), is_news: true });
        assert_eq!(
            line.text(10),
            "2026-11-26T15:06:21Z  error  corp.kdl    stopped by removals: 21 of 400 users, more than 20 or 10 % \
             (in the last 24 hours 19, planned now 2); nothing is written  (1.2 s)\n    \
             removals passes at 2026-11-27T15:06:21Z if nothing else is taken away\n    \
             to let it pass by hand: adjunct apply corp.kdl --allow removals=5\n"
        );
        let again = cycle(Outcome::Stopped { stops, by_hand, is_news: false });
        assert_eq!(
            again.text(10),
            "2026-11-26T15:06:21Z  warn   corp.kdl    still stopped by removals  (1.2 s)\n"
        );
    }

    #[test]
    fn what_nothing_lifts_is_not_offered_to_be_lifted() {
        let sync = [stop(GuardName::SyncAgent, "sync agents", 1), stop(GuardName::Removals, "users", 2)];
        assert!(!by_hand("corp.kdl", &sync, &[]).contains("--allow"));
        let empty = [stop(GuardName::Empty, "eligible users", 0)];
        assert!(by_hand("corp.kdl", &empty, &[]).ends_with("--allow empty"));
    }

    #[test]
    fn names_of_others_stay_on_their_line() {
        let left = vec!["- user eve\u{1b}[2J\n2026-01-01T00:00:00Z  info  no changes  failed: no".to_owned()];
        let counts = Counts { failed: 1, ..Counts::default() };
        let line = cycle(Outcome::Applied { counts, left, is_interrupted: false, journal: PathBuf::new() });
        assert_eq!(line.text(0).lines().count(), 2, "{}", line.text(0));
        assert!(!line.text(0).contains('\u{1b}') && !line.json().contains('\u{1b}'));
        assert_eq!(line.json().lines().count(), 1);
    }
}
