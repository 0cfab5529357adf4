//! Directory Insights: what happened in the directory. Events are made of what requests change, and kept for as long as
//! the sandbox runs; a state file holds none.
//!
//! An event is told by its fields alone: who asked from which address is the same administrator each time, and no event
//! names an address. Where the sandbox has no clock, the events are a millisecond apart from the beginning of 1970.

mod happening;
mod query;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::state::fields::Record;
use super::state::id::Id;

pub(super) use happening::happenings;
pub(super) use query::{Query, field};

/// How many events are kept; the oldest go first.
const LONGEST_LOG: usize = 100_000;

/// How long JumpCloud keeps an event.
const RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: Id,
    pub(super) at: Timestamp,
    /// The whole of it, as JSON.
    pub(super) text: Bytes,
}

impl Event {
    /// Its place among the others.
    pub(super) fn place(&self) -> (i64, Id) {
        (self.at.as_millisecond(), self.id)
    }

    pub(super) fn record(&self) -> Record {
        // It was written from such an object.
        serde_json::from_slice(&self.text).unwrap_or_default()
    }
}

/// The events of a sandbox, oldest first.
#[derive(Debug, Default)]
pub(super) struct Insights {
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    events: VecDeque<Event>,
    /// How many there were, those included that are gone.
    count: u64,
}

impl Insights {
    /// Keeps what happened now, in this order.
    pub(super) fn note(&self, happenings: Vec<Record>, now: Option<Timestamp>) {
        if happenings.is_empty() {
            return;
        }
        let mut log = self.log();
        for mut happening in happenings {
            log.count += 1;
            let id = Id::event(log.count);
            let at = now.unwrap_or_else(|| {
                let count = i64::try_from(log.count).unwrap_or(i64::MAX);
                Timestamp::from_millisecond(count).unwrap_or(Timestamp::MAX)
            });
            happening.insert("id".to_owned(), json!(id));
            happening.insert("timestamp".to_owned(), json!(at.to_string()));
            let text = serde_json::to_vec(&happening).unwrap_or_default().into();
            if log.events.len() == LONGEST_LOG {
                log.events.pop_front();
            }
            log.events.push_back(Event { id, at, text });
        }
    }

    /// The events between two times, both included. What is too old by now is forgotten.
    pub(super) fn between(&self, start: Timestamp, end: Timestamp, now: Option<Timestamp>) -> Vec<Event> {
        let oldest = now.and_then(|now| now.checked_sub(RETENTION).ok()).unwrap_or(Timestamp::MIN);
        let log = self.log();
        let first = log.events.partition_point(|event| event.at < start.max(oldest));
        let last = log.events.partition_point(|event| event.at <= end);
        if first < last { log.events.range(first..last).cloned().collect() } else { Vec::new() }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
