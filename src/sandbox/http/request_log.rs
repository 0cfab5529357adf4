//! The latest requests, and what became of each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request as HttpRequest;
use jiff::Timestamp;

/// How many requests are remembered.
const MOST: usize = 100_000;
/// What they may take together, in bytes: paths can be long.
const LARGEST: usize = 32 * 1024 * 1024;

/// A request that a sandbox received, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query, as sent; empty without one.
    pub query: String,
    /// When it came, by the sandbox's clock.
    pub at: Option<Timestamp>,
    /// The status of its answer; none while it has no answer, and where it never got one.
    pub status: Option<u16>,
    /// How long it took; none while it is under way.
    pub duration: Option<Duration>,
    /// What is odd about it: why it was refused, and what of its body nobody knows.
    pub remarks: Vec<String>,
}

impl Request {
    /// Whether it could change something: anything but a GET, a HEAD, a search, a look at events or asking for a token.
    pub fn is_write(&self) -> bool {
        let reads = ["/api/search/", "/insights/"];
        !matches!(self.method.as_str(), "GET" | "HEAD")
            && !reads.iter().any(|prefix| self.path.starts_with(prefix))
            && self.path != "/oauth2/token"
    }

    fn size(&self) -> usize {
        let remarks: usize = self.remarks.iter().map(String::len).sum();
        size_of::<Self>() + self.method.len() + self.path.len() + self.query.len() + remarks
    }
}

/// Why an answer is as it is; goes with the answer to the log.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Remark(pub(in crate::sandbox) String);

/// Goes with an answer that is none: the connection ends instead.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct NoAnswer;

/// The latest requests. Whoever reads shares the entries, so that nobody waits for long.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct RequestLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Arc<Request>>,
    /// How many are forgotten: the number of the oldest that is kept, counted from 0.
    forgotten: u64,
    size: usize,
}

/// The latest requests, or some of them.
#[derive(Debug)]
pub(in crate::sandbox) struct Latest {
    /// With their numbers, counted from 1; the newest first.
    pub(in crate::sandbox) requests: Vec<(u64, Arc<Request>)>,
    /// How many are remembered.
    pub(in crate::sandbox) kept: usize,
    /// How many there were, the forgotten ones included.
    pub(in crate::sandbox) all: u64,
}

impl RequestLog {
    /// Notes down that a request has come.
    pub(in crate::sandbox) fn begin(&self, at: Option<Timestamp>, request: &HttpRequest) -> Entry<'_> {
        let uri = request.uri();
        let request = Request {
            method: request.method().to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            at,
            status: None,
            duration: None,
            remarks: Vec::new(),
        };
        let is_write = request.is_write();
        let size = request.size();
        let request = Arc::new(request);
        let mut kept = self.kept();
        let number = kept.forgotten + count(kept.requests.len());
        kept.requests.push_back(request);
        kept.grow(size);
        Entry { log: self, number, is_write, started: Instant::now(), is_complete: false }
    }

    /// All that are remembered, oldest first.
    pub(in crate::sandbox) fn all(&self) -> Vec<Request> {
        let shared: Vec<Arc<Request>> = self.kept().requests.iter().cloned().collect();
        shared.iter().map(|request| Request::clone(request)).collect()
    }

    /// Some of the latest, without the `skip` latest ones.
    pub(in crate::sandbox) fn latest(&self, skip: usize, most: usize) -> Latest {
        let kept = self.kept();
        let all = kept.forgotten + count(kept.requests.len());
        let numbers = (kept.forgotten + 1..=all).rev();
        let newest_first = numbers.zip(kept.requests.iter().rev().cloned());
        let requests = newest_first.skip(skip).take(most).collect();
        Latest { requests, kept: kept.requests.len(), all }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Counts in what was added, and forgets the oldest where it is too much.
    fn grow(&mut self, added: usize) {
        self.size += added;
        while self.requests.len() > MOST || (self.size > LARGEST && self.requests.len() > 1) {
            let oldest = self.requests.pop_front();
            self.size = self.size.saturating_sub(oldest.map_or(0, |request| request.size()));
            self.forgotten += 1;
        }
    }
}

/// A request under way.
#[derive(Debug)]
pub(in crate::sandbox) struct Entry<'l> {
    log: &'l RequestLog,
    number: u64,
    is_write: bool,
    started: Instant,
    is_complete: bool,
}

impl Entry<'_> {
    /// Whether it could change something.
    pub(in crate::sandbox) fn is_write(&self) -> bool {
        self.is_write
    }

    /// Notes down what became of it; without a status, that it got no answer.
    pub(in crate::sandbox) fn complete(mut self, status: Option<u16>, remarks: Vec<String>) {
        self.end(status, remarks);
    }

    fn end(&mut self, status: Option<u16>, remarks: Vec<String>) {
        self.is_complete = true;
        let duration = self.started.elapsed();
        let mut kept = self.log.kept();
        let place = self.number.checked_sub(kept.forgotten).and_then(|place| usize::try_from(place).ok());
        // It may be forgotten already.
        let Some(request) = place.and_then(|place| kept.requests.get_mut(place)) else { return };
        let request = Arc::make_mut(request);
        request.status = status;
        request.duration = Some(duration);
        let added = remarks.iter().map(String::len).sum();
        request.remarks = remarks;
        kept.grow(added);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.is_complete {
            self.end(None, vec!["the client went away before the answer".to_owned()]);
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin<'l>(log: &'l RequestLog, path: &str) -> Entry<'l> {
        log.begin(None, &HttpRequest::builder().uri(path).body(axum::body::Body::empty()).unwrap())
    }

    #[test]
    fn a_request_is_under_way_until_it_is_answered_or_given_up() {
        let log = RequestLog::default();
        let first = begin(&log, "/a?b");
        let second = begin(&log, "/c");
        assert_eq!(log.all()[0].duration, None);
        second.complete(Some(200), Vec::new());
        drop(first);
        let all = log.all();
        assert_eq!((all[0].path.as_str(), all[0].query.as_str(), all[0].status), ("/a", "b", None));
        assert!(all[0].duration.is_some() && all[0].remarks.len() == 1);
        assert_eq!((all[1].status, all[1].remarks.len()), (Some(200), 0));
    }

    #[test]
    fn only_what_can_change_something_is_a_write() {
        let log = RequestLog::default();
        for (method, path, is_write) in [
            ("GET", "/api/systemusers", false),
            ("HEAD", "/api/systemusers", false),
            ("POST", "/api/search/systemusers", false),
            ("POST", "/api/systemusers", true),
            ("DELETE", "/api/systemusers/1", true),
        ] {
            let request = HttpRequest::builder().method(method).uri(path).body(axum::body::Body::empty());
            assert_eq!(log.begin(None, &request.unwrap()).is_write(), is_write, "{method} {path}");
        }
    }

    #[test]
    fn the_oldest_are_forgotten_by_number_and_by_size() {
        let log = RequestLog::default();
        let oldest = begin(&log, "/oldest");
        for number in 0..MOST {
            begin(&log, &format!("/{number}")).complete(Some(200), Vec::new());
        }
        oldest.complete(Some(200), Vec::new());
        let latest = log.latest(1, 2);
        let numbers: Vec<u64> = latest.requests.iter().map(|(number, _)| *number).collect();
        assert_eq!((numbers, latest.kept, latest.all), (vec![100_000, 99_999], MOST, 100_001));
        assert_eq!(latest.requests[0].1.path, format!("/{}", MOST - 2));
        assert_eq!(log.all()[0].path, "/0");

        let filler = "x".repeat(60_000);
        for _ in 0..2_000 {
            begin(&log, &format!("/{filler}")).complete(None, vec![filler.clone()]);
        }
        let kept: usize = log.all().iter().map(Request::size).sum();
        assert!(kept <= LARGEST && kept > LARGEST / 2, "{kept}");
        assert_eq!(log.kept().size, kept);
    }
}
