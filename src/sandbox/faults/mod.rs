//! Faults on demand, so that clients can be tried against them.

mod answer;
mod text;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::Method;
use regex::Regex;

pub(super) use answer::{dropped, ip_block, status};

/// Something that goes wrong with some requests.
///
/// As a text it is the method, the path, and what happens when:
///
/// ```text
/// POST /api/systemusers nth=2 status=500
/// GET /api/* every=10 status=429 retry-after=2
/// * /api/v2/usergroups/*/members drop=after
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The method that it strikes, in capitals; `*` is any.
    pub method: String,
    /// The path that it strikes, as sent, without a query; `*` is any run of characters.
    pub path: String,
    /// Which of the requests of that method and path.
    pub turn: Turn,
    /// What happens.
    pub kind: FaultKind,
    /// `Retry-After` of an answer with a status.
    pub retry_after: Option<String>,
}

/// Which of the requests that a fault could strike it does strike. Both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// This one, and no other.
    Nth(usize),
    /// This one, and again after as many.
    Every(usize),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The request is answered with this status and not carried out.
    Status(u16),
    /// The request is answered with 403 and a page in HTML, as JumpCloud's gateway does when it blocks an address; it is not
    /// carried out.
    IpBlock,
    /// The connection ends before the request is carried out.
    DropBefore,
    /// The request is carried out, and the connection ends without an answer.
    DropAfter,
    /// The request waits so long, and is carried out then; without a time it never is, and gets no answer.
    Stall(Option<Duration>),
}

/// A text that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

/// The faults of a sandbox.
#[derive(Debug, Default)]
pub(super) struct Faults(RwLock<Vec<Watched>>);

/// A fault, and how many requests it has seen that it could strike.
#[derive(Debug)]
struct Watched {
    fault: Fault,
    path: Option<Regex>,
    seen: AtomicUsize,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(RwLock::new(faults.into_iter().map(Watched::new).collect()))
    }

    /// The fault that strikes this request: the first, where there are several. Every fault that could have counts it.
    pub(super) fn strike(&self, method: &Method, path: &str) -> Option<Fault> {
        let faults = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut struck = None;
        for watched in faults.iter() {
            if watched.strikes(method, path) {
                struck = struck.or(Some(&watched.fault));
            }
        }
        struck.cloned()
    }

    /// All of them, each with the number of requests that it has seen.
    pub(super) fn all(&self) -> Vec<(Fault, usize)> {
        let faults = self.0.read().unwrap_or_else(PoisonError::into_inner);
        faults.iter().map(|watched| (watched.fault.clone(), watched.seen.load(Ordering::Relaxed))).collect()
    }

    pub(super) fn add(&self, fault: Fault) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(Watched::new(fault));
    }

    pub(super) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Watched {
    fn new(fault: Fault) -> Self {
        let path = Regex::new(&format!("^{}$", regex::escape(&fault.path).replace(r"\*", ".*"))).ok();
        Self { fault, path, seen: AtomicUsize::new(0) }
    }

    fn strikes(&self, method: &Method, path: &str) -> bool {
        let is_method = self.fault.method == "*" || self.fault.method == method.as_str();
        if !is_method || !self.path.as_ref().is_some_and(|pattern| pattern.is_match(path)) {
            return false;
        }
        let number = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        match self.fault.turn {
            Turn::Nth(turn) => number == turn,
            Turn::Every(turn) => number.is_multiple_of(turn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(fault: &str, requests: &[(Method, &str)]) -> Vec<usize> {
        let faults = Faults::new(vec![fault.parse().unwrap()]);
        let strikes = |(_, (method, path)): &(usize, &(Method, &str))| faults.strike(method, path).is_some();
        requests.iter().enumerate().filter(strikes).map(|(position, _)| position).collect()
    }

    #[test]
    fn a_fault_strikes_by_method_path_and_number() {
        let path = "/api/systemusers";
        let requests = [
            (Method::GET, path),
            (Method::POST, path),
            (Method::POST, "/api/systemusers/1"),
            (Method::POST, path),
        ];
        for (fault, expected) in [
            ("POST /api/systemusers status=500", vec![1, 3]),
            ("POST /api/systemusers nth=2 status=500", vec![3]),
            ("post /api/systemusers* nth=2 status=500", vec![2]),
            ("* /api/systemusers every=2 status=500", vec![1]),
            ("* * every=3 drop=after", vec![2]),
            ("* /api/*/1 stall", vec![2]),
            ("* /api/systemuser status=500", vec![]),
            ("* /api.systemusers status=500", vec![]),
        ] {
            assert_eq!(struck(fault, &requests), expected, "{fault}");
        }
    }

    #[test]
    fn the_first_of_several_strikes_and_all_count() {
        let faults = ["* * nth=1 status=500", "* * nth=1 status=503", "* * nth=2 drop=before"];
        let faults = Faults::new(faults.map(|fault| fault.parse().unwrap()).to_vec());
        let strike = || faults.strike(&Method::GET, "/").map(|fault| fault.kind);
        assert_eq!(strike(), Some(FaultKind::Status(500)));
        assert_eq!(strike(), Some(FaultKind::DropBefore));
        assert_eq!(strike(), None);
        assert!(faults.all().iter().all(|(_, seen)| *seen == 3));
    }
}
