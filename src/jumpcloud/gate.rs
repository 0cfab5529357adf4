//! The gate that every request of a client passes: it closes while JumpCloud wants to be left alone, and lets one
//! request through at a time when the policy says how many may leave in a second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// One for all clones of a client, so that a 429 to one request holds back all others.
pub(super) struct Gate {
    opens: Mutex<Option<Instant>>,
    is_shut: AtomicBool,
    /// The least time between two requests.
    spacing: Duration,
}

impl Gate {
    pub(super) fn new(spacing: Duration) -> Self {
        Self { opens: Mutex::default(), is_shut: AtomicBool::new(false), spacing }
    }

    /// Waits until the gate is open.
    pub(super) async fn pass(&self) {
        while let Err(opens) = self.enter(Instant::now()) {
            sleep_until(opens).await;
        }
    }

    /// Goes through, or says when to come again.
    fn enter(&self, now: Instant) -> Result<(), Instant> {
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opens) = opens.filter(|opens| *opens > now) {
            return Err(opens);
        }
        if !self.spacing.is_zero() {
            *opens = Some(now + self.spacing);
        }
        Ok(())
    }

    /// Closes the gate for a time; never opens it earlier than somebody else asked for.
    pub(super) fn close_for(&self, pause: Duration) {
        let opens = Instant::now() + pause;
        let mut latest = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = (*latest).max(Some(opens));
    }

    /// Shuts the gate for good.
    pub(super) fn shut(&self) {
        self.is_shut.store(true, Ordering::Release);
    }

    /// Whether the gate is shut for good.
    pub(super) fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_pause_does_not_open_the_gate_early() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let gate = Gate::new(Duration::ZERO);
            let start = Instant::now();
            gate.close_for(Duration::from_millis(40));
            gate.close_for(Duration::from_millis(1));
            gate.pass().await;
            assert!(start.elapsed() >= Duration::from_millis(40));
            gate.pass().await;
        });
    }

    #[test]
    fn lets_one_request_through_in_each_space_of_time() {
        let (gate, start) = (Gate::new(Duration::from_millis(50)), Instant::now());
        let mut passed = Vec::new();
        for millisecond in 0..=200 {
            // As many as like to try at each moment.
            for _ in 0..3 {
                if gate.enter(start + Duration::from_millis(millisecond)).is_ok() {
                    passed.push(millisecond);
                }
            }
        }
        assert_eq!(passed, [0, 50, 100, 150, 200]);
        assert_eq!(gate.enter(start + Duration::from_millis(201)), Err(start + Duration::from_millis(250)));
    }

    #[test]
    fn without_a_space_every_request_goes_through_at_once() {
        let (gate, now) = (Gate::new(Duration::ZERO), Instant::now());
        assert_eq!([gate.enter(now), gate.enter(now)], [Ok(()), Ok(())]);
    }
}
