//! Directory Insights: what happened in the directory. Events are made of what requests change, and kept for as long as
//! the sandbox runs; a state file holds none.
//!
//! It was always the same administrator, with an API key. Events name the address of the client only where the sandbox
//! listens on the loopback interface, as there can be no other. Where the sandbox has no clock, the events are a
//! millisecond apart from the beginning of 1970.

mod happening;
mod query;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::state::fields::Record;
use super::state::id::Id;

pub(super) use happening::happenings;
pub(super) use query::{Query, field};

/// How many events are kept, and how many bytes of them; the oldest go first.
const MOST: (usize, usize) = (100_000, 64 << 20);

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
#[derive(Debug)]
pub(super) struct Insights {
    /// Where all clients are, if that is known.
    client: Option<IpAddr>,
    /// How many events are kept, and how many bytes of them.
    most: (usize, usize),
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    events: VecDeque<Event>,
    /// The bytes of their texts.
    weight: usize,
    /// How many there were, those included that are gone.
    count: u64,
}

impl Insights {
    /// Of a sandbox that listens on this address.
    pub(super) fn new(listen: IpAddr) -> Self {
        Self { client: listen.is_loopback().then_some(listen), most: MOST, log: Mutex::default() }
    }

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
            happening.extend(self.client.map(|client| ("client_ip".to_owned(), json!(client))));
            happening.insert("timestamp".to_owned(), json!(at.to_string()));
            let text: Bytes = serde_json::to_vec(&happening).unwrap_or_default().into();
            log.weight += text.len();
            log.events.push_back(Event { id, at, text });
            while log.events.len() > self.most.0 || log.weight > self.most.1 {
                let Some(oldest) = log.events.pop_front() else { break };
                log.weight -= oldest.text.len();
            }
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn happening() -> Vec<Record> {
        vec![Record::from_iter([("event_type".to_owned(), json!("user_update"))])]
    }

    #[test]
    fn events_are_forgotten_after_ninety_days() {
        let insights = Insights::new(Ipv4Addr::LOCALHOST.into());
        let then: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        insights.note(happening(), Some(then));
        let count =
            |now: &str| insights.between(Timestamp::MIN, Timestamp::MAX, Some(now.parse().unwrap())).len();
        assert_eq!((count("2027-04-01T00:00:00Z"), count("2027-04-01T00:00:00.001Z")), (1, 0));
    }

    #[test]
    fn the_oldest_events_make_room_and_ids_go_on() {
        let mut insights = Insights::new(Ipv4Addr::LOCALHOST.into());
        insights.most = (10, 4_000);
        for _ in 0..12 {
            insights.note(happening(), None);
        }
        let all = |insights: &Insights| insights.between(Timestamp::MIN, Timestamp::MAX, None);
        let events = all(&insights);
        assert_eq!(events.len(), 10);
        let first = &events[0];
        assert_eq!((first.id, first.at), (Id::event(3), Timestamp::from_millisecond(3).unwrap()));
        assert_eq!(first.record()["client_ip"], "127.0.0.1");
        for _ in 0..5 {
            let heavy = Record::from_iter([("changes".to_owned(), json!("x".repeat(1_500)))]);
            insights.note(vec![heavy], None);
        }
        assert_eq!(all(&insights).len(), 2, "three would be too many bytes");
    }
}
